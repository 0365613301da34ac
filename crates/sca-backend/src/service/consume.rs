use super::Backend;
use crate::problem::AppError;
use sca_core::ConsumeRefusal;
use sca_core::secret::{Fingerprint, Secret};

/// Why an approval cannot be consumed. The request was not sent.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The approval does not allow it.
    #[error(transparent)]
    Refused(#[from] ConsumeRefusal),
    /// The store failed.
    #[error("the backend failed")]
    Failed(AppError),
}

impl Backend {
    /// Consumes an approval for the request that it was created for. Returns the one-time token to repeat the request with.
    ///
    /// # Errors
    /// When the approval belongs to another partner, is not approved, was created for another request, or was consumed before; or when
    /// the store fails.
    pub async fn consume(&self, owner: &str, id: &str, request: &Fingerprint) -> Result<Secret, ConsumeError> {
        let limits = self.0.settings.limits;
        let found = self
            .0
            .store
            .by_id(id)
            .await
            .map_err(|error| ConsumeError::Failed(error.into()))?;
        if found.is_none_or(|record| record.owner != owner) {
            return Err(ConsumeRefusal::Mismatch.into());
        }
        // First the token: a failure to read it must not consume the approval.
        let tokens = self.0.store.tokens(id).await;
        let tokens = tokens.map_err(|error| ConsumeError::Failed(error.into()))?;
        let request = *request;
        let changed = self
            .update_record(id, move |record, now| record.consume(&request, now, &limits))
            .await;
        let (record, consumed) = changed.map_err(ConsumeError::Failed)?;
        consumed?;
        tracing::info!(approval = id, source = record.source.name(), "approval consumed");
        tokens
            .and_then(|tokens| tokens.one_time_token)
            .ok_or_else(|| ConsumeRefusal::Ended.into())
    }

    /// Undoes [`consume`](Self::consume), for a request that certainly did not reach the provider.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, id: &str) -> Result<(), AppError> {
        self.update_record(id, |record, _| record.release()).await?;
        Ok(())
    }

    /// Deletes the one-time token, once the request has reached the provider.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wipe_one_time_token(&self, id: &str) -> Result<(), AppError> {
        Ok(self.0.store.wipe_one_time_token(id).await?)
    }
}
