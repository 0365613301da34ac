//! Everything the simulated Wise knows.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::call_log::CallLog;
use super::customer::Customer;
use super::fault::ScriptedFault;
use super::keys::{KeyError, KeyRing};
use super::one_time_token::OneTimeToken;
use super::seed;
use super::tokens::{AccessTokens, Caller};
use crate::clock::Clock;
use crate::mishap::Script;

/// The state behind all operations.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) keys: KeyRing,
    pub(crate) tokens: AccessTokens,
    /// By user id.
    pub(crate) customers: BTreeMap<u64, Customer>,
    pub(crate) one_time_tokens: HashMap<Uuid, OneTimeToken>,
    pub(crate) faults: Script<ScriptedFault>,
    pub(crate) log: CallLog,
    pub(crate) clock: Clock,
    /// For customers created from now on.
    pub(crate) default_behaviour: Behaviour,
    next_id: u64,
}

impl World {
    /// A world with the seed customers.
    pub(crate) fn seeded() -> Result<Self, KeyError> {
        let mut world = Self {
            keys: KeyRing::generate()?,
            tokens: AccessTokens::default(),
            customers: BTreeMap::new(),
            one_time_tokens: HashMap::new(),
            faults: Script::default(),
            log: CallLog::default(),
            clock: Clock::default(),
            default_behaviour: Behaviour::default(),
            next_id: seed::FIRST_FREE_ID,
        };
        for (customer, token) in seed::customers() {
            world.add_customer(customer, token);
        }
        Ok(world)
    }

    /// A number that no other thing in this world has.
    pub(crate) fn fresh_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        id
    }

    /// Adds a customer with its access token.
    pub(crate) fn add_customer(&mut self, customer: Customer, token: String) {
        self.tokens.give_user(token, customer.user);
        self.customers.insert(customer.user, customer);
    }

    /// The time as this caller's customer lives it, else the world's.
    pub(crate) fn now_for(&self, caller: Caller) -> Timestamp {
        match caller {
            Caller::User(user) => match self.customers.get(&user) {
                Some(customer) => self.clock.now_with(customer.clock),
                None => self.clock.now(),
            },
            Caller::Client | Caller::Nobody => self.clock.now(),
        }
    }

    /// The time as this customer lives it.
    pub(crate) fn now_of(&self, customer: &Customer) -> Timestamp {
        self.clock.now_with(customer.clock)
    }
}
