//! The API's operations, as the call log and the faults name them.

use serde::{Deserialize, Serialize};

use crate::kit::call_log::{CallDetails, LoggedCall};
use crate::kit::pipeline;

pub(super) type ApiCall = pipeline::ApiCall<Endpoint>;

/// The API's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Create,
    Get,
    Refresh,
    List,
    /// Languages and avatars.
    Catalogue,
    /// Only in scripted faults and filters: every operation.
    Any,
}

impl Endpoint {
    /// Whether a fault or a filter for this endpoint selects a call to `called`.
    pub(super) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }
}

/// The details of a call in the log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// Milliseconds of the simulated clock.
    pub(super) at: i64,
    pub(super) endpoint: Endpoint,
    pub(super) session_id: Option<String>,
}

/// Selects calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CallFilter {
    session_id: Option<String>,
    endpoint: Option<Endpoint>,
}

impl CallDetails for Details {
    type Filter = CallFilter;

    fn is_selected(call: &LoggedCall<Self>, filter: &CallFilter) -> bool {
        (filter.session_id.is_none() || call.details.session_id == filter.session_id)
            && filter
                .endpoint
                .is_none_or(|endpoint| endpoint.covers(call.details.endpoint))
    }
}
