//! The clock that the control API can move forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The system's time plus the seconds that tests have added to it. It never goes back. Cloning it gives another handle on the
/// same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ahead_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// Moves the clock forward.
    pub(crate) fn advance(&self, seconds: u32) {
        self.ahead_seconds.fetch_add(i64::from(seconds), Ordering::AcqRel);
    }

    /// The time on this clock.
    pub(crate) fn now(&self) -> Timestamp {
        let ahead = self.ahead_seconds.load(Ordering::Acquire);
        later(Timestamp::now(), SignedDuration::from_secs(ahead))
    }

    /// The time on this clock, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }
}

/// The system's time in milliseconds since the Unix epoch. Signatures contain it in place of the simulated time.
pub(crate) fn real_now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The instant `by` after `instant`, at most the latest instant there is.
pub(crate) fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The instant so many seconds after `instant_ms`, in milliseconds.
pub(crate) fn after_seconds(instant_ms: i64, seconds: u32) -> i64 {
    instant_ms.saturating_add(i64::from(seconds).saturating_mul(1000))
}

/// Whole seconds from `now` until `instant`, rounded up; 0 when it has passed.
pub(crate) fn seconds_until(now: Timestamp, instant: Timestamp) -> i64 {
    let left = instant.duration_since(now);
    if left.is_negative() || left.is_zero() {
        return 0;
    }
    left.as_secs().saturating_add(i64::from(left.subsec_nanos() > 0))
}
