//! Batches of payees, which the customer confirms.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::challenges::{Resend, issue, newest, verify};
use crate::kit::response::ApiResponse;
use crate::weavr::body::Body;
use crate::weavr::call::ApiCall;
use crate::weavr::challenge::{Kind, Subject};
use crate::weavr::errors::{conflict, not_found};
use crate::weavr::payees::{Batch, BatchState, Payee};
use crate::weavr::state::WeavrState;

pub(super) fn create(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let listed = body
        .at("/beneficiaries")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut payees = Vec::new();
    for one in &listed {
        let payee = Payee {
            id: state.new_id(),
            information: one.get("beneficiaryInformation").cloned().unwrap_or_default(),
            details: one.get("beneficiaryDetails").cloned().unwrap_or_default(),
        };
        if payee.name().is_empty() || !payee.details.is_object() {
            body.invalid("beneficiaries", "REQUIRED");
        }
        payees.push(payee);
    }
    if payees.is_empty() {
        body.invalid("beneficiaries", "REQUIRED");
    }
    body.done(call.context.behaviour.bad_request)?;
    let identity = state
        .customers
        .get(&call.context.user)
        .map(|customer| customer.identity.clone())
        .ok_or_else(not_found)?;
    let batch = Batch {
        id: state.new_id(),
        identity,
        owner: call.context.user.clone(),
        tag: body.optional("/tag"),
        payees,
        state: BatchState::PendingChallenge,
        completes_at: None,
    };
    let shown = batch.to_json();
    state.add_batch(batch);
    Ok(ApiResponse::ok(&shown))
}

pub(super) fn read(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    if call.parameters.contains_key("batch") {
        let batch = find(state, call)?;
        return Ok(ApiResponse::ok(&batch.to_json()));
    }
    let identity = state
        .customers
        .get(&call.context.user)
        .map(|customer| &customer.identity);
    let payees: Vec<Value> = state
        .batches
        .values()
        .filter(|batch| Some(&batch.identity) == identity)
        .flat_map(Batch::payees_json)
        .collect();
    Ok(ApiResponse::ok(
        &json!({"count": payees.len(), "responseCount": payees.len(), "beneficiaries": payees}),
    ))
}

pub(super) fn issue_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    start(state, call, Kind::Otp)
}

pub(super) fn issue_push(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    start(state, call, Kind::Push)
}

fn start(state: &mut WeavrState, call: &ApiCall, kind: Kind) -> Result<ApiResponse, ApiResponse> {
    let subject = pending(state, call)?;
    issue(state, call, subject, kind, Resend::Refused)?;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify_otp(state: &mut WeavrState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.context.behaviour.bad_request)?;
    let subject = Subject::Payees {
        batch: find(state, call)?.id.clone(),
    };
    let challenge = newest(state, &call.context.user, &subject, Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    let id = challenge.id.clone();
    verify(state, call, &id, &code)
}

fn find<'a>(state: &'a WeavrState, call: &ApiCall) -> Result<&'a Batch, ApiResponse> {
    state
        .batch_for(&call.context.user, call.parameter("batch"))
        .ok_or_else(not_found)
}

fn pending(state: &WeavrState, call: &ApiCall) -> Result<Subject, ApiResponse> {
    let batch = find(state, call)?;
    match batch.state {
        BatchState::PendingChallenge => Ok(Subject::Payees {
            batch: batch.id.clone(),
        }),
        BatchState::ChallengeFailed | BatchState::ChallengeCompleted | BatchState::Completed => {
            Err(conflict("STATE_INVALID"))
        }
    }
}
