//! The control routes of Wise, which stand directly under `/control`.

mod clock;
mod customers;
mod keys;

use axum::Router;

use super::state::Wise;
use crate::kit::control::{behaviour, calls, faults};

/// All control routes of Wise.
pub(crate) fn router() -> Router<Wise> {
    Router::new()
        .merge(behaviour::router("/control"))
        .merge(customers::router())
        .merge(keys::router())
        .merge(clock::router())
        .merge(faults::router("/control/faults"))
        .merge(calls::router("/control/log"))
}
