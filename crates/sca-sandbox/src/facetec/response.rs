//! The form of the server's responses.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::endpoint::ApiCall;
use crate::kit::faults::ErrorFormat;
use crate::kit::json::merge;
use crate::kit::response::ApiResponse;

/// 200: the call was processed. `success` says whether everything that it checks succeeded.
pub(super) fn processed(call: &ApiCall, now: Timestamp, success: bool, more: &Value) -> ApiResponse {
    let mut body = json!({
        "success": success,
        "wasProcessed": true,
        "error": false,
        "serverInfo": server_info(),
        "callData": {
            "tid": Uuid::new_v4(),
            "path": call.uri.path(),
            "date": now.strftime("%b %d, %Y %I:%M:%S %p").to_string(),
            "epochSecond": now.as_second(),
            "requestMethod": call.method.as_str(),
        },
        "additionalSessionData": {
            "isAdditionalDataPartiallyIncomplete": call.header("X-User-Agent").is_none(),
            "userAgent": call.header("X-User-Agent"),
        },
    });
    merge(&mut body, more);
    ApiResponse::ok(&body)
}

/// `serverInfo` of a response.
pub(super) fn server_info() -> Value {
    json!({"version": "9.0.5", "mode": "Development Only", "notice": "A simulator: it has no biometrics."})
}

/// The call was not processed.
pub(super) fn failed(status: StatusCode, message: &str) -> ApiResponse {
    ApiResponse::json(
        status,
        &json!({
            "success": false,
            "wasProcessed": false,
            "error": true,
            "errorMessage": message,
            "serverInfo": server_info(),
        }),
    )
}

/// The server's error format.
pub(crate) struct FaceTecErrors;

impl ErrorFormat for FaceTecErrors {
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse {
        failed(status, code.unwrap_or("A scripted fault"))
    }
}
