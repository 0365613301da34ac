//! Sessions, moved without a browser.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, no_such_session, refuse};
use crate::facesign::behaviour::{Deepfake, Video};
use crate::facesign::row::Row;
use crate::facesign::session::{Session, Status};
use crate::facesign::walk::StepError;
use crate::facesign::world::FaceSign;
use crate::state::SandboxState;

/// An empty object: a body without a field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// Only sessions that mention this text.
    #[serde(rename = "for")]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Play {
    row: Row,
    /// Why liveness was inconclusive.
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    outcome: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finish {
    /// Also words that FaceSign does not know.
    status: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Analyses {
    video: Option<Video>,
    deepfake: Option<Deepfake>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tamper {
    /// A JSON merge patch on what the API answers; `null` ends it.
    patch: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: u32,
}

type Shown = Result<Json<Value>, Refusal>;

pub(super) async fn list(State(state): State<SandboxState>, Query(Filter { text }): Query<Filter>) -> Json<Vec<Value>> {
    let facesign = state.facesign();
    let wanted = |session: &&Session| text.as_deref().is_none_or(|text| session.mentions(text));
    Json(
        facesign
            .sessions()
            .filter(wanted)
            .map(|session| to_json(&facesign, session))
            .collect(),
    )
}

pub(super) async fn show(State(state): State<SandboxState>, Path(id): Path<String>) -> Shown {
    change(&state, &id, None::<fn(&mut Session, i64) -> Result<(), StepError>>)
}

pub(super) async fn play(State(state): State<SandboxState>, Path(id): Path<String>, Json(play): Json<Play>) -> Shown {
    change(
        &state,
        &id,
        Some(|session: &mut Session, now| session.play(play.row, play.reason.as_deref(), now)),
    )
}

pub(super) async fn open(State(state): State<SandboxState>, Path(id): Path<String>, Json(_): Json<Nothing>) -> Shown {
    let open = |session: &mut Session, now| {
        session.open(now);
        Ok(())
    };
    change(&state, &id, Some(open))
}

pub(super) async fn step(State(state): State<SandboxState>, Path(id): Path<String>, Json(step): Json<Step>) -> Shown {
    change(
        &state,
        &id,
        Some(|session: &mut Session, now| session.step(step.outcome.as_deref(), step.reason.as_deref(), now)),
    )
}

pub(super) async fn report(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(report): Json<Value>,
) -> Shown {
    let append = |session: &mut Session, now| {
        session.report(report, now);
        Ok(())
    };
    change(&state, &id, Some(append))
}

pub(super) async fn finish(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(Finish { status }): Json<Finish>,
) -> Shown {
    let finish = |session: &mut Session, now| {
        let (end, word) = match status.as_str() {
            "complete" => (Status::Complete, None),
            "incomplete" => (Status::Incomplete, None),
            _ => (Status::Complete, Some(status)),
        };
        if let Some(word) = word {
            session.patch = Some(json!({"status": word}));
        }
        session.finish(end, now);
        Ok(())
    };
    change(&state, &id, Some(finish))
}

pub(super) async fn expire(State(state): State<SandboxState>, Path(id): Path<String>, Json(_): Json<Nothing>) -> Shown {
    let expire = |session: &mut Session, now| {
        session.expire(now);
        Ok(())
    };
    change(&state, &id, Some(expire))
}

pub(super) async fn analysis(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(Analyses { video, deepfake }): Json<Analyses>,
) -> Shown {
    let analyse = |session: &mut Session, now| {
        session.analyse(video, deepfake, now);
        Ok(())
    };
    change(&state, &id, Some(analyse))
}

pub(super) async fn tamper(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(Tamper { patch }): Json<Tamper>,
) -> Shown {
    let tamper = |session: &mut Session, _| {
        session.patch = patch;
        Ok(())
    };
    change(&state, &id, Some(tamper))
}

pub(super) async fn advance(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(Advance { seconds }): Json<Advance>,
) -> Shown {
    let advance = |session: &mut Session, now: i64| {
        let by = i64::from(seconds).saturating_mul(1000);
        session.ahead = session.ahead.saturating_add(by);
        session.settle(now.saturating_add(by));
        Ok(())
    };
    change(&state, &id, Some(advance))
}

/// Changes a session, if there is a change, and answers what it is like now.
fn change(
    state: &SandboxState,
    id: &str,
    change: Option<impl FnOnce(&mut Session, i64) -> Result<(), StepError>>,
) -> Shown {
    let mut facesign = state.facesign();
    if let Some(change) = change {
        facesign
            .change(id, change)
            .ok_or_else(|| no_such_session(id))?
            .map_err(|error| refuse(StatusCode::CONFLICT, error.message()))?;
    }
    let session = facesign.session(id).ok_or_else(|| no_such_session(id))?;
    Ok(Json(to_json(&facesign, session)))
}

fn to_json(facesign: &FaceSign, session: &Session) -> Value {
    json!({
        "id": session.id,
        "status": session.status.name(),
        "clientReferenceId": session.client_reference(),
        "node": session.current().map(|node| node.to_json()),
        "opened": session.opened,
        "refreshed": session.refreshed,
        "url": session.secret().map(|secret| secret.url(&facesign.pages_url)),
        "session": session.to_json(),
        "behaviour": session.behaviour,
    })
}
