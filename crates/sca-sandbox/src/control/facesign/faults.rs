//! What will go wrong with calls to the API.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::facesign::endpoint::Endpoint;
use crate::mishap::Scripted;
use crate::state::SandboxState;

pub(super) async fn add(State(state): State<SandboxState>, Json(fault): Json<Scripted<Endpoint>>) -> StatusCode {
    state.facesign().faults.add(fault);
    StatusCode::NO_CONTENT
}

pub(super) async fn list(State(state): State<SandboxState>) -> Json<Vec<Scripted<Endpoint>>> {
    Json(state.facesign().faults.pending().to_vec())
}

pub(super) async fn clear(State(state): State<SandboxState>) -> StatusCode {
    state.facesign().faults.retain(|_| false);
    StatusCode::NO_CONTENT
}
