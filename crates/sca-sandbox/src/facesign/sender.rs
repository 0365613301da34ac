//! What happens by itself: time passes over the sessions, and events are sent.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::event::Event;
use super::webhook::Webhook;
use crate::deliveries::{self, Attempt, Due};
use crate::state::SandboxState;

/// Runs until it is aborted.
pub(crate) async fn run(state: SandboxState) {
    let take = |state: &SandboxState| {
        let mut facesign = state.facesign();
        let due = facesign.take_due_events();
        (due, facesign.next_due_in())
    };
    deliveries::run(state, take, send).await;
}

/// Sends an event's copies at once and notes the answers. Answers their statuses.
pub(crate) async fn send(state: SandboxState, due: Due<Event>) -> Vec<Option<u16>> {
    let webhook = state.facesign().webhook.clone();
    let attempts = copies(&state, &webhook, &due.body, due.copies).await;
    let statuses = attempts.iter().map(|attempt| attempt.status).collect();
    state
        .facesign()
        .record_delivery(due.index, attempts, &webhook.retry_seconds);
    statuses
}

/// Sends copies of a body at once.
pub(crate) async fn copies(state: &SandboxState, webhook: &Webhook, body: &str, copies: u16) -> Vec<Attempt> {
    let timeout = Duration::from_secs(u64::from(webhook.timeout_seconds));
    let one = || async {
        let (signed, sent) = if webhook.crlf {
            let signed = lines(body);
            let sent = signed.replace('\n', "\r\n");
            (signed, sent)
        } else {
            (body.to_owned(), body.to_owned())
        };
        let header = webhook.header(&signed, Timestamp::now().as_millisecond());
        let answer = match &webhook.url {
            Some(url) => state.outgoing().post(url, header.as_slice(), sent, timeout).await,
            None => Err("no webhook is registered".to_owned()),
        };
        Attempt::new(state.now_ms(), answer)
    };
    join_all((0..copies).map(|_| one())).await
}

/// The same JSON on several lines.
fn lines(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned())
}
