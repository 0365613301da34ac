//! [Webhook events](https://api.weavr.io/products/webhooks/openapi), as Weavr writes them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::{Amounts, Behaviour, EventIds};
use super::challenge::{Challenge, Status};
use super::customer::Customer;
use super::payees::{Batch, BatchState};
use super::resource::{Kind, Resource, State};
use crate::kit::json::set;
use crate::kit::webhooks::WebhookEvent;

/// One event, without its text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(super) call_ref: String,
    /// Appended to the registered address.
    pub(super) path: String,
    /// The id of the payment, batch, challenge or user that it is about.
    subject: String,
}

/// Selects events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// The id of a payment, a batch, a challenge or a user.
    resource: Option<String>,
}

impl WebhookEvent for Event {
    type Filter = Filter;

    fn id(&self) -> &str {
        &self.call_ref
    }

    fn is_selected(&self, filter: &Filter) -> bool {
        filter.resource.as_ref().is_none_or(|id| self.subject == *id)
    }
}

impl Event {
    /// An event with a new `call-ref`.
    pub(super) fn new(path: &str, subject: &str) -> Self {
        Self {
            call_ref: Uuid::new_v4().simple().to_string(),
            path: path.to_owned(),
            subject: subject.to_owned(),
        }
    }
}

/// The path and the body of the event for a payment's state; `None` when there is no event for the state. It is built from
/// what the API returns, so that both have the same content.
pub(super) fn of_resource(
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
    let event = match resource.kind {
        Kind::OutgoingWireTransfers => transfer(resource, shown, behaviour),
        Kind::Sends => send(resource, shown, behaviour),
    };
    let mut body = json!({"eventType": event_type, "publishedTimestamp": now.to_string()});
    if resource.kind == Kind::OutgoingWireTransfers {
        set(&mut body, "owner", resource.identity.in_event());
    }
    set(&mut body, name, event);
    Some((path, body))
}

fn transfer(resource: &Resource, shown: &Value, behaviour: &Behaviour) -> Value {
    let mut event = common(resource, shown, behaviour);
    let amount = amount(shown.get("transferAmount"), behaviour.amounts);
    set(
        &mut event,
        "source",
        shown.get("sourceInstrument").cloned().unwrap_or_default(),
    );
    set(&mut event, "type", resource.transfer_type());
    set(&mut event, "transactionAmount", amount.clone());
    set(&mut event, "transferAmount", amount);
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
    let mut beneficiary = json!({"beneficiaryName": destination.get("name")});
    set(&mut beneficiary, scheme, account);
    set(&mut event, "destination", beneficiary);
    event
}

fn send(resource: &Resource, shown: &Value, behaviour: &Behaviour) -> Value {
    let mut event = common(resource, shown, behaviour);
    let amount = amount(shown.get("destinationAmount"), behaviour.amounts);
    for field in ["source", "destination"] {
        set(&mut event, field, shown.get(field).cloned().unwrap_or_default());
    }
    set(&mut event, "destinationAmount", amount.clone());
    set(&mut event, "transactionAmount", amount);
    event
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
    let mut event = json!({
        "id": id,
        "profileId": resource.profile,
        "state": shown.get("state"),
        "challengeExemptionReason": exemption,
        "creationTimestamp": resource.created_at.to_string(),
        "conflict": "NO_ERROR",
    });
    if let Some(tag) = &resource.tag {
        set(&mut event, "tag", tag.as_str());
    }
    event
}

/// The amount of a response in the format of events: text where responses have numbers, and numbers where they have text.
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

/// The body of the event for the result of a step-up.
pub(super) fn of_step_up(challenge: &Challenge, customer: &Customer, token: Option<&str>, now: i64) -> Option<Value> {
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

/// The body of the event for a factor.
pub(super) fn of_factor(customer: &Customer, factor_type: &str, active: bool, now: i64) -> Value {
    json!({
        "credentialId": customer.credentials(),
        "type": factor_type,
        "status": if active { "ACTIVE" } else { "INACTIVE" },
        "publishedTimestamp": now.to_string(),
    })
}

/// The body of the event for a batch. There is none for the state `COMPLETED`.
pub(super) fn of_batch(batch: &Batch, now: i64) -> Option<Value> {
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
