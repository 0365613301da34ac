use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::Backend;
use crate::problem::AppError;
use sca_core::Record;

const INTERVAL: Duration = Duration::from_secs(5);
/// How many approvals are looked at at once before they end.
const CONCURRENT_EXPIRIES: usize = 8;

impl Backend {
    /// Ends what is due and forgets what is old, again and again until the backend stops.
    pub async fn sweep_until_stopped(&self) {
        let mut pauses = tokio::time::interval(INTERVAL);
        pauses.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                _ = pauses.tick() => {}
            }
            if let Err(error) = self.sweep().await {
                tracing::error!(?error, "sweeping failed");
            }
        }
    }

    /// Ends what is due, forgets what is old, and looks at face sessions and confirmations that nothing was heard of, once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), AppError> {
        // What fails does not keep the rest from being done.
        let ended = self.settle_due_approvals().await;
        // To the end, also when the backend is asked to stop meanwhile.
        let backend = self.clone();
        let looked = self
            .run_detached(async move { backend.poll_due_face_sessions().await })
            .await;
        let backend = self.clone();
        let confirmed = self
            .run_detached(async move { backend.poll_due_confirmations().await })
            .await;
        let backend = self.clone();
        let processed = self
            .run_detached(async move { backend.process_due_events().await })
            .await;
        let forgotten = self.purge_expired().await;
        ended.and(looked).and(confirmed).and(processed).and(forgotten)
    }

    async fn settle_due_approvals(&self) -> Result<(), AppError> {
        // One that cannot be read keeps neither the others from ending nor their tokens from being wiped.
        let mut asked_about = Vec::new();
        for id in self.0.store.due(self.now()).await? {
            match self.0.store.by_id(&id).await {
                Ok(Some(record)) if record.may_have_unreported_result() => asked_about.push(record),
                Ok(Some(record)) => self.settle_one(record).await,
                Ok(None) => {}
                Err(error) => tracing::error!(approval = id, ?error, "an approval that is due cannot be read"),
            }
        }
        // Those that are looked at before come last, and not one after the other.
        let ending = stream::iter(asked_about).map(|record| async move { self.settle_one(record).await });
        ending.buffer_unordered(CONCURRENT_EXPIRIES).collect::<Vec<()>>().await;
        Ok(())
    }

    async fn settle_one(&self, record: Record) {
        let id = record.id.clone();
        if let Err(error) = self.settle_due(record).await {
            tracing::error!(approval = id, ?error, "an approval that is due cannot be ended");
        }
    }

    async fn purge_expired(&self) -> Result<(), AppError> {
        let now = self.now();
        let before = |period| now.minus(period);
        let settings = &self.0.settings;
        let kept_since = before(settings.retention);
        self.0
            .store
            .purge_expired(before(settings.limits.settled_grace_period), kept_since)
            .await?;
        Ok(())
    }
}
