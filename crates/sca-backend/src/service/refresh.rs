use super::Backend;
use crate::{problem::AppError, traces};
use sca_core::{Record, Source};
use tracing::Instrument as _;

impl Backend {
    /// Refreshes an approval from the provider where the outcome of a call is unknown. When the provider gives no usable response, the
    /// approval is unchanged.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refresh(&self, record: Record) -> Result<Record, AppError> {
        let backend = self.clone();
        match &record.source {
            // A webhook or the sweep polls face sessions.
            Source::Transfer(_) => Ok(record),
            Source::OneTimeToken { .. } if record.is_settled() => Ok(record),
            Source::OneTimeToken { .. } if record.progress.status_unknown || record.progress.lease.is_some() => {
                let span = traces::poll(&record.id);
                let poll = async move { backend.refresh_token_status(record).await };
                self.run_detached(poll.instrument(span)).await
            }
            Source::OneTimeToken { .. } => Ok(record),
            Source::Confirmation(_) if record.is_poll_due(self.now()) && self.try_claim_poll(&record.id).await? => {
                self.run_detached(async move { backend.poll_confirmation(record).await })
                    .await
            }
            Source::Confirmation(_) => Ok(record),
        }
    }

    async fn refresh_token_status(&self, record: Record) -> Result<Record, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let lease = holder.clone();
        let (record, reserved) = self
            .update_record(&record.id, move |record, now| {
                record.reserve_refresh(&lease, now, &limits)
            })
            .await?;
        // The approval was settled meanwhile, or a call in flight will refresh it.
        let Ok(true) = reserved else { return Ok(record) };
        let session = self.session(&record).await?;
        let status = self.tokens_of(&record)?.status(&session).await;
        let waits = self.factor_waits_of(&record).await?;
        let (record, ()) = self
            .update_record(&record.id, move |record, now| {
                record.apply_waits(waits, now);
                record.conclude_refresh(&holder, status.as_ref().ok(), now);
                if let Err(error) = &status {
                    record.settle_on_error(error, now);
                }
            })
            .await?;
        Ok(record)
    }
}
