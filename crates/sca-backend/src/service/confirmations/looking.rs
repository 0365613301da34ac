use futures_util::{StreamExt, TryStreamExt, stream};

use tokio::time::timeout;

use super::{super::Backend, CALLS, subject};
use crate::{
    decision::{Record, Sight, Standing, Teller, standing},
    problem::AppError,
    provider::{
        ProviderError,
        weavr::{
            self, Weavr,
            resource::{Resource, ResourceId, ResourceType},
        },
    },
    secret::Secret,
};

/// How many payments are read at once.
const READS_AT_ONCE: usize = 8;

/// An event that is not handled after so many milliseconds is handled again.
const HANDLED_WITHIN: u64 = 30_000;

/// Looks at what is to be confirmed. What Weavr no longer tells of is left out.
///
/// # Errors
/// When Weavr does not say, also of a single payment.
pub(super) async fn sight(weavr: &Weavr, token: &Secret, subject: &weavr::Subject) -> Result<Sight, ProviderError> {
    let looking = timeout(weavr.http().total() * CALLS, sight_at_leisure(weavr, token, subject)).await;
    looking.unwrap_or(Err(ProviderError::TimedOut))
}

/// As [`sight`], but of several payments that wait together only the first is looked at as long as it waits.
async fn glance(weavr: &Weavr, token: &Secret, subject: &weavr::Subject) -> Result<Sight, ProviderError> {
    if let weavr::Subject::Resources { kind, ids } = subject
        && let Some((first, others)) = ids.split_first()
    {
        let first = weavr.resource(token, *kind, first).await?;
        let waits = |first: &Resource| standing(&first.state) == Standing::Waiting;
        let others = if first.as_ref().is_some_and(waits) { &[] } else { others };
        let read = timeout(weavr.http().total() * CALLS, read_all(weavr, token, *kind, others)).await;
        let read = read.unwrap_or(Err(ProviderError::TimedOut))?;
        let seen = first.into_iter().chain(read.into_iter().flatten());
        return Ok(Sight::Payments(seen.map(Into::into).collect()));
    }
    sight(weavr, token, subject).await
}

async fn sight_at_leisure(weavr: &Weavr, token: &Secret, subject: &weavr::Subject) -> Result<Sight, ProviderError> {
    Ok(match subject {
        weavr::Subject::Resources { kind, ids } => {
            let read = read_all(weavr, token, *kind, ids).await?;
            Sight::Payments(read.into_iter().flatten().map(Into::into).collect())
        }
        weavr::Subject::PayeeBatch(id) => match weavr.batch(token, id).await? {
            Some(state) => Sight::PayeeBatch(state),
            None => Sight::Nothing,
        },
        weavr::Subject::StepUp => Sight::Nothing,
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
    reads.buffered(READS_AT_ONCE).try_collect().await
}

impl Backend {
    /// The approval after a look at what is to be confirmed. When Weavr does not say, only time has gone by.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::service) async fn look_at_confirmation(&self, record: Record) -> Result<Record, AppError> {
        Ok(self.look_once(record).await?.0)
    }

    /// As above; and whether Weavr said.
    async fn look_once(&self, record: Record) -> Result<(Record, bool), AppError> {
        let limits = self.0.settings.limits.confirmations;
        let (weavr, subject) = (self.weavr()?, subject(&record)?);
        let token = self.access_token(&record).await;
        let seen = match &token {
            Ok(token) => glance(weavr, token, &subject).await,
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
            .learn(&record.id, move |record, now| {
                // While a request waits on the phone, it is answered there, and Weavr tells: that needs no session.
                if let Err(error) = &seen
                    && record.is_overdue(now)
                {
                    record.end_with(error, now);
                }
                record.looked(seen.as_ref().ok(), now, &limits);
                if let Err(error) = &seen {
                    record.ask_no_sooner(error, now);
                }
            })
            .await?;
        if record.progress.poll_from.is_none() {
            self.0.store.stop_polling(&record).await?;
        }
        Ok((record, is_seen))
    }

    /// Whether somebody may look at an approval now: so often as it would be looked at anyhow, whoever asks and how often.
    pub(in crate::service) async fn may_look(&self, id: &str) -> Result<bool, AppError> {
        let every = self.0.settings.limits.confirmations.poll_interval;
        Ok(self.0.store.claim_look(id, every).await?)
    }

    /// Looks at what may have been confirmed without our hearing of it, and handles events whose handling was cut short.
    pub(in crate::service) async fn look_after_confirmations(&self) -> Result<(), AppError> {
        let settings = &self.0.settings;
        if self.0.providers.weavr.is_none() {
            return Ok(());
        }
        let polls = settings.confirmations.polls;
        let events = self.0.store.claim_webhook_events(Teller::Weavr, HANDLED_WITHIN, polls);
        for event in events.await? {
            self.handle_told(&event).await;
        }
        let every = settings.limits.confirmations.poll_interval;
        let due = self.0.store.claim_polls(every, polls).await?;
        let looking = due.into_iter().map(|id| async move {
            if let Err(error) = self.look_again(&id).await {
                tracing::warn!(approval = id, ?error, "a confirmation could not be looked at");
            }
        });
        futures_util::future::join_all(looking).await;
        Ok(())
    }

    /// Looks at an approval that is still open. False when Weavr did not say.
    pub(super) async fn look_again(&self, id: &str) -> Result<bool, AppError> {
        let record = self.0.store.by_id(id).await?;
        match record.filter(|record| !record.is_settled()) {
            Some(record) => Ok(self.look_once(record).await?.1),
            None => Ok(true),
        }
    }
}
