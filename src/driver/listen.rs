//! The backend's stream of server-sent events.

use sca_protocol::{Approval, api};

use crate::json::FromJson;

use super::{
    backend::Backend,
    ports::{Json, Ports, Response},
    server_events::{ServerEvent, ServerEvents},
};

/// How long the stream may be silent, in milliseconds. The server sends a comment at least every 15 seconds.
const MAX_SILENCE_MS: u64 = 30_000;

/// Passes on each snapshot that the backend sends, until the stream ends, breaks, is silent for too long or cannot be read.
pub(super) async fn listen<P: Ports>(backend: &Backend<P>, on_change: impl Fn(Approval)) {
    let Some(mut response) = backend.events().await else {
        return;
    };
    let mut parser = ServerEvents::default();
    loop {
        let Some(Ok(Some(piece))) = backend.before_deadline(MAX_SILENCE_MS, response.chunk()).await else {
            return;
        };
        let Ok(events) = parser.push(&piece) else {
            return;
        };
        for event in events {
            match read_event(backend, &event) {
                StreamItem::Approval(approval) => on_change(approval),
                StreamItem::Other => {}
                StreamItem::Malformed => return,
            }
        }
    }
}

#[allow(
    clippy::large_enum_variant,
    reason = "one lives at a time, and a box would cost the download more"
)]
enum StreamItem {
    Approval(Approval),
    Other,
    Malformed,
}

fn read_event<P: Ports>(backend: &Backend<P>, event: &ServerEvent) -> StreamItem {
    if event.name != api::EVENT_APPROVAL {
        return StreamItem::Other;
    }
    let node = backend.ports.json().parse(&event.data);
    node.and_then(|node| Approval::read(&node).ok())
        .map_or(StreamItem::Malformed, StreamItem::Approval)
}
