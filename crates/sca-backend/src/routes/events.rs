//! Server-sent events for the widget.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderName,
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
use sca_runtime::metrics::Metrics;

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
        (status = 429, description = "`too-many-requests`: the approval has as many event streams as it may", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn events(State(backend): State<Backend>, Widget(record): Widget) -> Result<Response, AppError> {
    let watch = Watch {
        subscription: backend.watch(&record.id)?,
        id: record.id.clone(),
        owner: record.owner,
        sent_version: None,
        ended: false,
        _open: OpenStream::new(backend.metrics()),
        backend,
    };
    let events = Sse::new(changes(watch)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Turns the buffering of nginx and compatible proxies off.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, events).into_response())
}

struct Watch {
    backend: Backend,
    subscription: Subscription,
    id: String,
    owner: String,
    sent_version: Option<u64>,
    ended: bool,
    _open: OpenStream,
}

struct OpenStream(Metrics);

impl OpenStream {
    fn new(metrics: &Metrics) -> Self {
        metrics.sse_opened();
        Self(metrics.clone())
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.sse_closed();
    }
}

fn changes(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watch, async |mut watch| {
        if watch.ended {
            return None;
        }
        loop {
            // If the store fails, the stream ends and the widget reconnects.
            let record = watch.backend.find(&watch.owner, &watch.id).await.ok()?;
            if watch.sent_version.is_none_or(|sent| sent < record.version) {
                watch.sent_version = Some(record.version);
                watch.ended = record.is_settled();
                let event = event(&watch.backend, &record).await?;
                return Some((Ok(event), watch));
            }
            let left = watch.backend.now().until(record.expires_at);
            tokio::select! {
                () = watch.subscription.changed() => {}
                () = tokio::time::sleep(left.max(Duration::from_millis(100))) => {}
                () = watch.backend.stopping().cancelled() => return None,
            }
        }
    })
}

async fn event(backend: &Backend, record: &Record) -> Option<Event> {
    Event::default()
        .event(EVENT_APPROVAL)
        .json_data(backend.widget_view(record).await.ok()?)
        .ok()
}
