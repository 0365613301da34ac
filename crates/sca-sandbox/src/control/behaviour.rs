//! `/control/.../behaviour`: the switches.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::{Refusal, no_such_customer};
use crate::state::SandboxState;
use crate::wise::behaviour::Behaviour;

pub(super) async fn set_for_customer(
    State(state): State<SandboxState>,
    Path(user): Path<u64>,
    Json(behaviour): Json<Behaviour>,
) -> Result<StatusCode, Refusal> {
    let mut world = state.world();
    let customer = world.customers.get_mut(&user).ok_or_else(|| no_such_customer(user))?;
    customer.behaviour = behaviour;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn set_for_all(State(state): State<SandboxState>, Json(behaviour): Json<Behaviour>) -> StatusCode {
    let mut world = state.world();
    for customer in world.customers.values_mut() {
        customer.behaviour = behaviour.clone();
    }
    world.default_behaviour = behaviour;
    StatusCode::NO_CONTENT
}
