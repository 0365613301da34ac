//! Points in time.

use core::time::Duration;

/// A point in time: milliseconds since the Unix epoch, on the clock that the field's documentation names (the server's or the
/// browser's).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This point in time plus a duration, in whole milliseconds.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        self.plus_ms(milliseconds(duration))
    }

    /// The time left until `later`; zero when it has passed.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(self.ms_until(later))
    }

    /// This point in time minus a duration, in whole milliseconds; the epoch at the earliest.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(duration)))
    }

    /// As [`plus`](Self::plus), in milliseconds.
    #[must_use]
    pub fn plus_ms(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// As [`until`](Self::until), in milliseconds.
    #[must_use]
    pub fn ms_until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
