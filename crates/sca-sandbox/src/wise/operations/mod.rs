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

use super::call::ApiCall;
use super::endpoint::Endpoint;
use super::errors;
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
