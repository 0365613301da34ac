//! The details of a call in the log: never a body, a query or a header's value.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Route;
use super::endpoint::Endpoint;
use super::generation::Generation;
use super::jose::Encryption;
use super::tokens::Caller;
use crate::kit::call_log::{CallDetails, LoggedCall};

/// The details of a call.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// The time on the customer's clock, otherwise on the shared clock.
    pub(super) at: Timestamp,
    /// `null` for a path that is no operation.
    endpoint: Option<Endpoint>,
    generation: Option<Generation>,
    method: String,
    /// Without the query.
    path: String,
    caller: Caller,
    /// In lower case.
    header_names: Vec<String>,
    /// `null` on operations that take no encrypted body.
    pub(super) encryption: Option<Encryption>,
}

impl Details {
    /// The details of a call whose body was not opened yet.
    pub(super) fn new(
        at: Timestamp,
        route: Option<Route>,
        caller: Caller,
        method: &axum::http::Method,
        path: &str,
        headers: &axum::http::HeaderMap,
    ) -> Self {
        Self {
            at,
            endpoint: route.map(|route| route.endpoint),
            generation: route.map(|route| route.generation),
            method: method.to_string(),
            path: path.to_owned(),
            caller,
            header_names: headers.keys().map(ToString::to_string).collect(),
            encryption: None,
        }
    }
}

/// Selects calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CallFilter {
    #[serde(default)]
    user_id: Option<u64>,
    #[serde(default)]
    endpoint: Option<Endpoint>,
    /// Only calls with a higher sequence number.
    #[serde(default)]
    after: u64,
}

impl CallDetails for Details {
    type Filter = CallFilter;

    fn is_selected(call: &LoggedCall<Self>, filter: &CallFilter) -> bool {
        let details = &call.details;
        call.sequence > filter.after
            && filter.user_id.is_none_or(|user| details.caller == Caller::User(user))
            && filter
                .endpoint
                .is_none_or(|endpoint| details.endpoint == Some(endpoint))
    }
}
