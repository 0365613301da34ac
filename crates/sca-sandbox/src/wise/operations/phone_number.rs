//! [Phone numbers](https://docs.wise.com/api-reference/user-security): registered, listed, changed, removed by the partner.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::addressed_customer;
use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::errors;
use crate::wise::phone_number::{PhoneNumber, RegisteredPhone};
use crate::wise::seed::PHONE;
use crate::wise::state::WiseState;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NumberPayload {
    phone_number: PhoneNumber,
}

fn sent_number(call: &ApiCall) -> Result<PhoneNumber, ApiResponse> {
    match serde_json::from_slice(&call.body) {
        Ok(NumberPayload { phone_number }) => Ok(phone_number),
        Err(_) => Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "phone.number.invalid",
            "A phone number is + and 7 to 15 digits",
            "phoneNumber",
        )),
    }
}

/// Refuses a number that another customer has. The number of the seed data does not count, because many customers have it.
fn check_unique(state: &WiseState, user: u64, number: &PhoneNumber) -> Result<(), ApiResponse> {
    let has_it = |phone: &RegisteredPhone| phone.number == *number && number.to_string() != PHONE;
    let is_repeated = state
        .customers
        .values()
        .any(|customer| customer.user != user && customer.phone.as_ref().is_some_and(has_it));
    if is_repeated {
        return Err(errors::client_error(
            StatusCode::UNPROCESSABLE_ENTITY,
            "phone.number.repeated",
            "It's linked to an account with the email ****@wise.com",
        ));
    }
    Ok(())
}

fn no_such_phone() -> ApiResponse {
    errors::client_error(
        StatusCode::NOT_FOUND,
        "phone.number.not.found",
        "There is no such phone number.",
    )
}

pub(super) fn create(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let number = sent_number(call)?;
    let user = addressed_customer(state, call, None)?.user;
    check_unique(state, user, &number)?;
    let id = state.new_id();
    let customer = addressed_customer(state, call, None)?;
    // Wise documents no response for a second number. There is only one type of number, so there can be only one.
    if customer.phone.is_some() {
        let message = "The primary phone number is registered.";
        return Err(errors::client_error(
            StatusCode::CONFLICT,
            "phone.number.exists",
            message,
        ));
    }
    let phone = customer.phone.insert(RegisteredPhone { id, number });
    Ok(ApiResponse::ok(&phone.to_json()))
}

pub(super) fn list(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let customer = addressed_customer(state, call, None)?;
    let phones = customer.phone.iter().map(RegisteredPhone::to_json).collect();
    Ok(ApiResponse::ok(&Value::Array(phones)))
}

pub(super) fn update(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let number = sent_number(call)?;
    let user = addressed_customer(state, call, None)?.user;
    check_unique(state, user, &number)?;
    let phone = addressed_phone(state, call)?;
    phone.number = number;
    Ok(ApiResponse::ok(&phone.to_json()))
}

pub(super) fn delete(state: &mut WiseState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    addressed_phone(state, call)?;
    addressed_customer(state, call, None)?.phone = None;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

/// The phone in the path.
fn addressed_phone<'a>(state: &'a mut WiseState, call: &ApiCall) -> Result<&'a mut RegisteredPhone, ApiResponse> {
    let id = call.number("phone");
    let customer = addressed_customer(state, call, None)?;
    customer
        .phone
        .as_mut()
        .filter(|phone| Some(phone.id) == id)
        .ok_or_else(no_such_phone)
}
