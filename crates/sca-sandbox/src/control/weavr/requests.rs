//! What was sent to phones: looked at, and answered as a customer would.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{Refusal, not_in_time, refuse, ten};
use crate::deliveries::wait_for;
use crate::state::SandboxState;
use crate::weavr::challenge::{Challenge, Status};
use crate::weavr::customer::Channel;
use crate::weavr::operations::simulator::{AnswerError, answer_request};

/// Which requests; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    user: Option<String>,
    /// A payment or a batch of payees.
    resource: Option<String>,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Awaited {
    user: Option<String>,
    resource: Option<String>,
    channel: Option<Channel>,
    #[serde(default = "ten")]
    seconds: u64,
}

fn is_meant(challenge: &Challenge, user: Option<&str>, resource: Option<&str>) -> bool {
    user.is_none_or(|user| challenge.user == user) && resource.is_none_or(|id| challenge.subject.concerns(id))
}

pub(super) async fn list(State(state): State<SandboxState>, Query(filter): Query<Filter>) -> Json<Vec<Value>> {
    let weavr = state.weavr();
    let wanted = weavr
        .challenges
        .values()
        .filter(|challenge| is_meant(challenge, filter.user.as_deref(), filter.resource.as_deref()))
        .map(Challenge::to_json)
        .filter(|shown| match &filter.status {
            Some(status) => shown.get("status").and_then(Value::as_str) == Some(status),
            None => true,
        });
    Json(wanted.collect())
}

pub(super) async fn show(State(state): State<SandboxState>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let weavr = state.weavr();
    let challenge = weavr.challenges.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(challenge.to_json()))
}

pub(super) async fn answer(
    State(state): State<SandboxState>,
    Path((id, answer)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let status = match answer.as_str() {
        "approve" => Status::Verified,
        "reject" => Status::Declined,
        "expire" => Status::Expired,
        _ => {
            let message = "the answers are approve, reject and expire";
            return Err(refuse(StatusCode::NOT_FOUND, message));
        }
    };
    let mut weavr = state.weavr();
    answer_request(&mut weavr, &id, status).map_err(|error| match error {
        AnswerError::Unknown => unknown(&id),
        AnswerError::NotLive => refuse(StatusCode::CONFLICT, "this request is over"),
        AnswerError::NotAPush => refuse(StatusCode::CONFLICT, "a code is not answered on the phone"),
    })?;
    let challenge = weavr.challenges.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(challenge.to_json()))
}

pub(super) async fn wait(
    State(state): State<SandboxState>,
    Json(awaited): Json<Awaited>,
) -> Result<Json<Value>, Refusal> {
    let look = |state: &SandboxState| {
        let weavr = state.weavr();
        weavr
            .challenges
            .values()
            .rev()
            .filter(|challenge| challenge.is_live())
            .filter(|challenge| awaited.channel.is_none_or(|channel| challenge.channel == channel))
            .find(|challenge| is_meant(challenge, awaited.user.as_deref(), awaited.resource.as_deref()))
            .map(Challenge::to_json)
    };
    wait_for(&state, Duration::from_secs(awaited.seconds), look)
        .await
        .map(Json)
        .ok_or_else(|| not_in_time("no such request came"))
}

fn unknown(id: &str) -> Refusal {
    refuse(StatusCode::NOT_FOUND, format!("Weavr sent no request {id}"))
}
