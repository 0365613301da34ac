//! The code on the phone: send it, verify it.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{customer, named_token};
use crate::answer::Answer;
use crate::wise::behaviour::WrongCodeStatus;
use crate::wise::call::Call;
use crate::wise::challenge::{ChallengeType, Channel};
use crate::wise::protection::cleared;
use crate::wise::seed::PHONE_CODE;
use crate::wise::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodePayload {
    otp_code: String,
}

fn channel(call: &Call) -> Result<Channel, Answer> {
    let segment = call.parameters.get("channel").map(String::as_str);
    segment
        .and_then(Channel::from_segment)
        .ok_or_else(|| Answer::not_found(call.uri.path()))
}

fn bad_request(code: &str, message: &str) -> Answer {
    Answer::client_error(StatusCode::BAD_REQUEST, code, message)
}

fn not_asked_for() -> Answer {
    bad_request(
        "challenge.not.applicable",
        "The one time token does not ask for a code on this channel",
    )
}

pub(super) fn trigger(world: &mut World, call: &Call, user: u64) -> Answer {
    match try_trigger(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_trigger(world: &mut World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let channel = channel(call)?;
    let id = named_token(world, call, user)?;
    let customer = world.customers.get_mut(&user).ok_or_else(Answer::invalid_token)?;
    let token = world.one_time_tokens.get_mut(&id).ok_or_else(Answer::unexpected)?;
    if !token.asks_for(&ChallengeType::Phone(channel)) {
        return Err(not_asked_for());
    }
    let Some(masked) = customer.masked_phone() else {
        let message = "No verified phone number.";
        return Err(Answer::client_error(StatusCode::NOT_FOUND, "phone.not.setup", message));
    };
    token.codes_sent.insert(channel);
    customer.codes_sent.push(channel);
    Ok(Answer::ok(&json!({"obfuscatedPhoneNo": masked})))
}

pub(super) fn verify(world: &mut World, call: &Call, user: u64) -> Answer {
    match try_verify(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_verify(world: &mut World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let channel = channel(call)?;
    let proof = ChallengeType::Phone(channel);
    let CodePayload { otp_code } = serde_json::from_slice(&call.body)
        .map_err(|_| bad_request("otp.malformed", "The body is not JSON with an otpCode"))?;
    let id = named_token(world, call, user)?;
    let now = world.now_of(customer(world, user)?);
    let customer = world.customers.get_mut(&user).ok_or_else(Answer::invalid_token)?;
    let token = world.one_time_tokens.get_mut(&id).ok_or_else(Answer::unexpected)?;
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
        return Err(Answer::client_error(status, "otp.invalid", "The code is not valid"));
    }
    if token.pass(&proof) {
        cleared(customer, &token.purpose, now);
    }
    Ok(Answer::ok(&token.wrapped_briefly(&customer.behaviour, now)))
}
