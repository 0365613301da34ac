//! Hands over what is due, again and again, until it is taken or given up.

use std::{sync::Arc, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    DeliveryError, EventType, Message, Receipt, WebhookTransport,
    retry_schedule::{Jitter, delay_before_attempt},
};
use crate::{
    clock::Clock,
    metrics::Metrics,
    random,
    store::{Claim, OutboxRow, Store, StoreError},
};

/// What waits for one another: executions never wait for a receiver of notices that is slow.
const LANES: [&[EventType]; 2] = [
    &[EventType::TransferExecute],
    &[
        EventType::TransferBlocked,
        EventType::ApprovalSettled,
        EventType::PaymentExecutedAfterSettlement,
    ],
];
/// How many messages of a lane are under way at once.
const MAX_IN_FLIGHT: usize = 16;
/// How often to look for what is due, when nobody says that there is something.
const INTERVAL: Duration = Duration::from_secs(2);
/// For how many milliseconds longer than a receiver may take a message is ours: time to write down what came of it.
const RECORDING_MARGIN: Duration = Duration::from_secs(5);

/// Hands messages over. Several may work on one database: each message is one worker's at a time.
#[derive(Clone, Debug)]
pub struct Worker {
    store: Store,
    transport: Arc<dyn WebhookTransport>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    outbox_signal: OutboxSignal,
}

/// Rung when there is something to hand over.
#[derive(Clone, Debug, Default)]
pub struct OutboxSignal(watch::Sender<()>);

impl OutboxSignal {
    /// Wakes the workers that know this outbox_signal.
    pub fn notify(&self) {
        self.0.send_replace(());
    }
}

impl Worker {
    /// A worker.
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

    /// The same, handing over elsewhere: within the partner's own program, for one.
    #[must_use]
    pub fn with_transport(self, transport: Arc<dyn WebhookTransport>) -> Self {
        Self { transport, ..self }
    }

    /// Works until it is told to stop; what is under way then is brought to its end.
    pub async fn run(&self, stopping: &CancellationToken) {
        let [executions, notices] = LANES;
        tokio::join!(self.work(executions, stopping), self.work(notices, stopping));
    }

    async fn work(&self, lane: &[EventType], stopping: &CancellationToken) {
        let mut rung = self.outbox_signal.0.subscribe();
        let mut in_flight = FuturesUnordered::new();
        let mut look = true;
        loop {
            // Half a lane at least, so that a long queue is not fetched one by one.
            if look && in_flight.len() <= MAX_IN_FLIGHT / 2 {
                let places = MAX_IN_FLIGHT - in_flight.len();
                let claiming = self.claim(lane, places);
                tokio::pin!(claiming);
                // What is under way goes on meanwhile: each message is ours for a while only.
                let claimed = loop {
                    tokio::select! {
                        claimed = &mut claiming => break claimed,
                        Some(()) = in_flight.next() => {}
                    }
                };
                let held = claimed.unwrap_or_else(|error| {
                    tracing::error!(?error, "what is to be told cannot be read");
                    Vec::new()
                });
                look = held.len() == places;
                in_flight.extend(held.into_iter().map(|held| self.dispatch(held)));
            }
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(()) = in_flight.next() => {}
                // The sender lives as long as this worker.
                _ = rung.changed() => look = true,
                () = tokio::time::sleep(INTERVAL) => look = true,
            }
        }
        while in_flight.next().await.is_some() {}
    }

    /// Hands over everything that is due, once. Gives how many messages that were.
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
                in_flight.collect::<()>().await;
            }
        }
        Ok(count)
    }

    async fn claim(&self, lane: &[EventType], places: usize) -> Result<Vec<Held>, StoreError> {
        let holder = random::name("")?;
        let longest = self.transport.max_duration();
        let kinds: Vec<&str> = lane.iter().map(|kind| kind.as_str()).collect();
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
                    "the database was too slow to hand a message over in its time"
                );
                return None;
            }
            let kind = lane.iter().copied().find(|kind| kind.as_str() == row.kind)?;
            let holder = holder.clone();
            Some(Held { row, kind, holder })
        });
        Ok(held.collect())
    }

    async fn dispatch(&self, held: Held) {
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
                "somebody should know, and there is no [partner_webhook] to tell of it"
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
            Next::Done(_) => self.store.mark_outbox_delivered(&message.id, now).await.map(|()| true),
            Next::Retry { delay, .. } => {
                self.store
                    .schedule_outbox_retry(&message.id, &holder, now.plus(delay))
                    .await
            }
            Next::Exhausted(_) => self.store.mark_outbox_exhausted(&message.id, &holder, now).await,
        };
        self.metrics.webhook_delivery(kind.as_str(), next.name());
        let approval = row.approval_id;
        let (message, kind) = (message.id, kind.as_str());
        match next {
            Next::Done(outcome) => tracing::info!(approval, message, kind, attempts, outcome, "message handed over"),
            Next::Retry { error, delay } => {
                tracing::warn!(approval, message, kind, attempts, %error, ?delay, "message to be tried again");
            }
            Next::Exhausted(error) => {
                tracing::error!(approval, message, kind, attempts, %error, "message given up: somebody has to look at it");
            }
        }
        match written {
            Ok(true) => {}
            Ok(false) => tracing::warn!(approval, message, kind, "another worker has taken the message over"),
            // Whoever holds it next sends it again, under the same id.
            Err(error) => tracing::error!(
                approval,
                message,
                kind,
                ?error,
                "what came of it cannot be written down"
            ),
        }
    }
}

/// A message that is this worker's for a while.
#[derive(Debug)]
struct Held {
    row: OutboxRow,
    kind: EventType,
    holder: String,
}

/// What becomes of a message.
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
    // Without random bytes they are tried again together, which is no harm.
    let [byte] = random::bytes::<1>().unwrap_or_default();
    Jitter(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_again_until_the_ladder_ends_or_nothing_can_help() {
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
