//! `/control/keys`: Wise changes its key without a word.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{Refusal, refuse};
use crate::state::SandboxState;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rotation {
    /// Whether bodies encrypted to the old keys are still opened.
    keep_old: bool,
}

pub(super) async fn rotate(
    State(state): State<SandboxState>,
    Json(Rotation { keep_old }): Json<Rotation>,
) -> Result<Json<Value>, Refusal> {
    match state.world().keys.rotate(keep_old) {
        Ok(key) => Ok(Json(key.to_json())),
        Err(error) => {
            tracing::error!(%error, "the key was not rotated");
            Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "no key could be made"))
        }
    }
}
