//! The two shapes of error that FaceSign prints.

use axum::http::StatusCode;
use serde_json::json;

use super::behaviour::ErrorShape;
use crate::kit::faults::ErrorFormat;
use crate::kit::response::ApiResponse;

/// An error: [documented](https://docs.facesign.ai/docs/reference/errors) as an object with type, message and code, observed
/// as a bare text.
pub(super) fn error(shape: ErrorShape, status: StatusCode, code: &str, message: &str) -> ApiResponse {
    let kind = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "authentication_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "validation_error",
    };
    let body = match shape {
        ErrorShape::Nested => json!({"error": {"type": kind, "message": message, "code": code}}),
        ErrorShape::Flat => json!({"error": message}),
    };
    ApiResponse::json(status, &body)
}

impl ErrorFormat for ErrorShape {
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse {
        error(*self, status, code.unwrap_or("simulated"), "A scripted fault")
    }
}
