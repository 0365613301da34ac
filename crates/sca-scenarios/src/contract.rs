//! Names of the API contract, spelled as there.

use schemars::JsonSchema;
use serde::Deserialize;

/// Declares an enum of names of the contract. A scenario that needs a name which the contract does not have says so:
/// `{"unknown": "retina"}`. A misspelled name is refused.
macro_rules! names {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $text:tt, )+ } )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $text)] $variant, )+
            /// A name that the contract does not have.
            #[serde(rename = "unknown")]
            Unknown(String),
        }

        impl $name {
            /// Reads a name of the contract.
            #[must_use]
            pub fn named(name: &str) -> Self {
                match name {
                    $( $text => Self::$variant, )+
                    other => Self::Unknown(other.to_owned()),
                }
            }

            /// The name as the contract spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Unknown(name) => name,
                }
            }
        }
    )+ };
}

names! {
    /// How a customer proves who they are.
    Factor {
        /// A PIN.
        Pin = "pin",
        /// A code by text message.
        Sms = "sms",
        /// A code by WhatsApp message.
        WhatsApp = "whatsapp",
        /// A code by phone call.
        Voice = "voice",
        /// A fingerprint of the device.
        Device = "device",
        /// A face check at FaceSign.
        Face = "face",
        /// A scan of the face in the page.
        FaceScan = "face-scan",
        /// An approval in an app on the phone.
        Push = "push",
        /// The same, by fingerprint or face on the phone.
        Biometric = "biometric",
    }

    /// Whether a factor can be used.
    Availability {
        /// It can be used.
        Available = "available",
        /// The provider has blocked it for a while.
        Blocked = "blocked",
        /// The customer has not set it up.
        NotSetUp = "not-set-up",
    }

    /// An approval's status.
    Status {
        /// The customer has a challenge to clear.
        Pending = "pending",
        /// Every challenge is cleared.
        Approved = "approved",
        /// The customer was refused.
        Declined = "declined",
        /// The customer cancelled it.
        Cancelled = "cancelled",
        /// It was not settled in time.
        Expired = "expired",
        /// It could not be completed.
        Failed = "failed",
    }

    /// Why an approval ended without being approved.
    Reason {
        /// Too many wrong codes or PINs.
        TooManyAttempts = "too-many-attempts",
        /// The only factor left is blocked.
        FactorBlocked = "factor-blocked",
        /// The only factor left was never set up.
        FactorNotSetUp = "factor-not-set-up",
        /// The customer's session has ended.
        SessionEnded = "session-ended",
        /// The provider no longer accepts the approval.
        ProviderRefused = "provider-refused",
        /// The customer said that the action is not theirs.
        Denied = "denied",
        /// The customer gave no clear answer.
        Unclear = "unclear",
        /// The customer was not verified.
        NotVerified = "not-verified",
        /// The code from the e-mail was not entered correctly.
        CodeFailed = "code-failed",
        /// What the customer was shown is not what was to be approved.
        Changed = "changed",
        /// A challenge asks for something that the widget cannot do.
        Unsupported = "unsupported",
        /// The server could not be reached.
        Unreachable = "unreachable",
    }

    /// The provider's verdict on a code or PIN.
    Verdict {
        /// The challenge is cleared.
        Accepted = "accepted",
        /// It is wrong.
        Refused = "refused",
        /// The factor is blocked for a while.
        Blocked = "blocked",
        /// The customer has not set the factor up.
        NotSetUp = "not-set-up",
        /// The code has expired, or a newer one has been sent.
        CodeExpired = "code-expired",
        /// The provider could not decrypt it.
        KeyStale = "key-stale",
    }

    /// Why the last attempt at a challenge failed, if the customer may try again.
    StepFailure {
        /// No face was found.
        NoFace = "no-face",
        /// The answer was not clear enough.
        Inconclusive = "inconclusive",
        /// The code could not be sent by e-mail.
        CodeNotDelivered = "code-not-delivered",
        /// The customer left before the end.
        Abandoned = "abandoned",
        /// The session expired.
        SessionExpired = "session-expired",
        /// The request on the phone was not answered in time.
        RequestExpired = "request-expired",
    }
}

/// How an approval ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The outcome.
    pub outcome: OutcomeName,
    /// Why; absent without a reason.
    pub reason: Option<Reason>,
}

/// The outcomes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OutcomeName {
    /// Every challenge is cleared.
    Approved,
    /// The customer was refused.
    Declined,
    /// The customer cancelled it.
    Cancelled,
    /// It was not settled in time.
    Expired,
    /// It could not be completed.
    Failed,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// In the currency's minor unit.
    pub minor: u64,
    /// The currency (ISO 4217).
    pub currency: String,
}
