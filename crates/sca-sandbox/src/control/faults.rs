//! `/control/faults`: what will go wrong.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::{Refusal, no_such_customer, refuse};
use crate::state::SandboxState;
use crate::wise::fault::ScriptedFault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Whose {
    #[serde(default)]
    user_id: Option<u64>,
}

pub(super) async fn add(
    State(state): State<SandboxState>,
    Json(fault): Json<ScriptedFault>,
) -> Result<StatusCode, Refusal> {
    if !fault.fault.fits(fault.endpoint) {
        let message = format!("the fault {} has no meaning on this endpoint", fault.fault.name());
        return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    let mut world = state.world();
    if let Some(user) = fault.user_id
        && !world.customers.contains_key(&user)
    {
        return Err(no_such_customer(user));
    }
    world.faults.add(fault);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list(State(state): State<SandboxState>) -> Json<Vec<ScriptedFault>> {
    Json(state.world().faults.pending().to_vec())
}

pub(super) async fn clear(State(state): State<SandboxState>, Query(whose): Query<Whose>) -> StatusCode {
    // Of one customer, or all.
    let kept = |fault: &ScriptedFault| whose.user_id.is_some() && fault.user_id != whose.user_id;
    state.world().faults.retain(kept);
    StatusCode::NO_CONTENT
}
