//! `/control/bank`: the bank's books, and what goes wrong there.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::bank::{Bank, Delivery, Endpoint, Entry, Notice};
use crate::mishap::Scripted;
use crate::state::SandboxState;

/// All routes under `/control/bank`.
pub(super) fn router() -> Router<SandboxState> {
    Router::new()
        .route("/control/bank", delete(forget))
        .route("/control/bank/wires", get(wires))
        .route("/control/bank/notices", get(notices))
        .route("/control/bank/deliveries", get(deliveries))
        .route("/control/bank/secrets", put(secrets))
        .route("/control/bank/wait", post(wait))
        .route("/control/bank/faults", get(faults).post(script).delete(clear))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    transfer: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    transfer: String,
    #[serde(default)]
    what: What,
    #[serde(default = "one")]
    count: usize,
    #[serde(default = "ten")]
    seconds: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    #[default]
    Executions,
    Deliveries,
    Notices,
}

fn one() -> usize {
    1
}

fn ten() -> u64 {
    10
}

async fn forget(State(state): State<SandboxState>) -> StatusCode {
    state.bank().forget();
    StatusCode::NO_CONTENT
}

async fn wires(State(state): State<SandboxState>) -> Json<Vec<Entry>> {
    Json(state.bank().executions.clone())
}

async fn notices(State(state): State<SandboxState>, Query(Filter { transfer }): Query<Filter>) -> Json<Vec<Notice>> {
    let wanted = |notice: &&Notice| transfer.is_none() || notice.transfer == transfer;
    Json(state.bank().notices.iter().filter(wanted).cloned().collect())
}

async fn deliveries(State(state): State<SandboxState>) -> Json<Vec<Delivery>> {
    Json(state.bank().deliveries.clone())
}

async fn secrets(State(state): State<SandboxState>, Json(Secrets { secrets }): Json<Secrets>) -> StatusCode {
    state.bank().secrets = secrets;
    StatusCode::NO_CONTENT
}

async fn script(State(state): State<SandboxState>, Json(fault): Json<Scripted<Endpoint>>) -> StatusCode {
    state.bank().faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn faults(State(state): State<SandboxState>) -> Json<Vec<Scripted<Endpoint>>> {
    Json(state.bank().faults.pending().to_vec())
}

async fn clear(State(state): State<SandboxState>) -> StatusCode {
    state.bank().faults.retain(|_| false);
    StatusCode::NO_CONTENT
}

async fn wait(State(state): State<SandboxState>, Json(wanted): Json<Wait>) -> Result<Json<Value>, Refusal> {
    let mut changes = state.changes();
    let arrives = async {
        loop {
            changes.mark_unchanged();
            if let Some(answer) = arrived(&state.bank(), &wanted) {
                return Some(answer);
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs(wanted.seconds), arrives).await {
        Ok(Some(answer)) => Ok(Json(answer)),
        Ok(None) | Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "it did not come")),
    }
}

fn arrived(bank: &Bank, wanted: &Wait) -> Option<Value> {
    let transfer = wanted.transfer.as_str();
    let notices: Vec<&Notice> = bank
        .notices
        .iter()
        .filter(|notice| notice.transfer.as_deref() == Some(transfer))
        .collect();
    let count = match wanted.what {
        What::Executions => bank.executions_of(transfer).count(),
        What::Deliveries => bank.deliveries_of(transfer),
        What::Notices => notices.len(),
    };
    if count < wanted.count {
        return None;
    }
    Some(match wanted.what {
        What::Executions | What::Deliveries => bank.wire(transfer),
        What::Notices => json!(notices),
    })
}
