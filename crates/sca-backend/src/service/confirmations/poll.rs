use futures_util::{StreamExt, TryStreamExt, stream};
use sca_core::{
    Observation, PaymentObservation, PaymentPhase, ProviderError, Record, ResourceId, ResourceKind, Secret,
    provider::{ChallengeTarget, Confirmations, PaymentDetails},
};
use tokio::time::timeout;

use super::{super::Backend, Confirming, challenge_target};
use crate::problem::AppError;

/// How many payments are read at once.
pub(super) const CONCURRENT_READS: usize = 8;

/// Reads what is to be confirmed. What the provider does not know any more is left out.
///
/// # Errors
/// When the provider gives no usable answer, also about a single payment.
pub(super) async fn observe(
    confirming: Confirming<'_>,
    token: &Secret,
    target: &ChallengeTarget,
) -> Result<Observation, ProviderError> {
    let reading = timeout(confirming.operation, fetch_all(confirming.provider, token, target)).await;
    reading.unwrap_or(Err(ProviderError::TimedOut))
}

/// As [`observe`], but of several payments that wait together only the first is read as long as it waits.
async fn fetch_first_pending(
    confirming: Confirming<'_>,
    token: &Secret,
    target: &ChallengeTarget,
) -> Result<Observation, ProviderError> {
    if let ChallengeTarget::Payments { kind, ids } = target
        && let Some((first, others)) = ids.split_first()
    {
        let first = confirming.provider.read_payment(token, kind, first).await?;
        let waits = |first: &PaymentDetails| first.phase == PaymentPhase::Waiting;
        let others = if first.as_ref().is_some_and(waits) { &[] } else { others };
        let reading = timeout(confirming.operation, fetch(confirming.provider, token, kind, others)).await;
        let mut seen: Vec<PaymentObservation> = first.map(observation_of).into_iter().collect();
        seen.extend(reading.unwrap_or(Err(ProviderError::TimedOut))?);
        return Ok(Observation::Payments(seen));
    }
    observe(confirming, token, target).await
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
    /// The approval after a look at what is to be confirmed. When Weavr does not say, only time has gone by.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn poll_until_final(&self, record: Record) -> Result<Record, AppError> {
        Ok(self.poll_once(record).await?.0)
    }

    /// As above; and whether Weavr said.
    async fn poll_once(&self, record: Record) -> Result<(Record, bool), AppError> {
        let limits = self.0.settings.limits.confirmations;
        let (confirming, target) = (self.confirming_of(&record)?, challenge_target(&record)?);
        let token = self.access_token(&record).await;
        let seen = match &token {
            Ok(token) => fetch_first_pending(confirming, token, &target).await,
            Err(error) => {
                tracing::error!(approval = record.id, ?error, "the access token cannot be read");
                Err(ProviderError::Unreachable)
            }
        };
        if let Err(error) = &seen {
            tracing::warn!(approval = record.id, %error, "polling the provider failed");
        }
        let is_seen = seen.is_ok();
        let (record, ()) = self
            .apply_provider_update(&record.id, move |record, now| {
                // While a request waits on the phone, it is answered there, and Weavr tells: that needs no session.
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
        Ok((record, is_seen))
    }

    /// Whether somebody may look at an approval now: so often as it would be looked at anyhow, whoever asks and how often.
    pub(in crate::service) async fn try_claim_poll(&self, id: &str) -> Result<bool, AppError> {
        let every = self.0.settings.limits.confirmations.poll_interval;
        Ok(self.0.store.try_claim_poll(id, every).await?)
    }

    /// Looks at what may have been confirmed without our hearing of it, and handles events whose handling was cut short.
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

    /// Looks at an approval that is still open. False when Weavr did not say.
    pub(in crate::service) async fn poll_again(&self, id: &str) -> Result<bool, AppError> {
        let record = self.0.store.by_id(id).await?;
        match record.filter(|record| !record.is_settled()) {
            Some(record) => Ok(self.poll_once(record).await?.1),
            None => Ok(true),
        }
    }
}
