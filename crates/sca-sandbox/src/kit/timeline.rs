//! A simulator's time: what it is now, and when time alone changes the state next.

/// Instants are in milliseconds of the simulated clock.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    now_ms: i64,
    /// Not later than the next transition.
    next_transition_ms: Option<i64>,
    revision: u64,
}

impl Timeline {
    /// The time that the state was advanced to.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Sets the time. Returns whether a transition is due.
    pub(crate) fn advance_to(&mut self, now_ms: i64) -> bool {
        self.now_ms = now_ms;
        self.next_transition_ms.is_some_and(|due_ms| due_ms <= now_ms)
    }

    /// Adds a transition, if there is one.
    pub(crate) fn schedule(&mut self, due_ms: Option<i64>) {
        self.next_transition_ms = [self.next_transition_ms, due_ms].into_iter().flatten().min();
    }

    /// Replaces all transitions by the next one, if there is one.
    pub(crate) fn reschedule(&mut self, due_ms: Option<i64>) {
        self.next_transition_ms = due_ms;
    }

    pub(crate) fn next_transition_ms(&self) -> Option<i64> {
        self.next_transition_ms
    }

    /// Counts a change that a long poll may wait for.
    pub(crate) fn mark_changed(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Increases with every change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }
}
