//! One approval, as the backend reports it.

use crate::{Action, BrowserKeyName, Challenge, Timestamp, open_enum::open_enum};

/// A snapshot of one approval. One with a lower `version` than another is out of date.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// The approval's id. Not a secret: it grants no access.
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// The server's clock when the backend took this snapshot. The widget computes its clock's offset from it.
    pub server_time: Timestamp,
    /// When the approval ends if it is not settled; server clock.
    pub expires_at: Timestamp,
    /// When it was settled; server clock. Absent while it is pending.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub settled_at: Option<Timestamp>,
    /// The approval's status. Only the backend changes it.
    pub status: Status,
    /// Why the approval ended, if the backend gives a reason.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub reason: Option<Reason>,
    /// What is approved. Absent from a settled approval.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub action: Option<Action>,
    /// The challenges, in the order in which the customer clears them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub challenges: Vec<Challenge>,
    /// How many challenges there are in all, if that is known: a provider may name them one at a time.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub steps: Option<u8>,
    /// How many more verification attempts may fail before the backend declines the approval.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub attempts_left: Option<u8>,
    /// The name under which a browser keeps this customer's key for the factor `device`. The same in every approval and enrolment of the
    /// customer. Not a secret, and says nothing about the customer. Absent if the backend cannot tell who the customer is, and from a
    /// settled approval.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BrowserKeyName::is_absent"))]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub browser_key: BrowserKeyName,
}

open_enum! {
    /// An approval's status. An unknown one does not count as approved.
    Status {
        /// The customer has challenges to clear.
        Pending = "pending",
        /// The customer has cleared every required challenge.
        Approved = "approved",
        /// The customer was refused: too many failed attempts, or a refusal by the provider.
        Declined = "declined",
        /// The customer cancelled it.
        Cancelled = "cancelled",
        /// It was not settled in time.
        Expired = "expired",
        /// It cannot be completed, through no decision of the customer.
        Failed = "failed",
    }
}

open_enum! {
    /// Why an approval ended without being approved.
    Reason {
        /// Too many failed attempts in a row, or too many attempts at one challenge.
        TooManyAttempts = "too-many-attempts",
        /// The provider has blocked the only factor that could clear a challenge for a while.
        FactorBlocked = "factor-blocked",
        /// The customer never set up the only factor that could clear a challenge.
        FactorNotSetUp = "factor-not-set-up",
        /// The only factor that could clear a challenge was set up so recently that it cannot be used yet.
        FactorCoolingOff = "factor-cooling-off",
        /// The customer's session with the partner or the provider has ended.
        SessionEnded = "session-ended",
        /// The provider no longer accepts this approval.
        ProviderRefused = "provider-refused",
        /// The customer said that the action is not theirs.
        Denied = "denied",
        /// The customer gave no clear answer.
        Unclear = "unclear",
        /// The backend could not verify the customer's identity, or that they act freely. It deliberately gives no details.
        NotVerified = "not-verified",
        /// The customer did not enter the code that FaceSign sent by e-mail correctly.
        CodeFailed = "code-failed",
        /// What the customer was shown is not what was to be approved.
        Changed = "changed",
        /// A challenge needs something that this version does not support.
        Unsupported = "unsupported",
        /// The widget could not reach the backend until the approval expired.
        Unreachable = "unreachable",
    }
}

/// How an approval ended. A hint for the page only: the partner's server asks the backend.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every required step is cleared.
    Approved,
    /// The customer was refused.
    Declined(Option<Reason>),
    /// The customer cancelled it.
    Cancelled,
    /// It was not settled in time.
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

    /// Why the approval ended, if there is a reason.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Declined(reason) | Self::Failed(reason) => reason.as_ref(),
            Self::Approved | Self::Cancelled | Self::Expired => None,
        }
    }
}

impl Approval {
    /// How the approval ended; `None` while it is pending. An unknown status counts as failed.
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

    /// The challenge that the customer has to clear now.
    #[must_use]
    pub fn open_challenge(&self) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.is_open())
    }

    /// The challenge of this id.
    #[must_use]
    pub fn challenge(&self, id: &str) -> Option<&Challenge> {
        self.challenges.iter().find(|challenge| challenge.id == id)
    }
}
