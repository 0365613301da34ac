//! The PIN: set up, verify, remove.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;

use super::{customer, named_token};
use crate::answer::Answer;
use crate::clock::later;
use crate::wise::behaviour::WrongPinBody;
use crate::wise::call::Call;
use crate::wise::challenge::ChallengeType;
use crate::wise::generation::Generation;
use crate::wise::pin::Pin;
use crate::wise::protection::cleared;
use crate::wise::world::World;

/// Wrong PINs in a row that block it.
const FAILURES_THAT_BLOCK: u32 = 5;
/// How long it stays blocked.
const BLOCK: SignedDuration = SignedDuration::from_mins(15);

#[derive(Deserialize)]
struct PinPayload {
    pin: Pin,
}

fn sent_pin(call: &Call) -> Result<Pin, Answer> {
    let content = call
        .opened
        .as_ref()
        .map(|opened| serde_json::from_slice::<PinPayload>(&opened.plaintext));
    match content {
        Some(Ok(PinPayload { pin })) => Ok(pin),
        Some(Err(_)) | None => Err(Answer::client_error_at(
            StatusCode::BAD_REQUEST,
            "pin.invalid",
            "A PIN is a string of four digits",
            "pin",
        )),
    }
}

fn not_set_up() -> Answer {
    Answer::client_error(StatusCode::NOT_FOUND, "pin.not.setup", "PIN has not been setup.")
}

pub(super) fn create(world: &mut World, call: &Call, user: u64) -> Answer {
    let pin = match sent_pin(call) {
        Ok(pin) => pin,
        Err(answer) => return answer,
    };
    let Some(customer) = world.customers.get_mut(&user) else {
        return Answer::invalid_token();
    };
    if customer.pin.is_some() {
        return Answer::client_error(StatusCode::CONFLICT, "pin.already.setup", "PIN has already been setup.");
    }
    customer.pin = Some(pin);
    match call.generation {
        Generation::First => Answer::empty(StatusCode::NO_CONTENT),
        Generation::Second | Generation::Calendar => Answer::empty(StatusCode::OK),
    }
}

/// The first generation names the user in the path; the others mean the caller.
pub(super) fn delete(world: &mut World, call: &Call, caller: Option<u64>) -> Answer {
    let user = caller.or_else(|| call.number("user"));
    let Some(customer) = user.and_then(|user| world.customers.get_mut(&user)) else {
        return Answer::not_found(call.uri.path());
    };
    match customer.pin.take() {
        Some(_) => {
            customer.pin_failures = 0;
            customer.blocked_until = None;
            Answer::empty(StatusCode::NO_CONTENT)
        }
        None => not_set_up(),
    }
}

pub(super) fn verify(world: &mut World, call: &Call, user: u64) -> Answer {
    match try_verify(world, call, user) {
        Ok(answer) | Err(answer) => answer,
    }
}

fn try_verify(world: &mut World, call: &Call, user: u64) -> Result<Answer, Answer> {
    let sent = sent_pin(call)?;
    let id = named_token(world, call, user)?;
    let now = world.now_of(customer(world, user)?);
    let customer = world.customers.get_mut(&user).ok_or_else(Answer::invalid_token)?;
    let token = world.one_time_tokens.get_mut(&id).ok_or_else(Answer::unexpected)?;

    if !token.asks_for(&ChallengeType::Pin) {
        let message = "The one time token does not ask for a PIN";
        return Err(Answer::client_error(
            StatusCode::BAD_REQUEST,
            "challenge.not.applicable",
            message,
        ));
    }
    let Some(pin) = &customer.pin else {
        return Err(not_set_up());
    };
    if customer.blocked_at(now).is_some() {
        return Err(Answer::client_error(
            StatusCode::BAD_REQUEST,
            "pin.blocked",
            "PIN is blocked.",
        ));
    }
    if *pin != sent {
        customer.pin_failures = customer.pin_failures.saturating_add(1);
        if customer.pin_failures >= FAILURES_THAT_BLOCK {
            customer.pin_failures = 0;
            customer.blocked_until = Some(later(now, BLOCK));
        }
        return Err(match customer.behaviour.wrong_pin_body {
            WrongPinBody::Empty => Answer::empty(StatusCode::BAD_REQUEST),
            WrongPinBody::Coded => {
                let message = "PIN verification failed.";
                Answer::client_error(StatusCode::BAD_REQUEST, "pin.verification.failed", message)
            }
        });
    }
    customer.pin_failures = 0;
    customer.blocked_until = None;
    if token.pass(&ChallengeType::Pin) {
        cleared(customer, &token.purpose, now);
    }
    Ok(Answer::ok(&match call.generation {
        Generation::First => token.wrapped(&customer.behaviour, now),
        Generation::Second | Generation::Calendar => token.flat(&customer.behaviour, now),
    }))
}
