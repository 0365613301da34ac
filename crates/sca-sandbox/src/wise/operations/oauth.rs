//! `POST /oauth/token`: the partner's own access token.

use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::seed::{CLIENT_ID, CLIENT_SECRET};
use crate::wise::tokens::{CLIENT_TOKEN_SECONDS, authorization};
use crate::wise::world::World;

pub(super) fn issue(world: &mut World, call: &Call) -> Answer {
    let expected = Base64::encode_string(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes());
    if authorization(&call.headers, "Basic") != Some(expected.as_str()) {
        return Answer::authorisation_error(StatusCode::UNAUTHORIZED, "invalid_client", "Bad client credentials")
            .with_header(WWW_AUTHENTICATE, "Basic");
    }
    match call.form("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Answer::authorisation_error(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "Only client_credentials is simulated",
            );
        }
        None => {
            let message = "Missing grant type";
            return Answer::authorisation_error(StatusCode::BAD_REQUEST, "invalid_request", message);
        }
    }
    let (token, expires) = world.tokens.issue_client(world.clock.now());
    Answer::ok(&json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": CLIENT_TOKEN_SECONDS,
        "expires_at": expires.to_string(),
        "scope": "transfers",
    }))
}
