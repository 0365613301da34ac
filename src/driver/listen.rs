//! The backend's stream of server-sent events.

use std::cell::Cell;

use sca_protocol::{Approval, api};

use crate::json::FromJson;

use super::{
    backend::Backend,
    ports::{Json, Ports, Response},
    server_events::{ServerEvent, ServerEvents},
};

/// How long the stream may be silent, in milliseconds. The server sends a comment at least every 15 seconds.
const MAX_SILENCE_MS: u64 = 30_000;

/// How long its first event may take, in milliseconds. The server sends it at once.
const MAX_FIRST_SILENCE_MS: u64 = 3_500;

/// How an attempt to listen ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listened {
    /// The stream was refused, or had events and ended.
    Ended,
    /// Nothing can be heard: a proxy gathers the stream, or another widget of the page has the only one.
    Silence,
}

/// Passes on each snapshot that the backend sends, until the stream ends, breaks, is silent for too long or cannot be read.
pub(super) async fn listen<P: Ports>(backend: &Backend<P>, on_change: impl Fn(Approval)) -> Listened {
    let Some(_only) = OnlyStream::open() else {
        return Listened::Silence;
    };
    let mut response = match backend.before_deadline(MAX_FIRST_SILENCE_MS, backend.events()).await {
        Some(Some(response)) => response,
        Some(None) => return Listened::Ended,
        None => return Listened::Silence,
    };
    let mut parser = ServerEvents::default();
    let (mut silence, mut too_long) = (MAX_FIRST_SILENCE_MS, Listened::Silence);
    loop {
        let piece = match backend.before_deadline(silence, response.chunk()).await {
            Some(Ok(Some(piece))) => piece,
            Some(Ok(None) | Err(_)) => return Listened::Ended,
            None => return too_long,
        };
        (silence, too_long) = (MAX_SILENCE_MS, Listened::Ended);
        let Ok(events) = parser.push(&piece) else {
            return Listened::Ended;
        };
        for event in events {
            match read_event(backend, &event) {
                StreamItem::Approval(approval) => on_change(approval),
                StreamItem::Other => {}
                StreamItem::Malformed => return Listened::Ended,
            }
        }
    }
}

thread_local! {
    static IS_OPEN: Cell<bool> = const { Cell::new(false) };
}

/// The only stream of a page: a browser has six connections for an origin over HTTP/1.1.
struct OnlyStream;

impl OnlyStream {
    /// `None` while there is one.
    fn open() -> Option<Self> {
        (!IS_OPEN.replace(true)).then(|| Self)
    }
}

impl Drop for OnlyStream {
    fn drop(&mut self) {
        IS_OPEN.set(false);
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
