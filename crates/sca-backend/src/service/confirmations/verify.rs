use sca_protocol::{
    Factor,
    api::{Entry, ProblemCode, Verified, Verify},
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    super::{Backend, verify::is_code},
    CALLS, correlation_key,
    poll::observation,
};
use crate::{
    decision::{AttemptResult, Observation, Record, Refusal},
    problem::AppError,
    providers::{
        ProviderError,
        weavr::{Channel, VerifyResult},
    },
    secret::Secret,
};

impl Backend {
    /// Puts a code before Weavr, looks at what it was for, and takes over what comes of it.
    ///
    /// # Errors
    /// When the entry is malformed, the approval does not take one now, or Weavr does not say what it thinks of it.
    pub(in crate::service) async fn confirm_with_code(&self, id: &str, verify: &Verify) -> Result<Verified, AppError> {
        let code = code(verify)?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        self.weavr()?;
        let (challenge, factor, shown) = (verify.challenge.clone(), verify.factor.clone(), verify.shown.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.expire_requests(now);
                let reserved = record.under(&shown, &challenge, &factor, now, |record| {
                    record.reserve_attempt(&challenge, &factor, &holder, now, &limits)
                });
                // Also when we do not live to hear the answer.
                record.schedule_next_poll(now, &limits.confirmations);
                reserved
            })
            .await?;
        let entry = reserved?;
        let (verify_result, observation) = self.put_before_weavr(&record, &verify.factor, &code).await;
        let (record, (entry, result)) = self
            .apply_provider_update(id, move |record, now| {
                let result = record.conclude_verification(&entry, &verify_result, observation.as_ref(), now, &limits);
                (entry, result)
            })
            .await?;
        match result {
            AttemptResult::Failed(error) if record.is_settled() && error != ProviderError::SessionEnded => {
                Err(AppError::from(Refusal::Settled).with_source(error))
            }
            result @ (AttemptResult::Failed(_) | AttemptResult::Verdict(_)) => self.told(&record, &entry, result, None),
        }
    }

    async fn put_before_weavr(
        &self,
        record: &Record,
        factor: &Factor,
        code: &Secret,
    ) -> (Result<VerifyResult, ProviderError>, Option<Observation>) {
        let asked = async {
            let (weavr, correlation_key) = (self.weavr()?, correlation_key(record)?);
            Ok::<_, AppError>((weavr, correlation_key, self.access_token(record).await?))
        };
        let (weavr, correlation_key, token) = match asked.await {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!(approval = record.id, ?error, "the token cannot be read");
                return (Err(ProviderError::Unreachable), None);
            }
        };
        // Both together take no longer than one may: whoever waits for the answer waits that long.
        let deadline = Instant::now() + weavr.http().total();
        let issued = record.progress.confirming.issued(factor);
        let challenge = issued.and_then(|issued| issued.challenge.as_ref());
        let asking = weavr.verify(&token, &correlation_key, Channel::Sms, challenge, code);
        let verify_result = timeout(weavr.http().total() * CALLS, asking).await;
        let verify_result = verify_result.unwrap_or(Err(ProviderError::TimedOut));
        tracing::info!(approval = record.id, ?verify_result, "put a code before Weavr");
        let look = match &verify_result {
            Ok(
                VerifyResult::Accepted
                | VerifyResult::NotPending
                | VerifyResult::Exempt
                | VerifyResult::AlreadyVerified
                | VerifyResult::LimitReached,
            ) => true,
            Ok(
                VerifyResult::Wrong
                | VerifyResult::WrongLastAttemptLeft
                | VerifyResult::CodeExpired
                | VerifyResult::NotSetUp
                | VerifyResult::NotSupported
                | VerifyResult::Malformed
                | VerifyResult::NotFound
                | VerifyResult::Refused(_),
            ) => false,
            Err(error) => !error.is_not_executed(),
        };
        if !look {
            return (verify_result, None);
        }
        let seen = timeout_at(deadline, observation(weavr, &token, &correlation_key)).await;
        (verify_result, seen.ok().and_then(Result::ok))
    }
}

/// Six digits for a text message: there is nothing else that Weavr's customers could enter.
fn code(verify: &Verify) -> Result<Secret, AppError> {
    match (&verify.factor, &verify.entry) {
        (Factor::Sms, Entry::Code(code)) if is_code(code) => Ok(Secret::new(code.clone())),
        (Factor::Sms, Entry::Code(_) | Entry::Jwe(_)) => {
            Err(AppError::new(ProblemCode::InvalidRequest).with_source("the entry does not fit the factor"))
        }
        (
            Factor::Pin
            | Factor::WhatsApp
            | Factor::Voice
            | Factor::Device
            | Factor::Face
            | Factor::Push
            | Factor::Biometric
            | Factor::Other(_),
            Entry::Code(_) | Entry::Jwe(_),
        ) => Err(AppError::new(ProblemCode::FactorNotAvailable)),
    }
}
