//! A transfer or a send as both REST and events tell it, each in its own spelling.

use sca_protocol::{Money, PlainText};
use serde_json::Value;

use super::{
    resource::{Exemption, RejectedBy, ResourceId, ResourceType, State},
    values,
};

/// What both tell. An event may leave the amount out.
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
    /// `None` without a name or a state, or when an amount stands there that cannot be read.
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
    use crate::providers::weavr::{arbitrary_json, resource::Resource};
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

    proptest! {
        #[test]
        fn whatever_stands_in_it_nothing_is_read_that_does_not(
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
        fn a_send_with_anything_in_it_is_read_or_refused(
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
