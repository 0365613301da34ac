//! The script that a partner's page captures faces with, in place of FaceTec's browser SDK.

use axum::Router;
use axum::routing::get;

use super::state::FaceTec;
use crate::kit::page::{self, SCRIPT};
use crate::kit::response::ApiResponse;

/// The script's path. A partner serves it from its own origin, as it does with the SDK.
pub(crate) fn router() -> Router<FaceTec> {
    Router::new().route("/facetec/capture.js", get(script))
}

async fn script() -> ApiResponse {
    page::asset(SCRIPT, include_str!("assets/capture.js"))
}
