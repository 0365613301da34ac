//! The [face map](https://docs.wise.com/api-reference/sca-facemaps): enrolled, verified, removed. JSON both ways.

use axum::http::StatusCode;

use super::addressed_customer;
use super::verification::{Comparison, already_set_up, not_set_up, verify as verify_factor};
use crate::kit::response::ApiResponse;
use crate::wise::attempts::EnrolledFactor;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::face_map::{FaceMap, FaceMapError};
use crate::wise::state::WiseState;

/// The face map that was sent. What cannot be read is no attempt.
fn sent_face_map(call: &ApiCall) -> Result<&FaceMap, ApiResponse> {
    let refuse = |code: &str, message: &str| {
        Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            code,
            message,
            "faceMap",
        ))
    };
    match &call.context.face_map {
        Some(Ok(face_map)) => Ok(face_map),
        Some(Err(FaceMapError::Undecryptable)) => refuse(
            "facemap.undecryptable",
            "The face map was not exported for the current public key",
        ),
        Some(Err(FaceMapError::Malformed)) | None => {
            refuse("facemap.invalid", "The body is JSON with a faceMap in Base64")
        }
    }
}

pub(super) fn enrol(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let face_map = sent_face_map(call)?;
    let customer = state.customers.get_mut(&user).ok_or_else(errors::invalid_token)?;
    if customer.face_map.is_some() {
        return Err(already_set_up(EnrolledFactor::FaceMap));
    }
    customer.face_map = Some(face_map.clone());
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn delete(state: &mut WiseState, call: &ApiCall, caller: Option<u64>) -> Result<ApiResponse, ApiResponse> {
    let customer = addressed_customer(state, call, caller)?;
    customer
        .face_map
        .take()
        .ok_or_else(|| not_set_up(EnrolledFactor::FaceMap))?;
    customer.attempts.at_mut(EnrolledFactor::FaceMap).reset();
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(state: &mut WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let sent = sent_face_map(call)?;
    verify_factor(state, call, user, EnrolledFactor::FaceMap, |customer| {
        Comparison::of(customer.face_map.as_ref().map(|enrolled| enrolled == sent))
    })
}
