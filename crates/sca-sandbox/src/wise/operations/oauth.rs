//! `POST /oauth/token`: the partner's own access token.

use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::seed::{CLIENT_ID, CLIENT_SECRET};
use crate::wise::state::WiseState;
use crate::wise::tokens::{CLIENT_TOKEN_SECONDS, authorization};

pub(super) fn issue(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let expected = Base64::encode_string(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes());
    if authorization(&call.headers, "Basic") != Some(expected.as_str()) {
        let refusal = errors::authorisation_error(StatusCode::UNAUTHORIZED, "invalid_client", "Bad client credentials");
        return Err(refusal.with_header(WWW_AUTHENTICATE, "Basic"));
    }
    match call.form("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            let message = "Only client_credentials is simulated";
            return Err(bad_request("unsupported_grant_type", message));
        }
        None => return Err(bad_request("invalid_request", "Missing grant type")),
    }
    let (token, expires) = state.tokens.issue_client(state.clock.now());
    Ok(ApiResponse::ok(&json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": CLIENT_TOKEN_SECONDS,
        "expires_at": expires.to_string(),
        "scope": "transfers",
    })))
}

fn bad_request(error: &str, description: &str) -> ApiResponse {
    errors::authorisation_error(StatusCode::BAD_REQUEST, error, description)
}
