//! The [simulator API](https://api.weavr.io/products/simulator/openapi), which acts for the customer's phone and for the bank.

use serde_json::json;

use crate::kit::response::ApiResponse;
use crate::weavr::behaviour::RejectedBy;
use crate::weavr::call::ApiCall;
use crate::weavr::challenge::{Kind, Status};
use crate::weavr::errors::{conflict, not_found};
use crate::weavr::resource::State;
use crate::weavr::state::WeavrState;

/// Why a request on the phone cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::weavr) enum AnswerError {
    Unknown,
    /// It was answered, it expired, or nothing is left to confirm.
    NotLive,
    /// It is a code, which cannot be approved on the phone.
    NotAPush,
}

pub(super) fn perform(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    if call.parameters.contains_key("challenge") {
        factor(state, call)
    } else {
        bank(state, call)
    }
}

fn factor(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let (status, code) = match call.parameter("outcome") {
        "verify_success" => (Status::Verified, "COMPLETED"),
        "verify_invalid" => (Status::Declined, "DENIED"),
        "verify_expired" => (Status::Expired, "DENIED"),
        _ => return Err(not_found()),
    };
    let id = call.parameter("challenge");
    let is_theirs = state
        .challenges
        .get(id)
        .is_some_and(|challenge| challenge.user == call.parameter("user"));
    if !is_theirs {
        return Err(conflict("NOT_FOUND"));
    }
    match answer_request(state, id, status) {
        Ok(()) => Ok(ApiResponse::ok(&json!({"code": code}))),
        Err(AnswerError::Unknown | AnswerError::NotAPush) => Err(conflict("NOT_FOUND")),
        Err(AnswerError::NotLive) => Err(conflict("ALREADY_COMPLETED")),
    }
}

/// Answers a request on the phone, or lets it expire.
pub(in crate::weavr) fn answer_request(state: &mut WeavrState, id: &str, status: Status) -> Result<(), AnswerError> {
    let challenge = state.challenges.get(id).ok_or(AnswerError::Unknown)?;
    if challenge.kind == Kind::Otp && status != Status::Expired {
        return Err(AnswerError::NotAPush);
    }
    if !challenge.is_live() {
        return Err(AnswerError::NotLive);
    }
    state.conclude(id, status);
    Ok(())
}

fn bank(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let accepted = match call.parameter("outcome") {
        "accept" => true,
        "reject" => false,
        _ => return Err(not_found()),
    };
    let id = call.parameter("id");
    let code = match state
        .resource_for(&call.context.user, id)
        .map(|resource| &resource.state)
    {
        None => "DENIED_WIRE_TRANSFER_NOT_FOUND",
        Some(State::Submitted | State::Approved) => {
            state.change_resource(id, |resource, now| {
                if accepted {
                    resource.state = State::Completed;
                    resource.completed_at = Some(now);
                } else {
                    resource.state = State::Rejected;
                    resource.rejected = Some(RejectedBy::System);
                }
            });
            if accepted { "COMPLETED" } else { "DENIED" }
        }
        Some(State::Completed) => "DENIED_WIRE_TRANSFER_ALREADY_COMPLETED",
        Some(
            State::PendingConfirmation
            | State::PendingChallenge
            | State::Initialised
            | State::Rejected
            | State::Cancelled
            | State::Scheduled
            | State::Forced(_),
        ) => "DENIED",
    };
    Ok(ApiResponse::ok(&json!({"code": code})))
}
