use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use tokio::time::timeout;

use super::{super::Backend, CALLS, correlation_key};
use crate::{
    decision::{EventSource, Observation, PaymentPhase, Record, phase_of},
    problem::AppError,
    providers::{
        ProviderError,
        weavr::{
            self, Weavr,
            resource::{Resource, ResourceId, ResourceType},
        },
    },
    secret::Secret,
};

/// How many payments are read at once.
const CONCURRENT_READS: usize = 8;

/// An event that is not handled after so many milliseconds is handled again.
const EVENT_LEASE: Duration = Duration::from_secs(30);

/// Looks at what is to be confirmed. What Weavr no longer tells of is left out.
///
/// # Errors
/// When Weavr does not say, also of a single payment.
pub(super) async fn observation(
    weavr: &Weavr,
    token: &Secret,
    correlation_key: &weavr::ChallengeTarget,
) -> Result<Observation, ProviderError> {
    let looking = timeout(weavr.http().total() * CALLS, fetch_all(weavr, token, correlation_key)).await;
    looking.unwrap_or(Err(ProviderError::TimedOut))
}

/// As [`observation`], but of several payments that wait together only the first is looked at as long as it waits.
async fn fetch_first_pending(
    weavr: &Weavr,
    token: &Secret,
    correlation_key: &weavr::ChallengeTarget,
) -> Result<Observation, ProviderError> {
    if let weavr::ChallengeTarget::Resources { kind, ids } = correlation_key
        && let Some((first, others)) = ids.split_first()
    {
        let first = weavr.resource(token, *kind, first).await?;
        let waits = |first: &Resource| phase_of(&first.state) == PaymentPhase::Waiting;
        let others = if first.as_ref().is_some_and(waits) { &[] } else { others };
        let read = timeout(weavr.http().total() * CALLS, read_all(weavr, token, *kind, others)).await;
        let read = read.unwrap_or(Err(ProviderError::TimedOut))?;
        let seen = first.into_iter().chain(read.into_iter().flatten());
        return Ok(Observation::Payments(seen.map(Into::into).collect()));
    }
    observation(weavr, token, correlation_key).await
}

async fn fetch_all(
    weavr: &Weavr,
    token: &Secret,
    correlation_key: &weavr::ChallengeTarget,
) -> Result<Observation, ProviderError> {
    Ok(match correlation_key {
        weavr::ChallengeTarget::Resources { kind, ids } => {
            let read = read_all(weavr, token, *kind, ids).await?;
            Observation::Payments(read.into_iter().flatten().map(Into::into).collect())
        }
        weavr::ChallengeTarget::PayeeBatch(id) => match weavr.batch(token, id).await? {
            Some(state) => Observation::PayeeBatch(state),
            None => Observation::Nothing,
        },
        weavr::ChallengeTarget::StepUp => Observation::Nothing,
    })
}

/// Reads payments, in the order in which they are named; `None` for one that Weavr does not know as the customer's.
///
/// # Errors
/// When Weavr does not say, also of a single one.
pub(super) async fn read_all(
    weavr: &Weavr,
    token: &Secret,
    kind: ResourceType,
    ids: &[ResourceId],
) -> Result<Vec<Option<Resource>>, ProviderError> {
    let reads = stream::iter(ids.to_vec()).map(|id| async move { weavr.resource(token, kind, &id).await });
    reads.buffered(CONCURRENT_READS).try_collect().await
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
        let (weavr, correlation_key) = (self.weavr()?, correlation_key(&record)?);
        let token = self.access_token(&record).await;
        let seen = match &token {
            Ok(token) => fetch_first_pending(weavr, token, &correlation_key).await,
            Err(error) => {
                tracing::error!(approval = record.id, ?error, "the token cannot be read");
                Err(ProviderError::Unreachable)
            }
        };
        if let Err(error) = &seen {
            tracing::warn!(approval = record.id, %error, "what is to be confirmed could not be looked at");
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
        if self.0.providers.weavr.is_none() {
            return Ok(());
        }
        let polls = settings.confirmations.polls;
        let events = self
            .0
            .store
            .claim_webhook_events(EventSource::Weavr, EVENT_LEASE, polls);
        for event in events.await? {
            self.process_weavr_event(&event).await;
        }
        let every = settings.limits.confirmations.poll_interval;
        let due = self.0.store.claim_polls(every, polls).await?;
        let looking = due.into_iter().map(|id| async move {
            if let Err(error) = self.poll_again(&id).await {
                tracing::warn!(approval = id, ?error, "a confirmation could not be looked at");
            }
        });
        futures_util::future::join_all(looking).await;
        Ok(())
    }

    /// Looks at an approval that is still open. False when Weavr did not say.
    pub(super) async fn poll_again(&self, id: &str) -> Result<bool, AppError> {
        let record = self.0.store.by_id(id).await?;
        match record.filter(|record| !record.is_settled()) {
            Some(record) => Ok(self.poll_once(record).await?.1),
            None => Ok(true),
        }
    }
}
