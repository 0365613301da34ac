//! `GET .../accounts/{id}`: the recipient of a transfer.

use serde_json::{Value, json};

use crate::kit::response::ApiResponse;
use crate::wise::call::ApiCall;
use crate::wise::customer::{Customer, Recipient};
use crate::wise::errors;
use crate::wise::generation::Generation;
use crate::wise::state::WiseState;

pub(super) fn show(state: &WiseState, call: &ApiCall, user: u64) -> Result<ApiResponse, ApiResponse> {
    let customer = state.customer(user)?;
    let Some(recipient) = call.number("recipient").and_then(|id| customer.recipient(id)) else {
        return Err(errors::not_found(call.uri.path()));
    };
    Ok(ApiResponse::ok(&match call.route.generation {
        Generation::First => first(customer, recipient),
        Generation::Second | Generation::Calendar => newer(customer, recipient),
    }))
}

fn first(customer: &Customer, recipient: &Recipient) -> Value {
    json!({
        "id": recipient.id,
        "business": null,
        "profile": customer.profile,
        "accountHolderName": recipient.account_holder_name,
        "currency": recipient.currency,
        "country": recipient.country,
        "type": recipient.kind,
        "details": recipient.details,
        "user": customer.user,
        "active": true,
        "ownedByCustomer": false,
    })
}

fn newer(customer: &Customer, recipient: &Recipient) -> Value {
    let is_business = recipient.details.get("legalType").and_then(Value::as_str) == Some("BUSINESS");
    let account = ["IBAN", "accountNumber"].into_iter().find_map(|field| {
        recipient
            .details
            .get(field)
            .and_then(Value::as_str)
            .map(|value| (field, value))
    });
    let number = account.map_or("", |(_, value)| value);
    let ending: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
    let display: Vec<Value> = account
        .map(|(field, value)| json!({"key": format!("details/{field}"), "label": field, "value": value}))
        .into_iter()
        .collect();
    json!({
        "id": recipient.id,
        "creatorId": customer.user,
        "profileId": customer.profile,
        "name": {
            "fullName": recipient.account_holder_name,
            "givenName": null,
            "familyName": null,
            "middleName": null,
            "patronymicName": null,
            "cannotHavePatronymicName": null,
        },
        "currency": recipient.currency,
        "country": recipient.country,
        "type": recipient.kind,
        "legalEntityType": if is_business { "INSTITUTION" } else { "PERSON" },
        "active": true,
        "details": recipient.details,
        "accountSummary": number,
        "longAccountSummary": format!("{} account ending in {ending}", recipient.currency),
        "displayFields": display,
        "isInternal": false,
        "ownedByCustomer": false,
    })
}
