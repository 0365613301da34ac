//! The [one-time token](https://docs.wise.com/guides/developer/auth-and-security/one-time-token): the challenges that clear it,
//! and the request that a cleared one approves.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::challenge::{Challenge, ChallengeType, Channel, show_flat, show_wrapped};
use crate::kit::clock::seconds_until;

/// The request that was refused. An approval covers exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedRequest {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Bytes,
}

/// What a cleared token approves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One repetition of a request.
    Repeat(RefusedRequest),
    /// Low-risk calls within a window. It approves no repetition.
    Session,
}

/// One token.
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
    pub(crate) consumed: bool,
}

impl OneTimeToken {
    /// Whether all challenges are passed.
    pub(crate) fn is_cleared(&self) -> bool {
        self.challenges.iter().all(|challenge| challenge.passed)
    }

    /// Whether it was not used and has not expired.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        !self.consumed && now < self.expires
    }

    /// Whether one of its challenges accepts this proof.
    pub(crate) fn asks_for(&self, proof: &ChallengeType) -> bool {
        self.challenges.iter().any(|challenge| challenge.accepts(proof))
    }

    /// Marks the first open challenge that this proof passes. Returns whether that cleared the token.
    pub(crate) fn pass(&mut self, proof: &ChallengeType) -> bool {
        let was_cleared = self.is_cleared();
        let is_passed = |challenge: &&mut Challenge| !challenge.passed && challenge.accepts(proof);
        if let Some(challenge) = self.challenges.iter_mut().find(is_passed) {
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

    /// `{"oneTimeTokenProperties": {...}}` with all fields.
    pub(crate) fn wrapped(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": {
            "oneTimeToken": self.id,
            "challenges": show_wrapped(&self.challenges, behaviour.delivery, self.user),
            "validity": self.validity(behaviour, now),
            "actionType": self.action_type,
            "userId": self.user,
        }})
    }

    /// `{"oneTimeTokenProperties": {...}}` without the action and the user, as the responses to phone codes print it.
    pub(crate) fn wrapped_briefly(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": {
            "oneTimeToken": self.id,
            "challenges": show_wrapped(&self.challenges, behaviour.delivery, self.user),
            "validity": self.validity(behaviour, now),
        }})
    }

    /// `{"oneTimeTokenProperties": {...}}` with `null` for the action and the user, as the responses to face maps print it.
    pub(crate) fn wrapped_anonymously(&self, behaviour: &Behaviour, now: Timestamp) -> Value {
        json!({"oneTimeTokenProperties": {
            "oneTimeToken": self.id,
            "challenges": show_wrapped(&self.challenges, behaviour.delivery, self.user),
            "validity": self.validity(behaviour, now),
            "actionType": null,
            "userId": null,
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
