//! The customer's authentication factors.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::challenges::{Resend, issue, newest, verify as verify_code};
use crate::kit::response::ApiResponse;
use crate::weavr::body::Body;
use crate::weavr::call::ApiCall;
use crate::weavr::challenge::{Kind, Subject};
use crate::weavr::customer::{Channel, Customer, FactorStatus};
use crate::weavr::errors::{conflict, not_found, step_up_required};
use crate::weavr::state::WeavrState;

fn customer<'a>(state: &'a WeavrState, call: &ApiCall) -> Result<&'a Customer, ApiResponse> {
    state.customers.get(&call.context.user).ok_or_else(not_found)
}

pub(super) fn list(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let factors: Vec<Value> = customer(state, call)?
        .factors
        .iter()
        .map(|(channel, status)| json!({"type": channel.factor_type(), "status": status, "channel": channel}))
        .collect();
    Ok(ApiResponse::ok(&json!({"factors": factors})))
}

pub(super) fn enrol(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    start(state, call, Channel::Sms, Kind::Otp)
}

pub(super) fn enrol_push(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    start(state, call, Channel::Authy, Kind::Push)
}

fn start(state: &mut WeavrState, call: &ApiCall, channel: Channel, kind: Kind) -> Result<ApiResponse, ApiResponse> {
    if call.parameter("channel") != channel.name() {
        return Err(conflict("CHANNEL_NOT_SUPPORTED"));
    }
    let customer = customer(state, call)?;
    if customer.has(channel) {
        return Err(conflict("CHANNEL_ALREADY_REGISTERED"));
    }
    if customer.phone.is_none() {
        return Err(conflict("MOBILE_NUMBER_NOT_AVAILABLE"));
    }
    issue(state, call, Subject::Enrolment, kind, Resend::Free)?;
    state.set_factor(&call.context.user, channel, FactorStatus::PendingVerification);
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.context.behaviour.bad_request)?;
    if customer(state, call)?.has(Channel::Sms) {
        return Err(conflict("CHANNEL_ALREADY_REGISTERED"));
    }
    let challenge =
        newest(state, &call.context.user, &Subject::Enrolment, Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    let id = challenge.id.clone();
    let response = verify_code(state, call, &id, &code)?;
    // A verified phone steps the token up as well.
    state.tokens.step_up(&call.context.token);
    Ok(response)
}

pub(super) fn unlink(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let channel = match Channel::named(call.parameter("channel")) {
        Some(channel @ (Channel::Authy | Channel::Biometric)) => channel,
        Some(Channel::Sms) | None => return Err(conflict("CHANNEL_NOT_SUPPORTED")),
    };
    if !state.tokens.is_stepped_up(&call.context.token) {
        return Err(step_up_required(&call.context.behaviour));
    }
    if !customer(state, call)?.has(channel) {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    state.set_factor(&call.context.user, channel, FactorStatus::Inactive);
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}
