//! `/control/bank`: what the bank executed and received, and its faults.

use std::collections::BTreeSet;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::phone_code::PhoneCode;
use super::state::{Bank, BankState, Execution, Notice, NoticeSubject};
use crate::kit::control::{JsonResult, calls, faults, refuse, ten_seconds, timed_out, timeout};

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
    customer: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secrets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    /// This or `customer` is required.
    transfer: Option<String>,
    /// With `notices` only.
    customer: Option<String>,
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

async fn notices(State(bank): State<Bank>, Query(filter): Query<Filter>) -> Json<Vec<Notice>> {
    let is_selected = |notice: &&Notice| {
        (filter.transfer.is_none() || notice.about.transfer == filter.transfer)
            && (filter.customer.is_none() || notice.about.customer == filter.customer)
    };
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
    let awaited = match (wait.transfer, wait.customer, wait.what) {
        (Some(transfer), None, what) => Awaited::Transfer(transfer, what),
        (None, Some(customer), Record::Notices) => Awaited::Customer(customer),
        (None, Some(_), Record::Executions | Record::Deliveries) => {
            return Err(refuse(StatusCode::BAD_REQUEST, "only notices are about a customer"));
        }
        (Some(_), Some(_), _) | (None, None, _) => {
            return Err(refuse(StatusCode::BAD_REQUEST, "`transfer` or `customer` is required"));
        }
    };
    bank.wait_for(timeout(wait.seconds), |state| arrived(state, &awaited, wait.count))
        .await
        .map(Json)
        .ok_or_else(|| timed_out("it did not arrive"))
}

/// What is waited for, about whom.
enum Awaited {
    Transfer(String, Record),
    /// The notices about a customer.
    Customer(String),
}

fn arrived(state: &BankState, awaited: &Awaited, count: usize) -> Option<Value> {
    let notices = |is_meant: &dyn Fn(&NoticeSubject) -> bool| {
        let found: Vec<&Notice> = state.notices.iter().filter(|notice| is_meant(&notice.about)).collect();
        (found.len(), json!(found))
    };
    let (arrived, shown) = match awaited {
        Awaited::Transfer(transfer, Record::Executions) => {
            (state.executions_of(transfer).count(), state.wire(transfer))
        }
        Awaited::Transfer(transfer, Record::Deliveries) => (state.deliveries_of(transfer), state.wire(transfer)),
        Awaited::Transfer(transfer, Record::Notices) => notices(&|about| about.transfer.as_ref() == Some(transfer)),
        Awaited::Customer(customer) => notices(&|about| about.customer.as_ref() == Some(customer)),
    };
    (arrived >= count).then_some(shown)
}
