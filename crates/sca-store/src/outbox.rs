use std::time::Duration;

use sca_protocol::Timestamp;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, from_column, sql, to_column, writes::Write};
use sca_core::{LateEvent, OutboundEvent};

/// A message to another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The message's id, the same for every delivery attempt of one event.
    pub id: String,
    /// The approval or enrolment that it is about.
    pub approval_id: String,
    /// The event type: `transfer.execute`.
    pub kind: String,
    /// The event's data: a JSON object.
    pub payload: String,
    /// When the event happened.
    pub created_at: Timestamp,
    /// How many delivery attempts have failed.
    pub attempts: u32,
    /// When the claim ends, by the store's clock.
    pub held_until: Timestamp,
}

/// The messages that are neither delivered nor exhausted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxBacklog {
    /// How many there are.
    pub waiting: u64,
    /// When the event of the oldest one happened. `None` if there is no message.
    pub oldest: Option<Timestamp>,
}

/// A claim on messages.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The claimant.
    pub holder: &'a str,
    /// How long the claim lasts, unless the claimant ends it before.
    pub lease: Duration,
    /// The event types.
    pub kinds: &'a [&'a str],
    /// The maximum number of messages.
    pub limit: u32,
}

const COLUMNS: &str = "id, approval_id, kind, payload, created_at, attempts, next_at, held_until";
const WAITING: &str = "delivered_at IS NULL AND exhausted_at IS NULL";

impl Store {
    /// Claims messages that are due and not claimed, the earliest due first. No message has two claimants at the same time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_outbox(&self, claim: &Claim<'_>) -> Result<Vec<OutboxRow>, StoreError> {
        if claim.kinds.is_empty() {
            return Ok(Vec::new());
        }
        let free = self.engine.for_one_of_many();
        let kinds = places(5, claim.kinds);
        let query = format!(
            "WITH due AS (SELECT id FROM outbox WHERE {WAITING} AND next_at <= $1 \
             AND (holder IS NULL OR held_until <= $1) AND kind IN ({kinds}) ORDER BY next_at LIMIT $2{free}) \
             UPDATE outbox SET holder = $3, held_until = $4 WHERE id IN (SELECT id FROM due) RETURNING {COLUMNS}"
        );
        let (holder, lease, limit) = (claim.holder.to_owned(), claim.lease, claim.limit);
        let kinds: Vec<String> = claim.kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let claimed = self.fetch_all_now(query, move |query, now| {
            let query = query
                .bind(to_column(now.0))
                .bind(i64::from(limit))
                .bind(holder)
                .bind(to_column(now.plus(lease).0));
            kinds.into_iter().fold(query, |query, kind| query.bind(kind))
        });
        let mut rows = claimed.await?;
        rows.sort_by_cached_key(|row| row.try_get::<i64, _>("next_at").unwrap_or_default());
        rows.iter().map(outbox_row).collect()
    }

    /// The messages that wait for their delivery, claimed ones included.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn outbox_backlog(&self) -> Result<OutboxBacklog, StoreError> {
        let query = format!("SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest FROM outbox WHERE {WAITING}");
        let row = self.connections.fetch_optional(sqlx::query(sql(query))).await?;
        let row = row.ok_or(StoreError::Unreadable("waiting"))?;
        let oldest: Option<i64> = row.try_get("oldest")?;
        Ok(OutboxBacklog {
            waiting: from_column(row.try_get("waiting")?),
            oldest: oldest.map(|time| Timestamp(from_column(time))),
        })
    }

    /// Marks messages as delivered, whichever worker has claimed them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_outbox_delivered(&self, ids: &[String], now: Timestamp) -> Result<(), StoreError> {
        let Some(last) = ids.last() else { return Ok(()) };
        // Repeats fill up to a power of two, so that the statements to prepare are few.
        let repeats = ids.len().next_power_of_two() - ids.len();
        let ids: Vec<&String> = ids.iter().chain(std::iter::repeat_n(last, repeats)).collect();
        let query = format!(
            "UPDATE outbox SET delivered_at = $1, holder = NULL, held_until = NULL WHERE delivered_at IS NULL AND id IN ({})",
            places(2, &ids)
        );
        let query = sqlx::query(sql(query)).bind(to_column(now.0));
        let query = ids.into_iter().fold(query, |query, id| query.bind(id.clone()));
        self.connections.execute(query).await?;
        Ok(())
    }

    /// Records a failed delivery attempt and when to retry. False when the claim has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn schedule_outbox_retry(&self, id: &str, holder: &str, next_at: Timestamp) -> Result<bool, StoreError> {
        self.conclude_attempt("next_at", next_at, id, holder).await
    }

    /// Records that the delivery attempts are exhausted. False when the claim has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_outbox_exhausted(&self, id: &str, holder: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.conclude_attempt("exhausted_at", now, id, holder).await
    }

    async fn conclude_attempt(
        &self,
        column: &str,
        time: Timestamp,
        id: &str,
        holder: &str,
    ) -> Result<bool, StoreError> {
        let query = format!(
            "UPDATE outbox SET {column} = $1, attempts = attempts + 1, holder = NULL, held_until = NULL \
             WHERE id = $2 AND holder = $3 AND {WAITING}"
        );
        let query = sqlx::query(sql(query)).bind(to_column(time.0)).bind(id).bind(holder);
        Ok(self.connections.execute(query).await? == 1)
    }
}

/// Adds an event to the outbox, in the transaction of its decision.
///
/// The message's id is derived from the approval and the event type. If a failover loses a decision and it is made again, the receiver
/// recognises the message.
pub(super) fn message(approval_id: &str, event: &OutboundEvent, now: Timestamp) -> Write {
    insert(&message_id(approval_id, event), approval_id, event, now)
}

/// Adds an event about a settled approval to the outbox. Its id differs from that of the settlement's event.
pub(super) fn late_event(approval_id: &str, late: &LateEvent) -> Write {
    let name = message_id(approval_id, &late.event);
    let id = match &late.resource {
        Some(resource) => format!("{name}_late_{resource}"),
        None => format!("{name}_late"),
    };
    insert(&id, approval_id, &late.event, late.observed_at)
}

/// Adds an event about a customer's factor to the outbox. An enrolment can have several of one type, at most one for each version.
pub(super) fn factor_event(enrolment_id: &str, version: u64, event: &OutboundEvent, now: Timestamp) -> Write {
    let id = format!("{}_{version}", message_id(enrolment_id, event));
    insert(&id, enrolment_id, event, now)
}

/// The id `msg_…_transfer_execute` for `appr_…`. Standard Webhooks separates the signed parts with dots, so an id has none.
fn message_id(approval_id: &str, event: &OutboundEvent) -> String {
    let about = approval_id.strip_prefix("appr_").unwrap_or(approval_id);
    format!("msg_{about}_{}", event.kind.as_str().replace('.', "_"))
}

fn insert(id: &str, approval_id: &str, event: &OutboundEvent, now: Timestamp) -> Write {
    let text = "INSERT INTO outbox (id, approval_id, kind, payload, created_at, attempts, next_at) SELECT $1, $2, $3, $4, $5, 0, $5 \
         WHERE {condition}";
    Write::new(text)
        .text(id)
        .text(approval_id)
        .text(event.kind.as_str())
        .text(&event.data.to_string())
        .number(to_column(now.0))
}

fn outbox_row(row: &AnyRow) -> Result<OutboxRow, StoreError> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(OutboxRow {
        id: row.try_get("id")?,
        approval_id: row.try_get("approval_id")?,
        kind: row.try_get("kind")?,
        payload: row.try_get("payload")?,
        created_at: Timestamp(from_column(row.try_get("created_at")?)),
        attempts: u32::try_from(attempts).map_err(|_| StoreError::Unreadable("attempts"))?,
        held_until: Timestamp(from_column(row.try_get("held_until")?)),
    })
}

/// `$5, $6, $7` for three values from the fifth on.
fn places<T>(first: usize, values: &[T]) -> String {
    let places: Vec<String> = (first..).zip(values).map(|(place, _)| format!("${place}")).collect();
    places.join(", ")
}
