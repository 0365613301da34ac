//! The API's operations, as the log and the faults name them.

use serde::{Deserialize, Serialize};

/// The API's operations, those of the simulator API included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Login,
    AccessToken,
    Logout,
    CreateWire,
    CreateSend,
    ReadWire,
    ReadSend,
    ListWires,
    ListSends,
    Cancel,
    Confirm,
    /// For payments, on today's paths and on the deprecated ones.
    IssueOtp,
    VerifyOtp,
    IssuePush,
    StepUpOtp,
    StepUpVerify,
    StepUpPush,
    CreatePayees,
    ReadPayees,
    PayeeOtp,
    PayeeVerify,
    PayeePush,
    Factors,
    Enrol,
    VerifyEnrolment,
    EnrolPush,
    Unlink,
    Statement,
    /// All of the simulator API.
    Simulate,
    /// Only for scripting faults: all of them.
    Any,
}

impl Endpoint {
    /// Whether a fault scripted for this strikes a call to that.
    pub(crate) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }

    /// Whether a repeated `idempotency-ref` replays the answer.
    pub(crate) fn is_idempotent(self) -> bool {
        match self {
            Self::CreateWire
            | Self::CreateSend
            | Self::CreatePayees
            | Self::IssueOtp
            | Self::VerifyOtp
            | Self::IssuePush
            | Self::StepUpOtp
            | Self::StepUpVerify
            | Self::StepUpPush
            | Self::PayeeOtp
            | Self::PayeeVerify
            | Self::PayeePush
            | Self::Enrol
            | Self::VerifyEnrolment
            | Self::EnrolPush => true,
            Self::Login
            | Self::AccessToken
            | Self::Logout
            | Self::ReadWire
            | Self::ReadSend
            | Self::ListWires
            | Self::ListSends
            | Self::Cancel
            | Self::Confirm
            | Self::ReadPayees
            | Self::Factors
            | Self::Unlink
            | Self::Statement
            | Self::Simulate
            | Self::Any => false,
        }
    }
}

/// What a call was about, for the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    /// Whose token it had.
    pub(crate) user: Option<String>,
    /// The id in the path.
    pub(crate) subject: Option<String>,
    /// Whether it had an `idempotency-ref`.
    pub(crate) idempotent: bool,
}
