//! `/control/weavr`: what Weavr's customers, phones and bank do, and what happened to payments.

mod customers;
mod requests;
mod resources;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::behaviour::EventDelivery;
use super::state::Weavr;
use crate::kit::control::{behaviour, calls, faults, webhooks};

/// All routes under `/control/weavr`.
pub(crate) fn router() -> Router<Weavr> {
    Router::new()
        .route("/control/weavr", get(addresses))
        .route("/control/weavr/events", post(make_up_event))
        .merge(behaviour::router("/control/weavr"))
        .merge(customers::router())
        .merge(requests::router())
        .merge(resources::router())
        .merge(webhooks::router("/control/weavr/webhooks", "/control/weavr/events"))
        .merge(faults::router("/control/weavr/faults"))
        .merge(calls::router("/control/weavr/calls"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MadeUpEvent {
    path: String,
    body: Value,
}

/// The addresses of the other listeners.
async fn addresses(State(weavr): State<Weavr>) -> Json<Value> {
    let state = weavr.lock();
    Json(json!({
        "api": format!("{}/multi", state.api_url),
        "simulator": format!("{}/simulate/api", state.api_url),
        "phone": state.phone_url,
    }))
}

async fn make_up_event(State(weavr): State<Weavr>, Json(event): Json<MadeUpEvent>) -> (StatusCode, Json<Value>) {
    let body = event.body.to_string();
    let call_ref = weavr.lock().emit(&event.path, "", body, EventDelivery::default());
    (StatusCode::CREATED, Json(json!({"callRef": call_ref})))
}
