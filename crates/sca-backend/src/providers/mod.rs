//! What a provider says, in words of our own.

mod address;
mod breaker;
pub mod facesign;
pub mod http;
pub mod weavr;
pub mod wise;

use std::time::Duration;

use axum::http::HeaderValue;
use sca_protocol::Factor;

/// A header value that no log shows. `None` when the text cannot stand in a header.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// A one-time token as the provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// The challenges that the provider names now. None: the token can be used.
    pub challenges: Vec<NamedChallenge>,
    /// For how many seconds the token can still be used; `None` when the provider does not say so in a way that can be read.
    pub valid_seconds: Option<u64>,
}

impl TokenStatus {
    /// Whether no required challenge is left. What the provider did not say in so many words does not count.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.challenges
            .iter()
            .all(|challenge| challenge.passed || !challenge.required)
    }
}

/// A challenge as the provider names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedChallenge {
    /// What the provider suggests.
    pub primary: Factor,
    /// Other ways to clear it.
    pub alternatives: Vec<Factor>,
    /// Whether the token needs it; true unless the provider says no.
    pub required: bool,
    /// Whether it is cleared; false unless the provider says yes.
    pub passed: bool,
}

/// What the provider said to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationResult {
    /// The verdict.
    pub verdict: VerificationVerdict,
    /// The encrypted answer to a PIN, byte for byte.
    pub relayed: Option<String>,
}

/// How the provider judged an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationVerdict {
    /// It was taken. Whether the step is cleared, the token's status says.
    Accepted,
    /// It is wrong.
    Refused,
    /// The factor is blocked for a while; the entry was not looked at.
    Blocked,
    /// The customer has not set the factor up.
    NotSetUp,
    /// The code is too old.
    CodeExpired,
    /// No code was sent this way.
    CodeNotSent,
    /// It could not be decrypted, and so was not looked at.
    CannotDecrypt,
}

/// What came of asking the provider to send a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is on its way.
    Sent {
        /// Where to, masked by the provider.
        destination: Option<String>,
    },
    /// The factor is blocked for a while.
    Blocked,
    /// The provider knows no number for this customer.
    NotSetUp,
}

/// Why the provider gave no answer that decides anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The customer's session with the provider has ended.
    #[error("the provider no longer accepts the customer's access token")]
    SessionEnded,
    /// The provider does not know the one-time token, or no longer accepts it.
    #[error("the provider does not accept the one-time token (status {0})")]
    TokenRefused(u16),
    /// The customer's login is locked for a while, half an hour at Weavr; nothing was carried out.
    #[error("the provider has locked the customer's login")]
    Locked,
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
            | Self::Locked
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
