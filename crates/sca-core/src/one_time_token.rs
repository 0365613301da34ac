//! A one-time token: what a provider wants cleared before it executes a call that it refused.

use sca_protocol::Factor;

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
