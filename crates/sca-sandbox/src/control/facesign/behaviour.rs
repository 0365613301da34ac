//! The switches.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::{Refusal, no_such_session};
use crate::facesign::behaviour::Behaviour;
use crate::state::SandboxState;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Concerning {
    /// Only sessions that mention this text; left out: all.
    #[serde(rename = "for")]
    text: Option<String>,
}

pub(super) async fn set(
    State(state): State<SandboxState>,
    Query(Concerning { text }): Query<Concerning>,
    Json(behaviour): Json<Behaviour>,
) -> StatusCode {
    state.facesign().behave(text, behaviour);
    StatusCode::NO_CONTENT
}

pub(super) async fn set_for_session(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(behaviour): Json<Behaviour>,
) -> Result<StatusCode, Refusal> {
    state
        .facesign()
        .change(&id, |session, _| session.behaviour = behaviour)
        .ok_or_else(|| no_such_session(&id))?;
    Ok(StatusCode::NO_CONTENT)
}
