//! What the page asks for and tells, with its client secret as a bearer token.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::facesign::session::{Session, Status};
use crate::facesign::walk::{CodeVerdict, StepError};
use crate::facesign::world::FaceSign;
use crate::field::set;
use crate::state::SandboxState;

/// How long the page waits for news before it asks again.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
pub(super) struct After {
    /// The version that the page has; left out: answer at once.
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
    State(state): State<SandboxState>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Answer {
    let mut changes = state.changes();
    let deadline = tokio::time::Instant::now() + WAIT;
    loop {
        changes.mark_unchanged();
        let (version, answer) = {
            let facesign = state.facesign();
            let session = secret(&headers).and_then(|secret| facesign.session_of(secret));
            (session.map(|session| session.version), look(&facesign, &headers))
        };
        if version.is_none() || version != after {
            return answer;
        }
        match tokio::time::timeout_at(deadline, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return answer,
        }
    }
}

pub(super) async fn open(State(state): State<SandboxState>, headers: HeaderMap) -> Answer {
    change(&state, &headers, |session, now| {
        session.open(now);
        Ok(Value::Null)
    })
}

pub(super) async fn step(State(state): State<SandboxState>, headers: HeaderMap, Json(step): Json<Step>) -> Answer {
    change(&state, &headers, |session, now| {
        is_at(session, &step.node_id)?;
        session.step(step.outcome.as_deref(), step.reason.as_deref(), now)?;
        Ok(Value::Null)
    })
}

pub(super) async fn code(State(state): State<SandboxState>, headers: HeaderMap, Json(entered): Json<Code>) -> Answer {
    change(&state, &headers, |session, now| {
        is_at(session, &entered.node_id)?;
        Ok(match session.enter_code(&entered.code, now)? {
            CodeVerdict::Right | CodeVerdict::Failed => Value::Null,
            CodeVerdict::Wrong { left } => json!(left),
        })
    })
}

pub(super) async fn leave(State(state): State<SandboxState>, headers: HeaderMap) -> Answer {
    change(&state, &headers, |session, now| {
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

/// Changes the session of the caller's secret; answers what the page shows next, and the tries that are left.
fn change(
    state: &SandboxState,
    headers: &HeaderMap,
    change: impl FnOnce(&mut Session, i64) -> Result<Value, StepError>,
) -> Answer {
    let mut facesign = state.facesign();
    let Some(id) = usable(&facesign, headers) else {
        return gone();
    };
    match facesign.change(&id, change) {
        None => gone(),
        Some(Err(error)) => Answer::json(StatusCode::CONFLICT, &json!({"error": error.message()})),
        Some(Ok(tries_left)) => match facesign.session(&id) {
            None => gone(),
            Some(session) => {
                let mut shown = shown(session, &facesign.api_url);
                set(&mut shown, "triesLeft", tries_left);
                Answer::ok(&shown)
            }
        },
    }
}

fn look(facesign: &FaceSign, headers: &HeaderMap) -> Answer {
    // A session that is over can still be looked at: the page has to see that it is.
    match secret(headers).and_then(|secret| facesign.session_of(secret)) {
        Some(session) if session.status.is_over() || usable(facesign, headers).is_some() => {
            Answer::ok(&shown(session, &facesign.api_url))
        }
        Some(_) | None => gone(),
    }
}

/// The session that the caller's secret opens now.
fn usable(facesign: &FaceSign, headers: &HeaderMap) -> Option<String> {
    let secret = secret(headers)?;
    let session = facesign.session_of(secret)?;
    session
        .accepts(secret, facesign.now_of(session))
        .then(|| session.id.clone())
}

fn secret(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn gone() -> Answer {
    Answer::json(StatusCode::GONE, &json!({"error": "the session is over"}))
}

/// What the page may know.
fn shown(session: &Session, elsewhere: &str) -> Value {
    let nodes: Vec<Value> = session.flow.nodes().iter().map(|node| node.to_json()).collect();
    json!({
        "version": session.version,
        "status": session.status.name(),
        "node": session.current().map(|node| node.to_json()),
        "nodes": nodes,
        "email": session.masked_email(),
        "page": session.behaviour.page,
        "elsewhere": format!("{elsewhere}/elsewhere"),
    })
}
