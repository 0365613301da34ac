//! `/control/log`: the calls received.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::state::SandboxState;
use crate::wise::call_log::LoggedCall;
use crate::wise::endpoint::Endpoint;
use crate::wise::tokens::Caller;

/// Which calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    #[serde(default)]
    user_id: Option<u64>,
    #[serde(default)]
    endpoint: Option<Endpoint>,
    /// Only calls with a higher sequence number.
    #[serde(default)]
    after: u64,
}

pub(super) async fn show(State(state): State<SandboxState>, Query(filter): Query<Filter>) -> Json<Vec<LoggedCall>> {
    let wanted = |call: &&LoggedCall| {
        call.sequence > filter.after
            && filter.user_id.is_none_or(|user| call.caller == Caller::User(user))
            && filter.endpoint.is_none_or(|endpoint| call.endpoint == Some(endpoint))
    };
    Json(state.world().log.calls().filter(wanted).cloned().collect())
}

pub(super) async fn clear(State(state): State<SandboxState>) -> StatusCode {
    state.world().log.clear();
    StatusCode::NO_CONTENT
}
