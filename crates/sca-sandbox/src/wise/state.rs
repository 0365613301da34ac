//! The state of the simulated Wise.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::call_log::Details;
use super::customer::Customer;
use super::errors;
use super::face_map::FaceTecKeys;
use super::fault::ScriptedFault;
use super::keys::{KeyError, KeyRing};
use super::one_time_token::OneTimeToken;
use super::seed;
use super::tokens::{AccessTokens, Caller};
use crate::kit::clock::{Clock, later};
use crate::kit::control::behaviour::HasCustomers;
use crate::kit::pipeline::ApiRecords;
use crate::kit::response::ApiResponse;
use crate::kit::simulator::{Simulator, SimulatorState};

/// A handle on the simulated Wise.
pub(crate) type Wise = Simulator<WiseState>;

/// The state behind all operations.
#[derive(Debug)]
pub(crate) struct WiseState {
    pub(super) keys: KeyRing,
    pub(super) facetec_keys: FaceTecKeys,
    pub(super) tokens: AccessTokens,
    /// By user id.
    pub(super) customers: BTreeMap<u64, Customer>,
    pub(super) one_time_tokens: HashMap<Uuid, OneTimeToken>,
    pub(super) records: ApiRecords<ScriptedFault, Details>,
    pub(super) clock: Clock,
    /// For customers created from now on.
    pub(super) default_behaviour: Behaviour,
    next_id: u64,
}

impl SimulatorState for WiseState {}

impl HasCustomers for WiseState {
    type User = u64;
    type Behaviour = Behaviour;

    fn behaviour(&mut self, user: &u64) -> Option<&mut Behaviour> {
        self.customers.get_mut(user).map(|customer| &mut customer.behaviour)
    }

    fn set_behaviour_for_all(&mut self, behaviour: Behaviour) {
        for customer in self.customers.values_mut() {
            customer.behaviour = behaviour.clone();
        }
        self.default_behaviour = behaviour;
    }
}

impl WiseState {
    /// The state with the seed customers.
    ///
    /// # Errors
    /// When OpenSSL cannot generate an RSA key.
    pub(crate) fn seeded(clock: Clock) -> Result<Self, KeyError> {
        let mut state = Self {
            keys: KeyRing::generate()?,
            facetec_keys: FaceTecKeys::default(),
            tokens: AccessTokens::default(),
            customers: BTreeMap::new(),
            one_time_tokens: HashMap::new(),
            records: ApiRecords::default(),
            clock,
            default_behaviour: Behaviour::default(),
            next_id: seed::FIRST_FREE_ID,
        };
        for (customer, token) in seed::customers() {
            state.add_customer(customer, token);
        }
        Ok(state)
    }

    /// An id that nothing else has.
    pub(super) fn new_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// Adds a customer with its access token.
    pub(super) fn add_customer(&mut self, customer: Customer, token: String) {
        self.tokens.add_user(token, customer.user);
        self.customers.insert(customer.user, customer);
    }

    /// The customer behind a user token.
    pub(super) fn customer(&self, user: u64) -> Result<&Customer, ApiResponse> {
        self.customers.get(&user).ok_or_else(errors::invalid_token)
    }

    /// The time on the caller's own clock, otherwise on the shared clock.
    pub(super) fn now_for(&self, caller: Caller) -> Timestamp {
        let customer = match caller {
            Caller::User(user) => self.customers.get(&user),
            Caller::Client | Caller::Nobody => None,
        };
        customer.map_or_else(|| self.clock.now(), |customer| self.now_of(customer))
    }

    /// The time on a customer's own clock.
    pub(super) fn now_of(&self, customer: &Customer) -> Timestamp {
        later(self.clock.now(), customer.ahead)
    }
}
