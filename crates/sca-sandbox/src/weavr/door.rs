//! The one door for all calls to the API: does a fault strike, who calls, was the call made before, do the operation, log,
//! answer.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::API_KEY;
use super::behaviour::Behaviour;
use super::endpoint::{About, Endpoint};
use super::errors::{Manners, conflict, too_many};
use super::operations;
use super::resource::Kind;
use super::sender;
use super::world::{Replay, ReplayKey, Weavr};
use crate::answer::Answer;
use crate::mishap::{self, Mishap};
use crate::state::SandboxState;

/// The key of a programme that none of these customers belong to.
const OTHER_KEY: &str = "weavr_other_key";
/// What the simulator API wants in place of the api-key.
const PROGRAMME_KEY: &str = "weavr_sandbox_programme";
/// The most that a request body may have.
const BODY_BYTES: usize = 1024 * 1024;
/// How long answers are kept for a repeated `idempotency-ref`.
const KEPT_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/// A call that is being answered.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) endpoint: Endpoint,
    /// Which of the two kinds of payment the path names, if any.
    pub(crate) kind: Option<Kind>,
    /// From the path.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) body: Bytes,
    /// Whose token it has; empty where none is needed.
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) behaviour: Behaviour,
    /// The time as the caller lives it.
    pub(crate) now: i64,
}

impl Call {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

/// Receives a call to a known path.
pub(crate) async fn receive(
    state: SandboxState,
    endpoint: Endpoint,
    parameters: BTreeMap<String, String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES).await else {
        return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let path = parts.uri.path().to_owned();
    let token = bearer(&parts.headers).to_owned();
    let (mishap, sequence) = {
        let mut weavr = state.weavr();
        let user = weavr.tokens.get(&token).map(|token| token.user.clone());
        let text = String::from_utf8_lossy(&body);
        let concerns = |wanted: &str| user.as_deref() == Some(wanted) || path.contains(wanted) || text.contains(wanted);
        let mishap = weavr
            .faults
            .take(|scripted| scripted.strikes(|meant| meant.covers(endpoint), concerns));
        let about = About {
            user,
            subject: ["id", "challenge", "batch"]
                .into_iter()
                .find_map(|name| parameters.get(name).cloned()),
            idempotent: parts.headers.contains_key("idempotency-ref"),
        };
        let now = weavr.now;
        let name = mishap.as_ref().map(|(mishap, _)| mishap.name());
        (mishap, weavr.calls.arrive(endpoint, about, name, now))
    };
    let cut_off = matches!(mishap, Some((Mishap::Reset, _)));
    let mut before_response = Vec::new();
    let mut response = mishap::meet(mishap, &parts.extensions, &Manners, || {
        let mut weavr = state.weavr();
        let (answer, due) = weavr.while_answering(|weavr| {
            answer(weavr, endpoint, parameters, body, &path, &parts.headers, token).unwrap_or_else(|refusal| refusal)
        });
        before_response = due;
        answer
    })
    .await;
    for due in before_response {
        sender::send(state.clone(), due).await;
    }
    let status = response.status().as_u16();
    if !cut_off {
        state.weavr().calls.finish(sequence, status);
    }
    if let Ok(reference) = HeaderValue::from_str(&Uuid::new_v4().simple().to_string()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("request-ref"), reference);
    }
    tracing::debug!(?endpoint, status, "answered");
    response
}

fn bearer(headers: &HeaderMap) -> &str {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .unwrap_or_default()
}

fn answer(
    weavr: &mut Weavr,
    endpoint: Endpoint,
    parameters: BTreeMap<String, String>,
    body: Bytes,
    path: &str,
    headers: &HeaderMap,
    token: String,
) -> Result<Answer, Answer> {
    check_key(endpoint, headers)?;
    let kind = match path.strip_prefix("/multi/") {
        Some(rest) if rest.starts_with("outgoing_wire_transfers") => Some(Kind::OutgoingWireTransfers),
        Some(rest) if rest.starts_with("sends") => Some(Kind::Sends),
        Some(_) | None => None,
    };
    let mut call = Call {
        endpoint,
        kind,
        parameters,
        body,
        user: String::new(),
        token,
        behaviour: weavr.default_behaviour,
        now: weavr.now,
    };
    if endpoint != Endpoint::Login {
        identify(weavr, &mut call)?;
    }
    let reference = headers.get("idempotency-ref").and_then(|value| value.to_str().ok());
    let key = reference
        .filter(|_| endpoint.is_idempotent())
        .map(|reference| (call.user.clone(), endpoint, path.to_owned(), reference.to_owned()));
    if let Some(replayed) = key.as_ref().and_then(|key| replay(weavr, key, &call.body)) {
        return replayed;
    }
    let answer = operations::perform(weavr, &call)?;
    if let Some(key) = key {
        let replay = Replay {
            body: call.body,
            answer: answer.clone(),
            at: weavr.now,
        };
        weavr.replays.insert(key, replay);
    }
    Ok(answer)
}

fn check_key(endpoint: Endpoint, headers: &HeaderMap) -> Result<(), Answer> {
    let (name, right) = if endpoint == Endpoint::Simulate {
        ("programme-key", PROGRAMME_KEY)
    } else {
        ("api-key", API_KEY)
    };
    let Some(key) = headers.get(name) else {
        let message = format!("Required request header '{name}' is not present");
        return Err(Answer::json(StatusCode::BAD_REQUEST, &json!({"message": message})));
    };
    if key == right {
        Ok(())
    } else if key == OTHER_KEY {
        Err(Answer::json(
            StatusCode::FORBIDDEN,
            &json!({"errorCode": "INSUFFICIENT_PERMISSIONS"}),
        ))
    } else {
        Err(Answer::empty(StatusCode::UNAUTHORIZED))
    }
}

/// Finds out whose token it is, and whether it may be used.
fn identify(weavr: &mut Weavr, call: &mut Call) -> Result<(), Answer> {
    let unauthorized = || Answer::empty(StatusCode::UNAUTHORIZED);
    let user = weavr.tokens.get(&call.token).map(|token| token.user.clone());
    call.user = user.ok_or_else(unauthorized)?;
    call.now = weavr.now_of(&call.user);
    call.behaviour = weavr.behaviour_of(&call.user);
    if !weavr.tokens.touch(&call.token, call.now, call.behaviour.idle_seconds) {
        return Err(unauthorized());
    }
    let customer = weavr.customers.get_mut(&call.user).ok_or_else(unauthorized)?;
    match customer.too_many_calls(call.now) {
        Some(seconds) => Err(too_many(seconds)),
        None => Ok(()),
    }
}

/// The answer of a call that was made before, or a refusal when it was another call.
fn replay(weavr: &Weavr, key: &ReplayKey, body: &Bytes) -> Option<Result<Answer, Answer>> {
    let kept = weavr.replays.get(key)?;
    if weavr.now.saturating_sub(kept.at) > KEPT_MILLISECONDS {
        None
    } else if kept.body == *body {
        Some(Ok(kept.answer.clone()))
    } else {
        Some(Err(conflict("IDEMPOTENCY_REF_ALREADY_USED")))
    }
}
