//! The shapes of [error](https://docs.wise.com/guides/developer/errors) that Wise prints.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::kit::faults::ErrorFormat;
use crate::kit::response::ApiResponse;

/// `{"errors":[{"code","message"}]}`: the shape of client errors.
pub(super) fn client_error(status: StatusCode, code: &str, message: &str) -> ApiResponse {
    ApiResponse::json(status, &json!({"errors": [{"code": code, "message": message}]}))
}

/// As [`client_error`], with the header or field it is about.
pub(super) fn client_error_at(status: StatusCode, code: &str, message: &str, path: &str) -> ApiResponse {
    ApiResponse::json(
        status,
        &json!({"errors": [{"code": code, "message": message, "path": path, "arguments": [path]}]}),
    )
}

/// `{"error","error_description"}`: the shape of the authorisation layer.
pub(super) fn authorisation_error(status: StatusCode, error: &str, description: &str) -> ApiResponse {
    ApiResponse::json(status, &json!({"error": error, "error_description": description}))
}

/// 401 for a token that is missing, unknown or expired.
pub(super) fn invalid_token() -> ApiResponse {
    authorisation_error(
        StatusCode::UNAUTHORIZED,
        "invalid_token",
        "Invalid or expired access token",
    )
    .with_header(WWW_AUTHENTICATE, "Bearer")
}

/// 403 without the approval headers: an ordinary lack of permission, which no challenge can change.
pub(super) fn not_permitted() -> ApiResponse {
    authorisation_error(
        StatusCode::FORBIDDEN,
        "access_denied",
        "The token does not permit this request",
    )
}

/// 404 in the shape of the web framework.
pub(super) fn not_found(path: &str) -> ApiResponse {
    let status = StatusCode::NOT_FOUND;
    ApiResponse::json(
        status,
        &json!({
            "timestamp": Timestamp::now().to_string(),
            "status": status.as_u16(),
            "error": "Not Found",
            "message": "No message available",
            "path": path,
        }),
    )
}

/// The generic 500. It is also the response to a body that cannot be decrypted.
pub(super) fn unexpected() -> ApiResponse {
    ApiResponse::json(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({"message": "An unexpected error occurred", "request_id": Uuid::new_v4().simple().to_string()}),
    )
}

/// 429, with the seconds to wait.
pub(super) fn too_many_requests(retry_after: i64) -> ApiResponse {
    ApiResponse::json(StatusCode::TOO_MANY_REQUESTS, &json!({}))
        .with_header(RETRY_AFTER, &retry_after.to_string())
        .with_header(HeaderName::from_static("x-rate-limited-by"), "wise-public-api")
}

/// Wise's error format.
pub(crate) struct WiseErrors;

impl ErrorFormat for WiseErrors {
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse {
        client_error(status, code.unwrap_or("simulated"), "A scripted fault")
    }

    fn too_many_requests(&self, retry_after_seconds: u32) -> ApiResponse {
        too_many_requests(i64::from(retry_after_seconds))
    }
}
