//! `POST .../auth/jose/playground/jwe-direct-encryption`: an encrypted echo for trying out one's encryption.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::wise::call::Call;

/// Longest message that is echoed.
const MESSAGE_CHARACTERS: usize = 100;

#[derive(Deserialize)]
struct Message {
    message: String,
}

pub(super) fn echo(call: &Call) -> Answer {
    let content = call
        .opened
        .as_ref()
        .map(|opened| serde_json::from_slice::<Message>(&opened.plaintext));
    match content {
        Some(Ok(Message { message })) if message.chars().count() <= MESSAGE_CHARACTERS => Answer::ok(&json!({
            "message": format!("jose-playground-response-{message}"),
            "method": "POST",
        })),
        Some(Ok(_) | Err(_)) | None => Answer::client_error_at(
            StatusCode::BAD_REQUEST,
            "message.invalid",
            "A message of at most 100 characters is required",
            "message",
        ),
    }
}
