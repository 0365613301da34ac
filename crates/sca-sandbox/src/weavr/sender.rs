//! What happens by itself: time passes over payments and requests, and events are sent.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::event::Event;
use super::webhook::{RetryTimestamp, Webhook};
use crate::deliveries::{self, Attempt, Due};
use crate::state::SandboxState;

/// Runs until it is aborted.
pub(crate) async fn run(state: SandboxState) {
    let take = |state: &SandboxState| {
        let mut weavr = state.weavr();
        let due = weavr.take_due_events();
        (due, weavr.next_due_in())
    };
    deliveries::run(state, take, send).await;
}

/// Sends an event's copies at once and notes the answers. Answers their statuses.
pub(crate) async fn send(state: SandboxState, due: Due<Event>) -> Vec<Option<u16>> {
    let webhook = state.weavr().webhook.clone();
    let now = Timestamp::now().as_millisecond();
    let at = match webhook.retry_timestamp {
        RetryTimestamp::Fresh => now,
        RetryTimestamp::First => due.message.first_tried.unwrap_or(now),
    };
    let attempts = copies(&state, &webhook, &due.message, &due.body, at, due.copies).await;
    let statuses = attempts.iter().map(|attempt| attempt.status).collect();
    state
        .weavr()
        .record_delivery(due.index, attempts, now, &webhook.retry_seconds);
    statuses
}

/// Sends copies of a body at once.
pub(crate) async fn copies(
    state: &SandboxState,
    webhook: &Webhook,
    event: &Event,
    body: &str,
    at: i64,
    copies: u16,
) -> Vec<Attempt> {
    let timeout = Duration::from_secs(u64::from(webhook.timeout_seconds));
    let headers = webhook.headers(&event.call_ref, body, at);
    let one = || async {
        let answer = match &webhook.url {
            Some(url) => {
                let url = format!("{}{}", url.trim_end_matches('/'), event.path);
                state.outgoing().post(&url, &headers, body.to_owned(), timeout).await
            }
            None => Err("no webhook is registered".to_owned()),
        };
        Attempt::new(state.now_ms(), answer)
    };
    join_all((0..copies).map(|_| one())).await
}
