//! `/control/customers`: fresh customers that no other test touches, and a look at what became of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Refusal, no_such_customer};
use crate::state::SandboxState;
use crate::wise::amount::Amount;
use crate::wise::behaviour::Behaviour;
use crate::wise::challenge::{ChallengeType, Channel};
use crate::wise::customer::{Customer, Recipient, Transfer};
use crate::wise::pin::Pin;
use crate::wise::seed;
use crate::wise::world::World;

/// What a new customer is like. A field left out is as in the seed; `null` means that the customer has none.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewCustomer {
    pin: Option<Pin>,
    phone: Option<String>,
    first_name: String,
    last_name: String,
    balance: Option<Amount>,
    transfers: Option<Vec<NewTransfer>>,
    behaviour: Option<Behaviour>,
}

impl Default for NewCustomer {
    fn default() -> Self {
        Self {
            pin: Pin::parse(seed::PIN),
            phone: Some(seed::PHONE.to_owned()),
            first_name: "Oliver".to_owned(),
            last_name: "Wilson".to_owned(),
            balance: None,
            transfers: None,
            behaviour: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewTransfer {
    source_value: Amount,
    #[serde(default = "euro")]
    source_currency: String,
    target_value: Amount,
    #[serde(default = "euro")]
    target_currency: String,
    #[serde(default)]
    reference: String,
    recipient: NewRecipient,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRecipient {
    account_holder_name: String,
    #[serde(default = "germany")]
    country: String,
    #[serde(default = "iban", rename = "type")]
    kind: String,
    #[serde(default)]
    details: Map<String, Value>,
}

fn euro() -> String {
    "EUR".to_owned()
}

fn germany() -> String {
    "DE".to_owned()
}

fn iban() -> String {
    "iban".to_owned()
}

pub(super) async fn create(
    State(state): State<SandboxState>,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let mut world = state.world();
    let token = format!("user-{}", Uuid::new_v4());
    let customer = build(&mut world, new);
    let created = json!({
        "userId": customer.user,
        "profileId": customer.profile,
        "accessToken": token,
        "balanceId": customer.balance.id,
        "currency": customer.balance.currency,
        "transferIds": customer.transfers.iter().map(|transfer| transfer.id).collect::<Vec<_>>(),
        "recipientIds": customer.recipients.iter().map(|recipient| recipient.id).collect::<Vec<_>>(),
        "obfuscatedPhone": customer.masked_phone(),
    });
    world.add_customer(customer, token);
    Ok((StatusCode::CREATED, Json(created)))
}

fn build(world: &mut World, new: NewCustomer) -> Customer {
    let identity = seed::Identity {
        user: world.fresh_id(),
        profile: world.fresh_id(),
        balance: world.fresh_id(),
        first_name: new.first_name,
        last_name: new.last_name,
    };
    let mut customer = seed::customer(identity);
    customer.pin = new.pin;
    customer.phone = new.phone;
    customer.behaviour = new.behaviour.unwrap_or_else(|| world.default_behaviour.clone());
    if let Some(balance) = new.balance {
        customer.balance.amount = balance;
    }
    let transfers: Vec<(Transfer, Recipient)> = match new.transfers {
        None => {
            let ids = [world.fresh_id(), world.fresh_id(), world.fresh_id(), world.fresh_id()];
            seed::standard_transfers(ids[0], ids[1], ids[2], ids[3]).into()
        }
        Some(transfers) => transfers.into_iter().map(|new| build_transfer(world, new)).collect(),
    };
    (customer.transfers, customer.recipients) = transfers.into_iter().unzip();
    customer
}

fn build_transfer(world: &mut World, new: NewTransfer) -> (Transfer, Recipient) {
    let (id, recipient) = (world.fresh_id(), world.fresh_id());
    let payee = Recipient {
        id: recipient,
        account_holder_name: new.recipient.account_holder_name,
        currency: new.target_currency.clone(),
        country: new.recipient.country,
        kind: new.recipient.kind,
        details: new.recipient.details,
    };
    let transfer = Transfer {
        reference: new.reference,
        source_currency: new.source_currency,
        target_currency: new.target_currency,
        target_value: new.target_value,
        ..seed::transfer(id, recipient, new.source_value)
    };
    (transfer, payee)
}

pub(super) async fn show(State(state): State<SandboxState>, Path(user): Path<u64>) -> Result<Json<Value>, Refusal> {
    let world = state.world();
    let customer = world.customers.get(&user).ok_or_else(|| no_such_customer(user))?;
    let now = world.now_of(customer);
    let transfers: BTreeMap<String, Value> = customer
        .transfers
        .iter()
        .map(|transfer| {
            let counts = json!({"executedPayments": transfer.executed, "refusedAgain": transfer.refused_again});
            (transfer.id.to_string(), counts)
        })
        .collect();
    let one_time_tokens: Vec<Value> = world
        .one_time_tokens
        .values()
        .filter(|token| token.user == user)
        .map(|token| {
            json!({
                "oneTimeToken": token.id,
                "actionType": token.action_type,
                "cleared": token.is_cleared(),
                "spent": token.spent,
                "expired": now >= token.expires,
            })
        })
        .collect();
    Ok(Json(json!({
        "userId": customer.user,
        "now": now,
        "pinSet": customer.pin.is_some(),
        "pinFailures": customer.pin_failures,
        "pinBlockedUntil": customer.blocked_at(now),
        "lowRiskUntil": customer.low_risk_until.filter(|until| now < *until),
        "codesSent": customer.codes_sent.iter().map(channel_name).collect::<Vec<_>>(),
        "balance": customer.balance.amount.to_money(&customer.balance.currency),
        "transfers": transfers,
        "oneTimeTokens": one_time_tokens,
        "behaviour": customer.behaviour,
    })))
}

fn channel_name(channel: &Channel) -> String {
    ChallengeType::Phone(*channel).name().to_owned()
}
