//! `GET .../balances`: money kept at Wise.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::customer;
use crate::answer::Answer;
use crate::wise::amount::Amount;
use crate::wise::call::Call;
use crate::wise::customer::Balance;
use crate::wise::world::World;

pub(super) fn list(world: &World, call: &Call, user: u64) -> Answer {
    let Some(types) = call.query("types") else {
        let message = "The query parameter types is required";
        return Answer::client_error_at(StatusCode::BAD_REQUEST, "parameter.missing", message, "types");
    };
    match customer(world, user) {
        Err(answer) => answer,
        Ok(_) if !types.split(',').any(|kind| kind == "STANDARD") => Answer::ok(&json!([])),
        Ok(customer) => Answer::ok(&json!([balance_json(&customer.balance)])),
    }
}

pub(super) fn show(world: &World, call: &Call, user: u64) -> Answer {
    match customer(world, user) {
        Err(answer) => answer,
        Ok(customer) if call.number("balance") == Some(customer.balance.id) => {
            Answer::ok(&balance_json(&customer.balance))
        }
        Ok(_) => Answer::not_found(call.uri.path()),
    }
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
