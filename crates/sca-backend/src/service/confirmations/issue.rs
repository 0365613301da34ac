use sca_protocol::{
    Approval,
    api::{ProblemCode, Start},
};

use super::{super::Backend, CALLS, correlation_key, poll::observation};
use tokio::time::timeout;

use crate::{
    decision::{
        ConfirmationTarget, CorrelationKey, IssueDecision, IssueRejected, Observation, Record, Refusal, STEP_UP,
    },
    problem::AppError,
    providers::{
        ProviderError,
        weavr::{Channel, IssueResult},
    },
};

impl Backend {
    /// Has a code or a request sent. One that still lives is answered again without another.
    ///
    /// # Errors
    /// When the approval takes none now, or Weavr does not play its part.
    pub(in crate::service) async fn issue(&self, id: &str, start: &Start) -> Result<Approval, AppError> {
        let channel = Channel::of(&start.factor).ok_or_else(|| AppError::new(ProblemCode::FactorNotAvailable))?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        self.weavr()?;
        let asked = start.clone();
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.expire_requests(now);
                record.under(&asked.shown, &asked.challenge, &asked.factor, now, |record| {
                    record.reserve_issue(&asked.challenge, &asked.factor, &holder, now, &limits)
                })
            })
            .await?;
        let issue = match reserved.map_err(|refusal| self.too_early(refusal))? {
            IssueDecision::Nothing => return Ok(self.snapshot(&record)),
            IssueDecision::Issue(issue) => issue,
        };
        let (issue_result, observation) = self.ask_for_challenge(&record, channel, &issue.reference).await;
        let told_before = self.expect_answer(&record, &issue_result).await;
        let (record, (issue_result, issued)) = self
            .apply_provider_update(id, move |record, now| {
                let issued = record.conclude_issue(&issue, &issue_result, observation.as_ref(), now, &limits);
                (issue_result, issued)
            })
            .await?;
        told_before?;
        match issued {
            Ok(()) => Ok(self.snapshot(&self.apply_stored_events(record, &issue_result).await?)),
            // It was answered before we heard that it was asked.
            Err(IssueRejected::Refused(Refusal::Settled)) if issue_result.is_ok() => Ok(self.snapshot(&record)),
            Err(IssueRejected::Refused(refusal)) => Err(self.too_early(refusal)),
            Err(IssueRejected::Failed(ProviderError::SessionEnded)) => Err(ProviderError::SessionEnded.into()),
            Err(IssueRejected::Failed(error)) if record.is_settled() => {
                Err(AppError::from(Refusal::Settled).with_source(error))
            }
            Err(IssueRejected::Failed(error)) => Err(error.into()),
        }
    }

    async fn ask_for_challenge(
        &self,
        record: &Record,
        channel: Channel,
        reference: &str,
    ) -> (Result<IssueResult, ProviderError>, Option<Observation>) {
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
        let asking = weavr.issue(&token, &correlation_key, channel, reference);
        let issue_result = timeout(weavr.http().total() * CALLS, asking).await;
        let issue_result = issue_result.unwrap_or(Err(ProviderError::TimedOut));
        let observation = match &issue_result {
            Ok(IssueResult::NotPending | IssueResult::Exempt) => {
                observation(weavr, &token, &correlation_key).await.ok()
            }
            Ok(
                IssueResult::Issued { .. }
                | IssueResult::NotSetUp
                | IssueResult::NotSupported
                | IssueResult::NumberInvalid
                | IssueResult::CountryNotSupported
                | IssueResult::TooEarly
                | IssueResult::LimitReached
                | IssueResult::NotFound
                | IssueResult::Refused(_),
            )
            | Err(_) => None,
        };
        tracing::info!(
            approval = record.id,
            channel = channel.as_str(),
            ?issue_result,
            "asked for a challenge"
        );
        (issue_result, observation)
    }

    /// Of a request to step a session up, only an event tells how it was answered: from now on that finds its approval.
    async fn expect_answer(
        &self,
        record: &Record,
        issue_result: &Result<IssueResult, ProviderError>,
    ) -> Result<(), AppError> {
        match request_to_step_up(record, issue_result) {
            Some(about) => Ok(self.0.store.add_correlation_keys(&record.id, &about).await?),
            None => Ok(()),
        }
    }

    /// It may have been answered, and that told, before we were told its name.
    async fn apply_stored_events(
        &self,
        record: Record,
        issue_result: &Result<IssueResult, ProviderError>,
    ) -> Result<Record, AppError> {
        let Some(about) = request_to_step_up(&record, issue_result) else {
            return Ok(record);
        };
        for event in self.0.store.webhook_events_about(&about).await? {
            self.apply_weavr_event(&event).await?;
        }
        Ok(self.update_record(&record.id, |_, _| ()).await?.0)
    }
}

/// What events call the request that was just issued, where only they tell of it.
fn request_to_step_up(record: &Record, issue_result: &Result<IssueResult, ProviderError>) -> Option<CorrelationKey> {
    let confirmation = record.source.confirmation()?;
    match (&confirmation.target, issue_result) {
        (ConfirmationTarget::StepUp, Ok(IssueResult::Issued { challenge })) => {
            let challenge = challenge.as_ref()?;
            Some(CorrelationKey::weavr(STEP_UP, challenge.as_str()))
        }
        (
            ConfirmationTarget::StepUp | ConfirmationTarget::Payments { .. } | ConfirmationTarget::PayeeBatch(_),
            Ok(_) | Err(_),
        ) => None,
    }
}
