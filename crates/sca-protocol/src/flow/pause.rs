//! The pauses between tries: exponential back-off.

/// The first pause between two polls, in milliseconds; it doubles up to the longest.
pub(super) const FIRST_PAUSE_MS: u64 = 1_000;
/// The longest pause between two polls while the provider is expected to change the approval, in milliseconds.
pub(super) const MAX_POLL_PAUSE_MS: u64 = 5_000;

/// The pause after a number of failures in a row, in milliseconds.
pub(crate) fn pause_after(failures: u8, longest_ms: u64) -> u64 {
    let doublings = u32::from(failures.saturating_sub(1)).min(16);
    FIRST_PAUSE_MS.saturating_mul(1_u64 << doublings).min(longest_ms)
}
