//! Events, and what became of their deliveries.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::{Deliver, Events};
use crate::field::set;

/// One event.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) session_id: Option<String>,
    /// The exact text that is sent.
    pub(crate) body: String,
    pub(crate) state: State,
    /// When it is sent next, in milliseconds of the simulated clock.
    pub(crate) next_at: Option<i64>,
    pub(crate) copies: u16,
    pub(crate) attempts: Vec<Attempt>,
    #[serde(skip)]
    tries: usize,
}

/// Where an event's delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// Until it is released.
    Held,
    /// For its time, the first or that of a retry.
    Waiting,
    Sending,
    /// Somebody answered 2xx.
    Delivered,
    /// All tries were in vain.
    Failed,
    /// It is not sent at all.
    Never,
}

/// One copy that was sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// Milliseconds of the simulated clock.
    pub(crate) at: i64,
    /// `null` when no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}

impl Attempt {
    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// An event that is to be sent now.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) index: usize,
    pub(crate) body: String,
    pub(crate) copies: u16,
}

/// All events, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    events: Vec<Event>,
    /// When and which.
    waiting: BTreeSet<(i64, usize)>,
    sending: usize,
}

impl EventLog {
    /// Notes that something happened; answers the event's id.
    pub(crate) fn add(
        &mut self,
        kind: &str,
        session_id: Option<&str>,
        now: i64,
        session_now: i64,
        how: Events,
    ) -> String {
        let id = format!("evt_{}", Uuid::new_v4().simple());
        let mut body = json!({"id": id, "type": kind, "createdAt": session_now});
        if let Some(session) = session_id {
            set(&mut body, "sessionId", json!(session));
        }
        if kind.starts_with("media.") {
            set(&mut body, "media", media(kind, session_now));
        }
        let (state, next_at) = match how.deliver {
            Deliver::Normal => {
                let wait = i64::from(how.delay_seconds).saturating_mul(1000);
                (State::Waiting, Some(now.saturating_add(wait)))
            }
            Deliver::Held => (State::Held, None),
            Deliver::Never => (State::Never, None),
        };
        if let Some(at) = next_at {
            self.waiting.insert((at, self.events.len()));
        }
        self.events.push(Event {
            id: id.clone(),
            kind: kind.to_owned(),
            session_id: session_id.map(ToOwned::to_owned),
            body: body.to_string(),
            state,
            next_at,
            copies: how.copies,
            attempts: Vec::new(),
            tries: 0,
        });
        id
    }

    /// Takes what is to be sent by now.
    pub(crate) fn take_due(&mut self, now: i64) -> Vec<Due> {
        let mut due = Vec::new();
        while let Some(&(at, index)) = self.waiting.first() {
            if at > now {
                break;
            }
            self.waiting.pop_first();
            due.extend(self.start(index));
        }
        due
    }

    /// Takes what was held, of one session or of all.
    pub(crate) fn take_held(&mut self, session: Option<&str>) -> Vec<Due> {
        let held: Vec<usize> = self
            .events
            .iter()
            .enumerate()
            .filter(|(_, event)| event.state == State::Held)
            .filter(|(_, event)| session.is_none() || event.session_id.as_deref() == session)
            .map(|(index, _)| index)
            .collect();
        held.into_iter().filter_map(|index| self.start(index)).collect()
    }

    fn start(&mut self, index: usize) -> Option<Due> {
        let event = self.events.get_mut(index)?;
        event.state = State::Sending;
        event.next_at = None;
        self.sending = self.sending.saturating_add(1);
        Some(Due {
            index,
            body: event.body.clone(),
            copies: event.copies,
        })
    }

    /// Notes how a delivery went; what failed is tried again after the next of these waits, in seconds.
    pub(crate) fn record(&mut self, index: usize, attempts: Vec<Attempt>, now: i64, retry_seconds: &[u32]) {
        self.sending = self.sending.saturating_sub(1);
        let Some(event) = self.events.get_mut(index) else {
            return;
        };
        let succeeded = attempts.iter().any(Attempt::succeeded);
        event.attempts.extend(attempts);
        let wait = retry_seconds.get(event.tries);
        event.tries = event.tries.saturating_add(1);
        match (succeeded, wait) {
            (true, _) => event.state = State::Delivered,
            (false, None) => event.state = State::Failed,
            (false, Some(wait)) => {
                let at = now.saturating_add(i64::from(*wait).saturating_mul(1000));
                event.state = State::Waiting;
                event.next_at = Some(at);
                self.waiting.insert((at, index));
            }
        }
    }

    /// Notes copies that were sent besides.
    pub(crate) fn note(&mut self, id: &str, attempts: Vec<Attempt>) {
        if let Some(event) = self.events.iter_mut().find(|event| event.id == id) {
            event.attempts.extend(attempts);
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.id == id)
    }

    pub(crate) fn all(&self) -> &[Event] {
        &self.events
    }

    /// When the next one is to be sent.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// Whether nothing is being sent, and nothing is due by now.
    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.sending == 0 && self.next_due().is_none_or(|at| at > now)
    }

    /// How many wait for a later time.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// The media that a media event names. Nothing is served there.
fn media(kind: &str, now: i64) -> Value {
    let content_type = if kind == "media.user_video" {
        "video/webm"
    } else {
        "image/jpeg"
    };
    let id = Uuid::new_v4();
    json!({
        "id": id,
        "createdAt": now,
        "url": format!("https://media.facesign.invalid/{id}?signature=simulated"),
        "expires": now.saturating_add(900_000),
        "contentType": content_type,
    })
}
