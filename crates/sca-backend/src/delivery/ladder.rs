//! How long to wait before the next try: longer every time, as the Standard Webhooks specification suggests.

/// Milliseconds before each further try. With the first, which is made at once, that makes ten tries in about three days.
const WAITS: [u64; 9] = [
    5_000,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// How much longer than on the ladder a wait may be, so that what failed together is not tried again together: nothing to a
/// fifth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(pub u8);

/// For how many milliseconds to wait after so many tries that came to nothing; `None` when there have been enough.
#[must_use]
pub fn wait_after(tries: u32, jitter: Jitter) -> Option<u64> {
    let rung = usize::try_from(tries).ok()?.checked_sub(1)?;
    let wait = *WAITS.get(rung)?;
    Some(wait + wait / 5 * u64::from(jitter.0) / u64::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_take_about_three_days() {
        let waits: Vec<u64> = (1..).map_while(|tries| wait_after(tries, Jitter(0))).collect();
        assert_eq!(waits.len() + 1, 10);
        assert_eq!(
            waits.iter().take(3).copied().collect::<Vec<_>>(),
            [5_000, 300_000, 1_800_000]
        );
        assert!(waits.is_sorted());
        let days = waits.iter().sum::<u64>() / (24 * HOUR);
        assert_eq!(days, 3);
    }

    #[test]
    fn jitter_only_ever_adds_up_to_a_fifth() {
        for tries in 1..10 {
            let wait = wait_after(tries, Jitter(0)).unwrap();
            assert_eq!(wait_after(tries, Jitter(u8::MAX)), Some(wait + wait / 5));
            let some = wait_after(tries, Jitter(128)).unwrap();
            assert!(some > wait && some < wait + wait / 5);
        }
    }
}
