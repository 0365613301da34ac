//! `/control/facesign`: what FaceSign does, and what became of it.

mod behaviour;
mod calls;
mod events;
mod faults;
mod sessions;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::state::SandboxState;

/// All routes under `/control/facesign`.
pub(super) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/control/facesign", get(addresses))
        .route("/control/facesign/behaviour", put(behaviour::set))
        .route("/control/facesign/sessions", get(sessions::list))
        .route("/control/facesign/sessions/{id}", get(sessions::show))
        .route(
            "/control/facesign/sessions/{id}/behaviour",
            put(behaviour::set_for_session),
        )
        .route("/control/facesign/sessions/{id}/play", post(sessions::play))
        .route("/control/facesign/sessions/{id}/open", post(sessions::open))
        .route("/control/facesign/sessions/{id}/step", post(sessions::step))
        .route("/control/facesign/sessions/{id}/report", post(sessions::report))
        .route("/control/facesign/sessions/{id}/finish", post(sessions::finish))
        .route("/control/facesign/sessions/{id}/expire", post(sessions::expire))
        .route("/control/facesign/sessions/{id}/analysis", post(sessions::analysis))
        .route("/control/facesign/sessions/{id}/tamper", post(sessions::tamper))
        .route("/control/facesign/sessions/{id}/advance", post(sessions::advance))
        .route("/control/facesign/webhook", put(events::register))
        .route("/control/facesign/events", get(events::list).post(events::make_up))
        .route("/control/facesign/events/release", post(events::release))
        .route("/control/facesign/events/idle", post(events::idle))
        .route("/control/facesign/events/{event}/deliver", post(events::deliver))
        .route(
            "/control/facesign/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/control/facesign/calls", get(calls::list))
}

fn no_such_session(id: &str) -> Refusal {
    refuse(StatusCode::NOT_FOUND, format!("FaceSign has no session {id}"))
}

/// Where the other two listeners are.
async fn addresses(State(state): State<SandboxState>) -> Json<Value> {
    let facesign = state.facesign();
    Json(json!({"api": facesign.api_url, "pages": facesign.pages_url}))
}
