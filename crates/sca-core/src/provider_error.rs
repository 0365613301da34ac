//! Why a provider gave no answer that decides anything, and whether the call may have been executed.

use std::time::Duration;

/// Why the provider gave no answer that decides anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The customer's session with the provider has ended.
    #[error("the provider no longer accepts the customer's access token")]
    SessionEnded,
    /// The provider does not know the one-time token, or no longer accepts it.
    #[error("the provider does not accept the one-time token (status {0})")]
    TokenRefused(u16),
    /// The provider has locked the customer's login for a while; nothing was executed.
    #[error("the provider has locked the customer's login for {retry_after:?}")]
    Locked {
        /// For how long.
        retry_after: Duration,
    },
    /// The customer's session has to be stepped up before; nothing was carried out.
    #[error("the provider wants the customer's session stepped up first")]
    StepUpRequired,
    /// The customer may not do this; nothing was carried out.
    #[error("the provider does not let this customer do it")]
    Forbidden,
    /// Too many calls; nothing was carried out.
    #[error("the provider asks to wait {retry_after:?}")]
    TooManyRequests {
        /// After which time to retry.
        retry_after: Duration,
    },
    /// The call's path can be read in more than one way: nothing was sent.
    #[error("the path can be read in two ways")]
    Malformed,
    /// No connection could be made: nothing was sent.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// We hold back: too many calls are under way, or the last ones got no answer. Nothing was sent.
    #[error("calls to the provider are held back")]
    Overloaded,
    /// The time was up. The call may have been carried out.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// The connection broke. The call may have been carried out.
    #[error("the connection to the provider broke")]
    Broken,
    /// An answer that cannot be used. The call may have been carried out.
    #[error("the provider's answer cannot be used: {0}")]
    Unusable(InvalidResponse),
    /// The provider does not accept our own credentials.
    #[error("the provider does not accept the backend's client credentials (status {0})")]
    ClientRefused(u16),
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResponse {
    /// A status that the call does not know.
    #[error("status {0}")]
    Status(u16),
    /// Not JSON, or not the JSON that was expected.
    #[error("the body is not what was expected")]
    Body,
    /// More bytes than we take.
    #[error("the body is too large")]
    TooLarge,
}

impl ProviderError {
    /// Whether the call was certainly not carried out.
    #[must_use]
    pub fn is_not_executed(&self) -> bool {
        match self {
            Self::SessionEnded
            | Self::Locked { .. }
            | Self::StepUpRequired
            | Self::Forbidden
            | Self::TooManyRequests { .. }
            | Self::Malformed
            | Self::Unreachable
            | Self::Overloaded
            | Self::ClientRefused(_) => true,
            Self::TokenRefused(_) | Self::TimedOut | Self::Broken | Self::Unusable(_) => false,
        }
    }
}
