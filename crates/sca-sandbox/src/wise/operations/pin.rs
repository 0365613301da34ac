//! The [PIN](https://docs.wise.com/api-reference/sca-pin): set up, verified, removed.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::kit::clock::later;
use crate::kit::response::ApiResponse;
use crate::wise::behaviour::WrongPinBody;
use crate::wise::call::ApiCall;
use crate::wise::challenge::ChallengeType;
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::pin::Pin;
use crate::wise::protection::{named_token, open_low_risk_window};
use crate::wise::state::WiseState;

/// This many consecutive wrong PINs block the PIN.
const MAX_FAILURES: u32 = 5;
/// How long it stays blocked.
const BLOCK_DURATION: SignedDuration = SignedDuration::from_mins(15);

#[derive(Deserialize)]
struct PinPayload {
    pin: Pin,
}

fn sent_pin(call: &ApiCall) -> Result<Pin, ApiResponse> {
    let content = call
        .context
        .opened
        .as_ref()
        .map(|opened| serde_json::from_slice::<PinPayload>(&opened.plaintext));
    match content {
        Some(Ok(PinPayload { pin })) => Ok(pin),
        Some(Err(_)) | None => Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "pin.invalid",
            "A PIN is a string of four digits",
            "pin",
        )),
    }
}

fn not_set_up() -> ApiResponse {
    errors::client_error(StatusCode::NOT_FOUND, "pin.not.setup", "PIN has not been setup.")
}

pub(super) fn create(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let pin = sent_pin(call)?;
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    if customer.pin.is_some() {
        let message = "PIN has already been setup.";
        return Err(errors::client_error(StatusCode::CONFLICT, "pin.already.setup", message));
    }
    customer.pin = Some(pin);
    Ok(ApiResponse::empty(match call.route.generation {
        Generation::First => StatusCode::NO_CONTENT,
        Generation::Second | Generation::Calendar => StatusCode::OK,
    }))
}

/// The first generation names the user in the path; on the others the user is the caller.
pub(super) fn delete(state: &mut WiseState, call: &ApiCall, caller: Option<u64>) -> Result<ApiResponse, ApiResponse> {
    let user = caller.or_else(|| call.number("user"));
    let customer = user
        .and_then(|user| state.customers.get_mut(&user))
        .ok_or_else(|| errors::not_found(call.uri.path()))?;
    customer.pin.take().ok_or_else(not_set_up)?;
    customer.pin_failures = 0;
    customer.blocked_until = None;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let sent = sent_pin(call)?;
    let id = named_token(state, call, user)?;
    let now = state.now_of(state.customer(user)?);
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let token = state.one_time_tokens.get_mut(&id).ok_or_else(errors::unexpected)?;

    if !token.asks_for(&ChallengeType::Pin) {
        let message = "The one time token does not ask for a PIN";
        return Err(errors::client_error(
            StatusCode::BAD_REQUEST,
            "challenge.not.applicable",
            message,
        ));
    }
    let Some(pin) = &customer.pin else {
        return Err(not_set_up());
    };
    if customer.blocked_at(now).is_some() {
        return Err(errors::client_error(
            StatusCode::BAD_REQUEST,
            "pin.blocked",
            "PIN is blocked.",
        ));
    }
    if *pin != sent {
        customer.pin_failures = customer.pin_failures.saturating_add(1);
        if customer.pin_failures >= MAX_FAILURES {
            customer.pin_failures = 0;
            customer.blocked_until = Some(later(now, BLOCK_DURATION));
        }
        return Err(match customer.behaviour.wrong_pin_body {
            WrongPinBody::Empty => ApiResponse::empty(StatusCode::BAD_REQUEST),
            WrongPinBody::Coded => {
                let message = "PIN verification failed.";
                errors::client_error(StatusCode::BAD_REQUEST, "pin.verification.failed", message)
            }
        });
    }
    customer.pin_failures = 0;
    customer.blocked_until = None;
    if token.pass(&ChallengeType::Pin) {
        open_low_risk_window(customer, &token.purpose, now);
    }
    Ok(ApiResponse::ok(&match call.route.generation {
        Generation::First => token.wrapped(&customer.behaviour, now),
        Generation::Second | Generation::Calendar => token.flat(&customer.behaviour, now),
    }))
}
