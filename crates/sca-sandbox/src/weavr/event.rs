//! What Weavr tells the partner's server, as it writes it there.

use serde::Serialize;
use serde_json::{Value, json};

use super::behaviour::{Amounts, Behaviour, EventIds};
use super::challenge::{Challenge, Status};
use super::customer::Customer;
use super::payees::{Batch, BatchState};
use super::resource::{Kind, Resource, State};
use crate::field::set;

/// One message, without its text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) call_ref: String,
    /// Below the registered address.
    pub(crate) path: String,
    /// The payment, batch, challenge or user that it tells of.
    pub(crate) subject: String,
    /// When it was first tried, in real milliseconds.
    #[serde(skip)]
    pub(crate) first_tried: Option<i64>,
}

/// The path and the text of the message that tells of a payment's state, if there is one for it. Built from what the API
/// answers, so that both say the same.
pub(crate) fn of_resource(
    resource: &Resource,
    shown: &Value,
    behaviour: &Behaviour,
    now: i64,
) -> Option<(&'static str, Value)> {
    let (path, name) = match resource.kind {
        Kind::OutgoingWireTransfers => ("/outgoing_wire_transfers/watch", "transfer"),
        Kind::Sends => ("/send/watch", "send"),
    };
    let event_type = match resource.kind {
        Kind::OutgoingWireTransfers => resource.state.name(),
        Kind::Sends => match &resource.state {
            State::Rejected => "FAILED",
            State::Initialised | State::Approved => return None,
            State::PendingConfirmation
            | State::PendingChallenge
            | State::Submitted
            | State::Completed
            | State::Cancelled
            | State::Scheduled
            | State::Forced(_) => resource.state.name(),
        },
    };
    let told = match resource.kind {
        Kind::OutgoingWireTransfers => transfer(resource, shown, behaviour),
        Kind::Sends => send(resource, shown, behaviour),
    };
    let mut body = json!({"eventType": event_type, "publishedTimestamp": now.to_string()});
    if resource.kind == Kind::OutgoingWireTransfers {
        set(&mut body, "owner", resource.identity.in_event());
    }
    set(&mut body, name, told);
    Some((path, body))
}

fn transfer(resource: &Resource, shown: &Value, behaviour: &Behaviour) -> Value {
    let mut told = common(resource, shown, behaviour);
    let amount = amount(shown.get("transferAmount"), behaviour.amounts);
    set(
        &mut told,
        "source",
        shown.get("sourceInstrument").cloned().unwrap_or_default(),
    );
    set(&mut told, "type", resource.transfer_type());
    set(&mut told, "transactionAmount", amount.clone());
    set(&mut told, "transferAmount", amount);
    let destination = shown.get("destination").cloned().unwrap_or_default();
    let mut account = json!({});
    let fields: &[&str] = match resource.transfer_type() {
        "SEPA" => &["iban", "bankIdentifierCode"],
        _ => &["accountNumber", "sortCode"],
    };
    for field in fields {
        if let Some(value) = destination.get(*field) {
            set(&mut account, field, value.clone());
        }
    }
    let scheme = if resource.transfer_type() == "SEPA" {
        "sepa"
    } else {
        "fasterPayments"
    };
    let mut told_destination = json!({"beneficiaryName": destination.get("name")});
    set(&mut told_destination, scheme, account);
    set(&mut told, "destination", told_destination);
    told
}

fn send(resource: &Resource, shown: &Value, behaviour: &Behaviour) -> Value {
    let mut told = common(resource, shown, behaviour);
    let amount = amount(shown.get("destinationAmount"), behaviour.amounts);
    for field in ["source", "destination"] {
        set(&mut told, field, shown.get(field).cloned().unwrap_or_default());
    }
    set(&mut told, "destinationAmount", amount.clone());
    set(&mut told, "transactionAmount", amount);
    told
}

fn common(resource: &Resource, shown: &Value, behaviour: &Behaviour) -> Value {
    let id = match behaviour.event_ids {
        EventIds::Object => json!({"type": resource.kind.name(), "id": resource.id}),
        EventIds::Text => json!(resource.id),
    };
    let exemption = match resource.exemption {
        Some(exemption) => exemption.name(),
        None if behaviour.low_value => "NO_EXEMPTION",
        None => "NOT_ENABLED",
    };
    let mut told = json!({
        "id": id,
        "profileId": resource.profile,
        "state": shown.get("state"),
        "challengeExemptionReason": exemption,
        "creationTimestamp": resource.created_at.to_string(),
        "conflict": "NO_ERROR",
    });
    if let Some(tag) = &resource.tag {
        set(&mut told, "tag", tag.as_str());
    }
    told
}

/// An answer's amount as events write it: text where answers have numbers, and the other way round.
fn amount(shown: Option<&Value>, amounts: Amounts) -> Value {
    let mut amount = shown.cloned().unwrap_or_default();
    let minor = match amount.get("amount") {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(value) => value.as_i64().unwrap_or_default(),
        None => 0,
    };
    match amounts {
        Amounts::Documented => set(&mut amount, "amount", minor.to_string()),
        Amounts::Swapped => set(&mut amount, "amount", minor),
    }
    amount
}

/// The text of the message that tells how a request to step up ended.
pub(crate) fn of_step_up(challenge: &Challenge, customer: &Customer, token: Option<&str>, now: i64) -> Option<Value> {
    let status = match challenge.status {
        Status::Verified => "VERIFIED",
        Status::Declined => "DECLINED",
        Status::Expired => "EXPIRED",
        Status::Live | Status::Exhausted | Status::Superseded => return None,
    };
    let mut body = json!({
        "credential": customer.credentials(),
        "identity": customer.identity.in_event(),
        "challengeId": challenge.id,
        "type": challenge.channel.factor_type(),
        "status": status,
        "publishedTimestamp": now.to_string(),
    });
    if let Some(token) = token {
        set(&mut body, "authToken", token);
    }
    Some(body)
}

/// The text of the message that tells of a factor.
pub(crate) fn of_factor(customer: &Customer, factor_type: &str, active: bool, now: i64) -> Value {
    json!({
        "credentialId": customer.credentials(),
        "type": factor_type,
        "status": if active { "ACTIVE" } else { "INACTIVE" },
        "publishedTimestamp": now.to_string(),
    })
}

/// The text of the message that tells of a batch. There is none for its very end.
pub(crate) fn of_batch(batch: &Batch, now: i64) -> Option<Value> {
    match batch.state {
        BatchState::Completed => None,
        BatchState::PendingChallenge | BatchState::ChallengeFailed | BatchState::ChallengeCompleted => {
            let mut body = json!({
                "id": batch.id,
                "operation": "CREATE",
                "eventType": batch.state.name(),
                "publishedTimestamp": now.to_string(),
                "beneficiaries": batch.payees_json(),
            });
            if let Some(tag) = &batch.tag {
                set(&mut body, "tag", tag.as_str());
            }
            Some(body)
        }
    }
}
