use std::collections::{BTreeMap, BTreeSet};

use sca_protocol::{Factor, Money, PlainText, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ChallengeId, CorrelationKey, ProviderId, ResourceId, ResourceKind};

/// What waits at a provider until its customer has confirmed it. Never changes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// The provider.
    pub provider: ProviderId,
    /// What is confirmed.
    pub target: ConfirmationTarget,
    /// Where codes go, masked by the partner where the provider does not report it.
    pub destination: Option<PlainText>,
}

/// What a customer confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ConfirmationTarget {
    /// Payments, all of them with one challenge.
    Payments {
        /// Of which kind they are.
        kind: ResourceKind,
        /// Each as the provider reported it when it was shown (dynamic linking).
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
    /// The provider's id of it.
    pub id: ResourceId,
    /// How much.
    pub amount: Money,
    /// To whom, where the provider reports it.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, where the provider reports it.
    pub account_tail: Option<PlainText>,
}

/// How far the customer has come in confirming something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Confirming {
    /// The newest challenge on each channel.
    pub issued: Vec<IssuedChallenge>,
    /// The call that asked for a challenge and whose answer never came.
    pub unanswered_issue: Option<UnansweredIssue>,
    /// Factors for which the provider issues no more challenges.
    pub exhausted: Vec<Factor>,
    /// The provider takes one more code.
    pub last_attempt: bool,
    /// The provider accepted the code.
    pub code_accepted: bool,
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
    /// The provider's id of it, where it gives one.
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
    /// The provider's name for the kind of payment, where payments are confirmed.
    #[must_use]
    pub fn resource_kind(&self) -> Option<&str> {
        match &self.target {
            ConfirmationTarget::Payments { kind, .. } => Some(kind.as_str()),
            ConfirmationTarget::StepUp | ConfirmationTarget::PayeeBatch(_) => None,
        }
    }

    /// The provider's ids of what is confirmed, in the order in which it is shown.
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

    /// The correlation keys of webhooks about it that are known from the start.
    #[must_use]
    pub fn correlation_keys(&self) -> Vec<CorrelationKey> {
        match &self.target {
            ConfirmationTarget::Payments { kind, payments } => payments
                .iter()
                .map(|payment| CorrelationKey::resource(&self.provider, kind, &payment.id))
                .collect(),
            // Known once a challenge is issued.
            ConfirmationTarget::StepUp => Vec::new(),
            ConfirmationTarget::PayeeBatch(id) => vec![CorrelationKey::payee_batch(&self.provider, id)],
        }
    }
}

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
