//! The control API: what tests use to set the scene and to look behind it. JSON both ways, same port as the providers.

mod bank;
mod behaviour;
mod clock;
mod customers;
mod facesign;
mod faults;
mod keys;
mod log;
mod weavr;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use serde_json::{Value, json};

use crate::state::SandboxState;

/// All routes under `/control`.
pub(crate) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/control/health", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/control/customers", post(customers::create))
        .route("/control/customers/{user}", get(customers::show))
        .route("/control/customers/{user}/behaviour", put(behaviour::set_for_customer))
        .route("/control/behaviour", put(behaviour::set_for_all))
        .route(
            "/control/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/control/keys/rotate", post(keys::rotate))
        .route("/control/clock/advance", post(clock::advance))
        .route("/control/log", get(log::show).delete(log::clear))
        .merge(facesign::router())
        .merge(weavr::router())
        .merge(bank::router())
}

/// A refusal by the control API, with a sentence for the person writing the test.
type Refusal = (StatusCode, Json<Value>);

fn refuse(status: StatusCode, message: impl Into<String>) -> Refusal {
    (status, Json(json!({"error": message.into()})))
}

fn no_such_customer(user: u64) -> Refusal {
    refuse(
        StatusCode::NOT_FOUND,
        format!("there is no customer with the user id {user}"),
    )
}
