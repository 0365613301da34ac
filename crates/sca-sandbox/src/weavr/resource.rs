//! Payments: outgoing wire transfers and sends.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::behaviour::{Amounts, RejectedBy};
use super::customer::Identity;
use super::exemption::Exemption;
use crate::kit::json::{merge, set};

/// The two kinds of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    OutgoingWireTransfers,
    Sends,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OutgoingWireTransfers => "outgoing_wire_transfers",
            Self::Sends => "sends",
        }
    }
}

/// The state of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    PendingConfirmation,
    PendingChallenge,
    Initialised,
    Submitted,
    Approved,
    Completed,
    Rejected,
    Cancelled,
    Scheduled,
    /// A value that a test chose.
    Forced(String),
}

impl State {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::PendingConfirmation => "PENDING_CONFIRMATION",
            Self::PendingChallenge => "PENDING_CHALLENGE",
            Self::Initialised => "INITIALISED",
            Self::Submitted => "SUBMITTED",
            Self::Approved => "APPROVED",
            Self::Completed => "COMPLETED",
            Self::Rejected => "REJECTED",
            Self::Cancelled => "CANCELLED",
            Self::Scheduled => "SCHEDULED",
            Self::Forced(word) => word,
        }
    }

    /// The state with this name; `Forced` for a name that Weavr does not know.
    pub(crate) fn named(name: String) -> Self {
        let known = [
            Self::PendingConfirmation,
            Self::PendingChallenge,
            Self::Initialised,
            Self::Submitted,
            Self::Approved,
            Self::Completed,
            Self::Rejected,
            Self::Cancelled,
            Self::Scheduled,
        ];
        match known.into_iter().find(|state| state.name() == name) {
            Some(state) => state,
            None => Self::Forced(name),
        }
    }
}

/// Minor units of a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) currency: String,
    pub(crate) minor: i64,
}

impl Amount {
    fn to_json(&self, amounts: Amounts) -> Value {
        match amounts {
            Amounts::Documented => json!({"currency": self.currency, "amount": self.minor}),
            Amounts::Swapped => json!({"currency": self.currency, "amount": self.minor.to_string()}),
        }
    }
}

/// One payment.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) identity: Identity,
    /// The user who created it.
    pub(crate) owner: String,
    pub(crate) profile: String,
    pub(crate) tag: Option<String>,
    pub(crate) source: String,
    pub(crate) amount: Amount,
    /// As it was given, with the details of its payee.
    pub(crate) destination: Value,
    pub(crate) description: Option<String>,
    pub(crate) scheduled: Option<String>,
    pub(crate) state: State,
    pub(crate) rejected: Option<RejectedBy>,
    pub(crate) exemption: Option<Exemption>,
    pub(crate) cancellation: Option<String>,
    /// Whether the payee's name was checked.
    pub(crate) checked: bool,
    /// In milliseconds of the owner's clock, as all instants here.
    pub(crate) created_at: i64,
    /// When it is rejected, while it is pending.
    pub(crate) expires_at: i64,
    /// When it is completed after its confirmation.
    pub(crate) completes_at: Option<i64>,
    pub(crate) completed_at: Option<i64>,
    /// A JSON merge patch by a test on what the API returns.
    pub(crate) patch: Option<Value>,
    /// What reads still show, and how many more reads do.
    pub(crate) stale: Option<(Value, u32)>,
}

impl Resource {
    pub(crate) fn is_pending(&self) -> bool {
        self.state == State::PendingChallenge
    }

    /// When time alone changes it next.
    pub(crate) fn due(&self) -> Option<i64> {
        match self.state {
            State::PendingChallenge | State::PendingConfirmation => Some(self.expires_at),
            State::Initialised | State::Submitted | State::Approved => self.completes_at,
            State::Completed | State::Rejected | State::Cancelled | State::Scheduled | State::Forced(_) => None,
        }
    }

    /// The payee's name, where Weavr knows it.
    pub(crate) fn payee(&self) -> Option<&str> {
        self.destination.get("name").and_then(Value::as_str)
    }

    /// The payee's account.
    pub(crate) fn account(&self) -> Option<&str> {
        ["iban", "accountNumber", "id"]
            .into_iter()
            .find_map(|field| self.destination.get(field).and_then(Value::as_str))
    }

    /// The payment in JSON, as the API returns it.
    pub(crate) fn to_json(&self, amounts: Amounts) -> Value {
        let amount = self.amount.to_json(amounts);
        let source = json!({"type": "managed_accounts", "id": self.source});
        let mut body = json!({
            "id": self.id,
            "profileId": self.profile,
            "destination": self.destination,
            "state": self.state.name(),
            "creationTimestamp": self.created_at,
        });
        match self.kind {
            Kind::OutgoingWireTransfers => {
                set(&mut body, "sourceInstrument", source);
                set(&mut body, "transferAmount", amount);
                set(&mut body, "type", self.transfer_type());
                if let Some(rejected) = self.rejected {
                    set(&mut body, "rejectedInfo", rejected.name());
                }
                if self.checked {
                    let outcome = json!({
                        "type": "SEPA_VERIFICATION_OF_PAYEE",
                        "match": "CLOSE_MATCH",
                        "accountName": self.payee(),
                    });
                    set(&mut body, "validationOutcomes", json!([outcome]));
                }
            }
            Kind::Sends => {
                set(&mut body, "source", source);
                set(&mut body, "destinationAmount", amount.clone());
                set(&mut body, "transactionAmount", amount);
            }
        }
        let texts = [
            ("tag", self.tag.as_deref()),
            ("description", self.description.as_deref()),
            ("scheduledTimestamp", self.scheduled.as_deref()),
            ("challengeExemptionReason", self.exemption.map(Exemption::name)),
            ("cancellationReason", self.cancellation.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                set(&mut body, name, text);
            }
        }
        if let Some(at) = self.completed_at {
            set(&mut body, "executionTimestamp", at.to_string());
        }
        if let Some(patch) = &self.patch {
            merge(&mut body, patch);
        }
        body
    }

    /// The scheme of a wire.
    pub(crate) fn transfer_type(&self) -> &'static str {
        if self.destination.get("iban").is_some() {
            "SEPA"
        } else {
            "FASTER_PAYMENTS"
        }
    }
}
