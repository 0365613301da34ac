//! The API's operations and their paths.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::behaviour::Validation;
use super::door::{Call, receive};
use super::endpoint::Endpoint;
use super::errors::error;
use super::session::Session;
use super::world::FaceSign;
use crate::answer::Answer;
use crate::field::set;
use crate::state::SandboxState;

/// As many sessions as a list has at most, and unless it is told.
const MOST_LISTED: usize = 100;
const LISTED: usize = 25;

/// All of the API's paths.
pub(crate) fn router() -> Router<SandboxState> {
    let plain = |endpoint: Endpoint| {
        move |State(state): State<SandboxState>, request: Request| receive(state, endpoint, None, request)
    };
    let of_session = |endpoint: Endpoint| {
        move |State(state): State<SandboxState>, Path(id): Path<String>, request: Request| {
            receive(state, endpoint, Some(id), request)
        }
    };
    Router::new()
        .route("/sessions", post(plain(Endpoint::Create)).get(plain(Endpoint::List)))
        .route("/sessions/{id}", get(of_session(Endpoint::Get)))
        .route("/sessions/{id}/refresh", get(of_session(Endpoint::Refresh)))
        .route("/langs", get(plain(Endpoint::Catalogue)))
        .route("/avatars", get(plain(Endpoint::Catalogue)))
        .fallback(|State(state): State<SandboxState>| async move {
            let shape = state.facesign().default_behaviour.error_shape;
            error(shape, StatusCode::NOT_FOUND, "not_found", "No such endpoint")
        })
}

/// Does what was called for.
pub(crate) fn perform(facesign: &mut FaceSign, call: &Call) -> Answer {
    match call.endpoint {
        Endpoint::Create => create(facesign, call),
        Endpoint::Get => show(facesign, call),
        Endpoint::Refresh => refresh(facesign, call),
        Endpoint::List => list(facesign, call),
        Endpoint::Catalogue | Endpoint::Any => Answer::ok(&json!({
            "langs": [{"id": "en", "title": "English"}],
            "avatars": [{
                "id": "June_HR_public",
                "name": "June",
                "gender": "female",
                "imageUrl": "https://media.facesign.invalid/june.jpg",
            }],
        })),
    }
}

fn create(facesign: &mut FaceSign, call: &Call) -> Answer {
    let shape = facesign.default_behaviour.error_shape;
    let refuse = |code: &str, message: &str| error(shape, StatusCode::BAD_REQUEST, code, message);
    let settings = match serde_json::from_slice::<Value>(&call.body) {
        Ok(settings) if settings.is_object() => settings,
        Ok(_) | Err(_) => return refuse("invalid_body", "The body must be a JSON object"),
    };
    let behaviour = facesign.behaviour_for(&settings);
    let status = StatusCode::from_u16(behaviour.create_status).unwrap_or(StatusCode::OK);
    let strict = behaviour.validation == Validation::Strict;
    let (session, warnings) = Session::create(settings, behaviour, facesign.now);
    if strict && let Some(problem) = session.flow.problem() {
        return refuse("parameter_invalid", &problem);
    }
    let id = session.id.clone();
    if let Some(logged) = facesign.calls.find(call.sequence) {
        logged.about.session_id = Some(id.clone());
    }
    let mut answer = json!({
        "session": session.to_json(),
        "clientSecret": session.secret().map(|secret| secret.to_json(&facesign.pages_url)),
    });
    if !warnings.is_empty() {
        set(&mut answer, "warnings", json!(warnings));
    }
    facesign.add(session);
    Answer::json(status, &answer)
}

fn show(facesign: &mut FaceSign, call: &Call) -> Answer {
    let id = call.session.as_deref().unwrap_or_default();
    let session = if facesign.session(id).is_some_and(Session::changes_when_read) {
        facesign.change(id, Session::read)
    } else {
        facesign.session(id).map(Session::to_json)
    };
    let secret = facesign.session(id).and_then(Session::secret);
    match session {
        None => no_such_session(facesign),
        Some(session) => Answer::ok(&json!({
            "session": session,
            "clientSecret": secret.map(|secret| secret.to_json(&facesign.pages_url)),
        })),
    }
}

fn refresh(facesign: &mut FaceSign, call: &Call) -> Answer {
    let id = call.session.as_deref().unwrap_or_default();
    facesign.change(id, |session, now| {
        session.refresh(now);
        session.refreshed = session.refreshed.saturating_add(1);
    });
    match facesign.session(id).and_then(Session::secret) {
        None => no_such_session(facesign),
        Some(secret) => Answer::ok(&secret.to_json(&facesign.pages_url)),
    }
}

fn list(facesign: &FaceSign, call: &Call) -> Answer {
    let query: Vec<(String, String)> = form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
    let one = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let statuses: Vec<&str> = query
        .iter()
        .filter(|(key, _)| key == "status")
        .map(|(_, value)| value.as_str())
        .collect();
    let reference = one("clientReferenceId");
    let mut found: Vec<&Session> = facesign
        .sessions()
        .filter(|session| statuses.is_empty() || statuses.contains(&session.status.name()))
        .filter(|session| reference.is_none() || session.client_reference() == reference)
        .collect();
    if one("sortOrder") != Some("asc") {
        found.reverse();
    }
    let limit = one("limit")
        .and_then(|limit| limit.parse().ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(LISTED)
        .min(MOST_LISTED);
    let from = one("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize);
    let next = from.saturating_add(limit);
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(limit)
        .map(|session| session.to_json())
        .collect();
    let has_more = next < found.len();
    let mut answer = json!({"sessions": page, "hasMore": has_more});
    if has_more {
        set(&mut answer, "nextCursor", json!(next.to_string()));
    }
    if one("includeTotal") == Some("true") {
        set(&mut answer, "totalCount", json!(found.len()));
    }
    Answer::ok(&answer)
}

fn no_such_session(facesign: &FaceSign) -> Answer {
    error(
        facesign.default_behaviour.error_shape,
        StatusCode::NOT_FOUND,
        "session_not_found",
        "Session not found",
    )
}
