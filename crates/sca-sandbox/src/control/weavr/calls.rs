//! The calls received.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::calls::Call;
use crate::state::SandboxState;
use crate::weavr::endpoint::{About, Endpoint};

/// Which calls; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    user: Option<String>,
    endpoint: Option<Endpoint>,
}

pub(super) async fn list(
    State(state): State<SandboxState>,
    Query(filter): Query<Filter>,
) -> Json<Vec<Call<Endpoint, About>>> {
    let wanted = |call: &&Call<Endpoint, About>| {
        (filter.user.is_none() || call.about.user == filter.user)
            && filter.endpoint.is_none_or(|endpoint| endpoint.covers(call.endpoint))
    };
    Json(state.weavr().calls.calls().filter(wanted).cloned().collect())
}
