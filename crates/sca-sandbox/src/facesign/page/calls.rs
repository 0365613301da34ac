//! The calls of the page, with its client secret as a bearer token.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::facesign::flow_runner::{CodeResult, StepError};
use crate::facesign::session::{Session, Status};
use crate::facesign::state::{FaceSign, FaceSignState};
use crate::kit::json::set;
use crate::kit::pipeline::bearer_token;
use crate::kit::response::ApiResponse;

/// How long a long poll of the page waits for a change.
const LONG_POLL: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
pub(super) struct After {
    /// The version that the page shows; left out: respond at once.
    after: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    node_id: String,
    outcome: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Code {
    node_id: String,
    code: String,
}

pub(super) async fn state(
    State(facesign): State<FaceSign>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> ApiResponse {
    let changed = |state: &mut FaceSignState| {
        let session = bearer_token(&headers).and_then(|secret| state.session_of(secret));
        let version = session.map(|session| session.version);
        (version.is_none() || version != after).then(|| current(state, &headers))
    };
    match facesign.wait_for(LONG_POLL, changed).await {
        Some(response) => response,
        None => current(&facesign.lock(), &headers),
    }
}

pub(super) async fn open(State(facesign): State<FaceSign>, headers: HeaderMap) -> ApiResponse {
    change(&facesign, &headers, |session, now| {
        session.open(now);
        Ok(Value::Null)
    })
}

pub(super) async fn step(State(facesign): State<FaceSign>, headers: HeaderMap, Json(step): Json<Step>) -> ApiResponse {
    change(&facesign, &headers, |session, now| {
        is_at(session, &step.node_id)?;
        session.step(step.outcome.as_deref(), step.reason.as_deref(), now)?;
        Ok(Value::Null)
    })
}

pub(super) async fn code(
    State(facesign): State<FaceSign>,
    headers: HeaderMap,
    Json(entered): Json<Code>,
) -> ApiResponse {
    change(&facesign, &headers, |session, now| {
        is_at(session, &entered.node_id)?;
        Ok(match session.enter_code(&entered.code, now)? {
            CodeResult::Right | CodeResult::Failed => Value::Null,
            CodeResult::Wrong { attempts_left } => json!(attempts_left),
        })
    })
}

pub(super) async fn leave(State(facesign): State<FaceSign>, headers: HeaderMap) -> ApiResponse {
    change(&facesign, &headers, |session, now| {
        session.finish(Status::Incomplete, now);
        Ok(Value::Null)
    })
}

fn is_at(session: &Session, node: &str) -> Result<(), StepError> {
    if session.node == node {
        Ok(())
    } else {
        Err(StepError::AnotherNode)
    }
}

/// Changes the session of the caller's secret. Returns what the page shows next, and the attempts that are left.
fn change(
    facesign: &FaceSign,
    headers: &HeaderMap,
    change: impl FnOnce(&mut Session, i64) -> Result<Value, StepError>,
) -> ApiResponse {
    let mut state = facesign.lock();
    let Some(id) = valid_session(&state, headers).map(|session| session.id.clone()) else {
        return gone();
    };
    match state.change(&id, change) {
        None => gone(),
        Some(Err(error)) => ApiResponse::json(StatusCode::CONFLICT, &json!({"error": error.message()})),
        Some(Ok(attempts_left)) => match state.session(&id) {
            None => gone(),
            Some(session) => {
                let mut shown = shown(session, &state.api_url);
                set(&mut shown, "triesLeft", attempts_left);
                ApiResponse::ok(&shown)
            }
        },
    }
}

/// What the page shows now. A session that has ended is shown as well, because the page has to see that it has.
fn current(state: &FaceSignState, headers: &HeaderMap) -> ApiResponse {
    match bearer_token(headers).and_then(|secret| state.session_of(secret)) {
        Some(session) if session.status.is_over() || valid_session(state, headers).is_some() => {
            ApiResponse::ok(&shown(session, &state.api_url))
        }
        Some(_) | None => gone(),
    }
}

/// The session that the caller's secret opens now.
fn valid_session<'a>(state: &'a FaceSignState, headers: &HeaderMap) -> Option<&'a Session> {
    let secret = bearer_token(headers)?;
    let session = state.session_of(secret)?;
    session.accepts(secret, state.now_of(session)).then_some(session)
}

fn gone() -> ApiResponse {
    ApiResponse::json(StatusCode::GONE, &json!({"error": "the session is over"}))
}

/// What the page may know.
fn shown(session: &Session, api_url: &str) -> Value {
    let nodes: Vec<Value> = session.flow.nodes().iter().map(|node| node.to_json()).collect();
    json!({
        "version": session.version,
        "status": session.status.name(),
        "node": session.current().map(|node| node.to_json()),
        "nodes": nodes,
        "email": session.masked_email(),
        "page": session.behaviour.page,
        "elsewhere": format!("{api_url}/elsewhere"),
    })
}
