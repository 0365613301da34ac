//! What the page asks for. Whoever knows the page's address may answer: this phone has no lock.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::field::set;
use crate::state::SandboxState;
use crate::weavr::challenge::{Challenge, Kind, Status, Subject};
use crate::weavr::operations::simulator::answer_request;
use crate::weavr::resource::Resource;
use crate::weavr::world::Weavr;

/// How long the page waits for news before it asks again.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
pub(super) struct Whose {
    user: String,
    /// What the page shows; left out: answer at once.
    shown: Option<String>,
}

/// What waits for this customer, once it is not what the page shows already.
pub(super) async fn requests(State(state): State<SandboxState>, Query(Whose { user, shown }): Query<Whose>) -> Answer {
    let mut changes = state.changes();
    let deadline = tokio::time::Instant::now() + WAIT;
    loop {
        changes.mark_unchanged();
        let (found, version) = {
            let weavr = state.weavr();
            let Some(customer) = weavr.customers.get(&user) else {
                return Answer::json(StatusCode::NOT_FOUND, &json!({"error": "nobody has this phone"}));
            };
            let found = waiting(&weavr, &user);
            let version = version(&found);
            let name = customer.name.clone();
            (json!({"name": name, "version": version, "requests": found}), version)
        };
        if shown.as_ref() != Some(&version) {
            return Answer::ok(&found);
        }
        match tokio::time::timeout_at(deadline, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Answer::ok(&found),
        }
    }
}

/// Changes whenever another list is to be shown.
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

pub(super) async fn answer(State(state): State<SandboxState>, Path((id, answer)): Path<(String, String)>) -> Answer {
    let status = match answer.as_str() {
        "approve" => Status::Verified,
        "reject" => Status::Declined,
        _ => return Answer::empty(StatusCode::NOT_FOUND),
    };
    match answer_request(&mut state.weavr(), &id, status) {
        Ok(()) => Answer::empty(StatusCode::NO_CONTENT),
        Err(_) => Answer::json(StatusCode::CONFLICT, &json!({"error": "this request is over"})),
    }
}

fn waiting(weavr: &Weavr, user: &str) -> Vec<Value> {
    weavr
        .challenges
        .values()
        .rev()
        .filter(|challenge| challenge.user == user && challenge.is_live())
        .map(|challenge| shown(weavr, challenge))
        .collect()
}

fn shown(weavr: &Weavr, challenge: &Challenge) -> Value {
    let (what, items, totals) = match &challenge.subject {
        Subject::Resources { ids, .. } => {
            let resources: Vec<&Resource> = ids.iter().filter_map(|id| weavr.resources.get(id)).collect();
            (
                "payments",
                resources.iter().map(|resource| item(resource)).collect(),
                totals(&resources),
            )
        }
        Subject::StepUp { .. } => ("session", Vec::new(), Vec::new()),
        Subject::Payees { batch } => {
            let payees = weavr.batches.get(batch).map_or(&[][..], |batch| &batch.payees);
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
        "secondsLeft": challenge.expires_at.saturating_sub(weavr.now_of(&challenge.user)).max(0).div_euclid(1000),
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
