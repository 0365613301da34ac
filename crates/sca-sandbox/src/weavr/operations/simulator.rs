//! The simulator API: what a phone and a bank would do.

use serde_json::json;

use crate::answer::Answer;
use crate::weavr::challenge::{Kind, Status};
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, not_found};
use crate::weavr::resource::{RejectedBy, State};
use crate::weavr::world::Weavr;

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerError {
    Unknown,
    /// It was answered before, it expired, or there is nothing left to confirm.
    NotLive,
    /// A code cannot be approved on the phone.
    NotAPush,
}

pub(super) fn perform(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    if call.parameters.contains_key("challenge") {
        factor(weavr, call)
    } else {
        bank(weavr, call)
    }
}

fn factor(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let (status, code) = match call.parameter("outcome") {
        "verify_success" => (Status::Verified, "COMPLETED"),
        "verify_invalid" => (Status::Declined, "DENIED"),
        "verify_expired" => (Status::Expired, "DENIED"),
        _ => return Err(not_found()),
    };
    let id = call.parameter("challenge");
    let theirs = weavr
        .challenges
        .get(id)
        .is_some_and(|challenge| challenge.user == call.parameter("user"));
    if !theirs {
        return Err(conflict("NOT_FOUND"));
    }
    match answer_request(weavr, id, status) {
        Ok(()) => Ok(Answer::ok(&json!({"code": code}))),
        Err(AnswerError::Unknown | AnswerError::NotAPush) => Err(conflict("NOT_FOUND")),
        Err(AnswerError::NotLive) => Err(conflict("ALREADY_COMPLETED")),
    }
}

/// Answers a request on the phone, or lets it expire.
pub(crate) fn answer_request(weavr: &mut Weavr, id: &str, status: Status) -> Result<(), AnswerError> {
    let challenge = weavr.challenges.get(id).ok_or(AnswerError::Unknown)?;
    if challenge.kind == Kind::Otp && status != Status::Expired {
        return Err(AnswerError::NotAPush);
    }
    if !challenge.is_live() {
        return Err(AnswerError::NotLive);
    }
    weavr.conclude(id, status);
    Ok(())
}

fn bank(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let accepted = match call.parameter("outcome") {
        "accept" => true,
        "reject" => false,
        _ => return Err(not_found()),
    };
    let id = call.parameter("id");
    let code = match weavr.resource_for(&call.user, id).map(|resource| &resource.state) {
        None => "DENIED_WIRE_TRANSFER_NOT_FOUND",
        Some(State::Submitted | State::Approved) => {
            weavr.change_resource(id, |resource, now| {
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
    Ok(Answer::ok(&json!({"code": code})))
}
