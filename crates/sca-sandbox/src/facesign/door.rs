//! The one door for all calls to the API: does a fault strike, is the key right, do the operation, log, answer.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::api;
use super::behaviour::MissingKey;
use super::endpoint::{About, Endpoint};
use super::errors::error;
use super::world::FaceSign;
use crate::answer::Answer;
use crate::mishap::{self, Mishap, When, too_many};
use crate::state::SandboxState;

/// The only key.
const API_KEY: &str = "sk_test_sandbox";
/// The most that a request body may have.
const BODY_BYTES: usize = 1024 * 1024;

/// A call that is being answered.
pub(crate) struct Call {
    pub(crate) endpoint: Endpoint,
    /// The session in the path.
    pub(crate) session: Option<String>,
    pub(crate) query: String,
    pub(crate) body: Bytes,
    /// Its number in the log.
    pub(crate) sequence: u64,
}

/// Receives a call to a known path.
pub(crate) async fn receive(
    state: SandboxState,
    endpoint: Endpoint,
    session: Option<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES).await else {
        return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let (mishap, shape, sequence) = {
        let mut facesign = state.facesign();
        let mishap = due_mishap(&mut facesign, endpoint, session.as_deref(), &body);
        let name = mishap.as_ref().map(|(mishap, _)| mishap.name());
        let now = facesign.now;
        let about = About {
            session_id: session.clone(),
        };
        let sequence = facesign.calls.arrive(endpoint, about, name, now);
        (mishap, facesign.default_behaviour.error_shape, sequence)
    };
    let call = Call {
        endpoint,
        session,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
        sequence,
    };
    let cut_off = matches!(mishap, Some((Mishap::Reset, _)));
    let response = mishap::meet(mishap, &parts.extensions, &shape, || {
        let mut facesign = state.facesign();
        refusal(&mut facesign, &parts.headers).unwrap_or_else(|| api::perform(&mut facesign, &call))
    })
    .await;
    let status = response.status().as_u16();
    if !cut_off {
        state.facesign().calls.finish(sequence, status);
    }
    tracing::debug!(?endpoint, status, "answered");
    response
}

type Due = Option<(Mishap, When)>;

fn due_mishap(facesign: &mut FaceSign, endpoint: Endpoint, session: Option<&str>, body: &[u8]) -> Due {
    let about = match session {
        Some(id) => facesign.session(id).map(|session| session.settings.clone()),
        None => serde_json::from_slice::<Value>(body).ok(),
    };
    let mentions = |text: &str| {
        about
            .as_ref()
            .is_some_and(|settings| super::session::mentions(settings, text))
    };
    facesign
        .faults
        .take(|scripted| scripted.strikes(|meant| meant.covers(endpoint), mentions))
}

/// The refusal, when the caller has no right key or calls too often.
fn refusal(facesign: &mut FaceSign, headers: &HeaderMap) -> Option<Answer> {
    let behaviour = &facesign.default_behaviour;
    let shape = behaviour.error_shape;
    let Some(authorization) = headers.get(AUTHORIZATION) else {
        let status = match behaviour.missing_key {
            MissingKey::Unauthorized => StatusCode::UNAUTHORIZED,
            MissingKey::Forbidden => StatusCode::FORBIDDEN,
        };
        return Some(error(shape, status, "missing_api_key", "No API key provided"));
    };
    let key = authorization
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "));
    if key != Some(API_KEY) {
        return Some(error(
            shape,
            StatusCode::UNAUTHORIZED,
            "invalid_api_key",
            "Incorrect api key",
        ));
    }
    let wait = facesign.too_many_calls()?;
    let answer = error(
        shape,
        StatusCode::TOO_MANY_REQUESTS,
        "rate_limit_exceeded",
        "Too many requests",
    );
    Some(too_many(answer, wait))
}
