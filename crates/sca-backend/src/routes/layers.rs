//! What every route has around it: response headers, a span and a log line for each request, metrics, and a 500 when a handler
//! panics.

use std::{
    any::Any,
    fmt,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use sca_runtime::traces::method_name;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, trace::TraceLayer};
use tracing::{Instrument as _, Span, error_span, field::Empty, info_span};

use super::{caller::is_partner, isolated::OwnHeaders, unread_body::discard_rest};
use crate::{
    problem::{AppError, ProblemSource},
    service::Backend,
    traces::{self, TARGET, TRACEPARENT},
};

/// Headers of every response but those of isolated mode's page. No other response is a page, so none may run or load anything.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    // A proxy that compresses would hold the events of a stream back.
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-transform"),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

pub(super) fn wrap(routes: Router<Backend>, backend: &Backend) -> Router<Backend> {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(log)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(());
    // One layer of the router: it clones and boxes the services of each of its layers for every request.
    routes.layer(
        ServiceBuilder::new()
            .map_response(with_headers)
            .layer(trace)
            .layer(middleware::from_fn_with_state(backend.clone(), measure))
            .layer(middleware::map_request(discard_rest))
            .layer(CatchPanicLayer::custom(panicked)),
    )
}

fn with_headers<B>(mut response: Response<B>) -> Response<B> {
    let has_own = response.extensions().get::<OwnHeaders>().is_some();
    for (name, value) in HEADERS {
        if has_own {
            response.headers_mut().entry(name).or_insert(value);
        } else {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    AppError::internal("a handler panicked").into_response()
}

/// The route's template, without the values of its parameters.
fn route(request: &Request) -> &str {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("none", MatchedPath::as_str)
}

/// The span of a request. It names no header, no body, no query and no parameter of the path. Its level is that of errors, so that
/// no filter of the log drops it from them.
fn span(request: &Request) -> Span {
    error_span!("request", method = %request.method(), route = route(request))
}

/// One line in the log for each request.
fn log(response: &Response, took: Duration, _: &Span) {
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let source = response.extensions().get::<ProblemSource>().map(with_causes);
    let source = source.as_deref().unwrap_or("none");
    if response.status().is_server_error() {
        tracing::error!(status, duration_ms, source, "request failed");
    } else {
        tracing::info!(status, duration_ms, source, "request served");
    }
}

/// Counts requests, and measures the time to the first byte of the response. The exported span ends there, too.
async fn measure(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let route = route(&request).to_owned();
    let span = server_span(&backend, &request, &route);
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    backend.metrics().http_request(&route, status, started.elapsed());
    if !span.is_disabled() {
        span.record("http.response.status_code", status);
        if response.status().is_server_error() {
            span.record("error.type", response.status().as_str());
            span.record("otel.status_code", "ERROR");
        }
    }
    response
}

/// The routes that an operator's machines call all the time. They are not traced.
const HEALTH: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The exported span of a request, by OpenTelemetry's conventions for HTTP servers
/// (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>), without the members that have the path or the query. A partner's
/// server continues its own trace; the `traceparent` of anybody else is ignored.
fn server_span(backend: &Backend, request: &Request, route: &str) -> Span {
    if HEALTH.contains(&route) {
        return Span::none();
    }
    let method = method_name(request.method().as_str());
    let matched = request.extensions().get::<MatchedPath>();
    let span = info_span!(
        target: TARGET,
        "http request",
        otel.name = %Name(method, matched),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = matched.map(MatchedPath::as_str),
        http.response.status_code = Empty,
        "error.type" = Empty,
    );
    let headers = request.headers();
    if !span.is_disabled() && headers.contains_key(TRACEPARENT) && is_partner(backend, headers) {
        traces::continue_trace(&span, headers);
    }
    span
}

/// The name of a request's span: its method and its route, if any.
struct Name<'a>(&'static str, Option<&'a MatchedPath>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(route) => write!(formatter, "{} {}", self.0, route.as_str()),
            None => formatter.write_str(self.0),
        }
    }
}

/// The text of an error and of its causes.
fn with_causes(source: &ProblemSource) -> String {
    let mut text = source.0.to_string();
    let mut cause = source.0.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
