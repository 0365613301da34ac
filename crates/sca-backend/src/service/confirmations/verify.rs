use sca_core::{AttemptResult, Observation, ProviderError, Record, Refusal, Secret, VerifyResult, provider::is_otp};
use sca_protocol::{
    Factor,
    api::{Entry, ProblemCode, Verified, Verify},
    factor::Handling,
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{super::Backend, poll::read_target};
use crate::problem::AppError;

impl Backend {
    /// Submits a code to the provider, reads the target afterwards, and applies both.
    ///
    /// # Errors
    /// When the code is malformed, the challenge or factor is not available now, or the provider gives no verdict.
    pub(in crate::service) async fn confirm_with_code(&self, id: &str, verify: &Verify) -> Result<Verified, AppError> {
        let code = code(verify)?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let (challenge, factor, shown) = (verify.challenge.clone(), verify.factor.clone(), verify.shown.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.expire_requests(now);
                let reserved = record.with_evidence(&shown, &challenge, &factor, now, |record| {
                    record.reserve_attempt(&challenge, &factor, &holder, now, &limits)
                });
                // The poll finds the result even if this process crashes before the response.
                record.schedule_next_poll(now, &limits.confirmations);
                reserved
            })
            .await?;
        let attempt = reserved?;
        let (verify_result, observation) = self.submit_code(&record, &verify.factor, &code).await;
        let (record, (attempt, result)) = self
            .apply_provider_update(id, move |record, now| {
                let result = record.conclude_verification(&attempt, &verify_result, observation.as_ref(), now, &limits);
                (attempt, result)
            })
            .await?;
        match result {
            AttemptResult::Failed(error) if record.is_settled() && error != ProviderError::SessionEnded => {
                Err(AppError::from(Refusal::Settled).with_source(error))
            }
            result @ (AttemptResult::Failed(_) | AttemptResult::Verdict(_)) => {
                self.verification_response(&record, &attempt, result, None)
            }
        }
    }

    async fn submit_code(
        &self,
        record: &Record,
        factor: &Factor,
        code: &Secret,
    ) -> (Result<VerifyResult, ProviderError>, Option<Observation>) {
        let (provider, target, token) = match self.prepare_call(record).await {
            Ok(prepared) => prepared,
            Err(error) => return (Err(error), None),
        };
        // The customer waits for both the verification and the reading of the payments, so they share one deadline.
        let deadline = Instant::now() + provider.operation_timeout.max(2 * provider.call_timeout);
        let issued = record.progress.confirmation.issued(factor);
        let challenge = issued.and_then(|issued| issued.challenge.as_ref());
        let verifying = provider.api.verify(&token, &target, factor, challenge, code);
        let result = timeout(provider.operation_timeout, verifying).await;
        let result = result.unwrap_or(Err(ProviderError::TimedOut));
        tracing::info!(approval = record.id, ?result, "code submitted");
        let observes = match &result {
            Ok(
                VerifyResult::Accepted
                | VerifyResult::NothingPending
                | VerifyResult::AlreadyVerified
                | VerifyResult::LimitReached,
            ) => true,
            Ok(
                VerifyResult::Wrong
                | VerifyResult::WrongLastAttemptLeft
                | VerifyResult::CodeExpired
                | VerifyResult::FactorNotSetUp
                | VerifyResult::Malformed
                | VerifyResult::Rejected,
            ) => false,
            Err(error) => !error.is_not_executed(),
        };
        if !observes {
            return (result, None);
        }
        let observed = timeout_at(deadline, read_target(provider, &token, &target)).await;
        (result, observed.ok().and_then(Result::ok))
    }
}

/// The code: six digits, for a factor that sends a code.
fn code(verify: &Verify) -> Result<Secret, AppError> {
    match (verify.factor.handling(), &verify.entry) {
        (Handling::Code, Entry::Code(code)) if is_otp(code) => Ok(Secret::new(code.clone())),
        (Handling::Code, Entry::Code(_) | Entry::Jwe(_)) => Err(AppError::new(ProblemCode::InvalidRequest)
            .with_source("the credential does not have the form of the factor")),
        (
            Handling::Secret
            | Handling::Device(_)
            | Handling::FaceScan(_)
            | Handling::Phone
            | Handling::Frame(_)
            | Handling::Unsupported,
            Entry::Code(_) | Entry::Jwe(_),
        ) => Err(AppError::new(ProblemCode::FactorNotAvailable)),
    }
}
