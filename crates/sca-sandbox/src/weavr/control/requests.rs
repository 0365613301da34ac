//! `.../requests`: the challenges sent to phones, listed, shown and answered as a customer would.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use crate::kit::control::{JsonResult, Refusal, not_found, refuse, ten_seconds, timed_out, timeout};
use crate::weavr::challenge::{Challenge, Status};
use crate::weavr::customer::Channel;
use crate::weavr::operations::simulator::{AnswerError, answer_request};
use crate::weavr::state::{Weavr, WeavrState};

pub(super) fn router() -> Router<Weavr> {
    Router::new()
        .route("/control/weavr/requests", get(list))
        .route("/control/weavr/requests/wait", post(wait))
        .route("/control/weavr/requests/{id}", get(show))
        .route("/control/weavr/requests/{id}/{answer}", post(answer))
}

/// Selects requests; a field left out does not filter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    user: Option<String>,
    /// A payment or a batch of payees.
    resource: Option<String>,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    user: Option<String>,
    resource: Option<String>,
    channel: Option<Channel>,
    #[serde(default = "ten_seconds")]
    seconds: u64,
}

fn is_selected(challenge: &Challenge, user: Option<&str>, resource: Option<&str>) -> bool {
    user.is_none_or(|user| challenge.user == user) && resource.is_none_or(|id| challenge.subject.includes(id))
}

async fn list(State(weavr): State<Weavr>, Query(filter): Query<Filter>) -> Json<Vec<Value>> {
    let state = weavr.lock();
    let selected = state
        .challenges
        .values()
        .filter(|challenge| is_selected(challenge, filter.user.as_deref(), filter.resource.as_deref()))
        .map(Challenge::to_json)
        .filter(|shown| match &filter.status {
            Some(status) => shown.get("status").and_then(Value::as_str) == Some(status),
            None => true,
        });
    Json(selected.collect())
}

async fn show(State(weavr): State<Weavr>, Path(id): Path<String>) -> JsonResult {
    let state = weavr.lock();
    let challenge = state.challenges.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(challenge.to_json()))
}

async fn answer(State(weavr): State<Weavr>, Path((id, answer)): Path<(String, String)>) -> JsonResult {
    let status = match answer.as_str() {
        "approve" => Status::Verified,
        "reject" => Status::Declined,
        "expire" => Status::Expired,
        _ => {
            let message = "the answers are approve, reject and expire";
            return Err(refuse(StatusCode::NOT_FOUND, message));
        }
    };
    let mut state = weavr.lock();
    answer_request(&mut state, &id, status).map_err(|error| match error {
        AnswerError::Unknown => unknown(&id),
        AnswerError::NotLive => refuse(StatusCode::CONFLICT, "this request is over"),
        AnswerError::NotAPush => refuse(StatusCode::CONFLICT, "a code is not answered on the phone"),
    })?;
    let challenge = state.challenges.get(&id).ok_or_else(|| unknown(&id))?;
    Ok(Json(challenge.to_json()))
}

/// Waits for a live request. Returns the newest.
async fn wait(State(weavr): State<Weavr>, Json(wait): Json<Wait>) -> JsonResult {
    let find = |state: &mut WeavrState| {
        state
            .challenges
            .values()
            .rev()
            .filter(|challenge| challenge.is_live())
            .filter(|challenge| wait.channel.is_none_or(|channel| challenge.channel == channel))
            .find(|challenge| is_selected(challenge, wait.user.as_deref(), wait.resource.as_deref()))
            .map(Challenge::to_json)
    };
    weavr
        .wait_for(timeout(wait.seconds), find)
        .await
        .map(Json)
        .ok_or_else(|| timed_out("no such request was sent"))
}

fn unknown(id: &str) -> Refusal {
    not_found(format!("Weavr sent no request {id}"))
}
