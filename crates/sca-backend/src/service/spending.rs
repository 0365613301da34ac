use super::Backend;
use crate::{
    decision::SpendRefusal,
    problem::AppError,
    secret::{Fingerprint, Secret},
};

/// Why an approval does not carry a request. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    /// The approval does not allow it.
    #[error(transparent)]
    Refused(#[from] SpendRefusal),
    /// We failed.
    #[error("the backend failed")]
    Failed(AppError),
}

impl Backend {
    /// Uses an approval for the request that it was made for, once. Gives the one-time token to repeat the request with.
    ///
    /// # Errors
    /// When the approval is not the owner's, not approved, made for another request, or used.
    pub async fn spend(&self, owner: &str, id: &str, request: &Fingerprint) -> Result<Secret, SpendError> {
        let limits = self.0.settings.limits;
        let found = self
            .0
            .store
            .by_id(id)
            .await
            .map_err(|error| SpendError::Failed(error.into()))?;
        if found.is_none_or(|record| record.owner != owner) {
            return Err(SpendRefusal::Mismatch.into());
        }
        // Before anything is marked: a token that cannot be read does not cost the customer the approval.
        let tokens = self.0.store.tokens(id).await;
        let tokens = tokens.map_err(|error| SpendError::Failed(error.into()))?;
        let request = *request;
        let changed = self
            .change(id, move |record, now| record.spend(&request, now, &limits))
            .await;
        let (record, spent) = changed.map_err(SpendError::Failed)?;
        spent?;
        tracing::info!(approval = id, source = record.source.name(), "approval used");
        tokens
            .and_then(|tokens| tokens.one_time_token)
            .ok_or_else(|| SpendRefusal::Ended.into())
    }

    /// The request certainly never reached the provider: the approval can be used after all.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unspend(&self, id: &str) -> Result<(), AppError> {
        self.change(id, |record, _| record.unspend()).await?;
        Ok(())
    }

    /// The request has reached the provider: its one-time token is of no more use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_one_time_token(&self, id: &str) -> Result<(), AppError> {
        Ok(self.0.store.forget_one_time_token(id).await?)
    }
}
