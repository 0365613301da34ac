//! Holds calls back while the provider cannot be reached, so that callers get a quick answer instead of waiting in a queue.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many calls in a row have to fail before calls are held back.
const FAILURES: u32 = 20;
/// For how long they are held back before one is let through to see.
const PAUSE: Duration = Duration::from_secs(5);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    held_until: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made. After a pause one may, and the rest wait for what comes of it.
    pub(super) fn lets_through(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.held_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.held_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// The provider answered, whatever it said.
    pub(super) fn answered(&self) {
        *self.state() = State::default();
    }

    /// The provider did not answer.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.held_until = Some(now + PAUSE);
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
    fn calls_are_held_back_after_failures_in_a_row_and_one_tries_again() {
        let breaker = Breaker::default();
        let start = Instant::now();
        for _ in 0..FAILURES - 1 {
            breaker.failed(start);
        }
        breaker.answered();
        for _ in 0..FAILURES {
            assert!(breaker.lets_through(start));
            breaker.failed(start);
        }
        assert!(!breaker.lets_through(start));
        let later = start + PAUSE;
        assert!(breaker.lets_through(later));
        assert!(!breaker.lets_through(later));
        breaker.answered();
        assert!(breaker.lets_through(later) && breaker.lets_through(later));
    }
}
