//! What time it is.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use sca_protocol::Timestamp;

/// Tells the time.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// Now, in milliseconds since the Unix epoch.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The clock of a database server, by which all instances on it go, whatever the clocks of their own machines say.
///
/// What the server says when it is asked narrows down by how much its time is ahead of this process's steady one; between answers
/// the steady one goes on. Setting the machine's clock changes nothing.
#[derive(Debug)]
pub struct DatabaseClock {
    began: Instant,
    /// The server's time when this process's clock began, in microseconds since the Unix epoch.
    at_the_beginning: AtomicI64,
}

impl DatabaseClock {
    /// A clock that goes by the machine's until the database has said more.
    #[must_use]
    pub fn new() -> Self {
        let machine = i64::try_from(SystemClock.now().0).unwrap_or(i64::MAX);
        Self {
            began: Instant::now(),
            at_the_beginning: AtomicI64::new(machine.saturating_mul(1_000)),
        }
    }

    /// Takes over what the database has said: `said`, in microseconds since the Unix epoch, at some moment between the two.
    ///
    /// An answer that took long says little, and changes nothing that it does not contradict.
    pub fn heard(&self, asked: Instant, answered: Instant, said: i64) {
        let earliest = said.saturating_sub(microseconds(answered.saturating_duration_since(self.began)));
        let latest = said.saturating_sub(microseconds(asked.saturating_duration_since(self.began)));
        let narrowed = |known: i64| Some(known.clamp(earliest, latest.max(earliest)));
        // It never refuses.
        let _ = self
            .at_the_beginning
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, narrowed);
    }
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let now = self
            .at_the_beginning
            .load(Ordering::SeqCst)
            .saturating_add(microseconds(self.began.elapsed()));
        Timestamp(u64::try_from(now / 1_000).unwrap_or_default())
    }
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// A clock that is moved by hand, for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands still at a time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.0.store(self.now().plus(duration).0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    /// 2026-11-23, in microseconds.
    const SAID: i64 = 1_795_430_000_000_000;

    /// What the clock thinks it was at a moment, in microseconds.
    fn at(clock: &DatabaseClock, moment: Instant) -> i64 {
        clock.at_the_beginning.load(Ordering::SeqCst) + microseconds(moment - clock.began)
    }

    #[test]
    fn the_database_s_time_counts_and_not_the_machine_s() {
        let clock = DatabaseClock::new();
        let (asked, answered) = (clock.began + SECOND, clock.began + SECOND * 2);
        clock.heard(asked, answered, SAID);
        // The machine's is later: the server cannot have been further than this when the answer was there.
        assert!((SAID..=SAID + 1_000_000).contains(&at(&clock, answered)));
        let now = i64::try_from(clock.now().0).unwrap();
        assert!((now - SAID / 1_000).abs() < 120_000, "{now}");
    }

    #[test]
    fn a_quick_answer_says_it_to_the_moment_and_a_slow_one_changes_nothing() {
        let clock = DatabaseClock::new();
        let moment = clock.began + SECOND * 10;
        clock.heard(moment, moment, SAID);
        assert_eq!(at(&clock, moment), SAID);
        // It was said at the end of ten seconds, or at their beginning.
        for said in [SAID, SAID + 10_000_000] {
            clock.heard(moment, moment + SECOND * 10, said);
            assert_eq!(at(&clock, moment), SAID);
        }
    }

    #[test]
    fn a_server_that_takes_over_is_believed_at_once() {
        let clock = DatabaseClock::new();
        let moment = clock.began + SECOND;
        for said in [SAID, SAID + 3_600_000_000, SAID - 7_000_000] {
            clock.heard(moment, moment + SECOND, said);
            let off = at(&clock, moment + SECOND) - said;
            assert!((0..=1_000_000).contains(&off), "{off}");
        }
    }
}
