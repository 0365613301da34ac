//! The API's operations and their paths. See FaceSign's reference for
//! [createSession](https://docs.facesign.ai/docs/api-reference/createSession),
//! [getSession](https://docs.facesign.ai/docs/api-reference/getSession),
//! [listSessions](https://docs.facesign.ai/docs/api-reference/listSessions) and
//! [createClientSecret](https://docs.facesign.ai/docs/api-reference/createClientSecret).

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use super::behaviour::Validation;
use super::endpoint::{ApiCall, Endpoint};
use super::errors::error;
use super::session::Session;
use super::state::{FaceSign, FaceSignState};
use crate::kit::json::set;
use crate::kit::pipeline;
use crate::kit::response::ApiResponse;

/// The most sessions that one page of a list has.
const MAX_PAGE_SIZE: usize = 100;
const DEFAULT_PAGE_SIZE: usize = 25;

/// All of the API's paths.
pub(crate) fn router() -> Router<FaceSign> {
    pipeline::router([
        (Endpoint::Create, MethodFilter::POST, "/sessions"),
        (Endpoint::List, MethodFilter::GET, "/sessions"),
        (Endpoint::Get, MethodFilter::GET, "/sessions/{id}"),
        (Endpoint::Refresh, MethodFilter::GET, "/sessions/{id}/refresh"),
        (Endpoint::Catalogue, MethodFilter::GET, "/langs"),
        (Endpoint::Catalogue, MethodFilter::GET, "/avatars"),
    ])
    .fallback(async |State(facesign): State<FaceSign>| {
        let shape = facesign.lock().default_behaviour.error_shape;
        error(shape, StatusCode::NOT_FOUND, "not_found", "No such endpoint")
    })
}

/// Performs a call.
pub(super) fn perform(state: &mut FaceSignState, call: &ApiCall, sequence: u64) -> ApiResponse {
    match call.route {
        Endpoint::Create => create(state, call, sequence),
        Endpoint::Get => show(state, call),
        Endpoint::Refresh => refresh(state, call),
        Endpoint::List => list(state, call),
        Endpoint::Catalogue | Endpoint::Any => ApiResponse::ok(&json!({
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

fn create(state: &mut FaceSignState, call: &ApiCall, sequence: u64) -> ApiResponse {
    let shape = state.default_behaviour.error_shape;
    let refuse = |code: &str, message: &str| error(shape, StatusCode::BAD_REQUEST, code, message);
    let settings = match serde_json::from_slice::<Value>(&call.body) {
        Ok(settings) if settings.is_object() => settings,
        Ok(_) | Err(_) => return refuse("invalid_body", "The body must be a JSON object"),
    };
    let behaviour = state.behaviour_for(&settings);
    let status = StatusCode::from_u16(behaviour.create_status).unwrap_or(StatusCode::OK);
    let strict = behaviour.validation == Validation::Strict;
    let (session, warnings) = Session::create(settings, behaviour, state.timeline.now_ms());
    if strict && let Some(problem) = session.flow.problem() {
        return refuse("parameter_invalid", &problem);
    }
    let id = session.id.clone();
    if let Some(logged) = state.records.calls.find(sequence) {
        logged.details.session_id = Some(id.clone());
    }
    let mut response = json!({
        "session": session.to_json(),
        "clientSecret": session.secret().map(|secret| secret.to_json(&state.pages_url)),
    });
    if !warnings.is_empty() {
        set(&mut response, "warnings", json!(warnings));
    }
    state.add(session);
    ApiResponse::json(status, &response)
}

fn show(state: &mut FaceSignState, call: &ApiCall) -> ApiResponse {
    let id = call.parameter("id");
    let session = if state.session(id).is_some_and(Session::changes_when_read) {
        state.change(id, Session::read)
    } else {
        state.session(id).map(Session::to_json)
    };
    let secret = state.session(id).and_then(Session::secret);
    match session {
        None => no_such_session(state),
        Some(session) => ApiResponse::ok(&json!({
            "session": session,
            "clientSecret": secret.map(|secret| secret.to_json(&state.pages_url)),
        })),
    }
}

fn refresh(state: &mut FaceSignState, call: &ApiCall) -> ApiResponse {
    let id = call.parameter("id");
    state.change(id, |session, now| {
        session.refresh(now);
        session.refreshed = session.refreshed.saturating_add(1);
    });
    match state.session(id).and_then(Session::secret) {
        None => no_such_session(state),
        Some(secret) => ApiResponse::ok(&secret.to_json(&state.pages_url)),
    }
}

fn list(state: &FaceSignState, call: &ApiCall) -> ApiResponse {
    let query: Vec<(String, String)> = form_urlencoded::parse(call.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
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
    let mut found: Vec<&Session> = state
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
        .unwrap_or(DEFAULT_PAGE_SIZE)
        .min(MAX_PAGE_SIZE);
    let from = one("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize);
    let next = from.saturating_add(limit);
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(limit)
        .map(|session| session.to_json())
        .collect();
    let has_more = next < found.len();
    let mut response = json!({"sessions": page, "hasMore": has_more});
    if has_more {
        set(&mut response, "nextCursor", json!(next.to_string()));
    }
    if one("includeTotal") == Some("true") {
        set(&mut response, "totalCount", json!(found.len()));
    }
    ApiResponse::ok(&response)
}

fn no_such_session(state: &FaceSignState) -> ApiResponse {
    error(
        state.default_behaviour.error_shape,
        StatusCode::NOT_FOUND,
        "session_not_found",
        "Session not found",
    )
}
