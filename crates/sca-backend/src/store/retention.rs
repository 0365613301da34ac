use std::time::Duration;

use sca_protocol::Timestamp;

use super::{Store, StoreError, sql, to_column};

const DAY: Duration = Duration::from_secs(86_400);
/// For how many milliseconds an idempotency key is remembered.
const IDEMPOTENCY_KEY_RETENTION: Duration = DAY;
/// For how many milliseconds it is remembered that an event was handled: longer than its sender goes on telling of it.
const WEBHOOK_EVENT_RETENTION: Duration = Duration::from_secs(5 * 86_400);
/// How many rows of a table are forgotten at once, so that nobody waits long for their end.
const MOST_AT_ONCE: i64 = 1_000;

impl Store {
    /// Forgets the one-time tokens of approvals that were settled before a time, calls and events that nobody repeats any more,
    /// and approvals that were settled before another time, with what was told of them. A wire that could not be handed over is
    /// kept: somebody has to look at it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_expired(&self, unusable_since: Timestamp, kept_since: Timestamp) -> Result<(), StoreError> {
        let wiped = "settled_at < $1 AND one_time_token IS NOT NULL";
        let query = self.some("UPDATE approvals SET one_time_token = NULL", "approvals", "id", wiped);
        self.forget(query, unusable_since).await?;
        let attempts_since = unusable_since.minus(IDEMPOTENCY_KEY_RETENTION);
        let old = "created_at < $1";
        self.forget(
            self.deletion("idempotency_keys", "scope, key_digest", old),
            attempts_since,
        )
        .await?;
        let events_since = unusable_since.minus(WEBHOOK_EVENT_RETENTION);
        let handled = "received_at < $1 AND processed_at IS NOT NULL";
        let event = "provider, id";
        self.forget(self.deletion("webhook_events", event, handled), events_since)
            .await?;
        self.forget(self.deletion("webhook_events", event, "received_at < $1"), kept_since)
            .await?;
        self.forget(self.deletion("exempted", "owner, transfer", old), kept_since)
            .await?;
        let told = "created_at < $1 AND (delivered_at IS NOT NULL OR (exhausted_at IS NOT NULL AND kind <> 'transfer.execute'))";
        self.forget(self.deletion("outbox", "id", told), kept_since).await?;
        self.forget(self.deletion("approvals", "id", "settled_at < $1"), kept_since)
            .await
    }

    fn deletion(&self, table: &str, key: &str, condition: &str) -> String {
        self.some(&format!("DELETE FROM {table}"), table, key, condition)
    }

    /// A change to some of the rows that fulfil a condition, and that nobody else is changing.
    fn some(&self, change: &str, table: &str, key: &str, condition: &str) -> String {
        let free = self.engine.for_one_of_many();
        format!("{change} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {MOST_AT_ONCE}{free})")
    }

    async fn forget(&self, query: String, since: Timestamp) -> Result<(), StoreError> {
        let query = sqlx::query(sql(query)).bind(to_column(since.0));
        self.connections.execute(query).await?;
        Ok(())
    }
}
