//! The API's operations, as the call log and the faults name them.

use serde::{Deserialize, Serialize};

use crate::kit::call_log::{CallDetails, LoggedCall};

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
    /// Only in scripted faults and filters: every operation.
    Any,
}

impl Endpoint {
    /// Whether a fault or a filter for this endpoint selects a call to `called`.
    pub(super) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }

    /// Whether a repeated `idempotency-ref` gets the same response again.
    pub(super) fn is_idempotent(self) -> bool {
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

/// The details of a call in the log.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Details {
    /// Milliseconds of the simulated clock.
    pub(super) at: i64,
    pub(super) endpoint: Endpoint,
    /// Whose token it had.
    pub(super) user: Option<String>,
    /// The id in the path.
    pub(super) subject: Option<String>,
    /// Whether it had an `idempotency-ref`.
    pub(super) idempotent: bool,
}

/// Selects calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallFilter {
    user: Option<String>,
    endpoint: Option<Endpoint>,
}

impl CallDetails for Details {
    type Filter = CallFilter;

    fn is_selected(call: &LoggedCall<Self>, filter: &CallFilter) -> bool {
        (filter.user.is_none() || call.details.user == filter.user)
            && filter
                .endpoint
                .is_none_or(|endpoint| endpoint.covers(call.details.endpoint))
    }
}
