//! The operations.

mod balance;
mod device_fingerprint;
mod face_map;
mod facetec_key;
mod funding;
mod oauth;
mod phone_code;
mod phone_number;
mod pin;
mod playground;
mod public_key;
mod recipient;
mod sca_session;
mod statement;
mod status;
mod transfer;
mod verification;

use super::call::ApiCall;
use super::customer::Customer;
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
        (Endpoint::DeviceFingerprintDelete, user) => device_fingerprint::delete(state, call, user),
        (Endpoint::DeviceFingerprintList, _) => device_fingerprint::list(state, call),
        (Endpoint::FaceMapDelete, user) => face_map::delete(state, call, user),
        (Endpoint::PhoneCreate, _) => phone_number::create(state, call),
        (Endpoint::PhoneList, _) => phone_number::list(state, call),
        (Endpoint::PhoneUpdate, _) => phone_number::update(state, call),
        (Endpoint::PhoneDelete, _) => phone_number::delete(state, call),
        (Endpoint::Status, Some(user)) => status::show(state, call, user),
        (Endpoint::PinCreate, Some(user)) => pin::create(state, call, user),
        (Endpoint::PinVerify, Some(user)) => pin::verify(state, call, user),
        (Endpoint::DeviceFingerprintCreate, Some(user)) => device_fingerprint::create(state, call, user),
        (Endpoint::DeviceFingerprintVerify, Some(user)) => device_fingerprint::verify(state, call, user),
        (Endpoint::FaceMapEnrol, Some(user)) => face_map::enrol(state, call, user),
        (Endpoint::FaceMapVerify, Some(user)) => face_map::verify(state, call, user),
        (Endpoint::FacetecPublicKey, Some(_)) => facetec_key::serve(state, call),
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
            | Endpoint::DeviceFingerprintCreate
            | Endpoint::DeviceFingerprintVerify
            | Endpoint::FaceMapEnrol
            | Endpoint::FaceMapVerify
            | Endpoint::FacetecPublicKey
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

/// The customer that a call is about: the caller, or the user in the path when the partner calls.
fn addressed_customer<'a>(
    state: &'a mut WiseState,
    call: &ApiCall,
    caller: Option<u64>,
) -> Result<&'a mut Customer, ApiResponse> {
    let user = caller.or_else(|| call.number("user"));
    user.and_then(|user| state.customers.get_mut(&user))
        .ok_or_else(|| errors::not_found(call.uri.path()))
}
