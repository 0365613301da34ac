//! `.../faults`: the faults that are still to come.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use super::Refusal;
use crate::kit::faults::ScriptedFault;
use crate::kit::pipeline::Api;
use crate::kit::simulator::Simulator;

/// `GET` lists the faults, `POST` appends one, `DELETE` drops them.
pub(crate) fn router<S: Api>(path: &str) -> Router<Simulator<S>> {
    Router::new().route(path, get(list::<S>).post(script::<S>).delete(clear::<S>))
}

async fn list<S: Api>(State(simulator): State<Simulator<S>>) -> Json<Vec<S::Fault>> {
    Json(simulator.lock().records().faults.pending().to_vec())
}

async fn script<S: Api>(
    State(simulator): State<Simulator<S>>,
    Json(fault): Json<S::Fault>,
) -> Result<StatusCode, Refusal> {
    let mut state = simulator.lock();
    state.check_fault(&fault)?;
    state.records().faults.add(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear<S: Api>(
    State(simulator): State<Simulator<S>>,
    Query(filter): Query<<S::Fault as ScriptedFault>::Filter>,
) -> StatusCode {
    simulator.lock().records().faults.clear(&filter);
    StatusCode::NO_CONTENT
}
