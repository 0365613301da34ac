//! A circuit breaker: while the provider is unreachable, calls fail at once instead of waiting for timeouts.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The number of consecutive failures that opens the breaker.
const FAILURES: u32 = 20;
/// How long the breaker stays open before it allows a trial call.
const PAUSE: Duration = Duration::from_secs(5);

/// Counts consecutive failures.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call is allowed. After each pause one trial call is.
    pub(super) fn allows(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// Records a response of any status, which closes the breaker.
    pub(super) fn answered(&self) {
        *self.state() = State::default();
    }

    /// Records a call without a response.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.open_until = Some(now + PAUSE);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_failures_open_the_breaker_and_a_trial_call_closes_it() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 0..FAILURES - 1 {
            breaker.failed(start);
        }
        breaker.answered();
        for _ in 0..FAILURES {
            assert!(breaker.allows(start));
            breaker.failed(start);
        }
        assert!(!breaker.allows(start));
        let later = start + PAUSE;
        assert!(breaker.allows(later));
        assert!(!breaker.allows(later));
        breaker.answered();
        assert!(breaker.allows(later) && breaker.allows(later));
    }
}
