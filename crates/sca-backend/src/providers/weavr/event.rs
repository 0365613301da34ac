//! What Weavr tells by itself. Nothing here says whether it was Weavr: [`signature`](super::signature) does.
//!
//! There is no event about a challenge for transfers or sends: what the customer said to it shows in what became of them.

use sca_protocol::Money;
use serde_json::Value;

use super::{
    ChallengeId,
    batch::BatchState,
    factors::FactorStatus,
    open_names::names,
    payment_view::PaymentView,
    resource::{RejectedBy, ResourceId, ResourceType, State},
    values,
};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// About a transfer or a send.
    Resource(ResourceEvent),
    /// About a request to step a session up.
    StepUp {
        /// The challenge that was answered.
        challenge: ChallengeId,
        /// How.
        status: RequestStatus,
    },
    /// About a batch of payees.
    Batch {
        /// Which.
        id: ResourceId,
        /// Where it stands.
        state: BatchState,
    },
    /// About a way that a customer has to confirm things.
    Factor {
        /// The customer, as Weavr names credentials.
        credential: String,
        /// Whether it can be used.
        status: FactorStatus,
    },
    /// About something that does not matter here.
    PassedOver,
}

/// A transfer or a send as an event tells it. Whom it is for stands there in other words than in
/// [`Resource`](super::resource::Resource), and is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceEvent {
    /// Which kind.
    pub kind: ResourceType,
    /// Its name.
    pub id: ResourceId,
    /// Where it stands.
    pub state: State,
    /// What the payee receives.
    pub amount: Option<Money>,
    /// Who rejected it. The events that are documented do not say.
    pub rejected_by: Option<RejectedBy>,
}

names! {
    /// How a request on the phone was answered.
    RequestStatus {
        /// Approved.
        Verified = "VERIFIED",
        /// Rejected.
        Declined = "DECLINED",
        /// Not at all.
        Expired = "EXPIRED",
    }
}

/// The body is not what its path promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event is not as described")]
pub struct Unreadable;

/// Reads an event by the path that it came to, below the address that Weavr was given: `outgoing_wire_transfers/watch`. The token that
/// an event about a step-up may bring is left where it is.
///
/// # Errors
/// When the path is known and the body is not what it promises.
pub fn read(path: &str, body: &[u8]) -> Result<Event, Unreadable> {
    let reader: fn(&Value) -> Option<Event> = match path.trim_matches('/') {
        "outgoing_wire_transfers/watch" => {
            |document| resource(ResourceType::OutgoingWireTransfers, document, "transfer")
        }
        "send/watch" => |document| resource(ResourceType::Sends, document, "send"),
        "stepup/watch" => step_up,
        "beneficiaries/batch/watch" => batch,
        "authentication_factors/watch" => factor,
        _ => return Ok(Event::PassedOver),
    };
    let document = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    reader(&document).ok_or(Unreadable)
}

fn resource(kind: ResourceType, document: &Value, member: &str) -> Option<Event> {
    let resource = document.get(member)?;
    // The path is not signed. Where the name says what it names, that has to be the same.
    if let Some(named) = resource.pointer("/id/type") {
        let is_named = match (kind, named.as_str()?) {
            (ResourceType::Sends, "send") => true,
            (kind, named) => named == kind.as_str(),
        };
        if !is_named {
            return None;
        }
    }
    let told = PaymentView::read(kind, resource)?;
    Some(Event::Resource(ResourceEvent {
        kind,
        id: told.id,
        state: told.state,
        amount: told.amount,
        rejected_by: told.rejected_by,
    }))
}

fn step_up(document: &Value) -> Option<Event> {
    Some(Event::StepUp {
        challenge: ChallengeId::new(&values::id(document.get("challengeId")?)?)?,
        status: RequestStatus::from_name(document.get("status")?.as_str()?),
    })
}

/// `eventType` is the state; there is no other member for it.
fn batch(document: &Value) -> Option<Event> {
    Some(Event::Batch {
        id: ResourceId::new(&values::id(document.get("id")?)?)?,
        state: BatchState::from_name(document.get("eventType")?.as_str()?),
    })
}

fn factor(document: &Value) -> Option<Event> {
    Some(Event::Factor {
        credential: values::id(document.get("credentialId")?)?,
        status: FactorStatus::from_name(document.get("status")?.as_str()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::weavr::arbitrary_json;
    use proptest::prelude::*;
    use serde_json::json;

    const WIRES: &str = "/outgoing_wire_transfers/watch";
    const SENDS: &str = "/send/watch";

    fn wire() -> Value {
        json!({
            "eventType": "COMPLETED",
            "publishedTimestamp": "1700000000000",
            "owner": {"type": "corporates", "id": "1"},
            "transfer": {
                "id": {"type": "outgoing_wire_transfers", "id": "115"},
                "profileId": "9",
                "state": "COMPLETED",
                "source": {"type": "managed_accounts", "id": "456"},
                "type": "SEPA",
                "transactionAmount": {"currency": "EUR", "amount": "2510"},
                "transferAmount": {"currency": "EUR", "amount": "2500"},
                "destination": {"beneficiaryName": "Acme", "sepa": {"iban": "DE89370400440532013000"}},
                "challengeExemptionReason": "NO_EXEMPTION",
                "creationTimestamp": "1699999999999",
                "conflict": "NO_ERROR",
            },
        })
    }

    fn send() -> Value {
        json!({
            "eventType": "FAILED",
            "publishedTimestamp": "1700000000000",
            "send": {
                "id": {"type": "sends", "id": "116"},
                "state": "REJECTED",
                "source": {"type": "managed_accounts", "id": "456"},
                "destination": {"type": "managed_accounts", "id": "115000000000007890"},
                "destinationAmount": {"currency": "GBP", "amount": "990"},
                "transactionAmount": {"currency": "GBP", "amount": "990"},
            },
        })
    }

    fn read_json(path: &str, document: &Value) -> Result<Event, Unreadable> {
        read(path, document.to_string().as_bytes())
    }

    fn resource_of(event: Result<Event, Unreadable>) -> Option<ResourceEvent> {
        match event {
            Ok(Event::Resource(event)) => Some(event),
            Ok(Event::StepUp { .. } | Event::Batch { .. } | Event::Factor { .. } | Event::PassedOver)
            | Err(Unreadable) => None,
        }
    }

    #[test]
    fn a_transfer_is_told_with_its_amount_as_a_text() {
        let event = resource_of(read_json(WIRES, &wire())).unwrap();
        assert_eq!(
            (event.kind, event.id.as_str()),
            (ResourceType::OutgoingWireTransfers, "115")
        );
        assert_eq!(event.state, State::Completed);
        assert_eq!(event.amount.unwrap().to_decimal(), "25.00");
    }

    /// There is no event named after a rejected send: only its state says so.
    #[test]
    fn the_state_of_a_send_is_believed_and_not_the_name_of_the_event() {
        let event = resource_of(read_json(SENDS, &send())).unwrap();
        assert_eq!((event.kind, event.state), (ResourceType::Sends, State::Rejected));
        assert_eq!(event.amount.unwrap().to_decimal(), "9.90");
    }

    #[test]
    fn a_name_may_be_a_text_and_an_amount_a_number_or_missing() {
        let mut document = wire();
        document["transfer"]["id"] = json!("115");
        document["transfer"]["transferAmount"]["amount"] = json!(2500);
        let event = resource_of(read_json(WIRES, &document)).unwrap();
        assert_eq!(event.amount.unwrap().minor(), 2500);
        document["transfer"].as_object_mut().unwrap().remove("transferAmount");
        assert_eq!(resource_of(read_json(WIRES, &document)).unwrap().amount, None);
        document["transfer"]["transferAmount"] = json!({"currency": "EUR", "amount": "-1"});
        assert_eq!(read_json(WIRES, &document), Err(Unreadable));
    }

    /// The path is not signed: an event that is sent again to another one is not read as something else.
    #[test]
    fn an_event_is_read_at_its_own_path_only() {
        for (path, document) in [(SENDS, wire()), (WIRES, send()), ("stepup/watch", wire())] {
            assert_eq!(read_json(path, &document), Err(Unreadable), "{path}");
        }
        let mut document = wire();
        // The path is not signed: what is named there has to be of its kind.
        for named in ["sends", "transfers", "correspondent_bank_transfers", ""] {
            document["transfer"]["id"]["type"] = json!(named);
            assert_eq!(read_json(WIRES, &document), Err(Unreadable), "{named}");
        }
        document["transfer"]["id"]["type"] = json!(null);
        assert_eq!(read_json(WIRES, &document), Err(Unreadable));
        for path in [
            "",
            "/",
            "login/watch",
            "outgoing_wire_transfers",
            "outgoing_wire_transfers/watch/x",
            "sends/watch",
        ] {
            assert_eq!(read(path, b"not looked at"), Ok(Event::PassedOver), "{path}");
        }
    }

    #[test]
    fn a_request_that_was_answered_is_told_by_its_challenge() {
        let document = |status: &str| {
            json!({"credential": {"type": "USER", "id": "7"}, "identity": {"type": "corporates", "id": "1"}, "challengeId": "117",
                "type": "PUSH", "status": status, "publishedTimestamp": "1700000000000", "authToken": "canary-token"})
        };
        for (name, expected) in [
            ("VERIFIED", RequestStatus::Verified),
            ("DECLINED", RequestStatus::Declined),
            ("EXPIRED", RequestStatus::Expired),
            ("verified", RequestStatus::Other("verified".into())),
        ] {
            let event = read_json("/stepup/watch", &document(name)).unwrap();
            assert!(!format!("{event:?}").contains("canary"));
            let expected = Event::StepUp {
                challenge: ChallengeId::new("117").unwrap(),
                status: expected,
            };
            assert_eq!(event, expected);
        }
    }

    #[test]
    fn batches_and_factors_are_told_too() {
        let batch = json!({"id": "118", "operation": "CREATE", "eventType": "CHALLENGE_COMPLETED", "publishedTimestamp": "1",
            "beneficiaries": []});
        let expected = Event::Batch {
            id: ResourceId::new("118").unwrap(),
            state: BatchState::ChallengeCompleted,
        };
        assert_eq!(read_json("/beneficiaries/batch/watch", &batch), Ok(expected));
        let factor = json!({"credentialId": {"type": "USER", "id": "7"}, "type": "AUTHY", "status": "ACTIVE", "publishedTimestamp": "1"});
        let expected = Event::Factor {
            credential: "7".into(),
            status: FactorStatus::Active,
        };
        assert_eq!(read_json("/authentication_factors/watch", &factor), Ok(expected));
    }

    #[test]
    fn bodies_that_are_no_event_are_refused() {
        let text = wire().to_string();
        let half = text.as_bytes().get(..text.len() / 2).unwrap();
        for body in [b"".as_slice(), b"{}", b"[]", b"null", b"<html>", b"\xFF\xFE", half] {
            assert_eq!(read(WIRES, body), Err(Unreadable));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read(WIRES, deep.as_bytes()), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn whatever_stands_in_it_nothing_is_read_that_does_not(
            document in prop_oneof![arbitrary_json::changed(wire()), arbitrary_json::json()],
        ) {
            if let Some(event) = resource_of(read_json(WIRES, &document)) {
                let state = document.pointer("/transfer/state").unwrap().as_str().unwrap();
                prop_assert!(matches!(event.state, State::Other(_)) || event.state.as_str() == state);
                if let Some(amount) = event.amount {
                    let told = document.pointer("/transfer/transferAmount/amount")
                        .or(document.pointer("/transfer/destinationAmount/amount"));
                    prop_assert_eq!(arbitrary_json::plain_amount(told.unwrap()), Some(amount.minor()));
                }
            }
        }

        #[test]
        fn any_bytes_at_any_path_are_an_event_or_not(
            path in prop_oneof![Just(WIRES), Just(SENDS), Just("stepup/watch"), Just("authentication_factors/watch"),
                Just("beneficiaries/batch/watch")],
            document in arbitrary_json::json(),
            cut in 0_usize..64,
        ) {
            let body = document.to_string();
            let _ = read(path, body.as_bytes().get(cut..).unwrap_or_default());
            if let Ok(Event::StepUp { status, .. }) = read(path, body.as_bytes()) {
                prop_assert!(matches!(status, RequestStatus::Other(_)) || body.contains(status.as_str()));
            }
        }
    }
}
