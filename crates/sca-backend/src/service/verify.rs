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

/// An entry whose outside is as it should be.
enum Checked<'a> {
    Pin(&'a str),
    Code(Channel, &'a str),
}

impl Backend {
    /// Puts an entry before the provider and takes over what comes of it.
    ///
    /// # Errors
    /// When the entry is malformed, the approval does not take one now, or the provider gives no verdict.
    pub async fn verify(&self, record: &Record, verify: &Verify) -> Result<Verified, AppError> {
        match &record.source {
            Source::Confirmation(_) => self.confirm_with_code(&record.id, verify).await,
            Source::Transfer(_) | Source::OneTimeToken { .. } => self.submit_credential(&record.id, verify).await,
        }
    }

    async fn submit_credential(&self, id: &str, verify: &Verify) -> Result<Verified, AppError> {
        let wise = self.require_wise()?;
        let checked = check(verify)?;
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
        let entry = reserved?;
        let (verification, status, relayed) = match self.session(&record).await {
            Ok(session) => judge(wise, &session, &checked).await,
            Err(error) => {
                tracing::error!(approval = id, ?error, "the tokens cannot be read");
                (Err(ProviderError::Unreachable), None, None)
            }
        };
        let (record, (entry, result)) = self
            .update_record(id, move |record, now| {
                let result = record.conclude_attempt(&entry, verification, status.as_ref(), now, &limits);
                (entry, result)
            })
            .await?;
        self.told(&record, &entry, result, relayed)
    }

    pub(super) fn told(
        &self,
        record: &Record,
        entry: &AttemptReservation,
        result: AttemptResult,
        relayed: Option<String>,
    ) -> Result<Verified, AppError> {
        let told = match &result {
            AttemptResult::Verdict(verdict) => verdict.as_str(),
            AttemptResult::Failed(_) => "none",
        };
        self.0.metrics.verification_attempt(entry.factor.as_str(), told);
        tracing::info!(
            approval = record.id,
            factor = entry.factor.as_str(),
            verdict = told,
            failed_attempts = record.progress.failed_attempts,
            "entry put before the provider"
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

async fn judge(
    wise: &Wise,
    session: &Session,
    entry: &Checked<'_>,
) -> (
    Result<VerificationVerdict, ProviderError>,
    Option<TokenStatus>,
    Option<String>,
) {
    // Both calls together take no longer than one may: whoever waits for the answer waits that long.
    let deadline = Instant::now() + wise.http().total();
    let verification = match entry {
        Checked::Pin(jwe) => wise.verify_pin(session, jwe).await,
        Checked::Code(channel, code) => wise.verify_code(session, *channel, code).await,
    };
    let (verification, relayed) = match verification {
        Ok(VerificationResult { verdict, relayed }) => (Ok(verdict), relayed),
        Err(error) => (Err(error), None),
    };
    match &verification {
        Ok(VerificationVerdict::CannotDecrypt) => {
            wise.doubt_encryption_key();
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

/// Checks what can be checked without the provider: the entry is of the factor's kind and shape.
fn check(verify: &Verify) -> Result<Checked<'_>, AppError> {
    let malformed = || AppError::new(ProblemCode::InvalidRequest).with_source("the entry does not fit the factor");
    match (&verify.factor, &verify.entry) {
        (Factor::Pin, Entry::Jwe(jwe)) if jwe::is_entry(jwe) => Ok(Checked::Pin(jwe)),
        (factor @ (Factor::Sms | Factor::WhatsApp | Factor::Voice), Entry::Code(code)) if is_code(code) => {
            Ok(Checked::Code(channel(factor).ok_or_else(malformed)?, code))
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

/// How a code is sent for a factor.
pub(super) fn channel(factor: &Factor) -> Option<Channel> {
    match factor {
        Factor::Sms => Some(Channel::Sms),
        Factor::WhatsApp => Some(Channel::WhatsApp),
        Factor::Voice => Some(Channel::Voice),
        Factor::Pin | Factor::Device | Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_) => None,
    }
}
