//! The parser of webhooks: <https://api.weavr.io/products/webhooks/openapi>. [`signature`](super::signature) verifies them.
//!
//! There is no event about a challenge for transfers or sends. The state of the transfer or send shows the customer's answer.

use sca_protocol::Money;
use serde_json::Value;

use super::{
    ChallengeId,
    batch::BatchState,
    factors::FactorStatus,
    open_names::names,
    resource::{PaymentView, RejectedBy, ResourceId, ResourceType, State},
    values,
};

/// A webhook event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The state of a transfer or a send.
    Resource(ResourceEvent),
    /// The result of a phone request for a step-up.
    StepUp {
        /// The challenge.
        challenge: ChallengeId,
        /// The result.
        status: RequestStatus,
    },
    /// The state of a payee batch.
    Batch {
        /// The batch.
        id: ResourceId,
        /// The state.
        state: BatchState,
    },
    /// The status of a customer's factor.
    Factor {
        /// The id of the customer's credential.
        credential: String,
        /// The status.
        status: FactorStatus,
    },
    /// An event that this program does not use.
    Ignored,
}

/// A transfer or a send in an event. The payee is omitted, because events spell it differently than a
/// [`Resource`](super::resource::Resource).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceEvent {
    /// The type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
    /// The state.
    pub state: State,
    /// The amount that the payee receives.
    pub amount: Option<Money>,
    /// Who rejected it. The documented events do not report it.
    pub rejected_by: Option<RejectedBy>,
}

names! {
    /// The result of a phone request.
    RequestStatus {
        /// Approved.
        Verified = "VERIFIED",
        /// Rejected.
        Declined = "DECLINED",
        /// Not answered in time.
        Expired = "EXPIRED",
    }
}

/// The body does not have the form that its path requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event does not have the documented form")]
pub struct InvalidEvent;

/// Parses an event by its path below the configured webhook URL, such as `outgoing_wire_transfers/watch`:
/// <https://api.weavr.io/products/webhooks/openapi>. The access token in a step-up event is not read.
///
/// # Errors
/// When the path is known and the body does not have its form.
pub fn read(path: &str, body: &[u8]) -> Result<Event, InvalidEvent> {
    let reader: fn(&Value) -> Option<Event> = match path.trim_matches('/') {
        "outgoing_wire_transfers/watch" => {
            |document| resource(ResourceType::OutgoingWireTransfers, document, "transfer")
        }
        "send/watch" => |document| resource(ResourceType::Sends, document, "send"),
        "stepup/watch" => step_up,
        "beneficiaries/batch/watch" => batch,
        "authentication_factors/watch" => factor,
        _ => return Ok(Event::Ignored),
    };
    let document = serde_json::from_slice(body).map_err(|_| InvalidEvent)?;
    reader(&document).ok_or(InvalidEvent)
}

fn resource(kind: ResourceType, document: &Value, member: &str) -> Option<Event> {
    let resource = document.get(member)?;
    // The signature does not cover the path. So where the id has a type, it has to match the path.
    if let Some(named) = resource.pointer("/id/type") {
        let is_named = match (kind, named.as_str()?) {
            (ResourceType::Sends, "send") => true,
            (kind, named) => named == kind.as_str(),
        };
        if !is_named {
            return None;
        }
    }
    let view = PaymentView::read(kind, resource)?;
    Some(Event::Resource(ResourceEvent {
        kind,
        id: view.id,
        state: view.state,
        amount: view.amount,
        rejected_by: view.rejected_by,
    }))
}

fn step_up(document: &Value) -> Option<Event> {
    Some(Event::StepUp {
        challenge: ChallengeId::new(&values::id(document.get("challengeId")?)?)?,
        status: RequestStatus::from_name(document.get("status")?.as_str()?),
    })
}

/// The state is in `eventType`; there is no other member for it.
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
    use crate::arbitrary_json;
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

    fn read_json(path: &str, document: &Value) -> Result<Event, InvalidEvent> {
        read(path, document.to_string().as_bytes())
    }

    fn resource_of(event: Result<Event, InvalidEvent>) -> Option<ResourceEvent> {
        match event {
            Ok(Event::Resource(event)) => Some(event),
            Ok(Event::StepUp { .. } | Event::Batch { .. } | Event::Factor { .. } | Event::Ignored)
            | Err(InvalidEvent) => None,
        }
    }

    #[test]
    fn the_amount_of_a_transfer_may_be_a_text() {
        let event = resource_of(read_json(WIRES, &wire())).unwrap();
        assert_eq!(
            (event.kind, event.id.as_str()),
            (ResourceType::OutgoingWireTransfers, "115")
        );
        assert_eq!(event.state, State::Completed);
        assert_eq!(event.amount.unwrap().to_decimal(), "25.00");
    }

    /// There is no event type of a rejected send: only its state shows the rejection.
    #[test]
    fn the_state_of_a_send_counts_and_not_the_event_type() {
        let event = resource_of(read_json(SENDS, &send())).unwrap();
        assert_eq!((event.kind, event.state), (ResourceType::Sends, State::Rejected));
        assert_eq!(event.amount.unwrap().to_decimal(), "9.90");
    }

    #[test]
    fn an_id_may_be_a_text_and_an_amount_a_number_or_missing() {
        let mut document = wire();
        document["transfer"]["id"] = json!("115");
        document["transfer"]["transferAmount"]["amount"] = json!(2500);
        let event = resource_of(read_json(WIRES, &document)).unwrap();
        assert_eq!(event.amount.unwrap().minor(), 2500);
        document["transfer"].as_object_mut().unwrap().remove("transferAmount");
        assert_eq!(resource_of(read_json(WIRES, &document)).unwrap().amount, None);
        document["transfer"]["transferAmount"] = json!({"currency": "EUR", "amount": "-1"});
        assert_eq!(read_json(WIRES, &document), Err(InvalidEvent));
    }

    /// The signature does not cover the path: an event that is replayed to another path is not parsed.
    #[test]
    fn an_event_is_parsed_at_its_own_path_only() {
        for (path, document) in [(SENDS, wire()), (WIRES, send()), ("stepup/watch", wire())] {
            assert_eq!(read_json(path, &document), Err(InvalidEvent), "{path}");
        }
        let mut document = wire();
        // The type of the id has to match the path.
        for named in ["sends", "transfers", "correspondent_bank_transfers", ""] {
            document["transfer"]["id"]["type"] = json!(named);
            assert_eq!(read_json(WIRES, &document), Err(InvalidEvent), "{named}");
        }
        document["transfer"]["id"]["type"] = json!(null);
        assert_eq!(read_json(WIRES, &document), Err(InvalidEvent));
        for path in [
            "",
            "/",
            "login/watch",
            "outgoing_wire_transfers",
            "outgoing_wire_transfers/watch/x",
            "sends/watch",
        ] {
            assert_eq!(read(path, b"not parsed"), Ok(Event::Ignored), "{path}");
        }
    }

    #[test]
    fn a_step_up_event_has_the_challenge_and_the_result() {
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
    fn batch_and_factor_events_are_parsed() {
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
    fn malformed_bodies_are_rejected() {
        let text = wire().to_string();
        let half = text.as_bytes().get(..text.len() / 2).unwrap();
        for body in [b"".as_slice(), b"{}", b"[]", b"null", b"<html>", b"\xFF\xFE", half] {
            assert_eq!(read(WIRES, body), Err(InvalidEvent));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read(WIRES, deep.as_bytes()), Err(InvalidEvent));
    }

    proptest! {
        #[test]
        fn every_parsed_value_occurs_in_the_document(
            document in prop_oneof![arbitrary_json::changed(wire()), arbitrary_json::json()],
        ) {
            if let Some(event) = resource_of(read_json(WIRES, &document)) {
                let state = document.pointer("/transfer/state").unwrap().as_str().unwrap();
                prop_assert!(matches!(event.state, State::Other(_)) || event.state.as_str() == state);
                if let Some(amount) = event.amount {
                    let amount_member = document.pointer("/transfer/transferAmount/amount")
                        .or(document.pointer("/transfer/destinationAmount/amount"));
                    prop_assert_eq!(arbitrary_json::plain_amount(amount_member.unwrap()), Some(amount.minor()));
                }
            }
        }

        #[test]
        fn arbitrary_bodies_never_panic_and_statuses_occur_in_the_body(
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
