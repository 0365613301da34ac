use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::Backend;
use crate::problem::AppError;
use sca_core::Record;

const INTERVAL: Duration = Duration::from_secs(5);
/// How many final polls run at once.
const CONCURRENT_EXPIRIES: usize = 8;

impl Backend {
    /// Sweeps every five seconds until the backend stops.
    pub async fn sweep_until_stopped(&self) {
        let mut pauses = tokio::time::interval(INTERVAL);
        pauses.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                _ = pauses.tick() => {}
            }
            if let Err(error) = self.sweep().await {
                tracing::error!(?error, "sweep failed");
            }
        }
    }

    /// Settles due approvals, ends due enrolments, polls face sessions and confirmations, retries webhook events, purges expired rows, and measures
    /// the outbox, once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), AppError> {
        // A failure of one part does not stop the others.
        let settled = self.settle_due_approvals().await;
        // Polls complete even if the backend stops meanwhile.
        let backend = self.clone();
        let faces = self
            .run_detached(async move { backend.poll_due_face_sessions().await })
            .await;
        let backend = self.clone();
        let confirmations = self
            .run_detached(async move { backend.poll_due_confirmations().await })
            .await;
        let backend = self.clone();
        let events = self
            .run_detached(async move { backend.retry_unprocessed_events().await })
            .await;
        let ended = self.end_due_enrolments().await;
        let purged = self.purge_expired().await;
        let measured = self.measure_outbox().await;
        settled
            .and(faces)
            .and(confirmations)
            .and(events)
            .and(ended)
            .and(purged)
            .and(measured)
    }

    async fn settle_due_approvals(&self) -> Result<(), AppError> {
        // An unreadable approval must not keep the others from being settled and their tokens from being wiped.
        let mut with_final_poll = Vec::new();
        for id in self.0.store.due(self.now()).await? {
            match self.0.store.by_id(&id).await {
                Ok(Some(record)) if record.may_have_unreported_result() => with_final_poll.push(record),
                Ok(Some(record)) => self.settle_one(record).await,
                Ok(None) => {}
                Err(error) => tracing::error!(approval = id, ?error, "due approval not readable"),
            }
        }
        // Those that need a final poll come last, and run concurrently.
        let settlements = stream::iter(with_final_poll).map(|record| async move { self.settle_one(record).await });
        settlements
            .buffer_unordered(CONCURRENT_EXPIRIES)
            .collect::<Vec<()>>()
            .await;
        Ok(())
    }

    async fn settle_one(&self, record: Record) {
        let id = record.id.clone();
        if let Err(error) = self.settle_due(record).await {
            tracing::error!(approval = id, ?error, "due approval not settled");
        }
    }

    async fn measure_outbox(&self) -> Result<(), AppError> {
        let backlog = self.0.store.outbox_backlog().await?;
        let age_ms = backlog.oldest.map(|oldest| self.now().0.saturating_sub(oldest.0));
        let age = Duration::from_millis(age_ms.unwrap_or_default());
        self.metrics().outbox_backlog(backlog.waiting, age);
        Ok(())
    }

    async fn purge_expired(&self) -> Result<(), AppError> {
        let now = self.now();
        let before = |period| now.minus(period);
        let settings = &self.0.settings;
        let stored_since = before(settings.retention);
        self.0
            .store
            .purge_expired(before(settings.limits.settled_grace_period), stored_since)
            .await?;
        Ok(())
    }
}
