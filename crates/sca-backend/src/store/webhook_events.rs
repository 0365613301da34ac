use sca_protocol::Millis;
use sqlx::Row;

use super::{Store, StoreError, from_column, sql, to_column};

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
            "INSERT INTO webhook_events (id, session_id, kind, received_at, tried_at) VALUES ($1, $2, $3, $4, $4) \
             ON CONFLICT DO NOTHING",
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

    /// Takes events that nobody has handled to the end, nor tried to since a time; the one that has waited for longest first. No event is
    /// given to two callers, and one whose handling fails again and again lets the others pass.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_webhook_events(
        &self,
        tried_before: Millis,
        now: Millis,
        limit: u32,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT id FROM webhook_events WHERE handled_at IS NULL AND tried_at < $1 \
             ORDER BY tried_at LIMIT $2{free}) \
             UPDATE webhook_events SET tried_at = $3 WHERE id IN (SELECT id FROM due) \
             RETURNING id, session_id, kind, received_at"
        );
        let rows = sqlx::query(sql(query))
            .bind(to_column(tried_before.0))
            .bind(i64::from(limit))
            .bind(to_column(now.0))
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
