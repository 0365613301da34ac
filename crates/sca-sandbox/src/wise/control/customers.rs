//! `/control/customers`: new customers that no other test uses, their factors, and what happened to them.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::kit::control::behaviour::no_such_customer;
use crate::kit::control::{JsonResult, Refusal};
use crate::wise::amount::Amount;
use crate::wise::attempts::EnrolledFactor;
use crate::wise::behaviour::Behaviour;
use crate::wise::challenge::ChallengeType;
use crate::wise::customer::{Customer, Recipient, SentCode, Transfer};
use crate::wise::device_fingerprint::DeviceFingerprint;
use crate::wise::digest::Digest;
use crate::wise::face_map::FaceMap;
use crate::wise::phone_number::{PhoneNumber, RegisteredPhone};
use crate::wise::pin::Pin;
use crate::wise::seed;
use crate::wise::state::{Wise, WiseState};

pub(super) fn router() -> Router<Wise> {
    Router::new()
        .route("/control/customers", post(create))
        .route("/control/customers/{user}", get(show))
        .route("/control/customers/{user}/factors", patch(set_factors))
}

/// A new customer. A field left out is as in the seed data; `null` means that the customer has none.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct NewCustomer {
    pin: Option<Pin>,
    phone: Option<PhoneNumber>,
    /// The fingerprints themselves.
    device_fingerprints: Vec<String>,
    /// The person whose face is enrolled.
    face: Option<String>,
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
            phone: PhoneNumber::parse(seed::PHONE),
            device_fingerprints: Vec::new(),
            face: None,
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

async fn create(State(wise): State<Wise>, Json(new): Json<NewCustomer>) -> (StatusCode, Json<Value>) {
    let mut state = wise.lock();
    let token = format!("user-{}", Uuid::new_v4());
    let customer = build(&mut state, new);
    let created = json!({
        "userId": customer.user,
        "profileId": customer.profile,
        "accessToken": token,
        "balanceId": customer.balance.id,
        "currency": customer.balance.currency,
        "transferIds": customer.transfers.iter().map(|transfer| transfer.id).collect::<Vec<_>>(),
        "recipientIds": customer.recipients.iter().map(|recipient| recipient.id).collect::<Vec<_>>(),
        "phoneId": customer.phone.as_ref().map(|phone| phone.id),
        "obfuscatedPhone": customer.phone.as_ref().map(|phone| phone.number.masked()),
    });
    state.add_customer(customer, token);
    (StatusCode::CREATED, Json(created))
}

fn build(state: &mut WiseState, new: NewCustomer) -> Customer {
    let identity = seed::Identity {
        user: state.new_id(),
        profile: state.new_id(),
        balance: state.new_id(),
        first_name: new.first_name,
        last_name: new.last_name,
    };
    let mut customer = seed::customer(identity);
    customer.pin = new.pin;
    customer.device_fingerprints = registered(&new.device_fingerprints, state.clock.now());
    customer.face_map = new.face.as_deref().map(FaceMap::of);
    customer.behaviour = new.behaviour.unwrap_or_else(|| state.default_behaviour.clone());
    if let Some(balance) = new.balance {
        customer.balance.amount = balance;
    }
    let transfers: Vec<(Transfer, Recipient)> = match new.transfers {
        None => {
            let ids = [state.new_id(), state.new_id(), state.new_id(), state.new_id()];
            seed::standard_transfers(ids[0], ids[1], ids[2], ids[3]).into()
        }
        Some(transfers) => transfers.into_iter().map(|new| build_transfer(state, new)).collect(),
    };
    (customer.transfers, customer.recipients) = transfers.into_iter().unzip();
    customer.phone = new.phone.map(|number| RegisteredPhone {
        id: state.new_id(),
        number,
    });
    customer
}

fn registered(fingerprints: &[String], now: Timestamp) -> Vec<DeviceFingerprint> {
    fingerprints
        .iter()
        .map(|fingerprint| DeviceFingerprint::register(Digest::of(fingerprint), now))
        .collect()
}

fn build_transfer(state: &mut WiseState, new: NewTransfer) -> (Transfer, Recipient) {
    let (id, recipient) = (state.new_id(), state.new_id());
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

/// Changed factors. A field left out does not change; `null` means that the customer has none.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct ChangedFactors {
    #[serde(deserialize_with = "present")]
    pin: Option<Option<Pin>>,
    #[serde(deserialize_with = "present")]
    phone: Option<Option<PhoneNumber>>,
    /// The fingerprints themselves, in place of all that are registered.
    device_fingerprints: Option<Vec<String>>,
    /// The person whose face is enrolled.
    #[serde(deserialize_with = "present")]
    face: Option<Option<String>>,
}

/// A field that is present, be it `null`.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

async fn set_factors(
    State(wise): State<Wise>,
    Path(user): Path<u64>,
    Json(changed): Json<ChangedFactors>,
) -> Result<StatusCode, Refusal> {
    let mut state = wise.lock();
    let phone_id = state.new_id();
    let customer = state.customers.get(&user).ok_or_else(|| no_such_customer(user))?;
    let now = state.now_of(customer);
    let customer = state.customers.get_mut(&user).ok_or_else(|| no_such_customer(user))?;
    if let Some(pin) = changed.pin {
        customer.pin = pin;
        customer.attempts.at_mut(EnrolledFactor::Pin).reset();
    }
    if let Some(number) = changed.phone {
        customer.phone = number.map(|number| RegisteredPhone { id: phone_id, number });
    }
    if let Some(fingerprints) = changed.device_fingerprints {
        customer.device_fingerprints = registered(&fingerprints, now);
        customer.attempts.at_mut(EnrolledFactor::DeviceFingerprint).reset();
    }
    if let Some(face) = changed.face {
        customer.face_map = face.as_deref().map(FaceMap::of);
        customer.attempts.at_mut(EnrolledFactor::FaceMap).reset();
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn show(State(wise): State<Wise>, Path(user): Path<u64>) -> JsonResult {
    let state = wise.lock();
    let customer = state.customers.get(&user).ok_or_else(|| no_such_customer(user))?;
    let now = state.now_of(customer);
    let transfers: BTreeMap<String, Value> = customer
        .transfers
        .iter()
        .map(|transfer| {
            let counts = json!({"executedPayments": transfer.executed, "refusedAgain": transfer.refused_again});
            (transfer.id.to_string(), counts)
        })
        .collect();
    let one_time_tokens: Vec<Value> = state
        .one_time_tokens
        .values()
        .filter(|token| token.user == user)
        .map(|token| {
            json!({
                "oneTimeToken": token.id,
                "actionType": token.action_type,
                "cleared": token.is_cleared(),
                "consumed": token.consumed,
                "expired": now >= token.expires,
            })
        })
        .collect();
    let attempts = |factor| customer.attempts.at(factor);
    let fingerprints: Vec<Value> = customer
        .device_fingerprints
        .iter()
        .map(DeviceFingerprint::to_json)
        .collect();
    Ok(Json(json!({
        "userId": customer.user,
        "now": now,
        "pinSet": customer.pin.is_some(),
        "pinFailures": attempts(EnrolledFactor::Pin).failures,
        "pinBlockedUntil": attempts(EnrolledFactor::Pin).blocked_at(now),
        "deviceFingerprints": fingerprints,
        "deviceFingerprintFailures": attempts(EnrolledFactor::DeviceFingerprint).failures,
        "deviceFingerprintBlockedUntil": attempts(EnrolledFactor::DeviceFingerprint).blocked_at(now),
        "faceMapSet": customer.face_map.is_some(),
        "faceMapFailures": attempts(EnrolledFactor::FaceMap).failures,
        "faceMapBlockedUntil": attempts(EnrolledFactor::FaceMap).blocked_at(now),
        "phone": customer.phone.as_ref().map(RegisteredPhone::to_json),
        "lowRiskUntil": customer.low_risk_until.filter(|until| now < *until),
        "codesSent": customer.codes_sent.iter().map(channel_name).collect::<Vec<_>>(),
        "codesSentTo": customer.codes_sent.iter().map(|code| code.number.to_string()).collect::<Vec<_>>(),
        "balance": customer.balance.amount.to_money(&customer.balance.currency),
        "transfers": transfers,
        "oneTimeTokens": one_time_tokens,
        "behaviour": customer.behaviour,
    })))
}

fn channel_name(code: &SentCode) -> String {
    ChallengeType::Phone(code.channel).name().to_owned()
}
