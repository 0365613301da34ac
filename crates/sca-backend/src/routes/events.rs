//! Server-sent events for the widget.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderName, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use sca_protocol::api::EVENT_APPROVAL;

use super::caller::Widget;
use crate::{
    events::Subscription,
    problem::{AppError, ProblemDocument},
    service::Backend,
};
use sca_core::Record;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The approval as server-sent events: once at the start and after every change.
///
/// The stream ends when the approval is settled.
#[utoipa::path(
    get,
    path = "/v1/approval/{id}/events",
    operation_id = "watch_approval",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "Events named `approval`, each with an approval (schema `Approval`) as data, in JSON", body = String, content_type = "text/event-stream"),
        (status = 429, description = "`too-many-requests`: the approval, or this instance, has as many event streams as it may", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(
    State(backend): State<Backend>,
    Authorised { record, published }: Authorised,
) -> Result<Response, AppError> {
    let subscription = backend.watch(&record.id)?;
    let watch = Watch {
        subscription,
        id: record.id.clone(),
        owner: record.owner.clone(),
        current: (backend.changes_published() == published).then(|| Box::new(record)),
        sent_version: None,
        ended: false,
        _open: OpenStream::new(&backend),
        backend,
    };
    let events = Sse::new(changes(watch)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Turns the buffering of nginx and compatible proxies off.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, events).into_response())
}

/// A widget, and how many changes were published before its approval was read.
pub(super) struct Authorised {
    record: Record,
    published: u64,
}

impl FromRequestParts<Backend> for Authorised {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, backend: &Backend) -> Result<Self, AppError> {
        let published = backend.changes_published();
        let Widget(record) = Widget::from_request_parts(parts, backend).await?;
        Ok(Self { record, published })
    }
}

struct Watch {
    backend: Backend,
    subscription: Subscription,
    id: String,
    owner: String,
    /// The approval as it was read at the start, if nothing has changed since.
    current: Option<Box<Record>>,
    sent_version: Option<u64>,
    ended: bool,
    _open: OpenStream,
}

struct OpenStream(Backend);

impl OpenStream {
    fn new(backend: &Backend) -> Self {
        backend.metrics().sse_opened();
        Self(backend.clone())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.metrics().sse_closed();
    }
}

fn changes(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watch, async |mut watch| {
        if watch.ended {
            return None;
        }
        loop {
            // Boxed: a stream that waits needs no memory for reading.
            let left = match Box::pin(watch.read()).await? {
                Read::Changed(event) => return Some((Ok(event), watch)),
                Read::Unchanged { expires_in } => expires_in,
            };
            tokio::select! {
                () = watch.subscription.changed() => {}
                () = tokio::time::sleep(left.max(Duration::from_millis(100))) => {}
                () = watch.backend.stopping().cancelled() => return None,
            }
        }
    })
}

enum Read {
    Changed(Event),
    Unchanged { expires_in: Duration },
}

impl Watch {
    /// `None` if the store fails: the stream ends, and the widget reconnects.
    async fn read(&mut self) -> Option<Read> {
        let record = match self.current.take() {
            Some(record) => *record,
            None => self.backend.find(&self.owner, &self.id).await.ok()?,
        };
        if self.sent_version.is_some_and(|sent| sent >= record.version) {
            let expires_in = self.backend.now().until(record.expires_at);
            return Some(Read::Unchanged { expires_in });
        }
        self.sent_version = Some(record.version);
        self.ended = record.is_settled();
        Some(Read::Changed(event(&self.backend, &record).await?))
    }
}

async fn event(backend: &Backend, record: &Record) -> Option<Event> {
    Event::default()
        .event(EVENT_APPROVAL)
        .json_data(backend.widget_view(record).await.ok()?)
        .ok()
}
