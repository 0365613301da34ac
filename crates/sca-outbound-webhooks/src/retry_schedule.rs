//! The retry schedule of outbound webhooks: growing delays, as the Standard Webhooks specification suggests
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;

/// The delays before each further attempt, in seconds. With the first attempt, which is immediate: ten attempts in about three days.
const DELAYS_SECONDS: [u64; 9] = [
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

/// By how much a delay exceeds the schedule, so that messages that failed together are not retried together: 0 adds nothing, 255
/// a fifth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(pub u8);

/// How long to wait after this many failed attempts; `None` when the schedule is exhausted.
#[must_use]
pub fn delay_before_attempt(attempts: u32, jitter: Jitter) -> Option<Duration> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let delay = Duration::from_secs(*DELAYS_SECONDS.get(index)?);
    Some(delay + delay / 5 * u32::from(jitter.0) / u32::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_about_three_days() {
        let delays: Vec<Duration> = (1..)
            .map_while(|attempts| delay_before_attempt(attempts, Jitter(0)))
            .collect();
        assert_eq!(delays.len() + 1, 10);
        let seconds: Vec<u64> = delays.iter().take(3).map(Duration::as_secs).collect();
        assert_eq!(seconds, [5, 300, 1_800]);
        assert!(delays.is_sorted());
        let days = delays.iter().sum::<Duration>().as_secs() / (24 * HOUR);
        assert_eq!(days, 3);
    }

    #[test]
    fn jitter_adds_at_most_a_fifth() {
        for attempts in 1..10 {
            let delay = delay_before_attempt(attempts, Jitter(0)).unwrap();
            assert_eq!(delay_before_attempt(attempts, Jitter(u8::MAX)), Some(delay + delay / 5));
            let some = delay_before_attempt(attempts, Jitter(128)).unwrap();
            assert!(some > delay && some < delay + delay / 5);
        }
    }
}
