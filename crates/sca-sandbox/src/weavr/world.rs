//! Everything the simulated Weavr knows.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use uuid::Uuid;

use super::behaviour::{Behaviour, Deliver, Events};
use super::challenge::Challenge;
use super::customer::Customer;
use super::endpoint::{About, Endpoint};
use super::event::Event;
use super::payees::{Batch, BatchState, Payee};
use super::resource::Resource;
use super::seed;
use super::tokens::Tokens;
use super::webhook::{Webhook, may_retry};
use crate::answer::Answer;
use crate::calls::CallLog;
use crate::deliveries::{Attempt, Due, Queue, Start};
use crate::mishap::{Script, Scripted};

/// The state behind the API, the phones and the events. Ids grow, so the newest of anything is the last.
#[derive(Debug)]
pub(crate) struct Weavr {
    /// The simulated time, in milliseconds, brought up to date whenever this is locked.
    pub(crate) now: i64,
    /// Where the API's listener is, and the phones'.
    pub(crate) api_url: String,
    pub(crate) phone_url: String,
    /// By user id.
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) tokens: Tokens,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) challenges: BTreeMap<String, Challenge>,
    pub(crate) batches: BTreeMap<String, Batch>,
    pub(crate) webhook: Webhook,
    pub(crate) events: Queue<Event>,
    pub(crate) faults: Script<Scripted<Endpoint>>,
    pub(crate) calls: CallLog<Endpoint, About>,
    pub(crate) replays: HashMap<ReplayKey, Replay>,
    /// For customers created from now on.
    pub(crate) default_behaviour: Behaviour,
    /// While a call is being done: events that its answer waits for.
    before_response: Option<Vec<usize>>,
    next_id: u64,
    /// Not later than the next instant at which time alone changes something.
    pub(super) next_settlement: Option<i64>,
    /// Counts changes.
    pub(crate) revision: u64,
}

/// User, operation, path and `idempotency-ref`.
pub(crate) type ReplayKey = (String, Endpoint, String, String);

/// An answer to be given again.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) body: Bytes,
    pub(crate) answer: Answer,
    /// Milliseconds.
    pub(crate) at: i64,
}

impl Default for Weavr {
    /// A world with the seed customers.
    fn default() -> Self {
        Self {
            now: 0,
            api_url: String::new(),
            phone_url: String::new(),
            customers: seed::customers()
                .into_iter()
                .map(|customer| (customer.user.clone(), customer))
                .collect(),
            tokens: Tokens::default(),
            resources: BTreeMap::new(),
            challenges: BTreeMap::new(),
            batches: BTreeMap::new(),
            webhook: Webhook::default(),
            events: Queue::default(),
            faults: Script::default(),
            calls: CallLog::default(),
            replays: HashMap::new(),
            default_behaviour: Behaviour::default(),
            before_response: None,
            next_id: seed::FIRST_FREE_ID,
            next_settlement: None,
            revision: 0,
        }
    }
}

impl Weavr {
    /// An id that nothing else has.
    pub(crate) fn fresh_id(&mut self) -> String {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id.to_string()
    }

    /// Milliseconds that this user's clock is ahead.
    pub(crate) fn ahead(&self, user: &str) -> i64 {
        self.customers.get(user).map_or(0, |customer| customer.ahead)
    }

    /// The time as this user lives it.
    pub(crate) fn now_of(&self, user: &str) -> i64 {
        self.now.saturating_add(self.ahead(user))
    }

    pub(crate) fn behaviour_of(&self, user: &str) -> Behaviour {
        self.customers
            .get(user)
            .map_or(self.default_behaviour, |customer| customer.behaviour)
    }

    /// A payment that this user may see: one of the same identity.
    pub(crate) fn resource_for(&self, user: &str, id: &str) -> Option<&Resource> {
        let customer = self.customers.get(user)?;
        self.resources
            .get(id)
            .filter(|resource| resource.identity == customer.identity)
    }

    /// A batch that this user may see.
    pub(crate) fn batch_for(&self, user: &str, id: &str) -> Option<&Batch> {
        let customer = self.customers.get(user)?;
        self.batches.get(id).filter(|batch| batch.identity == customer.identity)
    }

    /// A payee that this user may see, and whether it is trusted by now.
    pub(crate) fn payee_for(&self, user: &str, id: &str) -> Option<(&Payee, bool)> {
        let customer = self.customers.get(user)?;
        self.batches
            .values()
            .filter(|batch| batch.identity == customer.identity)
            .find_map(|batch| {
                let payee = batch.payees.iter().find(|payee| payee.id == id)?;
                let trusted = match batch.state {
                    BatchState::ChallengeCompleted | BatchState::Completed => true,
                    BatchState::PendingChallenge | BatchState::ChallengeFailed => false,
                };
                Some((payee, trusted))
            })
    }

    /// Something changed that somebody may wait for.
    pub(crate) fn touch(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Adds a message; answers its `call-ref`.
    pub(crate) fn tell(&mut self, path: &str, subject: &str, body: String, how: Events) -> String {
        let call_ref = Uuid::new_v4().simple().to_string();
        let event = Event {
            call_ref: call_ref.clone(),
            path: path.to_owned(),
            subject: subject.to_owned(),
            first_tried: None,
        };
        let awaited = how.deliver == Deliver::BeforeResponse && self.before_response.is_some();
        let start = match how.start() {
            Start::After(_) if self.webhook.url.is_none() => Start::Never,
            Start::After(_) if awaited => Start::Held,
            start @ (Start::After(_) | Start::Held | Start::Never) => start,
        };
        let index = self.events.add(event, body, self.now, start, how.copies);
        if awaited
            && start == Start::Held
            && let Some(indices) = &mut self.before_response
        {
            indices.push(index);
        }
        self.touch();
        call_ref
    }

    /// Does what a call asks for; answers the messages, too, that are to be sent before the call is answered.
    pub(crate) fn while_answering<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (T, Vec<Due<Event>>) {
        self.before_response = Some(Vec::new());
        let result = work(self);
        let indices = self.before_response.take().unwrap_or_default();
        let due = indices
            .into_iter()
            .filter_map(|index| self.events.start(index))
            .collect();
        (result, due)
    }

    /// Takes the messages that are to be sent by now.
    pub(crate) fn take_due_events(&mut self) -> Vec<Due<Event>> {
        let due = self.events.take_due(self.now);
        if !due.is_empty() {
            self.touch();
        }
        due
    }

    /// Notes how a delivery went that was tried at this time, in real milliseconds.
    pub(crate) fn record_delivery(&mut self, index: usize, attempts: Vec<Attempt>, tried: i64, retry_seconds: &[u32]) {
        if let Some(event) = self.events.message_mut(index) {
            event.first_tried.get_or_insert(tried);
        }
        self.events.record(index, attempts, self.now, retry_seconds, may_retry);
        self.touch();
    }

    /// Milliseconds until something happens by itself.
    pub(crate) fn next_due_in(&self) -> Option<i64> {
        [self.next_settlement, self.events.next_due()]
            .into_iter()
            .flatten()
            .min()
            .map(|due| due.saturating_sub(self.now).max(0))
    }
}
