//! The one-time token: what a customer clears, and what a cleared one may be used for.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::challenge::{Challenge, ChallengeType, Channel, show_flat, show_wrapped};
use crate::clock::seconds_until;

/// The request that was refused, to the byte: an approval is for this and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedRequest {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

/// What a cleared token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Repeating one request, once.
    Repeat(RefusedRequest),
    /// Opening the window for low-risk calls; nothing can be repeated with it.
    Session,
}

/// A token, from the refusal that created it until it is spent or expires.
#[derive(Clone, Debug)]
pub(crate) struct OneTimeToken {
    pub(crate) id: Uuid,
    pub(crate) user: u64,
    pub(crate) purpose: Purpose,
    /// `actionType` of the status; only one is documented.
    pub(crate) action_type: Option<&'static str>,
    pub(crate) expires: Timestamp,
    pub(crate) challenges: Vec<Challenge>,
    /// Channels on which a code was sent for this token.
    pub(crate) codes_sent: BTreeSet<Channel>,
    pub(crate) spent: bool,
}

impl OneTimeToken {
    /// Whether nothing is left to prove.
    pub(crate) fn is_cleared(&self) -> bool {
        self.challenges.iter().all(|challenge| challenge.passed)
    }

    /// Whether it can still be looked at, cleared or used.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        !self.spent && now < self.expires
    }

    /// Whether it asks for this proof at all.
    pub(crate) fn asks_for(&self, proof: &ChallengeType) -> bool {
        self.challenges.iter().any(|challenge| challenge.accepts(proof))
    }

    /// Marks what this proof passes. True when that cleared the token.
    pub(crate) fn pass(&mut self, proof: &ChallengeType) -> bool {
        let was_cleared = self.is_cleared();
        if let Some(challenge) = self.challenges.iter_mut().find(|challenge| challenge.accepts(proof)) {
            challenge.passed = true;
        }
        !was_cleared && self.is_cleared()
    }

    fn validity(&self, behaviour: &Behaviour, now: Timestamp) -> i64 {
        if behaviour.validity_counts_down {
            seconds_until(now, self.expires)
        } else {
            i64::from(behaviour.one_time_token_seconds)
        }
    }

    /// `{"oneTimeTokenProperties": {...}}` with everything.
    pub(crate) fn wrapped(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": {
            "oneTimeToken": self.id,
            "challenges": show_wrapped(&self.challenges, behaviour.delivery, self.user),
            "validity": self.validity(behaviour, now),
            "actionType": self.action_type,
            "userId": self.user,
        }})
    }

    /// `{"oneTimeTokenProperties": {...}}` without the action and the user, as phone-code answers print it.
    pub(crate) fn wrapped_briefly(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": {
            "oneTimeToken": self.id,
            "challenges": show_wrapped(&self.challenges, behaviour.delivery, self.user),
            "validity": self.validity(behaviour, now),
        }})
    }

    /// As the session endpoint prints it: wrapped, with bare challenges.
    pub(crate) fn wrapped_bare(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": self.flat(behaviour, now)})
    }

    /// The flat object of the newer generations.
    pub(crate) fn flat(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({
            "oneTimeToken": self.id,
            "challenges": show_flat(&self.challenges, behaviour.delivery),
            "validity": self.validity(behaviour, now),
        })
    }
}
