//! One approval, as the backend tells it.

use crate::{Action, Challenge, Timestamp, open_enum::open_enum};

/// One approval at one moment. A snapshot with a lower [`version`](Self::version) than one already seen is out of date.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// The approval's public name. Not a secret: knowing it allows nothing.
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// The server's clock when this snapshot was taken, so that deadlines can be counted on any clock.
    pub server_time: Timestamp,
    /// When the approval ends if it is not settled; server clock.
    pub expires_at: Timestamp,
    /// Where the approval stands. Only the backend decides this.
    pub status: Status,
    /// Why it ended, where there is a reason to tell.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reason: Option<Reason>,
    /// What is approved. Absent from a settled approval.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub action: Option<Action>,
    /// The steps, in the order in which they are to be taken.
    #[cfg_attr(feature = "serde", serde(default))]
    pub challenges: Vec<Challenge>,
    /// How many steps there are in all, where that is known: a provider may name them one at a time.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub steps: Option<u8>,
    /// How many wrong entries are left before the approval is declined.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub attempts_left: Option<u8>,
}

open_enum! {
    /// Where an approval stands. An unknown status is not approved.
    Status {
        /// The customer has steps to take.
        Pending = "pending",
        /// The provider has accepted every required step.
        Approved = "approved",
        /// The customer was refused: too many wrong entries, or a refusal by the provider.
        Declined = "declined",
        /// The customer stopped.
        Cancelled = "cancelled",
        /// The time was up.
        Expired = "expired",
        /// It cannot be completed, through no decision of the customer.
        Failed = "failed",
    }
}

open_enum! {
    /// Why an approval ended without being approved.
    Reason {
        /// Too many wrong entries in a row, or too many tries at a step.
        TooManyAttempts = "too-many-attempts",
        /// The only way left to take a step is blocked by the provider for a while.
        FactorBlocked = "factor-blocked",
        /// The only way left to take a step was never set up by the customer.
        FactorNotSetUp = "factor-not-set-up",
        /// The customer's session with the partner or the provider has ended.
        SessionEnded = "session-ended",
        /// The provider no longer accepts this approval.
        ProviderRefused = "provider-refused",
        /// The customer said that the action is not theirs.
        Denied = "denied",
        /// The customer gave no clear answer.
        Unclear = "unclear",
        /// It could not be made sure that the customer is who they say and acts freely. No more is told, on purpose.
        NotVerified = "not-verified",
        /// The code that was sent by e-mail was not entered rightly.
        CodeFailed = "code-failed",
        /// What was to be approved is not what was shown.
        Changed = "changed",
        /// A step asks for something this version cannot do.
        Unsupported = "unsupported",
        /// The server could not be reached for the whole life of the approval.
        Unreachable = "unreachable",
    }
}

/// How an approval ended. For the page this is a hint; the partner's server asks the backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every required step is cleared.
    Approved,
    /// The customer was refused.
    Declined(Option<Reason>),
    /// The customer stopped.
    Cancelled,
    /// The time was up.
    Expired,
    /// It could not be completed.
    Failed(Option<Reason>),
}

impl Outcome {
    /// The outcome's name: `approved`, `declined`, `cancelled`, `expired` or `failed`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined(_) => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed(_) => "failed",
        }
    }

    /// Why, where there is a reason to tell.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Declined(reason) | Self::Failed(reason) => reason.as_ref(),
            Self::Approved | Self::Cancelled | Self::Expired => None,
        }
    }
}

impl Approval {
    /// How the approval ended; `None` while it is pending. An unknown status has failed: it never passes.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.status {
            Status::Pending => None,
            Status::Approved => Some(Outcome::Approved),
            Status::Declined => Some(Outcome::Declined(self.reason.clone())),
            Status::Cancelled => Some(Outcome::Cancelled),
            Status::Expired => Some(Outcome::Expired),
            Status::Failed => Some(Outcome::Failed(self.reason.clone())),
            Status::Other(_) => Some(Outcome::Failed(Some(Reason::Unsupported))),
        }
    }

    /// The step that the customer has to take now.
    #[must_use]
    pub fn open_challenge(&self) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.is_open())
    }

    /// A step by its id.
    #[must_use]
    pub fn challenge(&self, id: &str) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.id == id)
    }
}
