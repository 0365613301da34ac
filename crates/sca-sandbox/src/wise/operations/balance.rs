//! `GET .../balances`: the customer's balance.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::kit::response::ApiResponse;
use crate::wise::amount::Amount;
use crate::wise::call::ApiCall;
use crate::wise::customer::Balance;
use crate::wise::errors;
use crate::wise::state::WiseState;

pub(super) fn list(state: &WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let Some(types) = call.query("types") else {
        let message = "The query parameter types is required";
        return Err(errors::client_error_at(
            StatusCode::BAD_REQUEST,
            "parameter.missing",
            message,
            "types",
        ));
    };
    let customer = state.customer(user)?;
    if !types.split(',').any(|kind| kind == "STANDARD") {
        return Ok(ApiResponse::ok(&json!([])));
    }
    Ok(ApiResponse::ok(&json!([balance_json(&customer.balance)])))
}

pub(super) fn show(state: &WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let balance = &state.customer(user)?.balance;
    if call.number("balance") != Some(balance.id) {
        return Err(errors::not_found(call.uri.path()));
    }
    Ok(ApiResponse::ok(&balance_json(balance)))
}

fn balance_json(balance: &Balance) -> Value {
    let money = |amount: Amount| amount.to_money(&balance.currency);
    let changed = balance.payments.last().map_or(balance.created, |payment| payment.at);
    json!({
        "id": balance.id,
        "currency": balance.currency,
        "type": "STANDARD",
        "name": null,
        "icon": null,
        "investmentState": "NOT_INVESTED",
        "amount": money(balance.amount),
        "reservedAmount": money(Amount::default()),
        "cashAmount": money(balance.amount),
        "totalWorth": money(balance.amount),
        "creationTime": balance.created.to_string(),
        "modificationTime": changed.to_string(),
        "visible": true,
    })
}
