//! What Weavr tells by itself. Nothing here says whether it was Weavr: [`signature`](super::signature) does.
//!
//! There is no event about a challenge for transfers or sends: what the customer said to it shows in what became of them.

use sca_protocol::{Millis, Money, PlainText};
use serde_json::Value;

use super::{
    ChallengeId,
    batch::BatchState,
    factors::FactorStatus,
    names::names,
    reading,
    resource::{Exemption, RejectedBy, ResourceId, ResourceType, State, Told},
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
        /// When Weavr says that it told this.
        published_at: Option<Millis>,
    },
    /// About a batch of payees.
    Batch {
        /// Which.
        id: ResourceId,
        /// Where it stands.
        state: BatchState,
        /// When Weavr says that it told this.
        published_at: Option<Millis>,
    },
    /// About a way that a customer has to confirm things.
    Factor {
        /// The customer, as Weavr names credentials.
        credential: String,
        /// Whether it can be used.
        status: FactorStatus,
        /// When Weavr says that it told this.
        published_at: Option<Millis>,
    },
    /// About something that does not matter here.
    PassedOver,
}

/// A transfer or a send as an event tells it: the same as [`Resource`](super::resource::Resource), but that the amount may be
/// missing.
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
    /// The payee's name.
    pub payee: Option<PlainText>,
    /// The last characters of the payee's account.
    pub account_tail: Option<PlainText>,
    /// Who rejected it. The events that are documented do not say.
    pub rejected_by: Option<RejectedBy>,
    /// Why it needed no confirmation.
    pub exemption: Option<Exemption>,
    /// When Weavr says that it told this.
    pub published_at: Option<Millis>,
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
    let named = resource.pointer("/id/type").and_then(Value::as_str);
    if named
        .and_then(ResourceType::from_name)
        .is_some_and(|named| named != kind)
    {
        return None;
    }
    let told = Told::read(kind, resource)?;
    Some(Event::Resource(ResourceEvent {
        kind,
        id: told.id,
        state: told.state,
        amount: told.amount,
        payee: told.payee,
        account_tail: told.account_tail,
        rejected_by: told.rejected_by,
        exemption: told.exemption,
        published_at: published_at(document),
    }))
}

fn step_up(document: &Value) -> Option<Event> {
    Some(Event::StepUp {
        challenge: ChallengeId::new(&reading::id(document.get("challengeId")?)?)?,
        status: RequestStatus::from_name(document.get("status")?.as_str()?),
        published_at: published_at(document),
    })
}

/// `eventType` is the state; there is no other member for it.
fn batch(document: &Value) -> Option<Event> {
    Some(Event::Batch {
        id: ResourceId::new(&reading::id(document.get("id")?)?)?,
        state: BatchState::from_name(document.get("eventType")?.as_str()?),
        published_at: published_at(document),
    })
}

fn factor(document: &Value) -> Option<Event> {
    Some(Event::Factor {
        credential: reading::id(document.get("credentialId")?)?,
        status: FactorStatus::from_name(document.get("status")?.as_str()?),
        published_at: published_at(document),
    })
}

fn published_at(document: &Value) -> Option<Millis> {
    document.get("publishedTimestamp").and_then(reading::time)
}
