use super::Backend;
use crate::problem::AppError;
use sca_core::ConsumeRefusal;
use sca_core::secret::{Fingerprint, Secret};

/// Why an approval does not carry a request. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The approval does not allow it.
    #[error(transparent)]
    Refused(#[from] ConsumeRefusal),
    /// We failed.
    #[error("the backend failed")]
    Failed(AppError),
}

impl Backend {
    /// Uses an approval for the request that it was made for, once. Gives the one-time token to repeat the request with.
    ///
    /// # Errors
    /// When the approval is not the owner's, not approved, made for another request, or used.
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
        // Before anything is marked: a token that cannot be read does not cost the customer the approval.
        let tokens = self.0.store.tokens(id).await;
        let tokens = tokens.map_err(|error| ConsumeError::Failed(error.into()))?;
        let request = *request;
        let changed = self
            .update_record(id, move |record, now| record.consume(&request, now, &limits))
            .await;
        let (record, spent) = changed.map_err(ConsumeError::Failed)?;
        spent?;
        tracing::info!(approval = id, source = record.source.name(), "approval used");
        tokens
            .and_then(|tokens| tokens.one_time_token)
            .ok_or_else(|| ConsumeRefusal::Ended.into())
    }

    /// The request certainly never reached the provider: the approval can be used after all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, id: &str) -> Result<(), AppError> {
        self.update_record(id, |record, _| record.release()).await?;
        Ok(())
    }

    /// The request has reached the provider: its one-time token is of no more use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wipe_one_time_token(&self, id: &str) -> Result<(), AppError> {
        Ok(self.0.store.wipe_one_time_token(id).await?)
    }
}
