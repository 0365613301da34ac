use sca_protocol::Status;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, row_mapping::names};
use sca_core::CorrelationKey;

impl Store {
    /// Adds a correlation key to an approval. Events that arrived before are found by
    /// [`webhook_events_about`](Self::webhook_events_about). Called after this, it misses none: an event is stored before its
    /// approvals are looked up.
    ///
    /// # Errors
    /// When the store fails, or there is no such approval.
    pub async fn add_correlation_keys(
        &self,
        approval_id: &str,
        correlation_key: &CorrelationKey,
    ) -> Result<(), StoreError> {
        let (approval_id, correlation_key) = (approval_id.to_owned(), correlation_key.clone());
        self.connections
            .statement(move |connection| {
                Box::pin(async move { insert(connection, &approval_id, &correlation_key).await })
            })
            .await
    }

    /// The ids of the open approvals with a correlation key, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_by_correlation_key(&self, correlation_key: &CorrelationKey) -> Result<Vec<String>, StoreError> {
        let query = "SELECT approvals.id FROM approval_correlations JOIN approvals ON approvals.id = approval_correlations.approval_id \
                     WHERE approval_correlations.provider = $1 AND approval_correlations.correlation_key = $2 AND approvals.status = 'pending' \
                     ORDER BY approvals.created_at, approvals.id";
        let query = sqlx::query(query)
            .bind(correlation_key.provider().as_str())
            .bind(correlation_key.as_str());
        names(&self.connections.fetch_all(query).await?)
    }

    /// The ids and states of all approvals with a correlation key, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all_by_correlation_key(
        &self,
        correlation_key: &CorrelationKey,
    ) -> Result<Vec<(String, Status)>, StoreError> {
        let query = "SELECT approvals.id, approvals.status FROM approval_correlations JOIN approvals \
                     ON approvals.id = approval_correlations.approval_id WHERE approval_correlations.provider = $1 AND approval_correlations.correlation_key = $2 \
                     ORDER BY approvals.created_at, approvals.id";
        let query = sqlx::query(query)
            .bind(correlation_key.provider().as_str())
            .bind(correlation_key.as_str());
        let rows = self.connections.fetch_all(query).await?;
        let read = |row: &AnyRow| Ok((row.try_get("id")?, Status::from_name(row.try_get("status")?)));
        rows.iter().map(read).collect()
    }
}

pub(super) async fn insert(
    connection: &mut sqlx::AnyConnection,
    approval_id: &str,
    correlation_key: &CorrelationKey,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO approval_correlations (provider, correlation_key, approval_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(correlation_key.provider().as_str())
        .bind(correlation_key.as_str())
        .bind(approval_id)
        .execute(connection)
        .await?;
    Ok(())
}
