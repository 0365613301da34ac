//! The [PIN](https://docs.wise.com/api-reference/sca-pin): set up, verified, removed.

use axum::http::StatusCode;
use serde::Deserialize;

use super::addressed_customer;
use super::verification::{Comparison, already_set_up, not_set_up, verify as verify_factor};
use crate::kit::response::ApiResponse;
use crate::wise::attempts::EnrolledFactor;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::pin::Pin;
use crate::wise::state::WiseState;

#[derive(Deserialize)]
struct PinPayload {
    pin: Pin,
}

fn sent_pin(call: &ApiCall) -> Result<Pin, ApiResponse> {
    match call.encrypted_json() {
        Some(PinPayload { pin }) => Ok(pin),
        None => Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "pin.invalid",
            "A PIN is a string of four digits",
            "pin",
        )),
    }
}

pub(super) fn create(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let pin = sent_pin(call)?;
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    if customer.pin.is_some() {
        return Err(already_set_up(EnrolledFactor::Pin));
    }
    customer.pin = Some(pin);
    Ok(ApiResponse::empty(match call.route.generation {
        Generation::First => StatusCode::NO_CONTENT,
        Generation::Second | Generation::Calendar => StatusCode::OK,
    }))
}

pub(super) fn delete(state: &mut WiseState, call: &ApiCall, caller: Option<u64>) -> Result<ApiResponse, ApiResponse> {
    let customer = addressed_customer(state, call, caller)?;
    customer.pin.take().ok_or_else(|| not_set_up(EnrolledFactor::Pin))?;
    customer.attempts.at_mut(EnrolledFactor::Pin).reset();
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let sent = sent_pin(call)?;
    verify_factor(state, call, user, EnrolledFactor::Pin, |customer| {
        Comparison::of(customer.pin.as_ref().map(|pin| *pin == sent))
    })
}
