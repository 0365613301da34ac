//! The shapes of error that Wise prints.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::answer::Answer;

impl Answer {
    /// A compact JWE.
    pub(crate) fn encrypted(status: StatusCode, content_type: &'static str, jwe: String) -> Self {
        Self::with_body(status, content_type, jwe)
    }

    /// `{"errors":[{"code","message"}]}`: the shape of client errors.
    pub(crate) fn client_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"errors": [{"code": code, "message": message}]}))
    }

    /// As [`client_error`](Self::client_error), with the header or field it is about.
    pub(crate) fn client_error_at(status: StatusCode, code: &str, message: &str, path: &str) -> Self {
        Self::json(
            status,
            &json!({"errors": [{"code": code, "message": message, "path": path, "arguments": [path]}]}),
        )
    }

    /// `{"error","error_description"}`: the shape of the authorisation layer.
    pub(crate) fn authorisation_error(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(status, &json!({"error": error, "error_description": description}))
    }

    /// 401 for a token that is missing, unknown or expired.
    pub(crate) fn invalid_token() -> Self {
        Self::authorisation_error(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "Invalid or expired access token",
        )
        .with_header(WWW_AUTHENTICATE, "Bearer")
    }

    /// 403 without the approval headers: an ordinary lack of permission, which no challenge can cure.
    pub(crate) fn not_permitted() -> Self {
        Self::authorisation_error(
            StatusCode::FORBIDDEN,
            "access_denied",
            "The token does not permit this request",
        )
    }

    /// 404 in the shape of the web framework.
    pub(crate) fn not_found(path: &str) -> Self {
        let status = StatusCode::NOT_FOUND;
        Self::json(
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

    /// The 500 that says nothing; what is sent when a body cannot be decrypted.
    pub(crate) fn unexpected() -> Self {
        Self::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({"message": "An unexpected error occurred", "request_id": Uuid::new_v4().simple().to_string()}),
        )
    }

    /// 429 with the seconds to wait.
    pub(crate) fn too_many_requests(retry_after: i64) -> Self {
        Self::json(StatusCode::TOO_MANY_REQUESTS, &json!({}))
            .with_header(RETRY_AFTER, &retry_after.to_string())
            .with_header(HeaderName::from_static("x-rate-limited-by"), "wise-public-api")
    }
}
