//! Everything the simulated FaceSign knows.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::behaviour::{Behaviour, Deliver, Events};
use super::endpoint::{About, Endpoint};
use super::event::{self, Event};
use super::session::{Session, mentions};
use super::webhook::Webhook;
use crate::calls::CallLog;
use crate::deliveries::{Attempt, Due, Queue};
use crate::mishap::{Script, Scripted};

/// The state behind the API, the pages and the events.
#[derive(Debug, Default)]
pub(crate) struct FaceSign {
    /// The simulated time, in milliseconds, brought up to date whenever this is locked.
    pub(crate) now: i64,
    /// Where the hosted pages are.
    pub(crate) pages_url: String,
    /// Where the API is.
    pub(crate) api_url: String,
    sessions: HashMap<String, Session>,
    /// Session ids, oldest first.
    order: Vec<String>,
    /// Session ids by client secret.
    by_secret: HashMap<String, String>,
    pub(crate) default_behaviour: Behaviour,
    /// Behaviours for sessions that mention a text; the newest counts.
    rules: Vec<(String, Behaviour)>,
    pub(crate) webhook: Webhook,
    pub(crate) events: Queue<Event>,
    pub(crate) faults: Script<Scripted<Endpoint>>,
    pub(crate) calls: CallLog<Endpoint, About>,
    /// When the calls of the last minute came.
    recent: VecDeque<i64>,
    /// Not later than the next instant at which time alone changes a session.
    next_settlement: Option<i64>,
    /// Counts changes.
    pub(crate) revision: u64,
}

impl FaceSign {
    /// Brings everything up to this time.
    pub(crate) fn settle(&mut self, now: i64) {
        self.now = now;
        if self.next_settlement.is_none_or(|due| due > now) {
            return;
        }
        let due: Vec<String> = self
            .sessions
            .values()
            .filter(|session| due_in_world(session).is_some_and(|due| due <= now))
            .map(|session| session.id.clone())
            .collect();
        for id in due {
            self.change(&id, Session::settle);
        }
        self.next_settlement = self.sessions.values().filter_map(due_in_world).min();
    }

    /// The behaviour of a session that is made with these settings.
    pub(crate) fn behaviour_for(&self, settings: &Value) -> Behaviour {
        self.rules
            .iter()
            .rev()
            .find(|(text, _)| mentions(settings, text))
            .map_or_else(|| self.default_behaviour.clone(), |(_, behaviour)| behaviour.clone())
    }

    /// Sets the behaviour of sessions to come: all, or those that mention a text.
    pub(crate) fn behave(&mut self, concerning: Option<String>, behaviour: Behaviour) {
        match concerning {
            None => self.default_behaviour = behaviour,
            Some(text) => {
                self.rules.retain(|(other, _)| *other != text);
                self.rules.push((text, behaviour));
            }
        }
    }

    /// Keeps a new session.
    pub(crate) fn add(&mut self, session: Session) {
        let id = session.id.clone();
        self.order.push(id.clone());
        self.sessions.insert(id.clone(), session);
        // Its first event, and its secret.
        self.change(&id, |_, _| ());
    }

    pub(crate) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// All sessions, oldest first.
    pub(crate) fn sessions(&self) -> impl DoubleEndedIterator<Item = &Session> {
        self.order.iter().filter_map(|id| self.sessions.get(id))
    }

    /// The session that a client secret belongs to, whether it still opens it or not.
    pub(crate) fn session_of(&self, secret: &str) -> Option<&Session> {
        self.sessions.get(self.by_secret.get(secret)?)
    }

    /// The time as this session lives it.
    pub(crate) fn now_of(&self, session: &Session) -> i64 {
        self.now.saturating_add(session.ahead)
    }

    /// Changes a session and tells what happened by it. `None` when there is no such session.
    pub(crate) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Session, i64) -> T) -> Option<T> {
        let session = self.sessions.get_mut(id)?;
        let now = self.now.saturating_add(session.ahead);
        let result = change(session, now);
        // A changed clock counts from here on.
        let now = self.now.saturating_add(session.ahead);
        let mut how = session.behaviour.events;
        if self.webhook.url.is_none() && how.deliver == Deliver::Normal {
            how.deliver = Deliver::Never;
        }
        for kind in std::mem::take(&mut session.happened) {
            event::add(&mut self.events, kind, Some(id), self.now, now, how);
        }
        if let Some(secret) = session.secret() {
            self.by_secret.insert(secret.secret.clone(), id.to_owned());
        }
        let due = due_in_world(session);
        self.next_settlement = [self.next_settlement, due].into_iter().flatten().min();
        self.revision = self.revision.wrapping_add(1);
        Some(result)
    }

    /// Something happened that belongs to no session of ours, or is made up.
    pub(crate) fn make_up(&mut self, kind: &str, session: Option<&str>) -> String {
        self.revision = self.revision.wrapping_add(1);
        event::add(&mut self.events, kind, session, self.now, self.now, Events::default())
    }

    /// Takes the events that are to be sent by now.
    pub(crate) fn take_due_events(&mut self) -> Vec<Due<Event>> {
        let due = self.events.take_due(self.now);
        if !due.is_empty() {
            self.revision = self.revision.wrapping_add(1);
        }
        due
    }

    /// Notes how a delivery went.
    pub(crate) fn record_delivery(&mut self, index: usize, attempts: Vec<Attempt>, retry_seconds: &[u32]) {
        // Whatever is not 2xx is tried again.
        self.events.record(index, attempts, self.now, retry_seconds, |_| true);
        self.revision = self.revision.wrapping_add(1);
    }

    /// Milliseconds until something happens by itself.
    pub(crate) fn next_due_in(&self) -> Option<i64> {
        [self.next_settlement, self.events.next_due()]
            .into_iter()
            .flatten()
            .min()
            .map(|due| due.saturating_sub(self.now).max(0))
    }

    /// Counts a call; whether it is one too many, and then the seconds to wait.
    pub(crate) fn too_many_calls(&mut self) -> Option<u32> {
        let most = usize::try_from(self.default_behaviour.requests_per_minute?).ok()?;
        let minute_ago = self.now.saturating_sub(60_000);
        while self.recent.front().is_some_and(|at| *at <= minute_ago) {
            self.recent.pop_front();
        }
        if self.recent.len() < most {
            self.recent.push_back(self.now);
            return None;
        }
        let free_at = self.recent.front().copied().unwrap_or(self.now).saturating_add(60_000);
        u32::try_from(free_at.saturating_sub(self.now).div_euclid(1000).saturating_add(1)).ok()
    }
}

/// When time alone changes a session next, on FaceSign's clock.
fn due_in_world(session: &Session) -> Option<i64> {
    session.due().map(|due| due.saturating_sub(session.ahead))
}
