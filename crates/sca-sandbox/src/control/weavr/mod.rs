//! `/control/weavr`: what Weavr's customers, phones and bank do, and what became of it.

mod behaviour;
mod calls;
mod customers;
mod events;
mod faults;
mod requests;
mod resources;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::state::SandboxState;

/// All routes under `/control/weavr`.
pub(super) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/control/weavr", get(addresses))
        .route("/control/weavr/behaviour", put(behaviour::set_for_all))
        .route("/control/weavr/customers", post(customers::create))
        .route("/control/weavr/customers/{user}", get(customers::show))
        .route(
            "/control/weavr/customers/{user}/behaviour",
            put(behaviour::set_for_customer),
        )
        .route("/control/weavr/customers/{user}/factors", put(customers::set_factors))
        .route("/control/weavr/customers/{user}/advance", post(customers::advance))
        .route("/control/weavr/customers/{user}/logout", post(customers::logout))
        .route("/control/weavr/customers/{user}/lock", post(customers::lock))
        .route("/control/weavr/requests", get(requests::list))
        .route("/control/weavr/requests/wait", post(requests::wait))
        .route("/control/weavr/requests/{id}", get(requests::show))
        .route("/control/weavr/requests/{id}/{answer}", post(requests::answer))
        .route("/control/weavr/resources", get(resources::list))
        .route("/control/weavr/resources/wait", post(resources::wait))
        .route("/control/weavr/resources/{id}", get(resources::show))
        .route("/control/weavr/resources/{id}/state", post(resources::force))
        .route("/control/weavr/resources/{id}/tamper", post(resources::tamper))
        .route(
            "/control/weavr/webhooks",
            get(events::webhook).put(events::register).post(events::register),
        )
        .route("/control/weavr/events", get(events::list).post(events::make_up))
        .route("/control/weavr/events/release", post(events::release))
        .route("/control/weavr/events/idle", post(events::idle))
        .route("/control/weavr/events/{event}/deliver", post(events::deliver))
        .route(
            "/control/weavr/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/control/weavr/calls", get(calls::list))
}

fn no_such_customer(user: &str) -> Refusal {
    refuse(
        StatusCode::NOT_FOUND,
        format!("Weavr has no customer with the user id {user}"),
    )
}

fn no_such_resource(id: &str) -> Refusal {
    refuse(StatusCode::NOT_FOUND, format!("Weavr has no payment {id}"))
}

fn not_in_time(what: &str) -> Refusal {
    refuse(StatusCode::REQUEST_TIMEOUT, format!("{what} in time"))
}

/// Where the other listeners are.
async fn addresses(State(state): State<SandboxState>) -> Json<Value> {
    let weavr = state.weavr();
    Json(json!({
        "api": format!("{}/multi", weavr.api_url),
        "simulator": format!("{}/simulate/api", weavr.api_url),
        "phone": weavr.phone_url,
    }))
}

/// The patience of those who wait.
fn ten() -> u64 {
    10
}
