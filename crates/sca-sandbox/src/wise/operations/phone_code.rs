//! The [code on the phone](https://docs.wise.com/api-reference/user-security): sent and verified.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::wise::behaviour::WrongCodeStatus;
use crate::wise::call::ApiCall;
use crate::wise::challenge::{ChallengeType, Channel};
use crate::wise::customer::SentCode;
use crate::wise::errors;
use crate::wise::protection::{named_token, open_low_risk_window};
use crate::wise::seed::PHONE_CODE;
use crate::wise::state::WiseState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodePayload {
    otp_code: String,
}

fn channel(call: &ApiCall) -> Result<Channel, ApiResponse> {
    let segment = call.parameters.get("channel").map(String::as_str);
    segment
        .and_then(Channel::from_segment)
        .ok_or_else(|| errors::not_found(call.uri.path()))
}

fn bad_request(code: &str, message: &str) -> ApiResponse {
    errors::client_error(StatusCode::BAD_REQUEST, code, message)
}

fn not_asked_for() -> ApiResponse {
    bad_request(
        "challenge.not.applicable",
        "The one time token does not ask for a code on this channel",
    )
}

pub(super) fn trigger(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let channel = channel(call)?;
    let id = named_token(state, call, user)?;
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let token = state.one_time_tokens.get_mut(&id).ok_or_else(errors::unexpected)?;
    if !token.asks_for(&ChallengeType::Phone(channel)) {
        return Err(not_asked_for());
    }
    let Some(phone) = &customer.phone else {
        let message = "No verified phone number.";
        return Err(errors::client_error(StatusCode::NOT_FOUND, "phone.not.setup", message));
    };
    token.codes_sent.insert(channel);
    let number = phone.number.clone();
    let response = ApiResponse::ok(&json!({"obfuscatedPhoneNo": number.masked()}));
    customer.codes_sent.push(SentCode { channel, number });
    Ok(response)
}

pub(super) fn verify(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let channel = channel(call)?;
    let proof = ChallengeType::Phone(channel);
    let CodePayload { otp_code } = serde_json::from_slice(&call.body)
        .map_err(|_| bad_request("otp.malformed", "The body is not JSON with an otpCode"))?;
    let id = named_token(state, call, user)?;
    let now = state.now_of(state.customer(user)?);
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let token = state.one_time_tokens.get_mut(&id).ok_or_else(errors::unexpected)?;
    if !token.asks_for(&proof) {
        return Err(not_asked_for());
    }
    if !token.codes_sent.contains(&channel) {
        return Err(bad_request("otp.not.triggered", "No code was sent on this channel"));
    }
    if otp_code != PHONE_CODE {
        let status = match customer.behaviour.wrong_code_status {
            WrongCodeStatus::BadRequest => StatusCode::BAD_REQUEST,
            WrongCodeStatus::Forbidden => StatusCode::FORBIDDEN,
            WrongCodeStatus::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        };
        return Err(errors::client_error(status, "otp.invalid", "The code is not valid"));
    }
    if token.pass(&proof) {
        open_low_risk_window(customer, &token.purpose, now);
    }
    Ok(ApiResponse::ok(&token.wrapped_briefly(&customer.behaviour, now)))
}
