//! Payees: added in batches that the customer confirms; then they are trusted.

use serde_json::{Value, json};

use super::customer::Identity;
use crate::kit::json::set;

/// One payee.
#[derive(Clone, Debug)]
pub(crate) struct Payee {
    pub(crate) id: String,
    pub(crate) information: Value,
    pub(crate) details: Value,
}

impl Payee {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        ["businessName", "fullName"]
            .into_iter()
            .find_map(|field| self.information.get(field).and_then(Value::as_str))
            .unwrap_or_default()
    }

    /// The destination of a wire to it: name and bank details. `None` when it has no bank account.
    pub(crate) fn wire_destination(&self) -> Option<Value> {
        let mut destination = self.details.get("bankAccountDetails")?.clone();
        set(&mut destination, "name", self.name());
        set(&mut destination, "beneficiaryId", self.id.as_str());
        Some(destination)
    }

    /// The destination of a send to it. `None` when it has no account at Weavr.
    pub(crate) fn send_destination(&self) -> Option<Value> {
        let mut destination = self.details.get("instrument")?.clone();
        set(&mut destination, "beneficiaryId", self.id.as_str());
        Some(destination)
    }
}

/// The state of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchState {
    PendingChallenge,
    ChallengeFailed,
    ChallengeCompleted,
    Completed,
}

impl BatchState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PendingChallenge => "PENDING_CHALLENGE",
            Self::ChallengeFailed => "CHALLENGE_FAILED",
            Self::ChallengeCompleted => "CHALLENGE_COMPLETED",
            Self::Completed => "COMPLETED",
        }
    }
}

/// Payees that are added together.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) id: String,
    pub(crate) identity: Identity,
    pub(crate) owner: String,
    pub(crate) tag: Option<String>,
    pub(crate) payees: Vec<Payee>,
    pub(crate) state: BatchState,
    /// When it is completed after its confirmation, in milliseconds of the owner's clock.
    pub(crate) completes_at: Option<i64>,
}

impl Batch {
    /// When time alone changes it next.
    pub(crate) fn due(&self) -> Option<i64> {
        match self.state {
            BatchState::ChallengeCompleted => self.completes_at,
            BatchState::PendingChallenge | BatchState::ChallengeFailed | BatchState::Completed => None,
        }
    }

    /// The batch in JSON, as the API returns it.
    pub(crate) fn to_json(&self) -> Value {
        let mut body = json!({
            "operationBatchId": {"batchId": self.id, "operation": "CREATE"},
            "state": self.state.name(),
        });
        if let Some(tag) = &self.tag {
            set(&mut body, "tag", tag.as_str());
        }
        body
    }

    /// Its payees in JSON, as the API returns them.
    pub(crate) fn payees_json(&self) -> Vec<Value> {
        let state = match self.state {
            BatchState::PendingChallenge => "PENDING_CHALLENGE",
            BatchState::ChallengeFailed => "CHALLENGE_FAILED",
            BatchState::ChallengeCompleted | BatchState::Completed => "ACTIVE",
        };
        let batches = json!([{"batchId": self.id, "operation": "CREATE"}]);
        self.payees
            .iter()
            .map(|payee| {
                json!({
                    "id": payee.id,
                    "trustLevel": "TRUSTED",
                    "beneficiaryInformation": payee.information,
                    "beneficiaryDetails": payee.details,
                    "state": state,
                    "relatedOperationBatches": batches,
                })
            })
            .collect()
    }
}
