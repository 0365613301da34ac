//! The operations.

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
use super::endpoint::Endpoint;
use super::errors;
use super::pipeline::ApiCall;
use super::state::WiseState;
use crate::kit::response::ApiResponse;

/// Performs an operation. `user` is present exactly when the operation needs a user token. `Err` is a refusal.
pub(super) fn perform(state: &mut WiseState, call: &ApiCall, user: Option<u64>) -> Result<ApiResponse, ApiResponse> {
    match (call.route.endpoint, user) {
        (Endpoint::Token, _) => oauth::issue(state, call),
        (Endpoint::PublicKey, _) => public_key::serve(state, call),
        (Endpoint::Playground, _) => playground::echo(call),
        (Endpoint::PinDelete, user) => pin::delete(state, call, user),
        (Endpoint::Status, Some(user)) => status::show(state, call, user),
        (Endpoint::PinCreate, Some(user)) => pin::create(state, call, user),
        (Endpoint::PinVerify, Some(user)) => pin::verify(state, call, user),
        (Endpoint::CodeTrigger, Some(user)) => phone_code::trigger(state, call, user),
        (Endpoint::CodeVerify, Some(user)) => phone_code::verify(state, call, user),
        (Endpoint::ScaSession, Some(user)) => sca_session::authorise(state, call, user),
        (Endpoint::Balances, Some(user)) => balance::list(state, call, user),
        (Endpoint::Balance, Some(user)) => balance::show(state, call, user),
        (Endpoint::Statement, Some(user)) => statement::show(state, call, user),
        (Endpoint::Transfer, Some(user)) => transfer::show(state, call, user),
        (Endpoint::FundTransfer, Some(user)) => funding::fund(state, call, user),
        (Endpoint::Recipient, Some(user)) => recipient::show(state, call, user),
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
        ) => Err(errors::invalid_token()),
    }
}

/// The valid one-time token in the header `One-Time-Token`, if it is this user's.
fn named_token(state: &WiseState, call: &ApiCall, user: u64) -> Result<Uuid, ApiResponse> {
    let Some(text) = call.header("One-Time-Token") else {
        return Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "ott.missing",
            "The header One-Time-Token is required",
            "One-Time-Token",
        ));
    };
    let customer = state.customer(user)?;
    let now = state.now_of(customer);
    let id = text.trim().parse().ok();
    let valid = id.filter(|id| {
        state
            .one_time_tokens
            .get(id)
            .is_some_and(|token| token.user == user && token.is_alive(now))
    });
    valid.ok_or_else(|| {
        let status = match customer.behaviour.unknown_one_time_token {
            UnknownOneTimeToken::NotFound => StatusCode::NOT_FOUND,
            UnknownOneTimeToken::Forbidden => StatusCode::FORBIDDEN,
        };
        errors::client_error(
            status,
            "ott.not.found",
            "The one time token is unknown, used or expired",
        )
    })
}
