//! The state of the simulated Weavr.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;

use super::behaviour::{Behaviour, Deliver, EventDelivery};
use super::challenge::Challenge;
use super::customer::Customer;
use super::endpoint::{Details, Endpoint};
use super::event::Event;
use super::payees::{Batch, BatchState, Payee};
use super::resource::Resource;
use super::seed;
use super::tokens::Tokens;
use super::webhook::Webhook;
use crate::kit::control::behaviour::HasCustomers;
use crate::kit::faults::EndpointFault;
use crate::kit::pipeline::ApiRecords;
use crate::kit::response::ApiResponse;
use crate::kit::simulator::Simulator;
use crate::kit::timeline::Timeline;
use crate::kit::webhooks::{DeliveryStart, DueWebhook, SendsWebhooks, Webhooks, enqueue};

/// A handle on the simulated Weavr.
pub(crate) type Weavr = Simulator<WeavrState>;

/// The state behind the API, the phones and the events. Ids increase, so the newest of anything is the last.
#[derive(Debug)]
pub(crate) struct WeavrState {
    pub(super) timeline: Timeline,
    /// Where the API is.
    pub(crate) api_url: String,
    /// Where the phones are.
    pub(crate) phone_url: String,
    /// By user id.
    pub(super) customers: BTreeMap<String, Customer>,
    pub(super) tokens: Tokens,
    pub(super) resources: BTreeMap<String, Resource>,
    pub(super) challenges: BTreeMap<String, Challenge>,
    pub(super) batches: BTreeMap<String, Batch>,
    pub(super) webhooks: Webhooks<Webhook>,
    pub(super) records: ApiRecords<EndpointFault<Endpoint>, Details>,
    pub(super) idempotent_responses: HashMap<IdempotencyKey, IdempotentResponse>,
    /// For customers created from now on.
    pub(super) default_behaviour: Behaviour,
    /// While a call is performed: indices of the events that its response waits for.
    before_response: Option<Vec<usize>>,
    next_id: u64,
}

/// What identifies a repeated call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct IdempotencyKey {
    pub(super) user: String,
    pub(super) endpoint: Endpoint,
    pub(super) path: String,
    /// The `idempotency-ref`.
    pub(super) reference: String,
}

/// The response that a repeated call gets.
#[derive(Clone, Debug)]
pub(super) struct IdempotentResponse {
    /// The body of the first call.
    pub(super) body: Bytes,
    pub(super) response: ApiResponse,
    pub(super) at_ms: i64,
}

impl Default for WeavrState {
    /// The state with the seed customers.
    fn default() -> Self {
        Self {
            timeline: Timeline::default(),
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
            webhooks: Webhooks::default(),
            records: ApiRecords::default(),
            idempotent_responses: HashMap::new(),
            default_behaviour: Behaviour::default(),
            before_response: None,
            next_id: seed::FIRST_FREE_ID,
        }
    }
}

impl SendsWebhooks for WeavrState {
    type Endpoint = Webhook;

    fn webhooks(&mut self) -> &mut Webhooks<Webhook> {
        &mut self.webhooks
    }

    fn timeline(&mut self) -> &mut Timeline {
        &mut self.timeline
    }
}

impl HasCustomers for WeavrState {
    type User = String;
    type Behaviour = Behaviour;

    fn behaviour(&mut self, user: &String) -> Option<&mut Behaviour> {
        self.customers.get_mut(user).map(|customer| &mut customer.behaviour)
    }

    fn set_behaviour_for_all(&mut self, behaviour: Behaviour) {
        for customer in self.customers.values_mut() {
            customer.behaviour = behaviour;
        }
        self.default_behaviour = behaviour;
    }
}

impl WeavrState {
    /// An id that nothing else has.
    pub(super) fn new_id(&mut self) -> String {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id.to_string()
    }

    /// The time on a user's own clock, in milliseconds.
    pub(super) fn now_of(&self, user: &str) -> i64 {
        let ahead_ms = self.customers.get(user).map_or(0, |customer| customer.ahead_ms);
        self.timeline.now_ms().saturating_add(ahead_ms)
    }

    pub(super) fn behaviour_of(&self, user: &str) -> Behaviour {
        self.customers
            .get(user)
            .map_or(self.default_behaviour, |customer| customer.behaviour)
    }

    /// A payment that a user may see: one of the same identity.
    pub(super) fn resource_for(&self, user: &str, id: &str) -> Option<&Resource> {
        let customer = self.customers.get(user)?;
        self.resources
            .get(id)
            .filter(|resource| resource.identity == customer.identity)
    }

    /// A batch that a user may see.
    pub(super) fn batch_for(&self, user: &str, id: &str) -> Option<&Batch> {
        let customer = self.customers.get(user)?;
        self.batches.get(id).filter(|batch| batch.identity == customer.identity)
    }

    /// A payee that a user may see, and whether it is trusted.
    pub(super) fn payee_for(&self, user: &str, id: &str) -> Option<(&Payee, bool)> {
        let customer = self.customers.get(user)?;
        self.batches
            .values()
            .filter(|batch| batch.identity == customer.identity)
            .find_map(|batch| {
                let payee = batch.payees.iter().find(|payee| payee.id == id)?;
                let is_trusted = match batch.state {
                    BatchState::ChallengeCompleted | BatchState::Completed => true,
                    BatchState::PendingChallenge | BatchState::ChallengeFailed => false,
                };
                Some((payee, is_trusted))
            })
    }

    /// Emits an event. Returns its `call-ref`.
    pub(super) fn emit(&mut self, path: &str, subject: &str, body: String, delivery: EventDelivery) -> String {
        let event = Event::new(path, subject);
        let call_ref = event.call_ref.clone();
        let is_awaited = delivery.deliver == Deliver::BeforeResponse && self.before_response.is_some();
        let start = match delivery.start() {
            DeliveryStart::After(_) if self.webhooks.endpoint.url.is_none() => DeliveryStart::Never,
            DeliveryStart::After(_) if is_awaited => DeliveryStart::Held,
            start @ (DeliveryStart::After(_) | DeliveryStart::Held | DeliveryStart::Never) => start,
        };
        let index = enqueue(self, event, body, start, delivery.copies);
        if is_awaited
            && start == DeliveryStart::Held
            && let Some(indices) = &mut self.before_response
        {
            indices.push(index);
        }
        call_ref
    }

    /// Performs a call. Returns the webhooks that its response waits for as well.
    pub(super) fn collect_before_response<T>(
        &mut self,
        perform: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<DueWebhook<Event>>) {
        self.before_response = Some(Vec::new());
        let result = perform(self);
        let indices = self.before_response.take().unwrap_or_default();
        let due = indices
            .into_iter()
            .filter_map(|index| self.webhooks.queue.start(index))
            .collect();
        (result, due)
    }
}
