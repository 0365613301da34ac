//! Hands over what is due, again and again, until it is taken or given up.

use std::{sync::Arc, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    Deliver, DeliverError, Kind, Message, Receipt,
    ladder::{Jitter, wait_after},
};
use crate::{
    clock::Clock,
    metrics::Metrics,
    random,
    store::{Claim, OutboxRow, Store, StoreError},
};

/// What waits for one another: executions never wait for a receiver of notices that is slow.
const LANES: [&[Kind]; 2] = [
    &[Kind::WireExecute],
    &[Kind::WireBlocked, Kind::ApprovalSettled, Kind::ConfirmationCarriedOut],
];
/// How many messages of a lane are under way at once.
const MOST_UNDER_WAY: usize = 16;
/// How often to look for what is due, when nobody says that there is something.
const PAUSE: Duration = Duration::from_secs(2);
/// For how many milliseconds longer than a receiver may take a message is ours: time to write down what came of it.
const WRITING_DOWN: u64 = 5_000;

/// Hands messages over. Several may work on one database: each message is one worker's at a time.
#[derive(Clone, Debug)]
pub struct Worker {
    store: Store,
    deliver: Arc<dyn Deliver>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    bell: Bell,
}

/// Rung when there is something to hand over.
#[derive(Clone, Debug, Default)]
pub struct Bell(watch::Sender<()>);

impl Bell {
    /// Wakes the workers that know this bell.
    pub fn ring(&self) {
        self.0.send_replace(());
    }
}

impl Worker {
    /// A worker.
    #[must_use]
    pub fn new(store: Store, deliver: Arc<dyn Deliver>, clock: Arc<dyn Clock>, metrics: Metrics, bell: Bell) -> Self {
        Self {
            store,
            deliver,
            clock,
            metrics,
            bell,
        }
    }

    /// The same, handing over elsewhere: within the partner's own program, for one.
    #[must_use]
    pub fn handing_over_to(self, deliver: Arc<dyn Deliver>) -> Self {
        Self { deliver, ..self }
    }

    /// Works until it is told to stop; what is under way then is brought to its end.
    pub async fn run(&self, stopping: &CancellationToken) {
        let [executions, notices] = LANES;
        tokio::join!(self.work(executions, stopping), self.work(notices, stopping));
    }

    async fn work(&self, lane: &[Kind], stopping: &CancellationToken) {
        let mut rung = self.bell.0.subscribe();
        let mut under_way = FuturesUnordered::new();
        let mut look = true;
        loop {
            // Half a lane at least, so that a long queue is not fetched one by one.
            if look && under_way.len() <= MOST_UNDER_WAY / 2 {
                let places = MOST_UNDER_WAY - under_way.len();
                let claiming = self.claim(lane, places);
                tokio::pin!(claiming);
                // What is under way goes on meanwhile: each message is ours for a while only.
                let claimed = loop {
                    tokio::select! {
                        claimed = &mut claiming => break claimed,
                        Some(()) = under_way.next() => {}
                    }
                };
                let held = claimed.unwrap_or_else(|error| {
                    tracing::error!(?error, "what is to be told cannot be read");
                    Vec::new()
                });
                look = held.len() == places;
                under_way.extend(held.into_iter().map(|held| self.hand_over(held)));
            }
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(()) = under_way.next() => {}
                // The sender lives as long as this worker.
                _ = rung.changed() => look = true,
                () = tokio::time::sleep(PAUSE) => look = true,
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Hands over everything that is due, once. Gives how many messages that were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hand_over_due(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        for lane in LANES {
            loop {
                let held = self.claim(lane, MOST_UNDER_WAY).await?;
                if held.is_empty() {
                    break;
                }
                count += held.len();
                let under_way: FuturesUnordered<_> = held.into_iter().map(|held| self.hand_over(held)).collect();
                under_way.collect::<()>().await;
            }
        }
        Ok(count)
    }

    async fn claim(&self, lane: &[Kind], places: usize) -> Result<Vec<Held>, StoreError> {
        let holder = random::name("")?;
        let longest = u64::try_from(self.deliver.longest().as_millis()).unwrap_or(u64::MAX);
        let kinds: Vec<&str> = lane.iter().map(|kind| kind.as_str()).collect();
        let claim = Claim {
            holder: &holder,
            lease: longest.saturating_add(WRITING_DOWN),
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

    async fn hand_over(&self, held: Held) {
        let Held { row, kind, holder } = held;
        let message = Message {
            id: row.id,
            kind,
            happened_at: row.created_at,
            data: row.payload,
        };
        let result = self.deliver.deliver(&message).await;
        let is_urgent = [Kind::WireBlocked, Kind::ConfirmationCarriedOut].contains(&kind);
        if is_urgent && matches!(result, Ok(Receipt::NobodyAsked)) {
            tracing::error!(
                approval = row.approval_id,
                kind = kind.as_str(),
                "somebody should know, and there is no [partner_webhook] to tell of it"
            );
        }
        let tries = row.tries.saturating_add(1);
        let next = match result {
            Ok(Receipt::Taken) => Next::Done("delivered"),
            Ok(Receipt::NobodyAsked) => Next::Done("nobody-asked"),
            Err(error) => after(error, tries, jitter()),
        };
        let now = self.clock.now();
        let written = match next {
            Next::Done(_) => self.store.outbox_done(&message.id, now).await.map(|()| true),
            Next::Wait { milliseconds, .. } => {
                self.store
                    .outbox_later(&message.id, &holder, now.plus(milliseconds))
                    .await
            }
            Next::GiveUp(_) => self.store.outbox_give_up(&message.id, &holder, now).await,
        };
        self.metrics.delivery(kind.as_str(), next.name());
        let approval = row.approval_id;
        let (message, kind) = (message.id, kind.as_str());
        match next {
            Next::Done(outcome) => tracing::info!(approval, message, kind, tries, outcome, "message handed over"),
            Next::Wait { error, milliseconds } => {
                tracing::warn!(approval, message, kind, tries, %error, milliseconds, "message to be tried again");
            }
            Next::GiveUp(error) => {
                tracing::error!(approval, message, kind, tries, %error, "message given up: somebody has to look at it");
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
    kind: Kind,
    holder: String,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Done(&'static str),
    Wait { error: DeliverError, milliseconds: u64 },
    GiveUp(DeliverError),
}

impl Next {
    fn name(self) -> &'static str {
        match self {
            Self::Done(outcome) => outcome,
            Self::Wait { .. } => "retried",
            Self::GiveUp(_) => "given-up",
        }
    }
}

fn after(error: DeliverError, tries: u32, jitter: Jitter) -> Next {
    match wait_after(tries, jitter) {
        Some(milliseconds) if !error.is_final() => Next::Wait { error, milliseconds },
        Some(_) | None => Next::GiveUp(error),
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
        let refused = DeliverError::Refused(500);
        for tries in 1..10 {
            assert!(matches!(after(refused, tries, Jitter(0)), Next::Wait { .. }), "{tries}");
        }
        assert_eq!(after(refused, 10, Jitter(0)), Next::GiveUp(refused));
        assert_eq!(
            after(DeliverError::Gone, 1, Jitter(0)),
            Next::GiveUp(DeliverError::Gone)
        );
    }
}
