//! `/control/keys`: Wise rotates its keys without notice.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use crate::kit::control::{JsonResult, Refusal, refuse};
use crate::wise::keys::KeyError;
use crate::wise::state::Wise;

pub(super) fn router() -> Router<Wise> {
    Router::new()
        .route("/control/keys/rotate", post(rotate))
        .route("/control/keys/facetec/rotate", post(rotate_facetec))
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
        Err(error) => Err(not_rotated(&error)),
    }
}

/// The key for face maps.
async fn rotate_facetec(State(wise): State<Wise>, Json(Rotation { keep_old }): Json<Rotation>) -> JsonResult {
    match wise.lock().facetec_keys.rotate(keep_old) {
        Ok(public_key) => Ok(Json(json!({"publicKey": public_key}))),
        Err(error) => Err(not_rotated(&error)),
    }
}

fn not_rotated(error: &KeyError) -> Refusal {
    tracing::error!(%error, "the key was not rotated");
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "no key could be generated")
}
