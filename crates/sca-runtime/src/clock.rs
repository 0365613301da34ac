//! Clocks: the machine's, the database server's, and one for tests.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use sca_protocol::Timestamp;

/// A source of the current time.
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

/// The clock of a database server, which all instances on that server share. The clocks of their own machines do not matter.
///
/// Each answer of the server bounds the offset between its time and this process's monotonic clock. Between answers the monotonic clock
/// counts on, so setting the machine's clock changes nothing.
#[derive(Debug)]
pub struct DatabaseClock {
    began: Instant,
    /// The server's time at `began`, in microseconds since the Unix epoch.
    offset_us: AtomicI64,
}

impl DatabaseClock {
    /// A clock that follows the machine's until the first answer of the database.
    #[must_use]
    pub fn new() -> Self {
        let machine = i64::try_from(SystemClock.now().0).unwrap_or(i64::MAX);
        Self {
            began: Instant::now(),
            offset_us: AtomicI64::new(machine.saturating_mul(1_000)),
        }
    }

    /// Applies an answer of the database: its time `server_time_us`, in microseconds since the Unix epoch, at some moment between `asked`
    /// and `answered`.
    ///
    /// A slow answer bounds the offset loosely, and changes only an offset that contradicts it.
    pub fn observe(&self, asked: Instant, answered: Instant, server_time_us: i64) {
        let earliest = server_time_us.saturating_sub(microseconds(answered.saturating_duration_since(self.began)));
        let latest = server_time_us.saturating_sub(microseconds(asked.saturating_duration_since(self.began)));
        let narrowed = |known: i64| Some(known.clamp(earliest, latest.max(earliest)));
        // The function always returns a value, so this cannot fail.
        let _ = self
            .offset_us
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
            .offset_us
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
    /// A clock that stays at a time until it is moved.
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

    /// The clock's time at a moment, in microseconds.
    fn at(clock: &DatabaseClock, moment: Instant) -> i64 {
        clock.offset_us.load(Ordering::SeqCst) + microseconds(moment - clock.began)
    }

    #[test]
    fn the_database_clock_wins_over_the_machine_clock() {
        let clock = DatabaseClock::new();
        let (asked, answered) = (clock.began + SECOND, clock.began + SECOND * 2);
        clock.observe(asked, answered, SAID);
        // The machine's clock is later. The server's cannot have been later than this when the answer arrived.
        assert!((SAID..=SAID + 1_000_000).contains(&at(&clock, answered)));
        let now = i64::try_from(clock.now().0).unwrap();
        assert!((now - SAID / 1_000).abs() < 120_000, "{now}");
    }

    #[test]
    fn a_fast_answer_sets_the_offset_and_a_slow_one_that_agrees_does_not_change_it() {
        let clock = DatabaseClock::new();
        let moment = clock.began + SECOND * 10;
        clock.observe(moment, moment, SAID);
        assert_eq!(at(&clock, moment), SAID);
        // The server read its clock at the end of the ten seconds, or at their beginning.
        for said in [SAID, SAID + 10_000_000] {
            clock.observe(moment, moment + SECOND * 10, said);
            assert_eq!(at(&clock, moment), SAID);
        }
    }

    #[test]
    fn a_failover_server_sets_the_offset_at_once() {
        let clock = DatabaseClock::new();
        let moment = clock.began + SECOND;
        for said in [SAID, SAID + 3_600_000_000, SAID - 7_000_000] {
            clock.observe(moment, moment + SECOND, said);
            let off = at(&clock, moment + SECOND) - said;
            assert!((0..=1_000_000).contains(&off), "{off}");
        }
    }
}
