//! [Device fingerprints](https://docs.wise.com/api-reference/sca-device-fingerprints): registered, verified, listed, removed.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::addressed_customer;
use super::verification::{Comparison, already_set_up, verify as verify_factor};
use crate::kit::response::ApiResponse;
use crate::wise::attempts::EnrolledFactor;
use crate::wise::call::ApiCall;
use crate::wise::device_fingerprint::{DeviceFingerprint, MAX_FINGERPRINTS};
use crate::wise::digest::Digest;
use crate::wise::errors;
use crate::wise::state::WiseState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FingerprintPayload {
    device_fingerprint: String,
}

/// The digest of the fingerprint that was sent. Wise documents no form for it; it must not be empty.
fn sent_fingerprint(call: &ApiCall) -> Result<Digest, ApiResponse> {
    match call.encrypted_json() {
        Some(FingerprintPayload { device_fingerprint }) if !device_fingerprint.is_empty() => {
            Ok(Digest::of(&device_fingerprint))
        }
        Some(FingerprintPayload { .. }) | None => Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "device.fingerprint.invalid",
            "A device fingerprint is a string",
            "deviceFingerprint",
        )),
    }
}

pub(super) fn create(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let digest = sent_fingerprint(call)?;
    let now = state.now_of(state.customer(user)?);
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    let registered = &mut customer.device_fingerprints;
    if registered.iter().any(|fingerprint| fingerprint.digest == digest) {
        return Err(already_set_up(EnrolledFactor::DeviceFingerprint));
    }
    if registered.len() >= MAX_FINGERPRINTS {
        let message = "The maximum number of device fingerprints is registered.";
        return Err(errors::client_error(
            StatusCode::BAD_REQUEST,
            "device.fingerprint.maximum.reached",
            message,
        ));
    }
    let fingerprint = DeviceFingerprint::register(digest, now);
    let response = ApiResponse::ok(&fingerprint.to_json());
    registered.push(fingerprint);
    Ok(response)
}

pub(super) fn list(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let customer = addressed_customer(state, call, None)?;
    let registered: Vec<Value> = customer
        .device_fingerprints
        .iter()
        .map(DeviceFingerprint::to_json)
        .collect();
    Ok(ApiResponse::ok(&Value::Array(registered)))
}

pub(super) fn delete(state: &mut WiseState, call: &ApiCall, caller: Option<u64>) -> Result<ApiResponse, ApiResponse> {
    let id: Option<Uuid> = call.parameter("fingerprint").parse().ok();
    let customer = addressed_customer(state, call, caller)?;
    let registered = &mut customer.device_fingerprints;
    let position = registered.iter().position(|fingerprint| Some(fingerprint.id) == id);
    let Some(position) = position else {
        return Err(errors::client_error(
            StatusCode::NOT_FOUND,
            "device.fingerprint.not.found",
            "There is no such device fingerprint.",
        ));
    };
    registered.remove(position);
    if registered.is_empty() {
        customer.attempts.at_mut(EnrolledFactor::DeviceFingerprint).reset();
    }
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let sent = sent_fingerprint(call)?;
    verify_factor(state, call, user, EnrolledFactor::DeviceFingerprint, |customer| {
        let registered = &customer.device_fingerprints;
        let is_registered = registered.iter().any(|fingerprint| fingerprint.digest == sent);
        Comparison::of((!registered.is_empty()).then_some(is_registered))
    })
}
