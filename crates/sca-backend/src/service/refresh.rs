use super::Backend;
use crate::problem::AppError;
use sca_core::{Record, Source};

impl Backend {
    /// The approval as it stands, after asking the provider where the outcome of a call is unknown. When the provider
    /// does not say, the approval is as it was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, record: Record) -> Result<Record, AppError> {
        let backend = self.clone();
        match &record.source {
            // What is unknown about a face is asked for when it is heard of or due.
            Source::Transfer(_) => Ok(record),
            Source::OneTimeToken { .. } if record.is_settled() => Ok(record),
            Source::OneTimeToken { .. } if record.progress.status_unknown || record.progress.lease.is_some() => {
                self.run_detached(async move { backend.ask_again(record).await }).await
            }
            Source::OneTimeToken { .. } => Ok(record),
            Source::Confirmation(_) if record.is_poll_due(self.now()) && self.try_claim_poll(&record.id).await? => {
                self.run_detached(async move { backend.poll_until_final(record).await })
                    .await
            }
            Source::Confirmation(_) => Ok(record),
        }
    }

    async fn ask_again(&self, record: Record) -> Result<Record, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let ours = holder.clone();
        let (record, reserved) = self
            .update_record(&record.id, move |record, now| {
                record.reserve_refresh(&ours, now, &limits)
            })
            .await?;
        // Settled meanwhile, or a call is on its way that will say more.
        let Ok(true) = reserved else { return Ok(record) };
        let session = self.session(&record).await?;
        let status = self.require_wise()?.token_status(&session).await;
        let (record, ()) = self
            .update_record(&record.id, move |record, now| {
                record.conclude_refresh(&holder, status.as_ref().ok(), now);
                if let Err(error) = &status {
                    record.settle_on_error(error, now);
                }
            })
            .await?;
        Ok(record)
    }
}
