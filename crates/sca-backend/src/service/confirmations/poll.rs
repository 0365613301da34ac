use futures_util::{StreamExt, TryStreamExt, stream};
use sca_core::{
    Observation, PaymentObservation, PaymentPhase, ProviderError, Record, ResourceId, ResourceKind, Secret,
    provider::{ChallengeTarget, Confirmations, PaymentDetails},
};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{super::Backend, ConfirmationProvider, challenge_target};
use crate::{problem::AppError, traces};

/// How many payments are read concurrently.
pub(super) const CONCURRENT_READS: usize = 8;

/// Reads the target. Resources that the provider no longer knows are omitted.
///
/// # Errors
/// When the provider gives no usable response, even for one payment of several.
pub(super) async fn read_target(
    provider: ConfirmationProvider<'_>,
    token: &Secret,
    target: &ChallengeTarget,
) -> Result<Observation, ProviderError> {
    let reading = timeout(provider.operation_timeout, fetch_all(provider.api, token, target)).await;
    reading.unwrap_or(Err(ProviderError::TimedOut))
}

/// As [`read_target`], but stops after the first payment if that is pending, because one challenge confirms all payments together.
async fn fetch_first_pending(
    provider: ConfirmationProvider<'_>,
    token: &Secret,
    target: &ChallengeTarget,
) -> Result<Observation, ProviderError> {
    if let ChallengeTarget::Payments { kind, ids } = target
        && let Some((first, others)) = ids.split_first()
    {
        let first = provider.api.read_payment(token, kind, first).await?;
        let is_pending = |first: &PaymentDetails| first.phase == PaymentPhase::Waiting;
        let others = if first.as_ref().is_some_and(is_pending) {
            &[]
        } else {
            others
        };
        let reading = timeout(provider.operation_timeout, fetch(provider.api, token, kind, others)).await;
        let mut seen: Vec<PaymentObservation> = first.map(observation_of).into_iter().collect();
        seen.extend(reading.unwrap_or(Err(ProviderError::TimedOut))?);
        return Ok(Observation::Payments(seen));
    }
    read_target(provider, token, target).await
}

async fn fetch_all(
    provider: &dyn Confirmations,
    token: &Secret,
    target: &ChallengeTarget,
) -> Result<Observation, ProviderError> {
    Ok(match target {
        ChallengeTarget::Payments { kind, ids } => Observation::Payments(fetch(provider, token, kind, ids).await?),
        ChallengeTarget::PayeeBatch(id) => match provider.read_payee_batch(token, id).await? {
            Some(phase) => Observation::PayeeBatch(phase),
            None => Observation::Nothing,
        },
        ChallengeTarget::StepUp => Observation::Nothing,
    })
}

async fn fetch(
    provider: &dyn Confirmations,
    token: &Secret,
    kind: &ResourceKind,
    ids: &[ResourceId],
) -> Result<Vec<PaymentObservation>, ProviderError> {
    let reads: Vec<_> = ids.iter().map(|id| provider.read_payment(token, kind, id)).collect();
    let read: Vec<Option<PaymentDetails>> = stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?;
    Ok(read.into_iter().flatten().map(observation_of).collect())
}

fn observation_of(details: PaymentDetails) -> PaymentObservation {
    PaymentObservation {
        recipient: Some(details.recipient()),
        id: details.id,
        phase: details.phase,
        amount: Some(details.amount),
        rejected_by: details.rejected_by,
    }
}

impl Backend {
    /// Polls the provider and applies the observation. Without a usable response only expiries are applied.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn poll_confirmation(&self, record: Record) -> Result<Record, AppError> {
        Ok(self.try_poll_confirmation(record).await?.0)
    }

    /// As [`poll_confirmation`](Self::poll_confirmation). True when the provider gave a usable response.
    async fn try_poll_confirmation(&self, record: Record) -> Result<(Record, bool), AppError> {
        let limits = self.0.settings.limits.confirmations;
        let (provider, target) = (self.confirmation_provider_of(&record)?, challenge_target(&record)?);
        let token = self.access_token(&record).await;
        let seen = match &token {
            Ok(token) => {
                fetch_first_pending(provider, token, &target)
                    .instrument(traces::poll(&record.id))
                    .await
            }
            Err(error) => {
                tracing::error!(approval = record.id, ?error, "reading the access token failed");
                Err(ProviderError::Unreachable)
            }
        };
        if let Err(error) = &seen {
            tracing::warn!(approval = record.id, %error, "polling the provider failed");
        }
        let has_response = seen.is_ok();
        let (record, ()) = self
            .apply_provider_update(&record.id, move |record, now| {
                // An open phone request needs no session: the customer answers it on the phone, and a webhook reports the result.
                if let Err(error) = &seen
                    && record.is_overdue(now)
                {
                    record.settle_on_error(error, now);
                }
                record.record_poll(seen.as_ref().ok(), now, &limits);
                if let Err(error) = &seen {
                    record.back_off_polling(error, now);
                }
            })
            .await?;
        if record.progress.next_poll_at.is_none() {
            self.0.store.stop_polling(&record).await?;
        }
        Ok((record, has_response))
    }

    /// Claims the right to poll an approval. At most one caller per poll interval succeeds.
    pub(in crate::service) async fn try_claim_poll(&self, id: &str) -> Result<bool, AppError> {
        let every = self.0.settings.limits.confirmations.poll_interval;
        Ok(self.0.store.try_claim_poll(id, every).await?)
    }

    /// Polls the confirmations that are due.
    pub(in crate::service) async fn poll_due_confirmations(&self) -> Result<(), AppError> {
        let settings = &self.0.settings;
        let polls = settings.confirmations.polls;
        let every = settings.limits.confirmations.poll_interval;
        let due = self.0.store.claim_polls(every, polls).await?;
        let polling = due.into_iter().map(|id| async move {
            if let Err(error) = self.poll_again(&id).await {
                tracing::warn!(approval = id, ?error, "polling a confirmation failed");
            }
        });
        futures_util::future::join_all(polling).await;
        Ok(())
    }

    /// Polls an approval that is still pending. False when the provider gave no usable response.
    pub(in crate::service) async fn poll_again(&self, id: &str) -> Result<bool, AppError> {
        let record = self.0.store.by_id(id).await?;
        match record.filter(|record| !record.is_settled()) {
            Some(record) => Ok(self.try_poll_confirmation(record).await?.1),
            None => Ok(true),
        }
    }
}
