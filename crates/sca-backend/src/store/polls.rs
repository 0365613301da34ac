use sca_protocol::Millis;
use sqlx::AnyConnection;

use super::{Store, StoreError, sql, to_column};
use crate::decision::Record;

impl Store {
    /// Open approvals about which the provider is to be asked now, and again at `next`, by their ids; the one that has been due for
    /// longest first. None is given to two callers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_polls(&self, now: Millis, next: Millis, limit: u32) -> Result<Vec<String>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT id FROM approvals WHERE status = 'pending' AND poll_at IS NOT NULL AND poll_at <= $1 \
             ORDER BY poll_at LIMIT $2{free}) \
             UPDATE approvals SET poll_at = $3 WHERE id IN (SELECT id FROM due) RETURNING id"
        );
        Ok(sqlx::query_scalar(sql(query))
            .bind(to_column(now.0))
            .bind(i64::from(limit))
            .bind(to_column(next.0))
            .fetch_all(&self.pool)
            .await?)
    }

    /// Whether whoever asks may look at one open approval now: so it is once in the time until `next`, whether or not it was due. False as
    /// well when it is not open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_look(&self, id: &str, now: Millis, next: Millis) -> Result<bool, StoreError> {
        let claimed = sqlx::query(
            "UPDATE approvals SET poll_at = $1 WHERE id = $2 AND status = 'pending' AND (poll_at IS NULL OR poll_at <= $3)",
        )
        .bind(to_column(next.0))
        .bind(id)
        .bind(to_column(now.0))
        .execute(&self.pool)
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    /// The provider need not be asked any more: a claimed look has found that nothing waits, and nothing has changed since.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stop_polling(&self, record: &Record) -> Result<(), StoreError> {
        sqlx::query("UPDATE approvals SET poll_at = NULL WHERE id = $1 AND version = $2")
            .bind(&record.id)
            .bind(to_column(record.version))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Takes over from when on the provider is to be asked, in the transaction that changes it.
pub(super) async fn set(transaction: &mut AnyConnection, record: &Record) -> Result<(), StoreError> {
    sqlx::query("UPDATE approvals SET poll_at = $1 WHERE id = $2")
        .bind(record.progress.poll_from.map(|time| to_column(time.0)))
        .bind(&record.id)
        .execute(transaction)
        .await?;
    Ok(())
}
