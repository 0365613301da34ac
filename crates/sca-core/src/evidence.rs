use sca_protocol::{
    Factor, Timestamp,
    api::{Shown, shown_text},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Record, Refusal};

/// What the payer was shown when they acted: dynamic linking that can be proved (Delegated Regulation (EU) 2018/389, article 5).
/// Of each step and factor the last is kept, as long as the approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// The step's id.
    pub challenge: String,
    /// The factor that was used, or asked for.
    pub factor: Factor,
    /// The version of the snapshot that was on the screen.
    pub version: u64,
    /// The SHA-256 of the text that was on the screen (`sca_protocol::api::shown_text`), in hexadecimal.
    pub digest: String,
    /// When the call was let through to the provider; the database's clock.
    pub at: Timestamp,
}

impl Record {
    /// Lets a call through that says what the payer was shown, and keeps that beside what `reserve` changes.
    ///
    /// # Errors
    /// [`Refusal::Shown`] when that is not what is approved: nothing has changed then. Whatever `reserve` refuses.
    pub fn under<T>(
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
        let is_this = shown.approval == self.id && shown.version <= self.version && shown.digest == self.shown_digest();
        if !is_this {
            return Err(Refusal::Shown);
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

    /// The digest of what a widget that is told the truth shows.
    #[must_use]
    pub fn shown_digest(&self) -> String {
        let digest = Sha256::digest(shown_text(&self.id, &self.action));
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }
}
