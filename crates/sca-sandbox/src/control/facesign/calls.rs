//! The calls received.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::calls::Call;
use crate::facesign::endpoint::{About, Endpoint};
use crate::state::SandboxState;

/// Which calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    session_id: Option<String>,
    endpoint: Option<Endpoint>,
}

pub(super) async fn list(
    State(state): State<SandboxState>,
    Query(filter): Query<Filter>,
) -> Json<Vec<Call<Endpoint, About>>> {
    let wanted = |call: &&Call<Endpoint, About>| {
        (filter.session_id.is_none() || call.about.session_id == filter.session_id)
            && filter.endpoint.is_none_or(|endpoint| endpoint.covers(call.endpoint))
    };
    Json(state.facesign().calls.calls().filter(wanted).cloned().collect())
}
