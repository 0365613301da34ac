//! What is around every route: headers, the log, the figures, and an answer even when something of ours gives way.

use std::{any::Any, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    problem::{AppError, ProblemSource},
    service::Backend,
};

pub(super) fn wrap(routes: Router<Backend>, backend: &Backend) -> Router<Backend> {
    routes
        .layer(CatchPanicLayer::custom(gave_way))
        .layer(middleware::from_fn_with_state(backend.clone(), watch))
        .layer(middleware::from_fn(add_headers))
}

fn gave_way(_: Box<dyn Any + Send>) -> Response {
    AppError::internal("a handler gave way").into_response()
}

/// Headers for every answer. None of them is a page, so nothing may run in one.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// One line in the log for each call: no header, no body, no query.
async fn watch(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.status();
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    backend
        .metrics()
        .http_request(&route, status.as_u16(), started.elapsed());
    let source = response.extensions().get::<ProblemSource>().map(chain);
    let source = source.as_deref().unwrap_or("none");
    if status.is_server_error() {
        tracing::error!(%method, route, status = status.as_u16(), milliseconds, source, "call failed");
    } else {
        tracing::info!(%method, route, status = status.as_u16(), milliseconds, source, "call");
    }
    response
}

/// An error with the errors behind it.
fn chain(source: &ProblemSource) -> String {
    let mut text = source.0.to_string();
    let mut source = source.0.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
