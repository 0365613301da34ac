//! The clock that the control API can move forward.

use jiff::{SignedDuration, Timestamp};

/// The system's time plus what tests have added to it. It never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    ahead: SignedDuration,
}

impl Clock {
    /// Moves the clock forward.
    pub(crate) fn advance(&mut self, by: SignedDuration) {
        self.ahead = self.ahead.saturating_add(by.abs());
    }

    /// The time on this clock.
    pub(crate) fn now(self) -> Timestamp {
        later(Timestamp::now(), self.ahead)
    }

    /// The time on a clock that is ahead of this one by what `other` is ahead of the system.
    pub(crate) fn now_with(self, other: Self) -> Timestamp {
        later(self.now(), other.ahead)
    }
}

/// The instant `by` after `instant`, held at the end of time.
pub(crate) fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Whole seconds from `now` until `instant`, rounded up; 0 when it has passed.
pub(crate) fn seconds_until(now: Timestamp, instant: Timestamp) -> i64 {
    let left = instant.duration_since(now);
    if left.is_negative() || left.is_zero() {
        return 0;
    }
    left.as_secs().saturating_add(i64::from(left.subsec_nanos() > 0))
}
