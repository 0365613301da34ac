//! `POST .../auth/jose/playground/jwe-direct-encryption`: an encrypted echo
//! ([reference](https://docs.wise.com/api-reference/jose/joseplaygroundjwedirectencryption)).

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;

/// Longest message that is echoed.
const MAX_MESSAGE_CHARACTERS: usize = 100;

#[derive(Deserialize)]
struct Message {
    message: String,
}

pub(super) fn echo(call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    match call.encrypted_json() {
        Some(Message { message }) if message.chars().count() <= MAX_MESSAGE_CHARACTERS => {
            let message = format!("jose-playground-response-{message}");
            Ok(ApiResponse::ok(&json!({"message": message, "method": "POST"})))
        }
        Some(Message { .. }) | None => Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "message.invalid",
            "A message of at most 100 characters is required",
            "message",
        )),
    }
}
