//! The hosted page that the customer sees in the frame, and its calls.

mod calls;
mod document;
mod elsewhere;

use axum::Router;
use axum::routing::{get, post};

use super::state::FaceSign;

pub(crate) use elsewhere::router as elsewhere;

/// All paths of the hosted pages' origin.
pub(crate) fn router() -> Router<FaceSign> {
    Router::new()
        .route("/", get(document::show))
        .route("/assets/{file}", get(document::asset))
        .route("/page/state", get(calls::state))
        .route("/page/open", post(calls::open))
        .route("/page/step", post(calls::step))
        .route("/page/code", post(calls::code))
        .route("/page/leave", post(calls::leave))
        .merge(elsewhere::router())
}
