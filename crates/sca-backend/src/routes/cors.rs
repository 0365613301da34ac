//! Which pages may call: those of the same host, and those whose origin is on the list. There are no cookies, so nothing is
//! ever sent along by itself; the list keeps other pages from putting the widget to their own use.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sca_protocol::api::ProblemCode;

use crate::{problem::AppError, service::Backend};

/// Lets calls from pages on the list through, answers their preflights, and refuses others.
pub(super) async fn check_origin(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return vary(next.run(request).await);
    };
    if !is_same_host(&origin, request.headers()) && !is_listed(&origin, &backend.settings().origins) {
        return vary(AppError::new(ProblemCode::OriginNotAllowed).into_response());
    }
    let asked = HeaderName::from_static("access-control-request-method");
    let mut response = if request.method() == Method::OPTIONS && request.headers().contains_key(asked) {
        preflight()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after"),
    );
    vary(response)
}

fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, idempotency-key",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

fn vary(mut response: Response) -> Response {
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("origin, authorization"));
    response
}

fn is_listed(origin: &HeaderValue, origins: &[String]) -> bool {
    origins.iter().any(|listed| listed.as_bytes() == origin.as_bytes())
}

/// Whether the page came from the host that it calls.
fn is_same_host(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok();
    let origin_host = origin.and_then(|origin| {
        origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"))
    });
    host.is_some() && host == origin_host
}
