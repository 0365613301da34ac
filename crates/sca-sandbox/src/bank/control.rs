//! `/control/bank`: what the bank executed and received, and its faults.

use std::collections::BTreeSet;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::phone_code::PhoneCode;
use super::state::{Bank, BankState, Execution, Notice};
use crate::kit::control::{JsonResult, calls, faults, ten_seconds, timed_out, timeout};

/// All routes under `/control/bank`.
pub(crate) fn router() -> Router<Bank> {
    Router::new()
        .route("/control/bank", delete(clear))
        .route("/control/bank/wires", get(wires))
        .route("/control/bank/notices", get(notices))
        .route("/control/bank/secrets", put(set_secrets))
        .route("/control/bank/phone-codes", get(phone_codes).delete(forget_phone_codes))
        .route("/control/bank/unreachable-numbers", put(set_unreachable))
        .route("/control/bank/wait", post(wait))
        .merge(calls::router("/control/bank/deliveries"))
        .merge(faults::router("/control/bank/faults"))
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
    what: Record,
    #[serde(default = "one")]
    count: usize,
    #[serde(default = "ten_seconds")]
    seconds: u64,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Record {
    #[default]
    Executions,
    Deliveries,
    Notices,
}

fn one() -> usize {
    1
}

async fn clear(State(bank): State<Bank>) -> StatusCode {
    bank.lock().clear();
    StatusCode::NO_CONTENT
}

async fn wires(State(bank): State<Bank>) -> Json<Vec<Execution>> {
    Json(bank.lock().executions.clone())
}

async fn notices(State(bank): State<Bank>, Query(Filter { transfer }): Query<Filter>) -> Json<Vec<Notice>> {
    let is_selected = |notice: &&Notice| transfer.is_none() || notice.transfer == transfer;
    Json(bank.lock().notices.iter().filter(is_selected).cloned().collect())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberFilter {
    number: Option<String>,
}

async fn phone_codes(
    State(bank): State<Bank>,
    Query(NumberFilter { number }): Query<NumberFilter>,
) -> Json<Vec<PhoneCode>> {
    let is_selected = |code: &&PhoneCode| number.as_ref().is_none_or(|number| code.number == *number);
    Json(bank.lock().phone_codes.iter().filter(is_selected).cloned().collect())
}

async fn forget_phone_codes(State(bank): State<Bank>) -> StatusCode {
    bank.lock().phone_codes.clear();
    StatusCode::NO_CONTENT
}

async fn set_unreachable(State(bank): State<Bank>, Json(Numbers { numbers }): Json<Numbers>) -> StatusCode {
    bank.lock().unreachable = numbers;
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    numbers: BTreeSet<String>,
}

async fn set_secrets(State(bank): State<Bank>, Json(Secrets { secrets }): Json<Secrets>) -> StatusCode {
    bank.lock().secrets = secrets;
    StatusCode::NO_CONTENT
}

async fn wait(State(bank): State<Bank>, Json(wait): Json<Wait>) -> JsonResult {
    bank.wait_for(timeout(wait.seconds), |state| arrived(state, &wait))
        .await
        .map(Json)
        .ok_or_else(|| timed_out("it did not arrive"))
}

fn arrived(state: &BankState, wait: &Wait) -> Option<Value> {
    let transfer = wait.transfer.as_str();
    let notices: Vec<&Notice> = state
        .notices
        .iter()
        .filter(|notice| notice.transfer.as_deref() == Some(transfer))
        .collect();
    let count = match wait.what {
        Record::Executions => state.executions_of(transfer).count(),
        Record::Deliveries => state.deliveries_of(transfer),
        Record::Notices => notices.len(),
    };
    if count < wait.count {
        return None;
    }
    Some(match wait.what {
        Record::Executions | Record::Deliveries => state.wire(transfer),
        Record::Notices => json!(notices),
    })
}
