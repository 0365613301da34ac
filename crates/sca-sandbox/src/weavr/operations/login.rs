//! Access tokens.

use axum::http::StatusCode;
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::weavr::body::Body;
use crate::weavr::call::ApiCall;
use crate::weavr::state::WeavrState;

/// This many consecutive wrong passwords lock the login.
const MAX_WRONG_PASSWORDS: u32 = 5;
/// How long the login stays locked.
pub(in crate::weavr) const LOCK_MS: i64 = 30 * 60 * 1000;

pub(super) fn with_password(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let email = body.text("/email", "email");
    let password = body.text("/password/value", "password");
    body.done(call.context.behaviour.bad_request)?;
    let wrong = || ApiResponse::json(StatusCode::FORBIDDEN, &json!({"errorCode": "INVALID_CREDENTIALS"}));
    let shared_now = state.timeline.now_ms();
    let customer = state
        .customers
        .values_mut()
        .find(|customer| customer.email == email)
        .ok_or_else(wrong)?;
    let now = shared_now.saturating_add(customer.ahead_ms);
    if customer.locked_until.is_some_and(|until| until > now) {
        return Err(ApiResponse::empty(StatusCode::LOCKED));
    }
    if customer.password != password {
        customer.wrong_passwords = customer.wrong_passwords.saturating_add(1);
        if customer.wrong_passwords < MAX_WRONG_PASSWORDS {
            return Err(wrong());
        }
        customer.wrong_passwords = 0;
        customer.locked_until = Some(now.saturating_add(LOCK_MS));
        return Err(ApiResponse::empty(StatusCode::LOCKED));
    }
    customer.wrong_passwords = 0;
    let token = state.tokens.issue(&customer.user, now);
    Ok(ApiResponse::ok(&json!({
        "token": token,
        "tokenType": "ACCESS",
        "identity": customer.identity,
        "credentials": customer.credentials(),
    })))
}

pub(super) fn access_token(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let identity = body.id("/identity/id", "identity");
    body.done(call.context.behaviour.bad_request)?;
    let forbidden = || ApiResponse::json(StatusCode::FORBIDDEN, &json!({"errorCode": "INSUFFICIENT_PERMISSIONS"}));
    let customer = state
        .customers
        .get(&call.context.user)
        .filter(|customer| customer.identity.id == identity)
        .ok_or_else(forbidden)?;
    let token = state.tokens.issue(&call.context.user, call.context.now);
    Ok(ApiResponse::ok(&json!({
        "token": token,
        "identity": customer.identity,
        "credentials": customer.credentials(),
        "status": "STANDARD",
    })))
}

pub(super) fn logout(state: &mut WeavrState, call: &ApiCall) -> ApiResponse {
    state.tokens.revoke(&call.context.token);
    ApiResponse::empty(StatusCode::NO_CONTENT)
}
