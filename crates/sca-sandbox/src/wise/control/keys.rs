//! `/control/keys`: Wise rotates its key without notice.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use crate::kit::control::{JsonResult, refuse};
use crate::wise::state::Wise;

pub(super) fn router() -> Router<Wise> {
    Router::new().route("/control/keys/rotate", post(rotate))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Rotation {
    /// Whether the older keys are still used for decryption.
    keep_old: bool,
}

async fn rotate(State(wise): State<Wise>, Json(Rotation { keep_old }): Json<Rotation>) -> JsonResult {
    match wise.lock().keys.rotate(keep_old) {
        Ok(key) => Ok(Json(key.to_json())),
        Err(error) => {
            tracing::error!(%error, "the key was not rotated");
            Err(refuse(StatusCode::INTERNAL_SERVER_ERROR, "no key could be generated"))
        }
    }
}
