use std::time::Duration;

use sca_protocol::Timestamp;

use super::{Store, StoreError, sql, to_column};

const DAY: Duration = Duration::from_secs(86_400);
/// How long idempotency keys are stored: 24 hours.
const IDEMPOTENCY_KEY_RETENTION: Duration = DAY;
/// How long processed webhook events are stored: five days, longer than their senders repeat them.
const WEBHOOK_EVENT_RETENTION: Duration = Duration::from_secs(5 * 86_400);
/// How many rows of a table are purged in one statement, so that others do not wait long for its locks.
const MOST_AT_ONCE: i64 = 1_000;

impl Store {
    /// Purges what its retention no longer covers: one-time tokens of approvals that were settled, and waits of factors that ended, before
    /// `unusable_since`; idempotency keys and webhook events that are past their retention; approvals that were settled and enrolments that ended before `kept_since`,
    /// with their messages. An exhausted `transfer.execute` is not purged: it needs manual action.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_expired(&self, unusable_since: Timestamp, kept_since: Timestamp) -> Result<(), StoreError> {
        let wiped = "settled_at < $1 AND one_time_token IS NOT NULL";
        let query = self.some("UPDATE approvals SET one_time_token = NULL", "approvals", "id", wiped);
        self.purge(query, unusable_since).await?;
        let keys_since = unusable_since.minus(IDEMPOTENCY_KEY_RETENTION);
        let old = "created_at < $1";
        self.purge(self.deletion("idempotency_keys", "scope, key_digest", old), keys_since)
            .await?;
        let events_since = unusable_since.minus(WEBHOOK_EVENT_RETENTION);
        let processed = "received_at < $1 AND processed_at IS NOT NULL";
        let event = "provider, id";
        self.purge(self.deletion("webhook_events", event, processed), events_since)
            .await?;
        self.purge(self.deletion("webhook_events", event, "received_at < $1"), kept_since)
            .await?;
        self.purge(self.deletion("exempted", "owner, transfer", old), kept_since)
            .await?;
        let done = "created_at < $1 AND (delivered_at IS NOT NULL OR (exhausted_at IS NOT NULL AND kind <> 'transfer.execute'))";
        self.purge(self.deletion("outbox", "id", done), kept_since).await?;
        self.purge(
            self.deletion("factor_waits", "call_id, factor", "usable_from < $1"),
            unusable_since,
        )
        .await?;
        self.purge(self.deletion("enrolments", "id", "ended_at < $1"), kept_since)
            .await?;
        self.purge(self.deletion("approvals", "id", "settled_at < $1"), kept_since)
            .await
    }

    fn deletion(&self, table: &str, key: &str, condition: &str) -> String {
        self.some(&format!("DELETE FROM {table}"), table, key, condition)
    }

    /// A change to a limited number of rows that fulfil a condition and are not locked.
    fn some(&self, change: &str, table: &str, key: &str, condition: &str) -> String {
        let free = self.engine.for_one_of_many();
        format!("{change} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {MOST_AT_ONCE}{free})")
    }

    async fn purge(&self, query: String, since: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query(sql(query)).bind(to_column(since.0));
        self.connections.execute(query).await?;
        Ok(())
    }
}
