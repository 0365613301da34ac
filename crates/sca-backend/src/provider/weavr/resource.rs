//! Transfers and sends as Weavr tells them, by REST and in events: read with tolerance, believed with none.

use axum::http::Method;
use sca_protocol::{Money, PlainText};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Weavr,
    call::Said,
    names::names,
    reading::{self, is_id},
};
use crate::{
    provider::{Flaw, ProviderError},
    secret::Secret,
};

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
                .ok_or(ProviderError::Unusable(Flaw::Body)),
            Said::Missing => Ok(None),
            Said::Conflict(_) => Err(ProviderError::Unusable(Flaw::Status(409))),
            Said::Syntax(_) => Err(ProviderError::Unusable(Flaw::Status(400))),
        }
    }
}

impl Resource {
    /// Reads a transfer or send. `None` without a name, a state or an amount.
    #[must_use]
    pub fn read(kind: ResourceType, document: &Value) -> Option<Self> {
        let told = Told::read(kind, document)?;
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

/// What REST and events have in common. An event may leave the amount out.
pub(super) struct Told {
    pub(super) id: ResourceId,
    pub(super) state: State,
    pub(super) amount: Option<Money>,
    pub(super) payee: Option<PlainText>,
    pub(super) account_tail: Option<PlainText>,
    pub(super) reference: Option<PlainText>,
    pub(super) rejected_by: Option<RejectedBy>,
    pub(super) exemption: Option<Exemption>,
}

impl Told {
    /// `None` without a name or a state, or when an amount stands there that cannot be read.
    pub(super) fn read(kind: ResourceType, document: &Value) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let destination = document.get("destination").unwrap_or(&Value::Null);
        let amount = match amount(kind, document) {
            Some(amount) => Some(reading::money(amount)?),
            None => None,
        };
        let (payee, account_tail) = match kind {
            ResourceType::OutgoingWireTransfers => (payee(destination), account(destination).and_then(reading::tail)),
            ResourceType::Sends => {
                let number = destination.get("id").and_then(reading::id);
                (None, number.and_then(|number| reading::tail(&number)))
            }
        };
        Some(Self {
            id: ResourceId::new(&reading::id(document.get("id")?)?)?,
            state: State::from_name(text("state")?),
            amount,
            payee,
            account_tail,
            reference: text("description").and_then(PlainText::new),
            rejected_by: text("rejectedInfo").map(RejectedBy::from_name),
            exemption: text("challengeExemptionReason").map(Exemption::from_name),
        })
    }
}

/// What the payee receives. `transactionAmount` is another thing: fees may be in it.
fn amount(kind: ResourceType, document: &Value) -> Option<&Value> {
    let members = match kind {
        ResourceType::OutgoingWireTransfers => ["transferAmount", "destinationAmount"],
        ResourceType::Sends => ["destinationAmount", "transferAmount"],
    };
    members
        .iter()
        .filter_map(|member| document.get(*member))
        .find(|amount| !amount.is_null())
}

fn payee(destination: &Value) -> Option<PlainText> {
    ["name", "beneficiaryName"]
        .iter()
        .find_map(|member| PlainText::new(destination.get(*member)?.as_str()?))
}

/// The account, which stands beside the name, or one deeper by the scheme that reaches it.
fn account(destination: &Value) -> Option<&str> {
    let deeper = ["bankAccountDetails", "account", "sepa", "fasterPayments", "swift"];
    std::iter::once(destination)
        .chain(deeper.iter().filter_map(|member| destination.get(*member)))
        .find_map(|details| {
            ["iban", "accountNumber"]
                .iter()
                .find_map(|member| details.get(*member)?.as_str())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::weavr::hostile;
    use proptest::prelude::*;
    use serde_json::json;

    fn wire() -> Value {
        json!({
            "id": "115000000000000301",
            "profileId": "115000000000000101",
            "tag": "order-1",
            "sourceInstrument": {"type": "managed_accounts", "id": "115000000000000201"},
            "transferAmount": {"currency": "EUR", "amount": 2500},
            "fee": {"currency": "EUR", "amount": 10},
            "description": "INV 42",
            "type": "SEPA",
            "destination": {"name": "Acme", "iban": "DE89370400440532013000", "bankIdentifierCode": "COBADEFF"},
            "state": "PENDING_CHALLENGE",
            "creationTimestamp": 1_767_225_600_000_u64,
        })
    }

    fn send() -> Value {
        json!({
            "id": "115000000000000302",
            "profileId": "115000000000000102",
            "source": {"type": "managed_accounts", "id": "115000000000000202"},
            "destination": {"type": "managed_accounts", "id": "115000000000007890"},
            "destinationAmount": {"currency": "GBP", "amount": 990},
            "transactionAmount": {"currency": "GBP", "amount": 1000},
            "state": "PENDING_CHALLENGE",
            "creationTimestamp": 1_767_225_600_000_u64,
        })
    }

    fn read_wire(document: &Value) -> Option<Resource> {
        Resource::read(ResourceType::OutgoingWireTransfers, document)
    }

    fn shown(text: &PlainText) -> &str {
        text.as_str()
    }

    #[test]
    fn a_wire_is_read_as_the_customer_is_to_see_it() {
        let read = read_wire(&wire()).unwrap();
        assert_eq!(read.id.as_str(), "115000000000000301");
        assert_eq!(read.state, State::PendingChallenge);
        assert_eq!(read.amount.to_decimal(), "25.00");
        assert_eq!(read.payee.as_ref().map(shown), Some("Acme"));
        assert_eq!(read.account_tail.as_ref().map(shown), Some("3000"));
        assert_eq!(read.reference.as_ref().map(shown), Some("INV 42"));
        assert_eq!((read.rejected_by, read.exemption), (None, None));
    }

    #[test]
    fn the_account_is_found_in_every_form_of_a_destination() {
        for (destination, payee, tail) in [
            (
                json!({"name": "Acme", "accountNumber": "12345678", "sortCode": "040004"}),
                Some("Acme"),
                Some("5678"),
            ),
            (
                json!({"name": "Acme", "bankAccountDetails": {"iban": "DE89 3704 0044 0532 0130 00"}}),
                Some("Acme"),
                Some("3000"),
            ),
            (
                json!({"name": "Acme", "account": {"accountNumber": "12345678"}}),
                Some("Acme"),
                Some("5678"),
            ),
            (
                json!({"beneficiaryName": "Acme", "sepa": {"iban": "DE89370400440532013000"}}),
                Some("Acme"),
                Some("3000"),
            ),
            (
                json!({"beneficiaryName": "Acme", "fasterPayments": {"accountNumber": "12345678", "sortCode": "040004"}}),
                Some("Acme"),
                Some("5678"),
            ),
            (
                json!({"name": "A\u{202E}cme\u{200B}", "iban": "3000"}),
                Some("Acme"),
                None,
            ),
            (json!({"beneficiaryId": "115"}), None, None),
            (
                json!({"type": "linked_accounts", "id": "115000000000000001"}),
                None,
                None,
            ),
            (json!({"name": " \u{200B}", "iban": 7}), None, None),
            (Value::Null, None, None),
        ] {
            let mut document = wire();
            document["destination"] = destination.clone();
            let read = read_wire(&document).unwrap();
            assert_eq!(read.payee.as_ref().map(shown), payee, "{destination}");
            assert_eq!(read.account_tail.as_ref().map(shown), tail, "{destination}");
        }
    }

    #[test]
    fn a_send_is_what_arrives_at_a_number() {
        let read = Resource::read(ResourceType::Sends, &send()).unwrap();
        assert_eq!(read.amount.to_decimal(), "9.90");
        assert_eq!(read.payee, None);
        assert_eq!(read.account_tail.as_ref().map(shown), Some("7890"));
        let mut other = send();
        other["transferAmount"] = json!({"currency": "GBP", "amount": "990"});
        other.as_object_mut().unwrap().remove("destinationAmount");
        assert_eq!(Resource::read(ResourceType::Sends, &other), Some(read));
    }

    #[test]
    fn what_is_missing_or_cannot_be_relied_on_is_no_resource() {
        for member in ["id", "state", "transferAmount"] {
            let mut document = wire();
            document.as_object_mut().unwrap().remove(member);
            assert_eq!(read_wire(&document), None, "{member}");
        }
        for (pointer, value) in [
            ("/id", json!("../115")),
            ("/id", json!(true)),
            ("/state", json!(7)),
            ("/state", Value::Null),
            ("/transferAmount/amount", json!(-1)),
            ("/transferAmount/amount", json!(25.5)),
            ("/transferAmount/currency", json!("euro")),
            ("/transferAmount", json!(2500)),
        ] {
            let mut document = wire();
            *document.pointer_mut(pointer).unwrap() = value.clone();
            assert_eq!(read_wire(&document), None, "{pointer} {value}");
        }
        // Fees may be in it: never shown as what the payee receives.
        let mut document = wire();
        document["transactionAmount"] = json!({"currency": "EUR", "amount": 2510});
        document.as_object_mut().unwrap().remove("transferAmount");
        assert_eq!(read_wire(&document), None);
    }

    #[test]
    fn unknown_words_are_kept_and_are_no_other_word() {
        for name in ["EXECUTED", "completed", " COMPLETED", "COMPLETED\n", ""] {
            let mut document = wire();
            document["state"] = json!(name);
            document["rejectedInfo"] = json!(name);
            document["challengeExemptionReason"] = json!(name);
            let read = read_wire(&document).unwrap();
            assert!(matches!(read.state, State::Other(_)), "{name}");
            assert!(matches!(read.rejected_by, Some(RejectedBy::Other(_))), "{name}");
            assert!(matches!(read.exemption, Some(Exemption::Other(_))), "{name}");
        }
        for (name, state) in [
            ("INVALID", State::Invalid),
            ("PENDING_CONFIRMATION", State::PendingConfirmation),
            ("PENDING_CHALLENGE", State::PendingChallenge),
            ("INITIALISED", State::Initialised),
            ("PENDING", State::Pending),
            ("SCHEDULED", State::Scheduled),
            ("SUBMITTED", State::Submitted),
            ("APPROVED", State::Approved),
            ("COMPLETED", State::Completed),
            ("REJECTED", State::Rejected),
            ("FAILED", State::Failed),
            ("RETURNED", State::Returned),
            ("CANCELLED", State::Cancelled),
            ("UNDEFINED", State::Undefined),
        ] {
            assert_eq!((State::from_name(name), state.as_str()), (state.clone(), name));
        }
    }

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

    proptest! {
        #[test]
        fn whatever_stands_in_it_nothing_is_read_that_does_not(
            document in prop_oneof![hostile::changed(wire()), hostile::json()],
        ) {
            if let Some(read) = read_wire(&document) {
                let amount = document.pointer("/transferAmount/amount").or(document.pointer("/destinationAmount/amount"));
                prop_assert_eq!(hostile::plain_amount(amount.unwrap()), Some(read.amount.minor()));
                let state = document["state"].as_str().unwrap();
                prop_assert!(matches!(read.state, State::Other(_)) || read.state.as_str() == state);
                prop_assert!(read.id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn a_send_with_anything_in_it_is_read_or_refused(
            document in prop_oneof![hostile::changed(send()), hostile::json()],
        ) {
            if let Some(read) = Resource::read(ResourceType::Sends, &document) {
                let amount = document.pointer("/destinationAmount/amount").or(document.pointer("/transferAmount/amount"));
                prop_assert_eq!(hostile::plain_amount(amount.unwrap()), Some(read.amount.minor()));
                prop_assert_eq!(read.payee, None);
            }
        }
    }
}
