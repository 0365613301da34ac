//! `GET .../accounts/{id}`: who gets the money.

use serde_json::{Value, json};

use super::customer;
use crate::answer::Answer;
use crate::wise::call::Call;
use crate::wise::customer::{Customer, Recipient};
use crate::wise::generation::Generation;
use crate::wise::world::World;

pub(super) fn show(world: &World, call: &Call, user: u64) -> Answer {
    let customer = match customer(world, user) {
        Ok(customer) => customer,
        Err(answer) => return answer,
    };
    let Some(recipient) = call.number("recipient").and_then(|id| customer.recipient(id)) else {
        return Answer::not_found(call.uri.path());
    };
    Answer::ok(&match call.generation {
        Generation::First => first(customer, recipient),
        Generation::Second | Generation::Calendar => newer(customer, recipient),
    })
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
