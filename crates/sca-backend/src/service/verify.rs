use sca_protocol::{
    Factor,
    api::{Entry, ProblemCode, Verdict, Verified, Verify},
};

use tokio::time::{Instant, timeout_at};

use super::Backend;
use crate::{
    jwe,
    problem::AppError,
    providers::{
        ProviderError, TokenStatus, VerificationResult, VerificationVerdict,
        wise::{Session, Wise, paths::Channel},
    },
};
use sca_core::{AttemptReservation, AttemptResult, Record, Source};

/// A credential of the right form for its factor.
enum Credential<'a> {
    Pin(&'a str),
    Code(Channel, &'a str),
}

impl Backend {
    /// Submits a verification attempt to the provider and applies the result.
    ///
    /// # Errors
    /// When the credential is malformed, the challenge or factor is not available now, or the provider gives no verdict.
    pub async fn verify(&self, record: &Record, verify: &Verify) -> Result<Verified, AppError> {
        match &record.source {
            Source::Confirmation(_) => self.confirm_with_code(&record.id, verify).await,
            Source::Transfer(_) | Source::OneTimeToken { .. } => self.submit_credential(&record.id, verify).await,
        }
    }

    async fn submit_credential(&self, id: &str, verify: &Verify) -> Result<Verified, AppError> {
        let wise = self.require_wise()?;
        let credential = check(verify)?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let (challenge, factor, shown) = (verify.challenge.clone(), verify.factor.clone(), verify.shown.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.with_evidence(&shown, &challenge, &factor, now, |record| {
                    record.reserve_attempt(&challenge, &factor, &holder, now, &limits)
                })
            })
            .await?;
        let attempt = reserved?;
        let (verification, status, relayed) = match self.session(&record).await {
            Ok(session) => verify_and_read_status(wise, &session, &credential).await,
            Err(error) => {
                tracing::error!(approval = id, ?error, "reading the tokens failed");
                (Err(ProviderError::Unreachable), None, None)
            }
        };
        let (record, (attempt, result)) = self
            .update_record(id, move |record, now| {
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
    wise: &Wise,
    session: &Session,
    credential: &Credential<'_>,
) -> (
    Result<VerificationVerdict, ProviderError>,
    Option<TokenStatus>,
    Option<String>,
) {
    // Both calls share the timeout of one, because the customer waits for both.
    let deadline = Instant::now() + wise.http().total();
    let verification = match credential {
        Credential::Pin(jwe) => wise.verify_pin(session, jwe).await,
        Credential::Code(channel, code) => wise.verify_code(session, *channel, code).await,
    };
    let (verification, relayed) = match verification {
        Ok(VerificationResult { verdict, relayed }) => (Ok(verdict), relayed),
        Err(error) => (Err(error), None),
    };
    match &verification {
        Ok(VerificationVerdict::CannotDecrypt) => {
            wise.mark_encryption_key_stale();
            (verification, None, relayed)
        }
        Err(error) if error.is_not_executed() || matches!(error, ProviderError::TokenRefused(_)) => {
            (verification, None, relayed)
        }
        Ok(_) | Err(_) => match timeout_at(deadline, wise.token_status(session)).await {
            Ok(Ok(status)) => (verification, Some(status), relayed),
            Ok(Err(error @ (ProviderError::SessionEnded | ProviderError::TokenRefused(_)))) => {
                (Err(error), None, relayed)
            }
            Ok(Err(_)) | Err(_) => (verification, None, relayed),
        },
    }
}

/// Checks the form of the credential, which needs no provider call.
fn check(verify: &Verify) -> Result<Credential<'_>, AppError> {
    let malformed = || {
        AppError::new(ProblemCode::InvalidRequest).with_source("the credential does not have the form of the factor")
    };
    match (&verify.factor, &verify.entry) {
        (Factor::Pin, Entry::Jwe(jwe)) if jwe::is_entry(jwe) => Ok(Credential::Pin(jwe)),
        (factor @ (Factor::Sms | Factor::WhatsApp | Factor::Voice), Entry::Code(code)) if is_code(code) => {
            Ok(Credential::Code(channel(factor).ok_or_else(malformed)?, code))
        }
        (Factor::Pin | Factor::Sms | Factor::WhatsApp | Factor::Voice, Entry::Jwe(_) | Entry::Code(_)) => {
            Err(malformed())
        }
        (
            Factor::Device | Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_),
            Entry::Jwe(_) | Entry::Code(_),
        ) => Err(AppError::new(ProblemCode::FactorNotAvailable)),
    }
}

pub(super) fn is_code(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// The channel of a factor that sends a code.
pub(super) fn channel(factor: &Factor) -> Option<Channel> {
    match factor {
        Factor::Sms => Some(Channel::Sms),
        Factor::WhatsApp => Some(Channel::WhatsApp),
        Factor::Voice => Some(Channel::Voice),
        Factor::Pin | Factor::Device | Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_) => None,
    }
}
