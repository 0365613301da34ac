//! The control routes that every simulator has. JSON both ways.

pub(crate) mod behaviour;
pub(crate) mod calls;
pub(crate) mod faults;
pub(crate) mod webhooks;

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// A refusal by the control API, with a sentence for the author of the test.
pub(crate) type Refusal = (StatusCode, Json<Value>);

/// The result of a control route with a JSON response.
pub(crate) type JsonResult = Result<Json<Value>, Refusal>;

pub(crate) fn refuse(status: StatusCode, message: impl Into<String>) -> Refusal {
    (status, Json(json!({"error": message.into()})))
}

pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
    refuse(StatusCode::NOT_FOUND, message)
}

pub(crate) fn timed_out(message: &str) -> Refusal {
    refuse(StatusCode::REQUEST_TIMEOUT, format!("{message} in time"))
}

/// An empty object.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {}

/// By how much a clock is moved.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    pub(crate) seconds: u32,
}

/// How long a caller waits, from its field `seconds`.
pub(crate) fn timeout(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The default of the field `seconds` of those who wait.
pub(crate) fn ten_seconds() -> u64 {
    10
}
