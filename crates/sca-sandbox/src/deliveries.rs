//! Webhooks on their way: what is to be sent when, what was tried, and the task that sends it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::state::SandboxState;

/// One message. `M` is what the provider's own message has beside its text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery<M> {
    #[serde(flatten)]
    pub(crate) message: M,
    /// The exact text that is sent.
    pub(crate) body: String,
    pub(crate) state: State,
    /// When it is sent next, in milliseconds of the simulated clock.
    pub(crate) next_at: Option<i64>,
    pub(crate) copies: u16,
    pub(crate) attempts: Vec<Attempt>,
    #[serde(skip)]
    tries: usize,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// Until it is released.
    Held,
    /// For its time, the first or that of a retry.
    Waiting,
    Sending,
    /// Somebody answered 2xx.
    Delivered,
    /// All tries were in vain.
    Failed,
    /// It is not sent at all.
    Never,
}

/// Whether a message is sent by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// After so many seconds.
    After(u32),
    /// When it is released.
    Held,
    /// Not at all.
    Never,
}

/// Which messages to let go, and in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Order {
    /// As they came to be.
    #[default]
    Created,
    Reversed,
}

/// One copy that was sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// Milliseconds of the simulated clock.
    pub(crate) at: i64,
    /// `null` when no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}

impl Attempt {
    /// What came of sending.
    pub(crate) fn new(at: i64, answer: Result<u16, String>) -> Self {
        let (status, error) = match answer {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        Self { at, status, error }
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A message that is to be sent now.
#[derive(Clone, Debug)]
pub(crate) struct Due<M> {
    pub(crate) index: usize,
    pub(crate) message: M,
    pub(crate) body: String,
    pub(crate) copies: u16,
}

/// What is to be sent now, and in how many milliseconds something happens by itself.
pub(crate) type Upcoming<M> = (Vec<Due<M>>, Option<i64>);

/// All messages, oldest first.
#[derive(Debug)]
pub(crate) struct Queue<M> {
    all: Vec<Delivery<M>>,
    /// When and which.
    waiting: BTreeSet<(i64, usize)>,
    sending: usize,
}

impl<M> Default for Queue<M> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            waiting: BTreeSet::new(),
            sending: 0,
        }
    }
}

impl<M: Clone> Queue<M> {
    /// Adds a message; answers its place.
    pub(crate) fn add(&mut self, message: M, body: String, now: i64, start: Start, copies: u16) -> usize {
        let index = self.all.len();
        let (state, next_at) = match start {
            Start::After(seconds) => {
                let wait = i64::from(seconds).saturating_mul(1000);
                (State::Waiting, Some(now.saturating_add(wait)))
            }
            Start::Held => (State::Held, None),
            Start::Never => (State::Never, None),
        };
        if let Some(at) = next_at {
            self.waiting.insert((at, index));
        }
        self.all.push(Delivery {
            message,
            body,
            state,
            next_at,
            copies,
            attempts: Vec::new(),
            tries: 0,
        });
        index
    }

    /// Takes what is to be sent by now.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<Due<M>> {
        let mut due = Vec::new();
        while let Some(&(at, index)) = self.waiting.first() {
            if at > now {
                break;
            }
            self.waiting.pop_first();
            due.extend(self.start(index));
        }
        due
    }

    /// Takes what was held, of these.
    pub(crate) fn take_held(&mut self, wanted: impl Fn(&M) -> bool, order: Order) -> Vec<Due<M>> {
        let mut held: Vec<usize> = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, delivery)| delivery.state == State::Held && wanted(&delivery.message))
            .map(|(index, _)| index)
            .collect();
        match order {
            Order::Created => {}
            Order::Reversed => held.reverse(),
        }
        held.into_iter().filter_map(|index| self.start(index)).collect()
    }

    /// Takes one message, to be sent now.
    pub(crate) fn start(&mut self, index: usize) -> Option<Due<M>> {
        let delivery = self.all.get_mut(index)?;
        delivery.state = State::Sending;
        delivery.next_at = None;
        self.sending = self.sending.saturating_add(1);
        Some(Due {
            index,
            message: delivery.message.clone(),
            body: delivery.body.clone(),
            copies: delivery.copies,
        })
    }

    /// Notes how a delivery went; what failed, and may be tried again, is so after the next of these waits, in seconds.
    pub(crate) fn record(
        &mut self,
        index: usize,
        attempts: Vec<Attempt>,
        now: i64,
        retry_seconds: &[u32],
        may_retry: fn(Option<u16>) -> bool,
    ) {
        self.sending = self.sending.saturating_sub(1);
        let Some(delivery) = self.all.get_mut(index) else {
            return;
        };
        let succeeded = attempts.iter().any(Attempt::succeeded);
        let again = attempts.iter().any(|attempt| may_retry(attempt.status));
        delivery.attempts.extend(attempts);
        let wait = retry_seconds.get(delivery.tries).filter(|_| again);
        delivery.tries = delivery.tries.saturating_add(1);
        match (succeeded, wait) {
            (true, _) => delivery.state = State::Delivered,
            (false, None) => delivery.state = State::Failed,
            (false, Some(wait)) => {
                let at = now.saturating_add(i64::from(*wait).saturating_mul(1000));
                delivery.state = State::Waiting;
                delivery.next_at = Some(at);
                self.waiting.insert((at, index));
            }
        }
    }

    /// Notes copies that were sent besides.
    pub(crate) fn note(&mut self, wanted: impl Fn(&M) -> bool, attempts: Vec<Attempt>) {
        if let Some(delivery) = self.all.iter_mut().find(|delivery| wanted(&delivery.message)) {
            delivery.attempts.extend(attempts);
        }
    }

    /// The first message that is wanted.
    pub(crate) fn find(&self, wanted: impl Fn(&M) -> bool) -> Option<&Delivery<M>> {
        self.all.iter().find(|delivery| wanted(&delivery.message))
    }

    /// The message at this place.
    pub(crate) fn message_mut(&mut self, index: usize) -> Option<&mut M> {
        self.all.get_mut(index).map(|delivery| &mut delivery.message)
    }

    pub(crate) fn all(&self) -> &[Delivery<M>] {
        &self.all
    }

    /// When the next one is to be sent.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// How many wait for a later time, when nothing is being sent and nothing is due by now.
    pub(crate) fn idle(&self, now: i64) -> Option<usize> {
        (self.sending == 0 && self.next_due().is_none_or(|at| at > now)).then_some(self.waiting.len())
    }
}

/// Sends what is due until it is aborted. It sleeps until something is due or something changed.
pub(crate) async fn run<M, F>(
    state: SandboxState,
    take: fn(&SandboxState) -> Upcoming<M>,
    send: fn(SandboxState, Due<M>) -> F,
) where
    F: Future<Output = Vec<Option<u16>>> + Send + 'static,
{
    let mut changed = state.changes();
    loop {
        changed.mark_unchanged();
        let (due, next) = take(&state);
        for due in due {
            tokio::spawn(send(state.clone(), due));
        }
        match next {
            Some(wait) => {
                let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
                tokio::select! {
                    woken = changed.changed() => if woken.is_err() { return },
                    () = tokio::time::sleep(wait) => {}
                }
            }
            None => {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// What `look` finds, as soon as it finds something; `None` when it did not in time.
pub(crate) async fn wait_for<T>(
    state: &SandboxState,
    patience: Duration,
    look: impl Fn(&SandboxState) -> Option<T>,
) -> Option<T> {
    let mut changes = state.changes();
    let wait = async {
        loop {
            changes.mark_unchanged();
            if let Some(found) = look(state) {
                return Some(found);
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    };
    tokio::time::timeout(patience, wait).await.ok().flatten()
}
