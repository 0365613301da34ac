//! What the web pages of the simulators share.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

use super::response::ApiResponse;

/// The rules that the style sheets of all pages begin with.
pub(crate) const BASE_CSS: &str = include_str!("assets/base.css");
pub(crate) const CSS: &str = "text/css;charset=UTF-8";
pub(crate) const SCRIPT: &str = "text/javascript;charset=UTF-8";

/// A page with its content security policy.
pub(crate) fn document(page: ApiResponse, policy: &str) -> ApiResponse {
    uncached(page)
        .with_header(CONTENT_SECURITY_POLICY, policy)
        .with_header(REFERRER_POLICY, "no-referrer")
}

/// A file of a page.
pub(crate) fn asset(content_type: &'static str, text: impl Into<Bytes>) -> ApiResponse {
    uncached(ApiResponse::with_body(StatusCode::OK, content_type, text))
}

fn uncached(response: ApiResponse) -> ApiResponse {
    response
        .with_header(CACHE_CONTROL, "no-store")
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
}
