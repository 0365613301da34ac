//! What the customer can confirm with.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::challenges::{Resend, issue, newest, verify as verify_code};
use crate::answer::Answer;
use crate::weavr::body::Body;
use crate::weavr::challenge::{Kind, Subject};
use crate::weavr::customer::{Channel, Customer, FactorStatus};
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, not_found, step_up_required};
use crate::weavr::world::Weavr;

fn customer<'a>(weavr: &'a Weavr, call: &Call) -> Result<&'a Customer, Answer> {
    weavr.customers.get(&call.user).ok_or_else(not_found)
}

pub(super) fn list(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let factors: Vec<Value> = customer(weavr, call)?
        .factors
        .iter()
        .map(|(channel, status)| json!({"type": channel.factor_type(), "status": status, "channel": channel}))
        .collect();
    Ok(Answer::ok(&json!({"factors": factors})))
}

pub(super) fn enrol(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    start(weavr, call, Channel::Sms, Kind::Otp)
}

pub(super) fn enrol_push(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    start(weavr, call, Channel::Authy, Kind::Push)
}

fn start(weavr: &mut Weavr, call: &Call, channel: Channel, kind: Kind) -> Result<Answer, Answer> {
    if call.parameter("channel") != channel.name() {
        return Err(conflict("CHANNEL_NOT_SUPPORTED"));
    }
    let customer = customer(weavr, call)?;
    if customer.has(channel) {
        return Err(conflict("CHANNEL_ALREADY_REGISTERED"));
    }
    if customer.phone.is_none() {
        return Err(conflict("MOBILE_NUMBER_NOT_AVAILABLE"));
    }
    issue(weavr, call, Subject::Enrolment, kind, Resend::Free)?;
    weavr.set_factor(&call.user, channel, FactorStatus::PendingVerification);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.behaviour.bad_request)?;
    if customer(weavr, call)?.has(Channel::Sms) {
        return Err(conflict("CHANNEL_ALREADY_REGISTERED"));
    }
    let challenge =
        newest(weavr, &call.user, &Subject::Enrolment, Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    let id = challenge.id.clone();
    let answer = verify_code(weavr, call, &id, &code)?;
    // Having just shown the phone counts for the session, too.
    weavr.tokens.step_up(&call.token);
    Ok(answer)
}

pub(super) fn unlink(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let channel = match Channel::named(call.parameter("channel")) {
        Some(channel @ (Channel::Authy | Channel::Biometric)) => channel,
        Some(Channel::Sms) | None => return Err(conflict("CHANNEL_NOT_SUPPORTED")),
    };
    if !weavr.tokens.is_stepped_up(&call.token) {
        return Err(step_up_required(&call.behaviour));
    }
    if !customer(weavr, call)?.has(channel) {
        return Err(conflict("CHANNEL_NOT_REGISTERED"));
    }
    weavr.set_factor(&call.user, channel, FactorStatus::Inactive);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
