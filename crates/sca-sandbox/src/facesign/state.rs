//! The state of the simulated FaceSign.

use std::collections::HashMap;

use serde_json::Value;

use super::behaviour::{Behaviour, Deliver, EventDelivery};
use super::endpoint::{Details, Endpoint};
use super::event::Event;
use super::session::{Session, is_about};
use super::webhook::Webhook;
use crate::kit::faults::EndpointFault;
use crate::kit::pipeline::ApiRecords;
use crate::kit::rate_limit::RateLimit;
use crate::kit::simulator::{Simulator, SimulatorState};
use crate::kit::timeline::Timeline;
use crate::kit::webhooks::{SendsWebhooks, Webhooks, enqueue};

/// A handle on the simulated FaceSign.
pub(crate) type FaceSign = Simulator<FaceSignState>;

/// The state behind the API, the pages and the events.
#[derive(Debug, Default)]
pub(crate) struct FaceSignState {
    pub(super) timeline: Timeline,
    /// Where the hosted pages are.
    pub(crate) pages_url: String,
    /// Where the API is.
    pub(crate) api_url: String,
    sessions: HashMap<String, Session>,
    /// Session ids, oldest first.
    order: Vec<String>,
    /// Session ids by client secret.
    by_secret: HashMap<String, String>,
    pub(super) default_behaviour: Behaviour,
    /// Behaviours for sessions about a text; the newest has precedence.
    behaviours: Vec<(String, Behaviour)>,
    pub(super) webhooks: Webhooks<Webhook>,
    pub(super) records: ApiRecords<EndpointFault<Endpoint>, Details>,
    pub(super) rate_limit: RateLimit,
}

impl SimulatorState for FaceSignState {
    fn advance_to(&mut self, now_ms: i64) {
        if !self.timeline.advance_to(now_ms) {
            return;
        }
        let due: Vec<String> = self
            .sessions
            .values()
            .filter(|session| due_ms(session).is_some_and(|due| due <= now_ms))
            .map(|session| session.id.clone())
            .collect();
        for id in due {
            self.change(&id, Session::advance_to);
        }
        self.timeline
            .reschedule(self.sessions.values().filter_map(due_ms).min());
    }

    fn revision(&self) -> u64 {
        self.timeline.revision()
    }
}

impl SendsWebhooks for FaceSignState {
    type Endpoint = Webhook;

    fn webhooks(&mut self) -> &mut Webhooks<Webhook> {
        &mut self.webhooks
    }

    fn timeline(&mut self) -> &mut Timeline {
        &mut self.timeline
    }
}

impl FaceSignState {
    /// The behaviour towards a session that is created with these settings.
    pub(super) fn behaviour_for(&self, settings: &Value) -> Behaviour {
        self.behaviours
            .iter()
            .rev()
            .find(|(text, _)| is_about(settings, text))
            .map_or_else(|| self.default_behaviour.clone(), |(_, behaviour)| behaviour.clone())
    }

    /// Sets the behaviour towards sessions created later: all, or those about a text.
    pub(super) fn set_behaviour(&mut self, text: Option<String>, behaviour: Behaviour) {
        match text {
            None => self.default_behaviour = behaviour,
            Some(text) => {
                self.behaviours.retain(|(other, _)| *other != text);
                self.behaviours.push((text, behaviour));
            }
        }
    }

    /// Stores a new session.
    pub(super) fn add(&mut self, session: Session) {
        let id = session.id.clone();
        self.order.push(id.clone());
        self.sessions.insert(id.clone(), session);
        // Emits its first event and indexes its secret.
        self.change(&id, |_, _| ());
    }

    pub(super) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// All sessions, oldest first.
    pub(super) fn sessions(&self) -> impl DoubleEndedIterator<Item = &Session> {
        self.order.iter().filter_map(|id| self.sessions.get(id))
    }

    /// The session that a client secret belongs to, whether or not the secret is still valid.
    pub(super) fn session_of(&self, secret: &str) -> Option<&Session> {
        self.sessions.get(self.by_secret.get(secret)?)
    }

    /// The time on a session's own clock.
    pub(super) fn now_of(&self, session: &Session) -> i64 {
        self.timeline.now_ms().saturating_add(session.ahead_ms)
    }

    /// Changes a session and emits its events. `None` when there is no such session.
    pub(super) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Session, i64) -> T) -> Option<T> {
        let session = self.sessions.get_mut(id)?;
        let result = change(session, self.timeline.now_ms().saturating_add(session.ahead_ms));
        // The change may have moved the session's clock.
        let session_now_ms = self.timeline.now_ms().saturating_add(session.ahead_ms);
        let mut delivery = session.behaviour.events;
        if self.webhooks.endpoint.url.is_none() && delivery.deliver == Deliver::Normal {
            delivery.deliver = Deliver::Never;
        }
        let kinds = std::mem::take(&mut session.new_events);
        if let Some(secret) = session.secret() {
            self.by_secret.insert(secret.secret.clone(), id.to_owned());
        }
        self.timeline.schedule(due_ms(session));
        for kind in kinds {
            self.emit(kind, Some(id), session_now_ms, delivery);
        }
        self.timeline.mark_changed();
        Some(result)
    }

    /// Emits an event that a test made up. Returns its id.
    pub(super) fn emit_made_up(&mut self, kind: &str, session: Option<&str>) -> String {
        self.emit(kind, session, self.timeline.now_ms(), EventDelivery::default())
    }

    fn emit(&mut self, kind: &str, session: Option<&str>, at_ms: i64, delivery: EventDelivery) -> String {
        let (event, body) = Event::new(kind, session, at_ms);
        let id = event.id.clone();
        enqueue(self, event, body.to_string(), delivery.start(), delivery.copies);
        id
    }
}

/// When time alone changes a session next, on FaceSign's clock.
fn due_ms(session: &Session) -> Option<i64> {
    session.due().map(|due| due.saturating_sub(session.ahead_ms))
}
