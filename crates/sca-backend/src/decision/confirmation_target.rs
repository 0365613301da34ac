use std::collections::{BTreeMap, BTreeSet};

use sca_protocol::{Factor, Money, PlainText, Timestamp};
use serde::{Deserialize, Serialize};

use super::CorrelationKey;
use crate::providers::weavr::{
    ChallengeId,
    resource::{ResourceId, ResourceType},
};

/// What waits at Weavr until its customer has confirmed it. Never changes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// What is confirmed.
    pub target: ConfirmationTarget,
    /// Where codes go, masked by the partner: Weavr does not say.
    pub destination: Option<PlainText>,
}

/// What a customer confirms at Weavr.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ConfirmationTarget {
    /// Payments, all of them with one challenge.
    Payments {
        /// Of which kind they are.
        kind: ResourceType,
        /// Each as Weavr told it when it was shown.
        payments: Vec<LinkedPayment>,
    },
    /// The customer's session is to be good for more.
    StepUp,
    /// Payees are to be trusted.
    PayeeBatch(ResourceId),
}

/// A payment as it was when the customer was shown it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedPayment {
    /// Weavr's name for it.
    pub id: ResourceId,
    /// How much.
    pub amount: Money,
    /// To whom, where Weavr says.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, where Weavr says.
    pub account_tail: Option<PlainText>,
}

/// How far the customer has come in confirming something at Weavr.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Confirming {
    /// The newest challenge on each channel.
    pub issued: Vec<IssuedChallenge>,
    /// The call that asked for a challenge and whose answer never came.
    pub unanswered_issue: Option<UnansweredIssue>,
    /// Channels on which Weavr sends nothing more.
    pub exhausted: Vec<Factor>,
    /// Weavr takes one more code.
    pub last_attempt: bool,
    /// Weavr took the code.
    pub taken: bool,
    /// The payments that were seen cleared, with their own amounts.
    pub cleared: BTreeSet<String>,
    /// What was heard, after the end, to be carried out all the same, and when.
    pub executed_late: BTreeMap<String, Timestamp>,
}

/// A challenge that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedChallenge {
    /// The channel.
    pub factor: Factor,
    /// Weavr's name for it, where it gives one.
    pub challenge: Option<ChallengeId>,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// A call whose answer never came. Made again under the same name, it is answered as it was before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnansweredIssue {
    /// The channel.
    pub factor: Factor,
    /// The call's name.
    pub reference: String,
    /// When it was made first.
    pub at: Timestamp,
}

impl Confirmation {
    /// Weavr's word for what is confirmed, where it has one.
    #[must_use]
    pub fn resource_type(&self) -> Option<&'static str> {
        match &self.target {
            ConfirmationTarget::Payments { kind, .. } => Some(kind.as_str()),
            ConfirmationTarget::StepUp | ConfirmationTarget::PayeeBatch(_) => None,
        }
    }

    /// Weavr's names for what is confirmed, in the order in which it is shown.
    #[must_use]
    pub fn resources(&self) -> Vec<&str> {
        match &self.target {
            ConfirmationTarget::Payments { payments, .. } => {
                payments.iter().map(|payment| payment.id.as_str()).collect()
            }
            ConfirmationTarget::StepUp => Vec::new(),
            ConfirmationTarget::PayeeBatch(id) => vec![id.as_str()],
        }
    }

    /// What Weavr's events may name that this depends on, as far as that is known from the start.
    #[must_use]
    pub fn correlation_keys(&self) -> Vec<CorrelationKey> {
        match &self.target {
            ConfirmationTarget::Payments { kind, payments } => payments
                .iter()
                .map(|payment| CorrelationKey::weavr(kind.as_str(), payment.id.as_str()))
                .collect(),
            // Known once a challenge is issued.
            ConfirmationTarget::StepUp => Vec::new(),
            ConfirmationTarget::PayeeBatch(id) => vec![CorrelationKey::weavr(PAYEE_BATCH, id.as_str())],
        }
    }
}

/// What events about payees are about.
pub const PAYEE_BATCH: &str = "batch";
/// What events about requests to step a session up are about.
pub const STEP_UP: &str = "stepup";

impl Confirming {
    /// The newest challenge on a channel.
    #[must_use]
    pub fn issued(&self, factor: &Factor) -> Option<&IssuedChallenge> {
        self.issued.iter().find(|issued| issued.factor == *factor)
    }
}

impl std::fmt::Debug for Confirmation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.target {
            ConfirmationTarget::Payments { kind, payments } => {
                write!(formatter, "Confirmation({} {})", payments.len(), kind.as_str())
            }
            ConfirmationTarget::StepUp => formatter.write_str("Confirmation(step-up)"),
            ConfirmationTarget::PayeeBatch(id) => write!(formatter, "Confirmation(payees {})", id.as_str()),
        }
    }
}
