//! Transfers and sends, in responses and in webhooks: <https://weavr-multi-api.redoc.ly/>,
//! <https://api.weavr.io/products/webhooks/openapi>. The parser tolerates both forms. Unknown names decide nothing.

use http::Method;
use sca_protocol::{Money, PlainText};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Weavr, call::Response, open_names::names, values};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};

/// The types of resources that can be confirmed: <https://api.weavr.io/products/multi/openapi/confirmation-challenges>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceType {
    /// Payments to a bank account.
    OutgoingWireTransfers,
    /// Payments to another account at Weavr.
    Sends,
}

impl ResourceType {
    /// Parses Weavr's name; `None` for other types, which the widget cannot show.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "outgoing_wire_transfers" => Some(Self::OutgoingWireTransfers),
            "sends" => Some(Self::Sends),
            _ => None,
        }
    }

    /// Weavr's name, as in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutgoingWireTransfers => "outgoing_wire_transfers",
            Self::Sends => "sends",
        }
    }
}

values::digits_id! {
    /// The id of a transfer, a send or a batch of payees.
    ResourceId
}

names! {
    /// The state of a transfer or a send: <https://weavr-multi-api.redoc.ly/>.
    State {
        /// It failed validation.
        Invalid = "INVALID",
        /// The customer has to acknowledge the verification of payee.
        PendingConfirmation = "PENDING_CONFIRMATION",
        /// It waits for the customer's confirmation.
        PendingChallenge = "PENDING_CHALLENGE",
        /// A send that needed no confirmation, before processing.
        Initialised = "INITIALISED",
        /// A send that waits for Weavr.
        Pending = "PENDING",
        /// Weavr will execute it later.
        Scheduled = "SCHEDULED",
        /// Submitted to the bank.
        Submitted = "SUBMITTED",
        /// In execution.
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
        /// The state is not reported.
        Undefined = "UNDEFINED",
    }
}

names! {
    /// Who rejected a transfer.
    RejectedBy {
        /// The customer, on the phone or by wrong codes.
        User = "USER",
        /// Weavr.
        System = "SYSTEM",
    }
}

names! {
    /// Why a transfer needed no confirmation: `challengeExemptionReason`,
    /// <https://docs.weavr.io/start/multi-confirm-transactions>.
    Exemption {
        /// A low-value payment (Delegated Regulation (EU) 2018/389, article 16).
        LowValue = "LOW_VALUE",
        /// A trusted beneficiary (Delegated Regulation (EU) 2018/389, article 13).
        TrustedBeneficiary = "TRUSTED_BENEFICIARY",
        /// It was not exempt.
        NoExemption = "NO_EXEMPTION",
        /// Exemptions are disabled.
        NotEnabled = "NOT_ENABLED",
    }
}

/// A transfer or a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
    /// The state.
    pub state: State,
    /// The amount that the payee receives.
    pub amount: Money,
    /// The payee's name. Weavr reports none for a send, and none for a transfer to a stored beneficiary.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account, for a send of the account id at Weavr.
    pub account_tail: Option<PlainText>,
    /// The reference that the payee sees.
    pub reference: Option<PlainText>,
    /// Who rejected it, where Weavr reports that.
    pub rejected_by: Option<RejectedBy>,
    /// Why it needed no confirmation, where it needed none.
    pub exemption: Option<Exemption>,
}

impl Weavr {
    /// Reads a transfer or a send; `None` when it does not exist or is not the customer's.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn resource(
        &self,
        token: &Secret,
        kind: ResourceType,
        id: &ResourceId,
    ) -> Result<Option<Resource>, ProviderError> {
        let path = format!("/{}/{}", kind.as_str(), id.as_str());
        let call = self.request("weavr-resource", Method::GET, &path, token)?;
        match self.send(call).await? {
            Response::Success(answer) => serde_json::from_slice(&answer.body)
                .ok()
                .and_then(|document| Resource::read(kind, &document))
                .filter(|resource| resource.id == *id)
                .map(Some)
                .ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Response::NotFound => Ok(None),
            Response::Conflict(_) => Err(ProviderError::Unusable(InvalidResponse::Status(409))),
            Response::BadRequest(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        }
    }
}

impl Resource {
    /// Parses a transfer or a send. `None` without an id, a state or an amount.
    #[must_use]
    pub fn read(kind: ResourceType, document: &Value) -> Option<Self> {
        let view = PaymentView::read(kind, document)?;
        Some(Self {
            kind,
            id: view.id,
            state: view.state,
            amount: view.amount?,
            payee: view.payee,
            account_tail: view.account_tail,
            reference: view.reference,
            rejected_by: view.rejected_by,
            exemption: view.exemption,
        })
    }
}

/// The common part of responses and webhooks. A webhook may omit the amount.
pub(super) struct PaymentView {
    pub(super) id: ResourceId,
    pub(super) state: State,
    pub(super) amount: Option<Money>,
    pub(super) payee: Option<PlainText>,
    pub(super) account_tail: Option<PlainText>,
    pub(super) reference: Option<PlainText>,
    pub(super) rejected_by: Option<RejectedBy>,
    pub(super) exemption: Option<Exemption>,
}

impl PaymentView {
    /// Parses it. `None` without an id or a state, or with an unreadable amount.
    pub(super) fn read(kind: ResourceType, document: &Value) -> Option<Self> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let destination = document.get("destination").unwrap_or(&Value::Null);
        let amount = match amount(kind, document) {
            Some(amount) => Some(values::money(amount)?),
            None => None,
        };
        let (payee, account_tail) = match kind {
            ResourceType::OutgoingWireTransfers => (payee(destination), account(destination).and_then(values::tail)),
            ResourceType::Sends => {
                let number = destination.get("id").and_then(values::id);
                (None, number.and_then(|number| values::tail(&number)))
            }
        };
        Some(Self {
            id: ResourceId::new(&values::id(document.get("id")?)?)?,
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

/// The amount that the payee receives. Not `transactionAmount`, which can include fees.
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

/// The payee's account, beside the name or in a member of the payment scheme.
fn account(destination: &Value) -> Option<&str> {
    let scheme_members = ["bankAccountDetails", "account", "sepa", "fasterPayments", "swift"];
    std::iter::once(destination)
        .chain(scheme_members.iter().filter_map(|member| destination.get(*member)))
        .find_map(|details| {
            ["iban", "accountNumber"]
                .iter()
                .find_map(|member| details.get(*member)?.as_str())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arbitrary_json;
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
    fn a_transfer_is_parsed_as_the_customer_is_shown_it() {
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
    fn the_account_is_parsed_from_every_form_of_a_destination() {
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
    fn a_send_has_the_destination_amount_and_an_account_id() {
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
    fn missing_and_invalid_members_are_rejected() {
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
        // `transactionAmount` can include fees, so it is never shown.
        let mut document = wire();
        document["transactionAmount"] = json!({"currency": "EUR", "amount": 2510});
        document.as_object_mut().unwrap().remove("transferAmount");
        assert_eq!(read_wire(&document), None);
    }

    #[test]
    fn unknown_names_are_kept_and_match_no_known_name() {
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
    fn only_types_that_the_widget_can_show_are_supported() {
        for kind in [ResourceType::OutgoingWireTransfers, ResourceType::Sends] {
            assert_eq!(ResourceType::from_name(kind.as_str()), Some(kind));
            let stored = serde_json::to_value(kind).unwrap();
            assert_eq!(stored, json!(kind.as_str()));
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
        fn every_parsed_value_occurs_in_the_document(
            document in prop_oneof![arbitrary_json::changed(wire()), arbitrary_json::json()],
        ) {
            if let Some(read) = read_wire(&document) {
                let amount = document.pointer("/transferAmount/amount").or(document.pointer("/destinationAmount/amount"));
                prop_assert_eq!(arbitrary_json::plain_amount(amount.unwrap()), Some(read.amount.minor()));
                let state = document["state"].as_str().unwrap();
                prop_assert!(matches!(read.state, State::Other(_)) || read.state.as_str() == state);
                prop_assert!(read.id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn an_arbitrary_send_is_parsed_without_a_payee_or_rejected(
            document in prop_oneof![arbitrary_json::changed(send()), arbitrary_json::json()],
        ) {
            if let Some(read) = Resource::read(ResourceType::Sends, &document) {
                let amount = document.pointer("/destinationAmount/amount").or(document.pointer("/transferAmount/amount"));
                prop_assert_eq!(arbitrary_json::plain_amount(amount.unwrap()), Some(read.amount.minor()));
                prop_assert_eq!(read.payee, None);
            }
        }
    }
}
