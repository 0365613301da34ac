//! The state of the simulated FaceTec server.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::endpoint::{Details, Endpoint};
use super::scan::TokenState;
use crate::kit::clock::after_seconds;
use crate::kit::faults::EndpointFault;
use crate::kit::pipeline::ApiRecords;
use crate::kit::simulator::{Simulator, SimulatorState};

/// A handle on the simulated FaceTec server.
pub(crate) type FaceTec = Simulator<FaceTecState>;

/// The state behind the API.
#[derive(Debug, Default)]
pub(crate) struct FaceTecState {
    now_ms: i64,
    session_tokens: HashMap<String, SessionToken>,
    /// By `externalDatabaseRefID`.
    pub(super) enrollments: BTreeMap<String, Enrollment>,
    default_behaviour: Behaviour,
    /// Behaviours for references with a text; the newest has precedence.
    behaviours: Vec<(String, Behaviour)>,
    pub(super) records: ApiRecords<EndpointFault<Endpoint>, Details>,
}

#[derive(Clone, Copy, Debug)]
struct SessionToken {
    expires_ms: i64,
    used: bool,
}

/// A person's FaceMap, kept under the partner's reference.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Enrollment {
    pub(super) person: String,
    enrolled_at: i64,
    /// How often a scan matched it.
    pub(super) matches: u32,
    /// How often it was exported.
    pub(super) exports: u32,
}

impl SimulatorState for FaceTecState {
    fn advance_to(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }
}

impl FaceTecState {
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The behaviour towards a reference.
    pub(super) fn behaviour_for(&self, reference: &str) -> &Behaviour {
        self.behaviours
            .iter()
            .rev()
            .find(|(text, _)| reference.contains(text.as_str()))
            .map_or(&self.default_behaviour, |(_, behaviour)| behaviour)
    }

    /// Sets the behaviour towards all references, or towards those with a text.
    pub(super) fn set_behaviour(&mut self, text: Option<String>, behaviour: Behaviour) {
        match text {
            None => self.default_behaviour = behaviour,
            Some(text) => {
                self.behaviours.retain(|(other, _)| *other != text);
                self.behaviours.push((text, behaviour));
            }
        }
    }

    /// Issues a session token. It is for no reference yet, so the behaviour towards all decides how long it is valid.
    pub(super) fn issue_session_token(&mut self) -> String {
        let token = Uuid::new_v4().simple().to_string();
        let expires_ms = after_seconds(self.now_ms, self.default_behaviour.session_token_seconds);
        let issued = SessionToken {
            expires_ms,
            used: false,
        };
        self.session_tokens.insert(token.clone(), issued);
        token
    }

    /// Uses the session token of a scan. Returns what it was before.
    pub(super) fn use_session_token(&mut self, token: Option<&str>) -> TokenState {
        let Some(token) = token else {
            return TokenState::Absent;
        };
        match self.session_tokens.get_mut(token) {
            None => TokenState::Invalid,
            Some(token) if token.used => TokenState::Used,
            Some(token) if token.expires_ms <= self.now_ms => TokenState::Invalid,
            Some(token) => {
                token.used = true;
                TokenState::Valid
            }
        }
    }

    /// Enrolls a person, in place of any other with this reference.
    pub(super) fn enroll(&mut self, reference: &str, person: &str) {
        let enrollment = Enrollment {
            person: person.to_owned(),
            enrolled_at: self.now_ms,
            matches: 0,
            exports: 0,
        };
        self.enrollments.insert(reference.to_owned(), enrollment);
    }
}
