//! The switches.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::{Refusal, no_such_customer};
use crate::state::SandboxState;
use crate::weavr::behaviour::Behaviour;

pub(super) async fn set_for_customer(
    State(state): State<SandboxState>,
    Path(user): Path<String>,
    Json(behaviour): Json<Behaviour>,
) -> Result<StatusCode, Refusal> {
    let mut weavr = state.weavr();
    let customer = weavr.customers.get_mut(&user).ok_or_else(|| no_such_customer(&user))?;
    customer.behaviour = behaviour;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn set_for_all(State(state): State<SandboxState>, Json(behaviour): Json<Behaviour>) -> StatusCode {
    let mut weavr = state.weavr();
    for customer in weavr.customers.values_mut() {
        customer.behaviour = behaviour;
    }
    weavr.default_behaviour = behaviour;
    StatusCode::NO_CONTENT
}
