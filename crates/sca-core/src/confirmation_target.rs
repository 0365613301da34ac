use std::collections::{BTreeMap, BTreeSet};

use sca_protocol::{Factor, Money, PlainText, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ChallengeId, CorrelationKey, ProviderId, ResourceId, ResourceKind};

/// A confirmation at a provider: the resources wait there until the customer confirms them. Immutable.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// The provider.
    pub provider: ProviderId,
    /// The target.
    pub target: ConfirmationTarget,
    /// The masked phone number that codes are sent to, as the partner states it.
    pub destination: Option<PlainText>,
}

/// The target of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ConfirmationTarget {
    /// Payments, which one challenge confirms together.
    Payments {
        /// Their kind.
        kind: ResourceKind,
        /// Each payment as the provider reported it when the approval was created (dynamic linking).
        payments: Vec<LinkedPayment>,
    },
    /// The customer's session, which is to be stepped up.
    StepUp,
    /// A batch of payees that are to become trusted beneficiaries (Delegated Regulation (EU) 2018/389, article 13).
    PayeeBatch(ResourceId),
}

/// A payment as the customer was shown it: the data that an observation has to match (dynamic linking, Delegated Regulation (EU)
/// 2018/389, article 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedPayment {
    /// The provider's id of it.
    pub id: ResourceId,
    /// The amount.
    pub amount: Money,
    /// The payee's name, where the provider reports it.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, where the provider reports it.
    pub account_tail: Option<PlainText>,
}

/// The state of a confirmation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfirmationState {
    /// The newest challenge of each factor.
    pub issued: Vec<IssuedChallenge>,
    /// The call to issue a challenge whose response was lost.
    pub unanswered_issue: Option<UnansweredIssue>,
    /// Factors for which the provider issues no more challenges.
    pub exhausted: Vec<Factor>,
    /// Whether the provider accepts only one more attempt.
    pub last_attempt: bool,
    /// Whether the provider accepted a code.
    pub code_accepted: bool,
    /// The ids of the payments that were observed as cleared with the linked amount.
    pub cleared: BTreeSet<String>,
    /// The ids of resources that were observed as executed after settlement without approval, with the time of the observation.
    pub executed_late: BTreeMap<String, Timestamp>,
}

/// An issued challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedChallenge {
    /// The factor.
    pub factor: Factor,
    /// The provider's id of it, where it gives one.
    pub challenge: Option<ChallengeId>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A call whose response was lost. A retry with the same idempotency key gets the same response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnansweredIssue {
    /// The factor.
    pub factor: Factor,
    /// The call's idempotency key.
    pub reference: String,
    /// The time of the first call.
    pub at: Timestamp,
}

impl Confirmation {
    /// The provider's name for the kind of payment, for a confirmation of payments.
    #[must_use]
    pub fn resource_kind(&self) -> Option<&str> {
        match &self.target {
            ConfirmationTarget::Payments { kind, .. } => Some(kind.as_str()),
            ConfirmationTarget::StepUp | ConfirmationTarget::PayeeBatch(_) => None,
        }
    }

    /// The provider's ids of the resources, in the order in which the widget shows them.
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

    /// The correlation keys that are known when the approval is created.
    #[must_use]
    pub fn correlation_keys(&self) -> Vec<CorrelationKey> {
        match &self.target {
            ConfirmationTarget::Payments { kind, payments } => payments
                .iter()
                .map(|payment| CorrelationKey::resource(&self.provider, kind, &payment.id))
                .collect(),
            // The key of a step-up is its challenge, which is issued later.
            ConfirmationTarget::StepUp => Vec::new(),
            ConfirmationTarget::PayeeBatch(id) => vec![CorrelationKey::payee_batch(&self.provider, id)],
        }
    }
}

impl ConfirmationState {
    /// The newest challenge of a factor.
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
