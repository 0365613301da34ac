//! The calls of the page. They need nothing but a user id: this phone has no lock.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::json::set;
use crate::kit::response::ApiResponse;
use crate::weavr::challenge::{Challenge, Kind, Status, Subject};
use crate::weavr::operations::simulator::answer_request;
use crate::weavr::resource::Resource;
use crate::weavr::state::{Weavr, WeavrState};

/// How long a long poll of the page waits for a change.
const LONG_POLL: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    user: String,
    /// The version that the page shows; left out: respond at once.
    shown: Option<String>,
}

/// The live requests of a customer, as soon as they differ from what the page shows.
pub(super) async fn requests(State(weavr): State<Weavr>, Query(Shown { user, shown }): Query<Shown>) -> ApiResponse {
    let changed = |state: &mut WeavrState| {
        let requests = live_requests(state, &user);
        let is_shown = shown.is_some() && shown == requests.as_ref().map(|(version, _)| version.clone());
        (!is_shown).then_some(requests)
    };
    let requests = match weavr.wait_for(LONG_POLL, changed).await {
        Some(requests) => requests,
        None => live_requests(&weavr.lock(), &user),
    };
    match requests {
        Some((_, requests)) => ApiResponse::ok(&requests),
        None => ApiResponse::json(StatusCode::NOT_FOUND, &json!({"error": "nobody has this phone"})),
    }
}

/// The version and the content of the page; `None` when there is no such customer.
fn live_requests(state: &WeavrState, user: &str) -> Option<(String, Value)> {
    let customer = state.customers.get(user)?;
    let requests: Vec<Value> = state
        .challenges
        .values()
        .rev()
        .filter(|challenge| challenge.user == user && challenge.is_live())
        .map(|challenge| to_json(state, challenge))
        .collect();
    let version = version(&requests);
    let content = json!({"name": customer.name, "version": version, "requests": requests});
    Some((version, content))
}

/// A text that differs for each list of requests.
fn version(requests: &[Value]) -> String {
    let part = |request: &Value| {
        let text = |name| request.get(name).map(Value::to_string).unwrap_or_default();
        format!("{}.{}", text("id"), text("issuedAt")).replace('"', "")
    };
    let parts: Vec<String> = requests.iter().map(part).collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join("-")
    }
}

pub(super) async fn answer(State(weavr): State<Weavr>, Path((id, answer)): Path<(String, String)>) -> ApiResponse {
    let status = match answer.as_str() {
        "approve" => Status::Verified,
        "reject" => Status::Declined,
        _ => return ApiResponse::empty(StatusCode::NOT_FOUND),
    };
    match answer_request(&mut weavr.lock(), &id, status) {
        Ok(()) => ApiResponse::empty(StatusCode::NO_CONTENT),
        Err(_) => ApiResponse::json(StatusCode::CONFLICT, &json!({"error": "this request is over"})),
    }
}

fn to_json(state: &WeavrState, challenge: &Challenge) -> Value {
    let (what, items, totals) = match &challenge.subject {
        Subject::Resources { ids, .. } => {
            let resources: Vec<&Resource> = ids.iter().filter_map(|id| state.resources.get(id)).collect();
            (
                "payments",
                resources.iter().map(|resource| item(resource)).collect(),
                totals(&resources),
            )
        }
        Subject::StepUp { .. } => ("session", Vec::new(), Vec::new()),
        Subject::Payees { batch } => {
            let payees = state.batches.get(batch).map_or(&[][..], |batch| &batch.payees);
            let names = payees.iter().map(|payee| json!({"payee": payee.name()})).collect();
            ("payees", names, Vec::new())
        }
        Subject::Enrolment => ("enrolment", Vec::new(), Vec::new()),
    };
    let mut request = json!({
        "id": challenge.id,
        "kind": challenge.kind,
        "channel": challenge.channel,
        "what": what,
        "items": items,
        "totals": totals,
        "issuedAt": challenge.issued_at,
        "secondsLeft": challenge.expires_at.saturating_sub(state.now_of(&challenge.user)).max(0).div_euclid(1000),
    });
    if challenge.kind == Kind::Otp {
        set(&mut request, "code", challenge.code.as_str());
    }
    request
}

fn item(resource: &Resource) -> Value {
    json!({
        "payee": resource.payee(),
        "account": resource.account(),
        "currency": resource.amount.currency,
        "minor": resource.amount.minor,
    })
}

/// The sum for each currency.
fn totals(resources: &[&Resource]) -> Vec<Value> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for resource in resources {
        let sum = sums.entry(&resource.amount.currency).or_default();
        *sum = sum.saturating_add(resource.amount.minor);
    }
    sums.into_iter()
        .map(|(currency, minor)| json!({"currency": currency, "minor": minor}))
        .collect()
}
