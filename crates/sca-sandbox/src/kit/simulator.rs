//! One simulator's state behind a lock, and what all simulators of one sandbox share: the clock and the change signal.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::clock::Clock;
use super::webhooks::client::WebhookClient;

/// The state of one simulator.
pub(crate) trait SimulatorState: Send + 'static {
    /// Applies what time alone changes, up to this instant in milliseconds of the simulated clock.
    fn advance_to(&mut self, _now_ms: i64) {}

    /// Increases with every change that a long poll may wait for.
    fn revision(&self) -> u64 {
        0
    }
}

/// What all simulators of one sandbox share. Cloning it gives another handle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(crate) clock: Clock,
    /// Signals that the clock or some state changed.
    changes: Arc<watch::Sender<()>>,
    pub(crate) webhook_client: WebhookClient,
}

impl Environment {
    /// Moves the clock forward and wakes everything that waits.
    pub(crate) fn advance_clock(&self, seconds: u32) {
        self.clock.advance(seconds);
        self.signal_change();
    }

    /// Wakes everything that waits: a clock was moved.
    pub(crate) fn signal_change(&self) {
        self.changes.send_replace(());
    }

    /// Receives a signal after every change.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

/// A handle on one simulator. Cloning it gives another handle on the same state.
#[derive(Debug)]
pub(crate) struct Simulator<S> {
    state: Arc<Mutex<S>>,
    environment: Environment,
}

impl<S> Clone for Simulator<S> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            environment: self.environment.clone(),
        }
    }
}

impl<S: SimulatorState> Simulator<S> {
    pub(crate) fn new(state: S, environment: Environment) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            environment,
        }
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The state, advanced to the clock's time. Never held across an await.
    pub(crate) fn lock(&self) -> StateGuard<'_, S> {
        let now_ms = self.environment.clock.now_ms();
        // A poisoned lock means that another request panicked; the state is still the best there is.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let revision = state.revision();
        state.advance_to(now_ms);
        StateGuard {
            state,
            revision,
            environment: &self.environment,
        }
    }

    /// What `find` returns, as soon as it returns something; `None` when it did not in time.
    pub(crate) async fn wait_for<T>(&self, timeout: Duration, find: impl Fn(&mut S) -> Option<T>) -> Option<T> {
        let mut changes = self.environment.changes();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = find(&mut self.lock()) {
                    return Some(found);
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        };
        tokio::time::timeout(timeout, found).await.ok().flatten()
    }
}

/// Locked state. Dropping it signals whether its revision increased.
#[derive(Debug)]
pub(crate) struct StateGuard<'a, S: SimulatorState> {
    state: MutexGuard<'a, S>,
    revision: u64,
    environment: &'a Environment,
}

impl<S: SimulatorState> Deref for StateGuard<'_, S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.state
    }
}

impl<S: SimulatorState> DerefMut for StateGuard<'_, S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.state
    }
}

impl<S: SimulatorState> Drop for StateGuard<'_, S> {
    fn drop(&mut self) {
        if self.state.revision() != self.revision {
            self.environment.signal_change();
        }
    }
}
