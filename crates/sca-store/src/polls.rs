use std::time::Duration;

use super::{Store, StoreError, row_mapping::names, to_column};
use sca_core::Record;

impl Store {
    /// Claims open approvals that are due to be polled, the earliest due first. Each is due again after `every`. Returns their ids. No
    /// approval is given to two callers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_polls(&self, every: Duration, limit: u32) -> Result<Vec<String>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT id FROM approvals WHERE status = 'pending' AND poll_at IS NOT NULL AND poll_at <= $1 \
             ORDER BY poll_at LIMIT $2{free}) \
             UPDATE approvals SET poll_at = $3 WHERE id IN (SELECT id FROM due) RETURNING id"
        );
        let claimed = self.fetch_all_now(query, move |query, now| {
            query
                .bind(to_column(now.0))
                .bind(i64::from(limit))
                .bind(to_column(now.plus(every).0))
        });
        names(&claimed.await?)
    }

    /// Claims the right to poll one open approval; at most one caller per `every` succeeds, whether or not it was due. False when the
    /// approval is not open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn try_claim_poll(&self, id: &str, every: Duration) -> Result<bool, StoreError> {
        let query = "UPDATE approvals SET poll_at = $1 WHERE id = $2 AND status = 'pending' \
                     AND (poll_at IS NULL OR poll_at <= $3) RETURNING id";
        let id = id.to_owned();
        let claimed = self.fetch_all_now(query.to_owned(), move |query, now| {
            query.bind(to_column(now.plus(every).0)).bind(id).bind(to_column(now.0))
        });
        Ok(!claimed.await?.is_empty())
    }

    /// Stops polling an approval, unless it has changed since `record` was read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stop_polling(&self, record: &Record) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE approvals SET poll_at = NULL WHERE id = $1 AND version = $2")
            .bind(&record.id)
            .bind(to_column(record.version));
        self.connections.execute(query).await?;
        Ok(())
    }
}
