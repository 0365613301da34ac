use sca_core::{
    ConfirmationTarget, CorrelationKey, IssueDecision, IssueRejected, IssueResult, Observation, ProviderError, Record,
    Refusal,
};
use sca_protocol::{
    Approval, Factor,
    api::{ProblemCode, Start},
    factor::Handling,
};
use tokio::time::timeout;

use super::{super::Backend, poll::read_target};
use crate::problem::AppError;

impl Backend {
    /// Issues a challenge: the provider sends a code or a phone request. A valid earlier one is shown again instead.
    ///
    /// # Errors
    /// When the factor is not available now, or the provider issues no challenge.
    pub(in crate::service) async fn issue(&self, id: &str, start: &Start) -> Result<Approval, AppError> {
        match start.factor.handling() {
            Handling::Code | Handling::Phone => {}
            Handling::Secret
            | Handling::Device(_)
            | Handling::FaceScan(_)
            | Handling::Frame(_)
            | Handling::Unsupported => {
                return Err(AppError::new(ProblemCode::FactorNotAvailable));
            }
        }
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let request = start.clone();
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.expire_requests(now);
                record.with_evidence(&request.shown, &request.challenge, &request.factor, now, |record| {
                    record.reserve_issue(&request.challenge, &request.factor, &holder, now, &limits)
                })
            })
            .await?;
        let issue = match reserved.map_err(|refusal| self.too_early(refusal))? {
            IssueDecision::Nothing => return Ok(self.snapshot(&record)),
            IssueDecision::Issue(issue) => issue,
        };
        let (issue_result, observation) = self.request_challenge(&record, &start.factor, &issue.reference).await;
        let correlated = self.correlate_step_up(&record, &issue_result).await;
        let (record, (issue_result, issued)) = self
            .apply_provider_update(id, move |record, now| {
                let issued = record.conclude_issue(&issue, &issue_result, observation.as_ref(), now, &limits);
                (issue_result, issued)
            })
            .await?;
        correlated?;
        match issued {
            Ok(()) => Ok(self.snapshot(&self.apply_stored_events(record, &issue_result).await?)),
            // The customer answered the challenge before its response arrived.
            Err(IssueRejected::Refused(Refusal::Settled)) if issue_result.is_ok() => Ok(self.snapshot(&record)),
            Err(IssueRejected::Refused(refusal)) => Err(self.too_early(refusal)),
            Err(IssueRejected::Failed(ProviderError::SessionEnded)) => Err(ProviderError::SessionEnded.into()),
            Err(IssueRejected::Failed(error)) if record.is_settled() => {
                Err(AppError::from(Refusal::Settled).with_source(error))
            }
            Err(IssueRejected::Failed(error)) => Err(error.into()),
        }
    }

    async fn request_challenge(
        &self,
        record: &Record,
        factor: &Factor,
        reference: &str,
    ) -> (Result<IssueResult, ProviderError>, Option<Observation>) {
        let (provider, target, token) = match self.prepare_call(record).await {
            Ok(prepared) => prepared,
            Err(error) => return (Err(error), None),
        };
        let issuing = provider.api.issue(&token, &target, factor, reference);
        let result = timeout(provider.operation_timeout, issuing).await;
        let result = result.unwrap_or(Err(ProviderError::TimedOut));
        let observation = match &result {
            Ok(IssueResult::NothingPending) => read_target(provider, &token, &target).await.ok(),
            Ok(
                IssueResult::Issued { .. }
                | IssueResult::FactorNotSetUp
                | IssueResult::TooEarly
                | IssueResult::LimitReached
                | IssueResult::NotFound
                | IssueResult::Rejected,
            )
            | Err(_) => None,
        };
        tracing::info!(
            approval = record.id,
            factor = factor.as_str(),
            ?result,
            "challenge requested"
        );
        (result, observation)
    }

    /// Stores the correlation key of a step-up's phone request, because only a webhook reports its result.
    async fn correlate_step_up(
        &self,
        record: &Record,
        issue_result: &Result<IssueResult, ProviderError>,
    ) -> Result<(), AppError> {
        match step_up_key(record, issue_result) {
            Some(key) => Ok(self.0.store.add_correlation_keys(&record.id, &key).await?),
            None => Ok(()),
        }
    }

    /// Applies webhooks about the challenge that arrived before the response with its id.
    async fn apply_stored_events(
        &self,
        record: Record,
        issue_result: &Result<IssueResult, ProviderError>,
    ) -> Result<Record, AppError> {
        let Some(key) = step_up_key(&record, issue_result) else {
            return Ok(record);
        };
        for event in self.0.store.webhook_events_about(&key).await? {
            self.apply_event(&event).await?;
        }
        Ok(self.update_record(&record.id, |_, _| ()).await?.0)
    }
}

/// The correlation key of the issued challenge, where only a webhook reports its result.
fn step_up_key(record: &Record, issue_result: &Result<IssueResult, ProviderError>) -> Option<CorrelationKey> {
    let confirmation = record.source.confirmation()?;
    match (&confirmation.target, issue_result) {
        (ConfirmationTarget::StepUp, Ok(IssueResult::Issued { challenge })) => {
            let challenge = challenge.as_ref()?;
            Some(CorrelationKey::challenge(&confirmation.provider, challenge))
        }
        (
            ConfirmationTarget::StepUp | ConfirmationTarget::Payments { .. } | ConfirmationTarget::PayeeBatch(_),
            Ok(_) | Err(_),
        ) => None,
    }
}
