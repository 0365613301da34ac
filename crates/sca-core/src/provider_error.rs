//! Provider errors: why a call has no usable response, and whether the provider may have executed it.

use std::time::Duration;

/// Why a provider call has no usable response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The customer's session with the provider has ended; nothing was executed.
    #[error("the provider no longer accepts the customer's access token")]
    SessionEnded,
    /// The provider does not know the one-time token, or no longer accepts it. The call may have been executed.
    #[error("the provider does not accept the one-time token (status {0})")]
    TokenRefused(u16),
    /// The provider has temporarily locked the customer's login; nothing was executed.
    #[error("the provider has locked the customer's login for {retry_after:?}")]
    Locked {
        /// The duration of the lock.
        retry_after: Duration,
    },
    /// The customer's session has to be stepped up first; nothing was executed.
    #[error("the provider requires the customer's session to be stepped up first")]
    StepUpRequired,
    /// The customer has no permission for this call; nothing was executed.
    #[error("the provider does not permit this call for the customer")]
    Forbidden,
    /// The provider's rate limit is exceeded; nothing was executed.
    #[error("the provider's rate limit is exceeded; retry after {retry_after:?}")]
    TooManyRequests {
        /// The time to wait before a retry.
        retry_after: Duration,
    },
    /// The call is ambiguous or invalid: its path is not in normal form, or a value does not fit. Nothing was sent.
    #[error("the call is malformed")]
    Malformed,
    /// No connection to the provider. Nothing was sent.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// The concurrency limit is reached, or the circuit breaker is open. Nothing was sent.
    #[error("the concurrency limit is reached or the circuit breaker is open")]
    Overloaded,
    /// The call timed out. The provider may have executed it.
    #[error("the provider did not respond in time")]
    TimedOut,
    /// The connection broke. The provider may have executed the call.
    #[error("the connection to the provider broke")]
    Broken,
    /// The response is invalid. The provider may have executed the call.
    #[error("the provider's response is invalid: {0}")]
    Unusable(InvalidResponse),
    /// The provider does not accept the backend's own credentials; nothing was executed.
    #[error("the provider does not accept the backend's client credentials (status {0})")]
    ClientRefused(u16),
}

/// Why a response is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResponse {
    /// An unexpected HTTP status.
    #[error("status {0}")]
    Status(u16),
    /// A body that is not JSON, or not of the expected form.
    #[error("the body does not have the expected form")]
    Body,
    /// A page, with this status. Providers answer in JSON, so a firewall or a proxy in between answered.
    #[error("status {0} with a page: a firewall or proxy in between answered, not the provider")]
    Page(u16),
    /// A body above the size limit.
    #[error("the body is too large")]
    TooLarge,
}

impl ProviderError {
    /// The error of a call with the backend's own credentials: a 401 to it is about them, not about the customer's session.
    #[must_use]
    pub fn of_own_credentials(self) -> Self {
        if self == Self::SessionEnded {
            Self::ClientRefused(401)
        } else {
            self
        }
    }

    /// Whether the provider certainly did not execute the call, so that it is safe to retry.
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
