//! The settings that every provider has.

use std::time::Duration;

/// The range of a provider's timeouts. A repeated request waits two minutes for the first one, which may make several calls.
pub const PROVIDER_TIMEOUTS: std::ops::RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(30);

/// The timeout of connecting, where none is configured.
#[must_use]
pub fn default_connect_timeout() -> Duration {
    Duration::from_secs(3)
}

/// The total timeout of a call, where none is configured.
#[must_use]
pub fn default_timeout() -> Duration {
    Duration::from_secs(10)
}
