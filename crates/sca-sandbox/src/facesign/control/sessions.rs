//! `.../sessions`: sessions listed, shown and driven without a browser.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::facesign::behaviour::{Behaviour, Deepfake, Video};
use crate::facesign::flow_runner::StepError;
use crate::facesign::session::{Session, Status};
use crate::facesign::session_scripts::SessionScript;
use crate::facesign::state::{FaceSign, FaceSignState};
use crate::kit::clock::after_seconds;
use crate::kit::control::{Advance, Empty, JsonResult, Refusal, not_found, refuse};

pub(super) fn router() -> Router<FaceSign> {
    let path = |rest: &str| format!("/control/facesign/sessions/{{id}}{rest}");
    Router::new()
        .route("/control/facesign/sessions", get(list))
        .route(&path(""), get(show))
        .route(&path("/behaviour"), put(set_behaviour))
        .route(&path("/play"), post(run_script))
        .route(&path("/open"), post(open))
        .route(&path("/step"), post(step))
        .route(&path("/report"), post(report))
        .route(&path("/finish"), post(finish))
        .route(&path("/expire"), post(expire))
        .route(&path("/analysis"), post(analyse))
        .route(&path("/tamper"), post(tamper))
        .route(&path("/advance"), post(advance))
}

/// Selects sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionFilter {
    /// Only sessions about this text; left out: all.
    #[serde(rename = "for")]
    pub(super) text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunScript {
    #[serde(rename = "row")]
    script: SessionScript,
    /// Why liveness is inconclusive.
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    outcome: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    /// Also a status that FaceSign does not know.
    status: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Analyses {
    video: Option<Video>,
    deepfake: Option<Deepfake>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tamper {
    /// A JSON merge patch on what the API returns; `null` ends it.
    patch: Option<Value>,
}

async fn list(
    State(facesign): State<FaceSign>,
    Query(SessionFilter { text }): Query<SessionFilter>,
) -> Json<Vec<Value>> {
    let state = facesign.lock();
    let is_selected = |session: &&Session| text.as_deref().is_none_or(|text| session.is_about(text));
    let sessions = state.sessions().filter(is_selected);
    Json(sessions.map(|session| to_json(&state, session)).collect())
}

async fn show(State(facesign): State<FaceSign>, Path(id): Path<String>) -> JsonResult {
    shown(&facesign.lock(), &id)
}

async fn set_behaviour(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(behaviour): Json<Behaviour>,
) -> Result<StatusCode, Refusal> {
    change(&facesign, &id, |session, _| session.behaviour = behaviour).map(|_| StatusCode::NO_CONTENT)
}

async fn run_script(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(RunScript { script, reason }): Json<RunScript>,
) -> JsonResult {
    try_change(&facesign, &id, |session, now| {
        session.run_script(script, reason.as_deref(), now)
    })
}

async fn open(State(facesign): State<FaceSign>, Path(id): Path<String>, Json(Empty {}): Json<Empty>) -> JsonResult {
    change(&facesign, &id, Session::open)
}

async fn step(State(facesign): State<FaceSign>, Path(id): Path<String>, Json(step): Json<Step>) -> JsonResult {
    try_change(&facesign, &id, |session, now| {
        session.step(step.outcome.as_deref(), step.reason.as_deref(), now)
    })
}

async fn report(State(facesign): State<FaceSign>, Path(id): Path<String>, Json(report): Json<Value>) -> JsonResult {
    change(&facesign, &id, |session, now| session.report(report, now))
}

async fn finish(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(Finish { status }): Json<Finish>,
) -> JsonResult {
    change(&facesign, &id, |session, now| match status.as_str() {
        "complete" => session.finish(Status::Complete, now),
        "incomplete" => session.finish(Status::Incomplete, now),
        _ => {
            session.patch = Some(json!({"status": status}));
            session.finish(Status::Complete, now);
        }
    })
}

async fn expire(State(facesign): State<FaceSign>, Path(id): Path<String>, Json(Empty {}): Json<Empty>) -> JsonResult {
    change(&facesign, &id, Session::expire)
}

async fn analyse(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(Analyses { video, deepfake }): Json<Analyses>,
) -> JsonResult {
    change(&facesign, &id, |session, now| session.analyse(video, deepfake, now))
}

async fn tamper(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(Tamper { patch }): Json<Tamper>,
) -> JsonResult {
    change(&facesign, &id, |session, _| session.patch = patch)
}

async fn advance(
    State(facesign): State<FaceSign>,
    Path(id): Path<String>,
    Json(Advance { seconds }): Json<Advance>,
) -> JsonResult {
    change(&facesign, &id, |session, now| {
        session.ahead_ms = after_seconds(session.ahead_ms, seconds);
        session.advance_to(after_seconds(now, seconds));
    })
}

/// Changes a session and returns it.
fn change(facesign: &FaceSign, id: &str, change: impl FnOnce(&mut Session, i64)) -> JsonResult {
    try_change(facesign, id, |session, now| {
        change(session, now);
        Ok(())
    })
}

fn try_change(
    facesign: &FaceSign,
    id: &str,
    change: impl FnOnce(&mut Session, i64) -> Result<(), StepError>,
) -> JsonResult {
    let mut state = facesign.lock();
    state
        .change(id, change)
        .ok_or_else(|| no_such_session(id))?
        .map_err(|error| refuse(StatusCode::CONFLICT, error.message()))?;
    shown(&state, id)
}

fn shown(state: &FaceSignState, id: &str) -> JsonResult {
    let session = state.session(id).ok_or_else(|| no_such_session(id))?;
    Ok(Json(to_json(state, session)))
}

fn no_such_session(id: &str) -> Refusal {
    not_found(format!("FaceSign has no session {id}"))
}

fn to_json(state: &FaceSignState, session: &Session) -> Value {
    json!({
        "id": session.id,
        "status": session.status.name(),
        "clientReferenceId": session.client_reference(),
        "node": session.current().map(|node| node.to_json()),
        "opened": session.opened,
        "refreshed": session.refreshed,
        "url": session.secret().map(|secret| secret.url(&state.pages_url)),
        "session": session.to_json(),
        "behaviour": session.behaviour,
    })
}
