//! `/control/facesign`: what FaceSign does, and what happened to its sessions.

mod sessions;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use sessions::SessionFilter;

use super::behaviour::Behaviour;
use super::state::FaceSign;
use crate::kit::control::{calls, faults, webhooks};

/// All routes under `/control/facesign`.
pub(crate) fn router() -> Router<FaceSign> {
    Router::new()
        .route("/control/facesign", get(addresses))
        .route("/control/facesign/behaviour", put(set_behaviour))
        .route("/control/facesign/events", post(make_up_event))
        .merge(sessions::router())
        .merge(webhooks::router(
            "/control/facesign/webhook",
            "/control/facesign/events",
        ))
        .merge(faults::router("/control/facesign/faults"))
        .merge(calls::router("/control/facesign/calls"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MadeUpEvent {
    #[serde(rename = "type")]
    kind: String,
    session_id: Option<String>,
}

/// The addresses of the other two listeners.
async fn addresses(State(facesign): State<FaceSign>) -> Json<Value> {
    let state = facesign.lock();
    Json(json!({"api": state.api_url, "pages": state.pages_url}))
}

async fn set_behaviour(
    State(facesign): State<FaceSign>,
    Query(SessionFilter { text }): Query<SessionFilter>,
    Json(behaviour): Json<Behaviour>,
) -> StatusCode {
    facesign.lock().set_behaviour(text, behaviour);
    StatusCode::NO_CONTENT
}

async fn make_up_event(State(facesign): State<FaceSign>, Json(event): Json<MadeUpEvent>) -> (StatusCode, Json<Value>) {
    let id = facesign.lock().emit_made_up(&event.kind, event.session_id.as_deref());
    (StatusCode::CREATED, Json(json!({"id": id})))
}
