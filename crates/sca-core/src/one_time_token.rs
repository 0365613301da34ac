//! One-time tokens. A provider rejects a call with a token, and executes it once the token's challenges are passed.

use sca_protocol::Factor;

/// The status of a one-time token as the provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// The challenges that the provider reports now. An empty list means that the token is cleared.
    pub challenges: Vec<ReportedChallenge>,
    /// The token's remaining validity in seconds; `None` when the provider does not report a readable one.
    pub valid_seconds: Option<u64>,
    /// The provider's id of the user whose token it is, where the provider reports it.
    pub user: Option<String>,
}

impl TokenStatus {
    /// Whether no required challenge is open. Missing and unreadable members never clear a token.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.challenges
            .iter()
            .all(|challenge| challenge.passed || !challenge.required)
    }
}

/// A challenge as the provider reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedChallenge {
    /// The factor that the provider suggests.
    pub primary: Factor,
    /// Alternative factors.
    pub alternatives: Vec<Factor>,
    /// Whether the token requires it; true unless the provider says `false`.
    pub required: bool,
    /// Whether it is passed; false unless the provider says `true`.
    pub passed: bool,
}

/// The provider's response to a verification attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationResult {
    /// The verdict.
    pub verdict: VerificationVerdict,
    /// The encrypted response to a PIN (a compact JWE, RFC 7516), which the backend relays to the widget unchanged.
    pub relayed: Option<String>,
}

/// The provider's verdict on a verification attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationVerdict {
    /// Accepted. The token's status shows whether the challenge is passed.
    Accepted,
    /// Wrong.
    Refused,
    /// The factor is temporarily blocked. The attempt was not verified.
    Blocked,
    /// The customer has not set the factor up.
    NotSetUp,
    /// The code has expired.
    CodeExpired,
    /// No code was sent on this channel.
    CodeNotSent,
    /// The provider could not decrypt it, and did not verify it.
    CannotDecrypt,
}

/// The result of asking the provider to send a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtpSendResult {
    /// The provider sent it.
    Sent {
        /// The phone number, masked by the provider.
        destination: Option<String>,
    },
    /// The factor is temporarily blocked.
    Blocked,
    /// The provider has no phone number of this customer.
    NotSetUp,
}
