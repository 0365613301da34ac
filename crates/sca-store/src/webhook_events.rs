use std::time::Duration;

use sca_protocol::Timestamp;
use sqlx::{Row, any::AnyRow};

use super::{
    Store, StoreError, from_column, sql, to_column,
    writes::{self, Write},
};
use sca_core::{CorrelationKey, ProviderId};

/// A webhook event of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWebhookEvent {
    /// The provider's id of the event: the same for every delivery, and unique at this provider.
    pub id: String,
    /// The correlation key that it carries.
    pub correlation_key: CorrelationKey,
    /// The event type.
    pub kind: String,
    /// Its payload, where that decides something by itself: a JSON object. It is not sealed, so it contains no secret.
    pub payload: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
}

const COLUMNS: &str = "id, correlation_key, kind, payload, received_at";

impl Store {
    /// Whether an event is stored. A read without locks, for repeated deliveries.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_webhook_event(&self, provider: &ProviderId, id: &str) -> Result<bool, StoreError> {
        let query = sqlx::query("SELECT 1 FROM webhook_events WHERE provider = $1 AND id = $2")
            .bind(provider.as_str())
            .bind(id);
        Ok(self.connections.fetch_optional(query).await?.is_some())
    }

    /// Stores an event durably, to be processed. False when it is a duplicate.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert_webhook_event(&self, event: &StoredWebhookEvent) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "INSERT INTO webhook_events (provider, id, correlation_key, kind, payload, received_at, claimed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
        )
        .bind(event.correlation_key.provider().as_str())
        .bind(&event.id)
        .bind(event.correlation_key.as_str())
        .bind(&event.kind)
        .bind(event.payload.as_ref())
        .bind(to_column(event.received_at.0));
        Ok(self.connections.execute(query).await? == 1)
    }

    /// Stores an event as processed, or marks the stored one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_webhook_event_processed(
        &self,
        event: &StoredWebhookEvent,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (engine, write) = (self.engine, processed_event(event, now));
        self.connections
            .statement(move |connection| {
                Box::pin(async move { writes::execute(connection, engine, vec![write]).await.map(drop) })
            })
            .await
    }

    /// The events with a correlation key, processed or not, the earliest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn webhook_events_about(
        &self,
        correlation_key: &CorrelationKey,
    ) -> Result<Vec<StoredWebhookEvent>, StoreError> {
        let query = format!(
            "SELECT {COLUMNS} FROM webhook_events WHERE provider = $1 AND correlation_key = $2 ORDER BY received_at, id"
        );
        let query = sqlx::query(sql(query))
            .bind(correlation_key.provider().as_str())
            .bind(correlation_key.as_str());
        let rows = self.connections.fetch_all(query).await?;
        rows.iter().map(|row| event(correlation_key.provider(), row)).collect()
    }

    /// Claims a provider's events that are not processed and were not claimed within `lease` before now, the longest waiting first. No
    /// event is given to two callers. An event whose processing keeps failing does not block the others.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_webhook_events(
        &self,
        provider: &ProviderId,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<StoredWebhookEvent>, StoreError> {
        let free = self.engine.for_one_of_many();
        let (provider, bound) = (provider.clone(), provider.as_str().to_owned());
        let query = format!(
            "WITH due AS (SELECT id FROM webhook_events WHERE provider = $1 AND processed_at IS NULL AND claimed_at < $2 \
             ORDER BY claimed_at LIMIT $3{free}) \
             UPDATE webhook_events SET claimed_at = $4 WHERE provider = $1 AND id IN (SELECT id FROM due) RETURNING {COLUMNS}"
        );
        let claimed = self.fetch_all_now(query, move |query, now| {
            query
                .bind(bound)
                .bind(to_column(now.minus(lease).0))
                .bind(i64::from(limit))
                .bind(to_column(now.0))
        });
        let rows = claimed.await?;
        rows.iter().map(|row| event(&provider, row)).collect()
    }
}

/// Stores an event as processed, or marks the stored one.
pub(super) fn processed_event(event: &StoredWebhookEvent, now: Timestamp) -> Write {
    let text = "INSERT INTO webhook_events (provider, id, correlation_key, kind, payload, received_at, claimed_at, processed_at) \
                SELECT $1, $2, $3, $4, $5, $6, $6, $7 WHERE {condition} ON CONFLICT (provider, id) DO UPDATE SET processed_at = excluded.processed_at \
                WHERE webhook_events.processed_at IS NULL";
    Write::new(text)
        .text(event.correlation_key.provider().as_str())
        .text(&event.id)
        .text(event.correlation_key.as_str())
        .text(&event.kind)
        .text_or_null(event.payload.as_deref())
        .number(to_column(event.received_at.0))
        .number(to_column(now.0))
}

fn event(provider: &ProviderId, row: &AnyRow) -> Result<StoredWebhookEvent, StoreError> {
    Ok(StoredWebhookEvent {
        id: row.try_get("id")?,
        correlation_key: CorrelationKey::from_stored(provider.clone(), row.try_get("correlation_key")?),
        kind: row.try_get("kind")?,
        payload: row.try_get("payload")?,
        received_at: Timestamp(from_column(row.try_get("received_at")?)),
    })
}
