//! Sending webhooks: those that are due, and those that a test sends again or releases.

use std::time::Duration;

use futures_util::future::join_all;

use super::endpoint::{WebhookEndpoint, WebhookRequest};
use super::queue::{Attempt, DeliveryStart, DueWebhook, WebhookQueue};
use crate::kit::clock::real_now_ms;
use crate::kit::simulator::{Simulator, SimulatorState};
use crate::kit::timeline::Timeline;

/// The registered endpoint and the queue of a simulator.
#[derive(Debug)]
pub(crate) struct Webhooks<W: WebhookEndpoint> {
    pub(crate) endpoint: W,
    pub(crate) queue: WebhookQueue<W::Event>,
}

impl<W: WebhookEndpoint> Default for Webhooks<W> {
    fn default() -> Self {
        Self {
            endpoint: W::default(),
            queue: WebhookQueue::default(),
        }
    }
}

/// A simulator that sends webhooks.
pub(crate) trait SendsWebhooks: SimulatorState {
    type Endpoint: WebhookEndpoint;

    fn webhooks(&mut self) -> &mut Webhooks<Self::Endpoint>;

    fn timeline(&mut self) -> &mut Timeline;
}

pub(crate) type EventOf<S> = <<S as SendsWebhooks>::Endpoint as WebhookEndpoint>::Event;

/// Queues an event. Returns its index in the queue.
pub(crate) fn enqueue<S: SendsWebhooks>(
    state: &mut S,
    event: EventOf<S>,
    body: String,
    start: DeliveryStart,
    copies: u16,
) -> usize {
    let now_ms = state.timeline().now_ms();
    let index = state.webhooks().queue.add(event, body, now_ms, start, copies);
    state.timeline().mark_changed();
    index
}

/// Sends what is due until the task is aborted. It sleeps until something is due or the state changes.
pub(crate) async fn run<S: SendsWebhooks>(simulator: Simulator<S>) {
    let mut changes = simulator.environment().changes();
    loop {
        changes.mark_unchanged();
        let (due, wait_ms) = take_due(&mut *simulator.lock());
        for webhook in due {
            let simulator = simulator.clone();
            tokio::spawn(async move { send(&simulator, webhook).await });
        }
        let changed = match wait_ms {
            Some(wait_ms) => {
                let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or_default());
                tokio::time::timeout(wait, changes.changed()).await.unwrap_or(Ok(()))
            }
            None => changes.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// What is due, and the milliseconds until something happens without a call.
fn take_due<S: SendsWebhooks>(state: &mut S) -> (Vec<DueWebhook<EventOf<S>>>, Option<i64>) {
    let now_ms = state.timeline().now_ms();
    let due = state.webhooks().queue.take_due(now_ms);
    if !due.is_empty() {
        state.timeline().mark_changed();
    }
    let next_ms = [
        state.timeline().next_transition_ms(),
        state.webhooks().queue.next_due_ms(),
    ]
    .into_iter()
    .flatten()
    .min();
    (due, next_ms.map(|next_ms| next_ms.saturating_sub(now_ms).max(0)))
}

/// Sends a webhook's copies at once and records the attempts. Returns their statuses.
pub(crate) async fn send<S: SendsWebhooks>(
    simulator: &Simulator<S>,
    webhook: DueWebhook<EventOf<S>>,
) -> Vec<Option<u16>> {
    let endpoint = simulator.lock().webhooks().endpoint.clone();
    let now_ms = real_now_ms();
    let signing_time_ms = endpoint.signing_time_ms(webhook.first_attempt_ms, now_ms);
    let request = endpoint.request(&webhook.event, &webhook.body, signing_time_ms);
    let attempts = send_copies(simulator, &endpoint, request, webhook.copies).await;
    let statuses = attempts.iter().map(|attempt| attempt.status).collect();
    let mut state = simulator.lock();
    let state_now_ms = state.timeline().now_ms();
    state
        .webhooks()
        .queue
        .record(webhook.index, attempts, now_ms, state_now_ms, &endpoint);
    state.timeline().mark_changed();
    statuses
}

/// Sends an event again now, and records the attempts beside the others. Returns their statuses, or `None` when there is no
/// such event.
pub(crate) async fn resend<S: SendsWebhooks>(
    simulator: &Simulator<S>,
    id: &str,
    overrides: <S::Endpoint as WebhookEndpoint>::Overrides,
    copies: u16,
) -> Option<Vec<Option<u16>>> {
    let (endpoint, request) = {
        let mut state = simulator.lock();
        let webhooks = state.webhooks();
        let endpoint = webhooks.endpoint.clone().with_overrides(overrides);
        let delivery = webhooks.queue.find(id)?;
        let request = endpoint.request(&delivery.event, &delivery.body, real_now_ms());
        (endpoint, request)
    };
    let attempts = send_copies(simulator, &endpoint, request, copies).await;
    let statuses = attempts.iter().map(|attempt| attempt.status).collect();
    simulator.lock().webhooks().queue.record_resend(id, attempts);
    Some(statuses)
}

async fn send_copies<S: SendsWebhooks>(
    simulator: &Simulator<S>,
    endpoint: &S::Endpoint,
    request: WebhookRequest,
    copies: u16,
) -> Vec<Attempt> {
    let environment = simulator.environment();
    let policy = endpoint.policy();
    let timeout = Duration::from_secs(policy.timeout_seconds.into());
    let one = || async {
        let result = match policy.url {
            Some(url) => environment.webhook_client.post(url, &request, timeout).await,
            None => Err("no webhook is registered".to_owned()),
        };
        Attempt::new(environment.clock.now_ms(), result)
    };
    join_all((0..copies).map(|_| one())).await
}
