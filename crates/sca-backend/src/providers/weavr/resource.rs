//! Transfers and sends as Weavr tells them, by REST and in events: read with tolerance, believed with none.

use axum::http::Method;
use sca_protocol::{Money, PlainText};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Weavr, call::Said, open_names::names, payment_view::PaymentView, values::is_id};
use crate::providers::{InvalidResponse, ProviderError};
use sca_core::secret::Secret;

/// What can be confirmed here, one or many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceType {
    /// Payments to a bank account anywhere.
    OutgoingWireTransfers,
    /// Payments to another account at Weavr.
    Sends,
}

impl ResourceType {
    /// Reads Weavr's name for it; `None` for anything else, so that nothing is confirmed that cannot be shown.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "outgoing_wire_transfers" => Some(Self::OutgoingWireTransfers),
            "sends" => Some(Self::Sends),
            _ => None,
        }
    }

    /// Weavr's name for it, which also stands in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutgoingWireTransfers => "outgoing_wire_transfers",
            Self::Sends => "sends",
        }
    }
}

/// The name that Weavr gives a transfer, a send or a batch of payees: digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceId(String);

impl ResourceId {
    /// Reads a name. `None` unless it is 1 to 32 digits.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResourceId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text).ok_or("a resource's name is 1 to 32 digits")
    }
}

impl From<ResourceId> for String {
    fn from(id: ResourceId) -> Self {
        id.0
    }
}

names! {
    /// Where a transfer or a send stands.
    State {
        /// It failed the first checks.
        Invalid = "INVALID",
        /// The customer has to acknowledge the check of the payee's name.
        PendingConfirmation = "PENDING_CONFIRMATION",
        /// It waits for the customer to confirm it.
        PendingChallenge = "PENDING_CHALLENGE",
        /// A send that needed no confirmation, at its beginning.
        Initialised = "INITIALISED",
        /// A send that waits for somebody at Weavr.
        Pending = "PENDING",
        /// It is carried out later.
        Scheduled = "SCHEDULED",
        /// It is with the bank.
        Submitted = "SUBMITTED",
        /// It is being carried out.
        Approved = "APPROVED",
        /// The money has been sent.
        Completed = "COMPLETED",
        /// It was rejected.
        Rejected = "REJECTED",
        /// It failed.
        Failed = "FAILED",
        /// The money came back.
        Returned = "RETURNED",
        /// It was cancelled.
        Cancelled = "CANCELLED",
        /// Weavr does not say.
        Undefined = "UNDEFINED",
    }
}

names! {
    /// Who rejected a transfer.
    RejectedBy {
        /// The customer: on the phone, or by wrong codes.
        User = "USER",
        /// Weavr.
        System = "SYSTEM",
    }
}

names! {
    /// Why a transfer needed no confirmation.
    Exemption {
        /// Its amount is small.
        LowValue = "LOW_VALUE",
        /// Its payee is trusted.
        TrustedBeneficiary = "TRUSTED_BENEFICIARY",
        /// It was not exempt.
        NoExemption = "NO_EXEMPTION",
        /// Exemptions are switched off.
        NotEnabled = "NOT_ENABLED",
    }
}

/// A transfer or a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Which.
    pub kind: ResourceType,
    /// Its name.
    pub id: ResourceId,
    /// Where it stands.
    pub state: State,
    /// What the payee receives.
    pub amount: Money,
    /// The payee's name. Weavr knows none for a send, nor for a wire to a payee that it keeps.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account; of a send, of its number at Weavr.
    pub account_tail: Option<PlainText>,
    /// The reference that the payee sees.
    pub reference: Option<PlainText>,
    /// Who rejected it, where it was and Weavr says so.
    pub rejected_by: Option<RejectedBy>,
    /// Why it needed no confirmation, where it did not.
    pub exemption: Option<Exemption>,
}

impl Weavr {
    /// Reads a transfer or a send; `None` when Weavr does not know it, or not as the customer's.
    ///
    /// # Errors
    /// When Weavr does not say, or says it in a way that cannot be relied on.
    pub async fn resource(
        &self,
        token: &Secret,
        kind: ResourceType,
        id: &ResourceId,
    ) -> Result<Option<Resource>, ProviderError> {
        let path = format!("/{}/{}", kind.as_str(), id.as_str());
        let call = self.request("weavr-resource", Method::GET, &path, token)?;
        match self.ask(call).await? {
            Said::Done(answer) => serde_json::from_slice(&answer.body)
                .ok()
                .and_then(|document| Resource::read(kind, &document))
                .filter(|resource| resource.id == *id)
                .map(Some)
                .ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Said::Missing => Ok(None),
            Said::Conflict(_) => Err(ProviderError::Unusable(InvalidResponse::Status(409))),
            Said::Syntax(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        }
    }
}

impl Resource {
    /// Reads a transfer or send. `None` without a name, a state or an amount.
    #[must_use]
    pub fn read(kind: ResourceType, document: &Value) -> Option<Self> {
        let told = PaymentView::read(kind, document)?;
        Some(Self {
            kind,
            id: told.id,
            state: told.state,
            amount: told.amount?,
            payee: told.payee,
            account_tail: told.account_tail,
            reference: told.reference,
            rejected_by: told.rejected_by,
            exemption: told.exemption,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_can_be_shown_can_be_confirmed() {
        for kind in [ResourceType::OutgoingWireTransfers, ResourceType::Sends] {
            assert_eq!(ResourceType::from_name(kind.as_str()), Some(kind));
            let kept = serde_json::to_value(kind).unwrap();
            assert_eq!(kept, json!(kind.as_str()));
        }
        for name in [
            "linked_account_declaration",
            "correspondent_bank_transfers",
            "Sends",
            "",
        ] {
            assert_eq!(ResourceType::from_name(name), None, "{name}");
        }
    }
}
