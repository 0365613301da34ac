use sca_protocol::Millis;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, from_column, sql, to_column};
use crate::decision::{Subject, Teller};

/// What a provider has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The provider's name for the event, the same however often it is told, and no other event's of this provider.
    pub id: String,
    /// What it is about.
    pub subject: Subject,
    /// What has happened.
    pub kind: String,
    /// What it says, where that counts by itself: a JSON object. It lies readable in the database: nothing secret.
    pub said: Option<String>,
    /// When it was told.
    pub received_at: Millis,
}

const COLUMNS: &str = "id, subject, kind, said, received_at";

impl Store {
    /// Whether an event has been kept. A provider that repeats itself costs a read, and waits for nobody who writes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn knows_webhook_event(&self, teller: Teller, id: &str) -> Result<bool, StoreError> {
        let query = sqlx::query("SELECT 1 FROM webhook_events WHERE provider = $1 AND id = $2")
            .bind(teller.as_str())
            .bind(id);
        Ok(self.connections.fetch_optional(query).await?.is_some())
    }

    /// Keeps an event. False when it is known. It outlives a crash once this has returned.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_webhook_event(&self, event: &WebhookEvent) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "INSERT INTO webhook_events (provider, id, subject, kind, said, received_at, tried_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
        )
        .bind(event.subject.teller().as_str())
        .bind(&event.id)
        .bind(event.subject.name())
        .bind(&event.kind)
        .bind(event.said.as_ref())
        .bind(to_column(event.received_at.0));
        Ok(self.connections.execute(query).await? == 1)
    }

    /// Writes down that what followed from an event is done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhook_event_handled(&self, teller: Teller, id: &str, now: Millis) -> Result<(), StoreError> {
        let query = "UPDATE webhook_events SET handled_at = $1 WHERE provider = $2 AND id = $3 AND handled_at IS NULL";
        let query = sqlx::query(query).bind(to_column(now.0)).bind(teller.as_str()).bind(id);
        self.connections.execute(query).await?;
        Ok(())
    }

    /// What has been told of something, handled or not, the earliest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhook_events_about(&self, subject: &Subject) -> Result<Vec<WebhookEvent>, StoreError> {
        let query = format!(
            "SELECT {COLUMNS} FROM webhook_events WHERE provider = $1 AND subject = $2 ORDER BY received_at, id"
        );
        let query = sqlx::query(sql(query))
            .bind(subject.teller().as_str())
            .bind(subject.name());
        let rows = self.connections.fetch_all(query).await?;
        rows.iter().map(|row| event(subject.teller(), row)).collect()
    }

    /// Takes a provider's events that nobody has handled to the end, nor tried to for `untried_for` milliseconds; the one that has waited for
    /// longest first.
    /// No event is given to two callers, and one whose handling fails again and again lets the others pass.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_webhook_events(
        &self,
        teller: Teller,
        untried_for: u64,
        limit: u32,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT id FROM webhook_events WHERE provider = $1 AND handled_at IS NULL AND tried_at < $2 \
             ORDER BY tried_at LIMIT $3{free}) \
             UPDATE webhook_events SET tried_at = $4 WHERE provider = $1 AND id IN (SELECT id FROM due) RETURNING {COLUMNS}"
        );
        let claimed = self.fetch_all_now(query, move |query, now| {
            query
                .bind(teller.as_str())
                .bind(to_column(now.0.saturating_sub(untried_for)))
                .bind(i64::from(limit))
                .bind(to_column(now.0))
        });
        let rows = claimed.await?;
        rows.iter().map(|row| event(teller, row)).collect()
    }
}

fn event(teller: Teller, row: &AnyRow) -> Result<WebhookEvent, StoreError> {
    Ok(WebhookEvent {
        id: row.try_get("id")?,
        subject: Subject::kept(teller, row.try_get("subject")?),
        kind: row.try_get("kind")?,
        said: row.try_get("said")?,
        received_at: Millis(from_column(row.try_get("received_at")?)),
    })
}
