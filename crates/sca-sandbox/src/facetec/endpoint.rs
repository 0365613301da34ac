//! The server's operations, as the call log and the faults name them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kit::call_log::{CallDetails, LoggedCall};
use crate::kit::pipeline;

/// A call, with its JSON body; `null` when it has none.
pub(super) type ApiCall<C = Value> = pipeline::ApiCall<Endpoint, C>;

/// The server's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Status,
    SessionToken,
    Enroll,
    ReadEnrollment,
    DeleteEnrollment,
    Match,
    Export,
    /// Only in scripted faults and filters: every operation.
    Any,
}

impl Endpoint {
    /// Whether a fault or a filter for this endpoint selects a call to `called`.
    pub(super) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }
}

/// The details of a call in the log: never a scan or a face map.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Details {
    /// Milliseconds of the simulated clock.
    pub(super) at: i64,
    pub(super) endpoint: Endpoint,
    #[serde(rename = "externalDatabaseRefID")]
    pub(super) reference: Option<String>,
}

/// Selects calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallFilter {
    #[serde(rename = "externalDatabaseRefID")]
    reference: Option<String>,
    endpoint: Option<Endpoint>,
}

impl CallDetails for Details {
    type Filter = CallFilter;

    fn is_selected(call: &LoggedCall<Self>, filter: &CallFilter) -> bool {
        (filter.reference.is_none() || call.details.reference == filter.reference)
            && filter
                .endpoint
                .is_none_or(|endpoint| endpoint.covers(call.details.endpoint))
    }
}
