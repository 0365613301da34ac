//! The call log.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use crate::kit::call_log::{CallDetails, LoggedCall};
use crate::kit::pipeline::Api;
use crate::kit::simulator::Simulator;

/// `GET` lists the calls that the query selects, `DELETE` drops all.
pub(crate) fn router<S: Api>(path: &str) -> Router<Simulator<S>> {
    Router::new().route(path, get(list::<S>).delete(clear::<S>))
}

async fn list<S: Api>(
    State(simulator): State<Simulator<S>>,
    Query(filter): Query<<S::Details as CallDetails>::Filter>,
) -> Json<Vec<LoggedCall<S::Details>>> {
    let is_selected = |call: &&LoggedCall<S::Details>| S::Details::is_selected(call, &filter);
    Json(
        simulator
            .lock()
            .records()
            .calls
            .calls()
            .filter(is_selected)
            .cloned()
            .collect(),
    )
}

async fn clear<S: Api>(State(simulator): State<Simulator<S>>) -> StatusCode {
    simulator.lock().records().calls.clear();
    StatusCode::NO_CONTENT
}
