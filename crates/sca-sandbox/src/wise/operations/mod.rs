//! What each operation does.

mod balance;
mod funding;
mod oauth;
mod phone_code;
mod pin;
mod playground;
mod public_key;
mod recipient;
mod sca_session;
mod statement;
mod status;
mod transfer;

use axum::http::StatusCode;
use uuid::Uuid;

use super::behaviour::UnknownOneTimeToken;
use super::call::Call;
use super::customer::Customer;
use super::endpoint::Endpoint;
use super::world::World;
use crate::answer::Answer;

/// Does the operation. `user` is there exactly when the operation needs a user token.
pub(crate) fn perform(world: &mut World, call: &Call, user: Option<u64>) -> Answer {
    match (call.endpoint, user) {
        (Endpoint::Token, _) => oauth::issue(world, call),
        (Endpoint::PublicKey, _) => public_key::serve(world, call),
        (Endpoint::Playground, _) => playground::echo(call),
        (Endpoint::PinDelete, user) => pin::delete(world, call, user),
        (Endpoint::Status, Some(user)) => status::show(world, call, user),
        (Endpoint::PinCreate, Some(user)) => pin::create(world, call, user),
        (Endpoint::PinVerify, Some(user)) => pin::verify(world, call, user),
        (Endpoint::CodeTrigger, Some(user)) => phone_code::trigger(world, call, user),
        (Endpoint::CodeVerify, Some(user)) => phone_code::verify(world, call, user),
        (Endpoint::ScaSession, Some(user)) => sca_session::authorise(world, call, user),
        (Endpoint::Balances, Some(user)) => balance::list(world, call, user),
        (Endpoint::Balance, Some(user)) => balance::show(world, call, user),
        (Endpoint::Statement, Some(user)) => statement::show(world, call, user),
        (Endpoint::Transfer, Some(user)) => transfer::show(world, call, user),
        (Endpoint::FundTransfer, Some(user)) => funding::fund(world, call, user),
        (Endpoint::Recipient, Some(user)) => recipient::show(world, call, user),
        (
            Endpoint::Status
            | Endpoint::PinCreate
            | Endpoint::PinVerify
            | Endpoint::CodeTrigger
            | Endpoint::CodeVerify
            | Endpoint::ScaSession
            | Endpoint::Balances
            | Endpoint::Balance
            | Endpoint::Statement
            | Endpoint::Transfer
            | Endpoint::FundTransfer
            | Endpoint::Recipient,
            None,
        ) => Answer::invalid_token(),
    }
}

/// The customer behind a user token.
fn customer(world: &World, user: u64) -> Result<&Customer, Answer> {
    world.customers.get(&user).ok_or_else(Answer::invalid_token)
}

/// The living one-time token that the header `One-Time-Token` names, if it is this user's.
fn named_token(world: &World, call: &Call, user: u64) -> Result<Uuid, Answer> {
    let Some(text) = call.header("One-Time-Token") else {
        return Err(Answer::client_error_at(
            StatusCode::BAD_REQUEST,
            "ott.missing",
            "The header One-Time-Token is required",
            "One-Time-Token",
        ));
    };
    let customer = customer(world, user)?;
    let now = world.now_of(customer);
    let id = text.trim().parse().ok();
    let alive = id.filter(|id| {
        world
            .one_time_tokens
            .get(id)
            .is_some_and(|token| token.user == user && token.is_alive(now))
    });
    alive.ok_or_else(|| {
        let status = match customer.behaviour.unknown_one_time_token {
            UnknownOneTimeToken::NotFound => StatusCode::NOT_FOUND,
            UnknownOneTimeToken::Forbidden => StatusCode::FORBIDDEN,
        };
        Answer::client_error(
            status,
            "ott.not.found",
            "The one time token is unknown, used or expired",
        )
    })
}
