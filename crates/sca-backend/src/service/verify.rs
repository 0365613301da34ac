use std::time::Duration;

use sca_protocol::api::{ProblemCode, Verdict, Verified, Verify};
use tokio::time::{Instant, timeout_at};

use sca_core::{
    AttemptReservation, AttemptResult, ProviderError, Record, Source, TokenStatus, VerificationResult,
    VerificationVerdict,
    provider::{EntryError, OneTimeTokens, TokenSession},
};

use super::Backend;
use crate::problem::AppError;

impl Backend {
    /// Submits a verification attempt to the provider and applies the result.
    ///
    /// # Errors
    /// When the credential is malformed, the challenge or factor is not available now, or the provider gives no verdict.
    pub async fn verify(&self, record: &Record, verify: &Verify) -> Result<Verified, AppError> {
        match &record.source {
            Source::Confirmation(_) => self.confirm_with_code(&record.id, verify).await,
            Source::Transfer(_) | Source::OneTimeToken { .. } => self.submit_entry(record, verify).await,
        }
    }

    async fn submit_entry(&self, record: &Record, verify: &Verify) -> Result<Verified, AppError> {
        let id = record.id.as_str();
        let tokens = self.tokens_of(record)?;
        let call_timeout = self.0.providers.get(Self::rejected_by(record)?)?.call_timeout();
        tokens.check_entry(&verify.factor, &verify.entry)?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let waits = self.factor_waits_of(record).await?;
        let (challenge, factor, shown) = (verify.challenge.clone(), verify.factor.clone(), verify.shown.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.apply_waits(waits, now);
                record.with_evidence(&shown, &challenge, &factor, now, |record| {
                    record.reserve_attempt(&challenge, &factor, &holder, now, &limits)
                })
            })
            .await?;
        let attempt = reserved?;
        let (verification, status, relayed) = match self.session(&record).await {
            Ok(session) => verify_and_read_status(tokens, call_timeout, &session, verify).await,
            Err(error) => {
                tracing::error!(approval = id, ?error, "reading the tokens failed");
                (Err(ProviderError::Unreachable), None, None)
            }
        };
        // The factor may have been enrolled during the attempt. Without an answer to that, the attempt has none either.
        let waits = self.factor_waits_of(&record).await?;
        let (record, (attempt, result)) = self
            .update_record(id, move |record, now| {
                record.apply_waits(waits, now);
                let result = record.conclude_attempt(&attempt, verification, status.as_ref(), now, &limits);
                (attempt, result)
            })
            .await?;
        self.verification_response(&record, &attempt, result, relayed)
    }

    pub(super) fn verification_response(
        &self,
        record: &Record,
        attempt: &AttemptReservation,
        result: AttemptResult,
        relayed: Option<String>,
    ) -> Result<Verified, AppError> {
        let verdict_name = match &result {
            AttemptResult::Verdict(verdict) => verdict.as_str(),
            AttemptResult::Failed(_) => "none",
        };
        self.0
            .metrics
            .verification_attempt(attempt.factor.as_str(), verdict_name);
        tracing::info!(
            approval = record.id,
            factor = attempt.factor.as_str(),
            verdict = verdict_name,
            failed_attempts = record.progress.failed_attempts,
            "verification attempt submitted to the provider"
        );
        match result {
            AttemptResult::Verdict(verdict) => Ok(Verified {
                relayed: relayed.filter(|_| verdict != Verdict::KeyStale),
                verdict,
                approval: self.snapshot(record),
            }),
            AttemptResult::Failed(error) => Err(error.into()),
        }
    }
}

async fn verify_and_read_status(
    tokens: &dyn OneTimeTokens,
    call_timeout: Duration,
    session: &TokenSession,
    verify: &Verify,
) -> (
    Result<VerificationVerdict, ProviderError>,
    Option<TokenStatus>,
    Option<String>,
) {
    // Both calls share the timeout of one, because the customer waits for both.
    let deadline = Instant::now() + call_timeout;
    let (verification, relayed) = match tokens.verify(session, &verify.factor, &verify.entry).await {
        Ok(VerificationResult { verdict, relayed }) => (Ok(verdict), relayed),
        Err(error) => (Err(error), None),
    };
    match &verification {
        Ok(VerificationVerdict::CannotDecrypt) => {
            tokens.mark_encryption_key_stale();
            (verification, None, relayed)
        }
        Err(error) if error.is_not_executed() || matches!(error, ProviderError::TokenRefused(_)) => {
            (verification, None, relayed)
        }
        Ok(_) | Err(_) => match timeout_at(deadline, tokens.status(session)).await {
            Ok(Ok(status)) => (verification, Some(status), relayed),
            Ok(Err(error @ (ProviderError::SessionEnded | ProviderError::TokenRefused(_)))) => {
                (Err(error), None, relayed)
            }
            Ok(Err(_)) | Err(_) => (verification, None, relayed),
        },
    }
}

impl From<EntryError> for AppError {
    fn from(error: EntryError) -> Self {
        let code = match error {
            EntryError::Malformed => ProblemCode::InvalidRequest,
            EntryError::UnsupportedFactor => ProblemCode::FactorNotAvailable,
        };
        Self::new(code).with_source(error)
    }
}
