use sca_protocol::{
    Factor, Timestamp,
    api::{Shown, shown_text},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Record, Refusal};

/// Evidence of dynamic linking (Delegated Regulation (EU) 2018/389, article 5): what the widget showed the payer at an attempt. The
/// record keeps the last one of each challenge and factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// The challenge's id.
    pub challenge: String,
    /// The factor that was started or verified.
    pub factor: Factor,
    /// The version of the snapshot that the widget showed.
    pub version: u64,
    /// The SHA-256 of the text that the widget showed: 64 lower-case hexadecimal digits.
    #[schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]+$")]
    pub digest: String,
    /// When the backend accepted the call, by the database's clock.
    pub at: Timestamp,
}

impl Record {
    /// Checks what the widget showed the payer, runs `reserve`, and stores the evidence together with its changes.
    ///
    /// # Errors
    /// [`Refusal::ShownMismatch`] when the widget showed another action; the record is unchanged then. The refusals of `reserve`.
    pub fn with_evidence<T>(
        &mut self,
        shown: &Shown,
        challenge: &str,
        factor: &Factor,
        now: Timestamp,
        reserve: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        let matches = shown.approval == self.id && shown.version <= self.version && shown.digest == self.shown_digest();
        if !matches {
            return Err(Refusal::ShownMismatch);
        }
        let reserved = reserve(self)?;
        let evidence = &mut self.progress.evidence;
        evidence.retain(|older| older.challenge != challenge || older.factor != *factor);
        evidence.push(Evidence {
            challenge: challenge.to_owned(),
            factor: factor.clone(),
            version: shown.version,
            digest: shown.digest.clone(),
            at: now,
        });
        Ok(reserved)
    }

    /// The digest of the text that a correct widget shows.
    #[must_use]
    pub fn shown_digest(&self) -> String {
        let digest = Sha256::digest(shown_text(&self.id, &self.action));
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}
