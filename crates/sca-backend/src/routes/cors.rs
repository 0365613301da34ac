//! Which pages may call the widget's routes: those of the same host, and those whose origin is configured. There are no cookies, so
//! a browser sends no credentials by itself; the list prevents other pages from embedding the widget.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sca_protocol::api::ProblemCode;
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::Url;

use crate::{problem::AppError, service::Backend};

/// How long a browser may cache the answer to a preflight.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// What the widget sends, and what tracing adds in a page whose scripts trace its calls: <https://www.w3.org/TR/trace-context/>,
/// <https://www.w3.org/TR/baggage/>, <https://develop.sentry.dev/sdk/telemetry/traces/>. Without them the browser would refuse the widget's calls.
const ALLOWED_HEADERS: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("sentry-trace"),
];

/// Answers preflights, and adds the CORS headers to other responses.
pub(super) fn layer(backend: &Backend) -> CorsLayer {
    let backend = backend.clone();
    let may_call = AllowOrigin::predicate(move |origin, parts| is_allowed(origin, &parts.headers, &backend));
    CorsLayer::new()
        .allow_origin(may_call)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(ALLOWED_HEADERS)
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
        .vary([header::ORIGIN, header::AUTHORIZATION])
}

/// Refuses requests from pages of other origins. CORS alone lets them through and only withholds the response from the page.
pub(super) async fn refuse_other_origins(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else {
        return next.run(request).await;
    };
    if is_allowed(origin, headers, &backend) {
        return next.run(request).await;
    }
    let refused = format!(
        "the origin {origin:?} is neither listed nor that of the host {:?}",
        headers.get(header::HOST)
    );
    let vary = [(header::VARY, "origin, authorization")];
    (vary, AppError::new(ProblemCode::OriginNotAllowed).with_source(refused)).into_response()
}

fn is_allowed(origin: &HeaderValue, headers: &HeaderMap, backend: &Backend) -> bool {
    let Some(page) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let origins = &backend.settings().origins;
    is_same_host(&page, headers) || origins.contains(&page.origin().ascii_serialization())
}

/// Whether the page came from the host that it calls: the same name, in any case, and the same port, which may be the usual one of the page's
/// scheme. A proxy may have ended TLS, so the scheme of the call is not known.
fn is_same_host(page: &Url, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let called = host.and_then(|host| Url::parse(&format!("{}://{host}", page.scheme())).ok());
    page.origin().is_tuple() && called.is_some_and(|called| called.origin() == page.origin())
}
