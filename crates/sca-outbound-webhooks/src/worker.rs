//! The worker that delivers messages from the outbox, with retries.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::{
    DeliveryError, EventType, Message, Receipt, WebhookTransport,
    retry_schedule::{Jitter, delay_before_attempt},
};
use sca_runtime::{clock::Clock, metrics::Metrics, random, traces};
use sca_store::{Claim, OutboxRow, Store, StoreError};

/// A queue. Event types of one queue share its slots; slow receivers of notifications cannot delay executions.
#[derive(Clone, Copy, Debug)]
struct Lane {
    kinds: &'static [EventType],
    /// How often messages are claimed at most, so that one statement claims many.
    pace: Duration,
}

const LANES: [Lane; 2] = [
    Lane {
        kinds: &[EventType::TransferExecute],
        pace: Duration::ZERO,
    },
    Lane {
        kinds: &[
            EventType::TransferBlocked,
            EventType::ApprovalSettled,
            EventType::PaymentExecutedAfterSettlement,
            EventType::FactorEnrolled,
            EventType::FactorRemoved,
        ],
        pace: Duration::from_millis(100),
    },
];
/// How long the mark of a delivered message waits for others, so that one statement marks many. After a crash in between, the receiver
/// gets the message again, under the same id.
const MARK_AFTER: Duration = Duration::from_millis(20);
/// How many messages of a queue are in flight at once.
const MAX_IN_FLIGHT: usize = 16;
/// How often the outbox is polled without a signal.
const INTERVAL: Duration = Duration::from_secs(2);
/// How much longer than a delivery attempt a claim lasts: time to record the result.
const RECORDING_MARGIN: Duration = Duration::from_secs(5);

/// Delivers messages. Several workers may share a database: a message is claimed by one worker at a time.
#[derive(Clone, Debug)]
pub struct Worker {
    store: Store,
    transport: Arc<dyn WebhookTransport>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    outbox_signal: OutboxSignal,
}

/// Signals that the outbox has new messages.
#[derive(Clone, Debug, Default)]
pub struct OutboxSignal(watch::Sender<()>);

impl OutboxSignal {
    /// Wakes the workers that share this signal.
    pub fn notify(&self) {
        self.0.send_replace(());
    }
}

impl Worker {
    /// A worker that delivers through `transport`.
    #[must_use]
    pub fn new(
        store: Store,
        transport: Arc<dyn WebhookTransport>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
        outbox_signal: OutboxSignal,
    ) -> Self {
        Self {
            store,
            transport,
            clock,
            metrics,
            outbox_signal,
        }
    }

    /// The worker with another transport, such as one within the partner's own program.
    #[must_use]
    pub fn with_transport(self, transport: Arc<dyn WebhookTransport>) -> Self {
        Self { transport, ..self }
    }

    /// Delivers until `stopping` is cancelled, then waits for the deliveries in flight.
    pub async fn run(&self, stopping: &CancellationToken) {
        let [executions, notifications] = LANES;
        tokio::join!(self.work(executions, stopping), self.work(notifications, stopping));
    }

    async fn work(&self, lane: Lane, stopping: &CancellationToken) {
        let mut signal = self.outbox_signal.0.subscribe();
        let delivered = Mutex::new(Vec::new());
        let mut in_flight = FuturesUnordered::new();
        let mut marking = FuturesUnordered::new();
        let mut is_due = true;
        let mut next_claim = Instant::now();
        loop {
            // At least half of the slots, so that a long queue is not claimed one by one.
            let has_room = in_flight.len() <= MAX_IN_FLIGHT / 2;
            if is_due && has_room && next_claim <= Instant::now() {
                next_claim = Instant::now() + lane.pace;
                let places = MAX_IN_FLIGHT - in_flight.len();
                let claiming = self.claim(lane, places);
                tokio::pin!(claiming);
                // Deliveries in flight go on meanwhile: their claims end.
                let claimed = loop {
                    tokio::select! {
                        claimed = &mut claiming => break claimed,
                        Some(message) = in_flight.next() => locked(&delivered).extend(message),
                        Some(()) = marking.next() => {}
                    }
                };
                let held = claimed.unwrap_or_else(|error| {
                    tracing::error!(?error, "outbox read failed");
                    Vec::new()
                });
                is_due = held.len() == places;
                if is_due {
                    next_claim = Instant::now();
                }
                in_flight.extend(held.into_iter().map(|held| self.dispatch(held)));
            }
            if marking.is_empty() && !locked(&delivered).is_empty() {
                marking.push(async {
                    tokio::time::sleep(MARK_AFTER).await;
                    self.mark(&delivered).await;
                });
            }
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(message) = in_flight.next() => locked(&delivered).extend(message),
                Some(()) = marking.next() => {}
                // The sender lives as long as this worker.
                _ = signal.changed() => is_due = true,
                () = tokio::time::sleep_until(next_claim), if is_due && has_room => {}
                () = tokio::time::sleep(INTERVAL) => is_due = true,
            }
        }
        while let Some(message) = in_flight.next().await {
            locked(&delivered).extend(message);
        }
        while marking.next().await.is_some() {}
        self.mark(&delivered).await;
    }

    /// Attempts to deliver every message that is due, once. Returns the number of attempts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn dispatch_due(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        for lane in LANES {
            loop {
                let held = self.claim(lane, MAX_IN_FLIGHT).await?;
                if held.is_empty() {
                    break;
                }
                count += held.len();
                let in_flight: FuturesUnordered<_> = held.into_iter().map(|held| self.dispatch(held)).collect();
                let delivered: Vec<Option<String>> = in_flight.collect().await;
                self.mark(&Mutex::new(delivered.into_iter().flatten().collect())).await;
            }
        }
        Ok(count)
    }

    async fn claim(&self, lane: Lane, places: usize) -> Result<Vec<Held>, StoreError> {
        let holder = random::name("")?;
        let longest = self.transport.max_duration();
        let kinds: Vec<&str> = lane.kinds.iter().map(|kind| kind.as_str()).collect();
        let claim = Claim {
            holder: &holder,
            lease: longest.saturating_add(RECORDING_MARGIN),
            kinds: &kinds,
            limit: u32::try_from(places).unwrap_or(u32::MAX),
        };
        let rows = self.store.claim_outbox(&claim).await?;
        let now = self.clock.now();
        let held = rows.into_iter().filter_map(|row| {
            if now.plus(longest) > row.held_until {
                tracing::warn!(
                    message = row.id,
                    "claim dropped: the database took too long to return it"
                );
                return None;
            }
            let kind = lane.kinds.iter().copied().find(|kind| kind.as_str() == row.kind)?;
            let holder = holder.clone();
            Some(Held { row, kind, holder })
        });
        Ok(held.collect())
    }

    /// Attempts to deliver a message. Returns its id if it is to be marked as delivered.
    async fn dispatch(&self, held: Held) -> Option<String> {
        let span = info_span!(
            target: traces::TARGET,
            parent: None,
            "webhook delivery",
            otel.name = %format_args!("deliver {}", held.kind.as_str()),
            otel.kind = "internal",
            otel.status_code = Empty,
            sca.event.type = held.kind.as_str(),
            sca.approval.id = held.row.approval_id,
            sca.message.id = held.row.id,
            sca.attempt = held.row.attempts.saturating_add(1),
            sca.outcome = Empty,
        );
        self.try_dispatch(held, &span).instrument(span.clone()).await
    }

    async fn try_dispatch(&self, held: Held, span: &Span) -> Option<String> {
        let Held { row, kind, holder } = held;
        let message = Message {
            id: row.id,
            kind,
            happened_at: row.created_at,
            data: row.payload,
        };
        let result = self.transport.deliver(&message).await;
        let is_urgent = [EventType::TransferBlocked, EventType::PaymentExecutedAfterSettlement].contains(&kind);
        if is_urgent && matches!(result, Ok(Receipt::NoEndpoint)) {
            tracing::error!(
                approval = row.approval_id,
                kind = kind.as_str(),
                "no [partner_webhook] configured; event dropped"
            );
        }
        let attempts = row.attempts.saturating_add(1);
        let next = match result {
            Ok(Receipt::Accepted) => Next::Done("delivered"),
            Ok(Receipt::NoEndpoint) => Next::Done("no_endpoint"),
            Err(error) => after(error, attempts, jitter()),
        };
        let now = self.clock.now();
        let written = match next {
            Next::Done(_) => Ok(true),
            Next::Retry { delay, .. } => {
                self.store
                    .schedule_outbox_retry(&message.id, &holder, now.plus(delay))
                    .await
            }
            Next::Exhausted(_) => self.store.mark_outbox_exhausted(&message.id, &holder, now).await,
        };
        self.metrics.webhook_delivery(kind.as_str(), next.name());
        span.record("sca.outcome", next.name());
        if !matches!(next, Next::Done(_)) {
            span.record("otel.status_code", "ERROR");
        }
        let approval = row.approval_id;
        let kind = kind.as_str();
        let message = message.id.as_str();
        match next {
            Next::Done(outcome) => tracing::info!(approval, message, kind, attempts, outcome, "webhook delivered"),
            Next::Retry { error, delay } => {
                tracing::warn!(approval, message, kind, attempts, %error, ?delay, "webhook delivery failed; retry scheduled");
            }
            Next::Exhausted(error) => {
                tracing::error!(approval, message, kind, attempts, %error, "delivery attempts exhausted; manual action required");
            }
        }
        match written {
            Ok(true) => {}
            Ok(false) => tracing::warn!(approval, message, kind, "claim ended before the result was recorded"),
            Err(error) => tracing::error!(approval, message, kind, ?error, "recording the delivery result failed"),
        }
        match next {
            Next::Done(_) => Some(message.to_owned()),
            Next::Retry { .. } | Next::Exhausted(_) => None,
        }
    }

    /// Marks messages as delivered, and removes them from the list.
    async fn mark(&self, delivered: &Mutex<Vec<String>>) {
        let messages = std::mem::take(&mut *locked(delivered));
        if let Err(error) = self.store.mark_outbox_delivered(&messages, self.clock.now()).await {
            // The next claimant sends them again, under the same ids.
            tracing::error!(?messages, ?error, "recording the delivery result failed");
        }
    }
}

fn locked(messages: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A claimed message.
#[derive(Debug)]
struct Held {
    row: OutboxRow,
    kind: EventType,
    holder: String,
}

/// What follows a delivery attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Done(&'static str),
    Retry { error: DeliveryError, delay: Duration },
    Exhausted(DeliveryError),
}

impl Next {
    fn name(self) -> &'static str {
        match self {
            Self::Done(outcome) => outcome,
            Self::Retry { .. } => "retried",
            Self::Exhausted(_) => "exhausted",
        }
    }
}

fn after(error: DeliveryError, attempts: u32, jitter: Jitter) -> Next {
    match delay_before_attempt(attempts, jitter) {
        Some(delay) if !error.is_final() => Next::Retry { error, delay },
        Some(_) | None => Next::Exhausted(error),
    }
}

fn jitter() -> Jitter {
    // Without random bytes, retries are not spread.
    let [byte] = random::bytes::<1>().unwrap_or_default();
    Jitter(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_retried_until_the_schedule_is_exhausted_or_no_retry_can_help() {
        let refused = DeliveryError::Refused(500);
        for attempts in 1..10 {
            assert!(
                matches!(after(refused, attempts, Jitter(0)), Next::Retry { .. }),
                "{attempts}"
            );
        }
        assert_eq!(after(refused, 10, Jitter(0)), Next::Exhausted(refused));
        assert_eq!(
            after(DeliveryError::Gone, 1, Jitter(0)),
            Next::Exhausted(DeliveryError::Gone)
        );
    }
}
