//! The customer's phone: what waits for an answer, and the answer.

mod calls;
mod document;

use axum::Router;
use axum::routing::{get, post};

use crate::state::SandboxState;

/// All paths of the phone's origin.
pub(crate) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/", get(document::show))
        .route("/assets/{file}", get(document::asset))
        .route("/phone/requests", get(calls::requests))
        .route("/phone/requests/{id}/{answer}", post(calls::answer))
}
