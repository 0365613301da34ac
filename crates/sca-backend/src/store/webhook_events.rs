use sca_protocol::Millis;
use sqlx::Row;

use super::{Store, StoreError, from_column, to_column};

/// What a provider has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The provider's name for the event, the same however often it is told.
    pub id: String,
    /// The session that it is about.
    pub session_id: String,
    /// What has happened.
    pub kind: String,
    /// When it was told.
    pub received_at: Millis,
}

impl Store {
    /// Keeps an event. False when it is known. It outlives a crash once this has returned.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_webhook_event(&self, event: &WebhookEvent) -> Result<bool, StoreError> {
        let kept = sqlx::query(
            "INSERT INTO webhook_events (id, session_id, kind, received_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(&event.id)
        .bind(&event.session_id)
        .bind(&event.kind)
        .bind(to_column(event.received_at.0))
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Writes down that what followed from an event is done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhook_event_handled(&self, id: &str, now: Millis) -> Result<(), StoreError> {
        sqlx::query("UPDATE webhook_events SET handled_at = $1 WHERE id = $2 AND handled_at IS NULL")
            .bind(to_column(now.0))
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Events that were told before a time and that nobody has handled to the end, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unhandled_webhook_events(
        &self,
        received_before: Millis,
        limit: u32,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, session_id, kind, received_at FROM webhook_events \
             WHERE handled_at IS NULL AND received_at < $1 ORDER BY received_at LIMIT $2",
        )
        .bind(to_column(received_before.0))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let event = |row: &sqlx::any::AnyRow| {
            Ok(WebhookEvent {
                id: row.try_get("id")?,
                session_id: row.try_get("session_id")?,
                kind: row.try_get("kind")?,
                received_at: Millis(from_column(row.try_get("received_at")?)),
            })
        };
        rows.iter().map(event).collect()
    }
}
