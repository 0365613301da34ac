//! The webhook queue: which webhook is sent when, and the attempts made so far.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::endpoint::{WebhookEndpoint, WebhookEvent};
use crate::kit::clock::after_seconds;

/// One webhook in the queue. `E` is the event without the text that is sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery<E> {
    #[serde(flatten)]
    pub(crate) event: E,
    /// The exact text that is sent.
    pub(crate) body: String,
    state: DeliveryState,
    /// When it is sent next, in milliseconds of the simulated clock.
    next_at: Option<i64>,
    copies: u16,
    attempts: Vec<Attempt>,
    /// In real milliseconds.
    #[serde(skip)]
    first_attempt_ms: Option<i64>,
    #[serde(skip)]
    sends: usize,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DeliveryState {
    /// It is sent when a test releases it.
    Held,
    /// It is sent at `next_at`, for the first time or as a retry.
    Waiting,
    Sending,
    /// The response to a copy was 2xx.
    Delivered,
    /// The attempts are exhausted.
    Failed,
    /// It is not sent.
    Never,
}

/// When a new webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryStart {
    /// After so many seconds.
    After(u32),
    /// When a test releases it.
    Held,
    /// Not at all.
    Never,
}

/// The order in which held webhooks are released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReleaseOrder {
    /// Oldest first.
    #[default]
    Created,
    Reversed,
}

/// One copy that was sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// Milliseconds of the simulated clock.
    at: i64,
    /// `null` when there was no response.
    pub(crate) status: Option<u16>,
    error: Option<String>,
}

impl Attempt {
    pub(crate) fn new(at: i64, result: Result<u16, String>) -> Self {
        let (status, error) = match result {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        Self { at, status, error }
    }

    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A webhook to send now.
#[derive(Clone, Debug)]
pub(crate) struct DueWebhook<E> {
    pub(super) index: usize,
    pub(super) event: E,
    pub(super) body: String,
    pub(super) copies: u16,
    pub(super) first_attempt_ms: Option<i64>,
}

/// All webhooks of a simulator, oldest first.
#[derive(Debug)]
pub(crate) struct WebhookQueue<E> {
    all: Vec<Delivery<E>>,
    /// When each waiting webhook is due, and its index.
    waiting: BTreeSet<(i64, usize)>,
    sending: usize,
}

impl<E> Default for WebhookQueue<E> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            waiting: BTreeSet::new(),
            sending: 0,
        }
    }
}

impl<E: WebhookEvent> WebhookQueue<E> {
    /// Adds a webhook. Returns its index.
    pub(super) fn add(&mut self, event: E, body: String, now_ms: i64, start: DeliveryStart, copies: u16) -> usize {
        let index = self.all.len();
        let (state, next_at) = match start {
            DeliveryStart::After(seconds) => (DeliveryState::Waiting, Some(after_seconds(now_ms, seconds))),
            DeliveryStart::Held => (DeliveryState::Held, None),
            DeliveryStart::Never => (DeliveryState::Never, None),
        };
        self.waiting.extend(next_at.map(|at| (at, index)));
        self.all.push(Delivery {
            event,
            body,
            state,
            next_at,
            copies,
            attempts: Vec::new(),
            first_attempt_ms: None,
            sends: 0,
        });
        index
    }

    /// Takes what is due.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<DueWebhook<E>> {
        let mut due = Vec::new();
        while let Some(&(at, index)) = self.waiting.first() {
            if at > now_ms {
                break;
            }
            self.waiting.pop_first();
            due.extend(self.start(index));
        }
        due
    }

    /// Takes the held webhooks that the filter selects.
    pub(crate) fn take_held(&mut self, filter: &E::Filter, order: ReleaseOrder) -> Vec<DueWebhook<E>> {
        let mut held: Vec<usize> = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, delivery)| delivery.state == DeliveryState::Held && delivery.event.is_selected(filter))
            .map(|(index, _)| index)
            .collect();
        match order {
            ReleaseOrder::Created => {}
            ReleaseOrder::Reversed => held.reverse(),
        }
        held.into_iter().filter_map(|index| self.start(index)).collect()
    }

    /// Takes one webhook to send it now.
    pub(crate) fn start(&mut self, index: usize) -> Option<DueWebhook<E>> {
        let delivery = self.all.get_mut(index)?;
        delivery.state = DeliveryState::Sending;
        delivery.next_at = None;
        self.sending = self.sending.saturating_add(1);
        Some(DueWebhook {
            index,
            event: delivery.event.clone(),
            body: delivery.body.clone(),
            copies: delivery.copies,
            first_attempt_ms: delivery.first_attempt_ms,
        })
    }

    /// Records attempts made at `attempted_ms`, in real milliseconds. A failure that is retryable is retried after the
    /// endpoint's next delay.
    pub(super) fn record<W: WebhookEndpoint<Event = E>>(
        &mut self,
        index: usize,
        attempts: Vec<Attempt>,
        attempted_ms: i64,
        now_ms: i64,
        endpoint: &W,
    ) {
        self.sending = self.sending.saturating_sub(1);
        let Some(delivery) = self.all.get_mut(index) else {
            return;
        };
        let has_succeeded = attempts.iter().any(Attempt::succeeded);
        let is_retryable = attempts.iter().any(|attempt| W::is_retryable(attempt.status));
        delivery.first_attempt_ms.get_or_insert(attempted_ms);
        delivery.attempts.extend(attempts);
        let delay = endpoint
            .policy()
            .retry_seconds
            .get(delivery.sends)
            .filter(|_| is_retryable);
        delivery.sends = delivery.sends.saturating_add(1);
        match (has_succeeded, delay) {
            (true, _) => delivery.state = DeliveryState::Delivered,
            (false, None) => delivery.state = DeliveryState::Failed,
            (false, Some(delay)) => {
                let at = after_seconds(now_ms, *delay);
                delivery.state = DeliveryState::Waiting;
                delivery.next_at = Some(at);
                self.waiting.insert((at, index));
            }
        }
    }

    /// Records attempts of a resend, which do not change the delivery's state.
    pub(super) fn record_resend(&mut self, id: &str, attempts: Vec<Attempt>) {
        if let Some(delivery) = self.all.iter_mut().find(|delivery| delivery.event.id() == id) {
            delivery.attempts.extend(attempts);
        }
    }

    /// The delivery of the event with this id.
    pub(super) fn find(&self, id: &str) -> Option<&Delivery<E>> {
        self.all.iter().find(|delivery| delivery.event.id() == id)
    }

    /// The deliveries that the filter selects, oldest first.
    pub(crate) fn selected(&self, filter: &E::Filter) -> Vec<Delivery<E>> {
        let is_selected = |delivery: &&Delivery<E>| delivery.event.is_selected(filter);
        self.all.iter().filter(is_selected).cloned().collect()
    }

    /// When the next webhook is due.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// How many webhooks wait for a later time; `None` while one is being sent or due.
    pub(crate) fn idle(&self, now_ms: i64) -> Option<usize> {
        let is_idle = self.sending == 0 && self.next_due_ms().is_none_or(|at| at > now_ms);
        is_idle.then_some(self.waiting.len())
    }
}
