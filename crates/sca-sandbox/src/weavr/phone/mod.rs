//! The customer's phone: the live requests, and the customer's answers.

mod calls;
mod document;

use axum::Router;
use axum::routing::{get, post};

use super::state::Weavr;

/// All paths of the phone's origin.
pub(crate) fn router() -> Router<Weavr> {
    Router::new()
        .route("/", get(document::show))
        .route("/assets/{file}", get(document::asset))
        .route("/phone/requests", get(calls::requests))
        .route("/phone/requests/{id}/{answer}", post(calls::answer))
}
