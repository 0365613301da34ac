//! The call log.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use crate::kit::call_log::{CallDetails, CallLog, LoggedCall};
use crate::kit::simulator::{Simulator, SimulatorState};

/// A simulator that logs the calls it receives.
pub(crate) trait LogsCalls: SimulatorState {
    type Details: CallDetails;

    fn call_log(&mut self) -> &mut CallLog<Self::Details>;
}

/// `GET` lists the calls that the query selects, `DELETE` drops all.
pub(crate) fn router<S: LogsCalls>(path: &str) -> Router<Simulator<S>> {
    Router::new().route(path, get(list::<S>).delete(clear::<S>))
}

async fn list<S: LogsCalls>(
    State(simulator): State<Simulator<S>>,
    Query(filter): Query<<S::Details as CallDetails>::Filter>,
) -> Json<Vec<LoggedCall<S::Details>>> {
    let is_selected = |call: &&LoggedCall<S::Details>| S::Details::is_selected(call, &filter);
    Json(
        simulator
            .lock()
            .call_log()
            .calls()
            .filter(is_selected)
            .cloned()
            .collect(),
    )
}

async fn clear<S: LogsCalls>(State(simulator): State<Simulator<S>>) -> StatusCode {
    simulator.lock().call_log().clear();
    StatusCode::NO_CONTENT
}
