use sca_protocol::{
    Factor,
    wire::{Entry, ProblemCode, Verified, Verify},
};
use tokio::time::{Instant, timeout, timeout_at};

use super::{
    super::{Backend, entry::is_code},
    CALLS,
    looking::sight,
    subject,
};
use crate::{
    decision::{EntryResult, Record, Refusal, Sight},
    problem::AppError,
    provider::{
        ProviderError,
        weavr::{Channel, Verifying},
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
            .change(id, move |record, now| {
                record.expire_requests(now);
                let reserved = record.under(&shown, &challenge, &factor, now, |record| {
                    record.reserve_entry(&challenge, &factor, &holder, now, &limits)
                });
                // Also when we do not live to hear the answer.
                record.keep_asking(now, &limits.confirmations);
                reserved
            })
            .await?;
        let entry = reserved?;
        let (verifying, sight) = self.put_before_weavr(&record, &verify.factor, &code).await;
        let (record, (entry, result)) = self
            .learn(id, move |record, now| {
                let result = record.conclude_verification(&entry, &verifying, sight.as_ref(), now, &limits);
                (entry, result)
            })
            .await?;
        match result {
            EntryResult::Failed(error) if record.is_settled() && error != ProviderError::SessionEnded => {
                Err(AppError::from(Refusal::Settled).because(error))
            }
            result @ (EntryResult::Failed(_) | EntryResult::Verdict(_)) => self.told(&record, &entry, result, None),
        }
    }

    async fn put_before_weavr(
        &self,
        record: &Record,
        factor: &Factor,
        code: &Secret,
    ) -> (Result<Verifying, ProviderError>, Option<Sight>) {
        let asked = async {
            let (weavr, subject) = (self.weavr()?, subject(record)?);
            Ok::<_, AppError>((weavr, subject, self.access_token(record).await?))
        };
        let (weavr, subject, token) = match asked.await {
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
        let asking = weavr.verify(&token, &subject, Channel::Sms, challenge, code);
        let verifying = timeout(weavr.http().total() * CALLS, asking).await;
        let verifying = verifying.unwrap_or(Err(ProviderError::TimedOut));
        tracing::info!(approval = record.id, ?verifying, "put a code before Weavr");
        let look = match &verifying {
            Ok(
                Verifying::Taken
                | Verifying::NotPending
                | Verifying::Exempt
                | Verifying::AlreadyVerified
                | Verifying::LimitReached,
            ) => true,
            Ok(
                Verifying::Wrong
                | Verifying::WrongOneLeft
                | Verifying::CodeExpired
                | Verifying::NotSetUp
                | Verifying::NotSupported
                | Verifying::Malformed
                | Verifying::Missing
                | Verifying::Refused(_),
            ) => false,
            Err(error) => !error.nothing_happened(),
        };
        if !look {
            return (verifying, None);
        }
        let seen = timeout_at(deadline, sight(weavr, &token, &subject)).await;
        (verifying, seen.ok().and_then(Result::ok))
    }
}

/// Six digits for a text message: there is nothing else that Weavr's customers could enter.
fn code(verify: &Verify) -> Result<Secret, AppError> {
    match (&verify.factor, &verify.entry) {
        (Factor::Sms, Entry::Code(code)) if is_code(code) => Ok(Secret::new(code.clone())),
        (Factor::Sms, Entry::Code(_) | Entry::Jwe(_)) => {
            Err(AppError::new(ProblemCode::Malformed).because("the entry does not fit the factor"))
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
        ) => Err(AppError::new(ProblemCode::FactorRefused)),
    }
}
