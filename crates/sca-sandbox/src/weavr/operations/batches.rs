//! Payees to be trusted.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::challenges::{Resend, issue, newest, verify};
use crate::answer::Answer;
use crate::weavr::body::Body;
use crate::weavr::challenge::{Kind, Subject};
use crate::weavr::door::Call;
use crate::weavr::errors::{conflict, not_found};
use crate::weavr::payees::{Batch, BatchState, Payee};
use crate::weavr::world::Weavr;

pub(super) fn create(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let listed = body
        .at("/beneficiaries")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut payees = Vec::new();
    for one in &listed {
        let payee = Payee {
            id: weavr.fresh_id(),
            information: one.get("beneficiaryInformation").cloned().unwrap_or_default(),
            details: one.get("beneficiaryDetails").cloned().unwrap_or_default(),
        };
        if payee.name().is_empty() || !payee.details.is_object() {
            body.wrong("beneficiaries", "REQUIRED");
        }
        payees.push(payee);
    }
    if payees.is_empty() {
        body.wrong("beneficiaries", "REQUIRED");
    }
    body.done(call.behaviour.bad_request)?;
    let identity = weavr
        .customers
        .get(&call.user)
        .map(|customer| customer.identity.clone())
        .ok_or_else(not_found)?;
    let batch = Batch {
        id: weavr.fresh_id(),
        identity,
        owner: call.user.clone(),
        tag: body.optional("/tag"),
        payees,
        state: BatchState::PendingChallenge,
        completes_at: None,
    };
    let shown = batch.to_json();
    weavr.add_batch(batch);
    Ok(Answer::ok(&shown))
}

pub(super) fn read(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    if call.parameters.contains_key("batch") {
        let batch = find(weavr, call)?;
        return Ok(Answer::ok(&batch.to_json()));
    }
    let identity = weavr.customers.get(&call.user).map(|customer| &customer.identity);
    let payees: Vec<Value> = weavr
        .batches
        .values()
        .filter(|batch| Some(&batch.identity) == identity)
        .flat_map(Batch::payees_json)
        .collect();
    Ok(Answer::ok(
        &json!({"count": payees.len(), "responseCount": payees.len(), "beneficiaries": payees}),
    ))
}

pub(super) fn issue_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    start(weavr, call, Kind::Otp)
}

pub(super) fn issue_push(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    start(weavr, call, Kind::Push)
}

fn start(weavr: &mut Weavr, call: &Call, kind: Kind) -> Result<Answer, Answer> {
    let subject = pending(weavr, call)?;
    issue(weavr, call, subject, kind, Resend::Refused)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

pub(super) fn verify_otp(weavr: &mut Weavr, call: &Call) -> Result<Answer, Answer> {
    let mut body = Body::read(&call.body);
    let code = body.code();
    body.done(call.behaviour.bad_request)?;
    let subject = Subject::Payees {
        batch: find(weavr, call)?.id.clone(),
    };
    let challenge = newest(weavr, &call.user, &subject, Kind::Otp).ok_or_else(|| conflict("STATE_INVALID"))?;
    let id = challenge.id.clone();
    verify(weavr, call, &id, &code)
}

fn find<'a>(weavr: &'a Weavr, call: &Call) -> Result<&'a Batch, Answer> {
    weavr
        .batch_for(&call.user, call.parameter("batch"))
        .ok_or_else(not_found)
}

fn pending(weavr: &Weavr, call: &Call) -> Result<Subject, Answer> {
    let batch = find(weavr, call)?;
    match batch.state {
        BatchState::PendingChallenge => Ok(Subject::Payees {
            batch: batch.id.clone(),
        }),
        BatchState::ChallengeFailed | BatchState::ChallengeCompleted | BatchState::Completed => {
            Err(conflict("STATE_INVALID"))
        }
    }
}
