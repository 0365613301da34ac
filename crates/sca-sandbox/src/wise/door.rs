//! The one door for all calls: who calls, does a fault strike, open the body, do the operation, log, answer.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::behaviour::VerifyAnswer;
use super::call::Call;
use super::call_log::Arrival;
use super::endpoint::{Endpoint, RequiredCaller};
use super::fault::{Effect, Manners};
use super::generation::{Generation, is_calendar_version};
use super::jose;
use super::operations;
use super::tokens::Caller;
use crate::answer::Answer;
use crate::mishap::{self, Mishap, When};
use crate::state::SandboxState;

/// The most that a request body may have. No operation needs more than a few kilobytes.
const BODY_BYTES: usize = 1024 * 1024;
const CORRELATION: HeaderName = HeaderName::from_static("x-external-correlation-id");
const TRACE: HeaderName = HeaderName::from_static("x-trace-id");
/// Longer correlation ids are ignored.
const CORRELATION_CHARACTERS: usize = 36;

/// Receives a call to a known path.
pub(crate) async fn receive(
    state: SandboxState,
    endpoint: Endpoint,
    generation: Generation,
    parameters: BTreeMap<String, String>,
    request: Request,
) -> Response {
    if parameters
        .get("version")
        .is_some_and(|version| !is_calendar_version(version))
    {
        return unknown_path(&state, &request);
    }
    let (parts, body) = request.into_parts();
    let correlation = correlation(&parts.headers);
    let (arrival, caller, fault) = arrive(&state, endpoint, generation, &parts);
    let (effect, when) = match fault {
        Some((fault, when)) => (Some(fault.effect(parts.uri.path())), when),
        None => (None, When::Before),
    };
    let (mishap, twist, replacement) = match effect {
        None => (None, None, None),
        Some(Effect::Any(mishap)) => (Some((mishap, when)), None, None),
        Some(Effect::Twist(twist)) => (None, Some(twist), None),
        Some(Effect::Replace(answer)) => (None, None, Some((*answer, when))),
    };
    let cut_off = matches!(mishap, Some((Mishap::Reset, _)));
    let body = axum::body::to_bytes(body, BODY_BYTES).await;
    let (method, uri, headers, extensions) = (parts.method, parts.uri, parts.headers, parts.extensions);
    let work = || {
        let Ok(body) = body else {
            return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let act = || {
            let call = Call {
                endpoint,
                generation,
                method,
                uri,
                headers,
                parameters,
                body,
                opened: None,
                twist,
            };
            act(&state, call, caller, arrival)
        };
        match replacement {
            None => act(),
            Some((replacement, When::Before)) => replacement,
            Some((replacement, When::After)) => {
                act();
                replacement
            }
        }
    };
    let mut response = mishap::meet(mishap, &extensions, &Manners, work).await;
    let references = [
        (TRACE, Some(Uuid::new_v4().simple().to_string())),
        (CORRELATION, correlation),
    ];
    for (name, value) in references {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    let status = response.status();
    if !cut_off {
        state.world().log.finish(arrival, status);
    }
    tracing::debug!(?endpoint, ?generation, ?caller, status = status.as_u16(), "answered");
    response
}

/// Answers and logs a path that is no operation.
pub(crate) fn unknown_path(state: &SandboxState, request: &Request) -> Response {
    let answer = Answer::not_found(request.uri().path());
    let mut world = state.world();
    let now = world.clock.now();
    let caller = world.tokens.identify(request.headers(), now);
    let arrival = world.log.arrive(&Arrival {
        at: now,
        operation: None,
        method: request.method(),
        path: request.uri().path(),
        caller,
        headers: request.headers(),
        fault: None,
    });
    world.log.finish(arrival, answer.status);
    drop(world);
    answer.into_response()
}

type DueFault = Option<(super::fault::Fault, When)>;

/// Identifies the caller, takes the fault that is due, and logs the arrival.
fn arrive(
    state: &SandboxState,
    endpoint: Endpoint,
    generation: Generation,
    parts: &axum::http::request::Parts,
) -> (u64, Caller, DueFault) {
    let mut world = state.world();
    let now = world.clock.now();
    let caller = world.tokens.identify(&parts.headers, now);
    let user = match caller {
        Caller::User(user) => Some(user),
        Caller::Client | Caller::Nobody => None,
    };
    let fault = world.faults.take(|scripted| scripted.strikes(endpoint, user));
    let at = world.now_for(caller);
    let arrival = world.log.arrive(&Arrival {
        at,
        operation: Some((endpoint, generation)),
        method: &parts.method,
        path: parts.uri.path(),
        caller,
        headers: &parts.headers,
        fault: fault.as_ref().map(|(fault, _)| fault.name()),
    });
    (arrival, caller, fault)
}

/// Checks the caller, opens an encrypted body, does the operation and encrypts its answer.
fn act(state: &SandboxState, mut call: Call, caller: Caller, arrival: u64) -> Answer {
    let user = match (call.endpoint.required_caller(call.generation), caller) {
        (RequiredCaller::User, Caller::User(user)) => Some(user),
        (RequiredCaller::Basic, Caller::Nobody | Caller::Client | Caller::User(_))
        | (RequiredCaller::Client, Caller::Client) => None,
        (RequiredCaller::Client | RequiredCaller::User, Caller::Nobody) => return Answer::invalid_token(),
        (RequiredCaller::Client, Caller::User(_)) | (RequiredCaller::User, Caller::Client) => {
            return Answer::not_permitted();
        }
    };
    if let Some(user) = user {
        let world = state.world();
        let Some(customer) = world.customers.get(&user) else {
            return Answer::invalid_token();
        };
        if call.parameters.contains_key("profile") && call.number("profile") != Some(customer.profile) {
            return Answer::not_permitted();
        }
    }
    if !call.endpoint.takes_encrypted_body() {
        return operations::perform(&mut state.world(), &call, user);
    }

    // Decryption takes a millisecond: not while everybody else waits for the world.
    let keys = state.world().keys.clone();
    let opened = match jose::open(&call, &keys) {
        Ok(opened) => opened,
        Err((encryption, answer)) => {
            state.world().log.note_encryption(arrival, encryption);
            return answer;
        }
    };
    call.opened = Some(opened);
    let mut world = state.world();
    world.log.note_encryption(arrival, jose::Encryption::Decrypted);
    let answer = operations::perform(&mut world, &call, user);
    let (form, encrypt_errors) = match user.and_then(|user| world.customers.get(&user)) {
        Some(customer) => (customer.behaviour.verify_answer, customer.behaviour.encrypt_errors),
        None => (VerifyAnswer::Encrypted, false),
    };
    drop(world);
    match call.opened {
        Some(opened) if answer.status.is_success() || encrypt_errors => jose::seal(answer, &opened, form),
        Some(_) | None => answer,
    }
}

fn correlation(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get(&CORRELATION)?.to_str().ok()?;
    (sent.len() <= CORRELATION_CHARACTERS).then(|| sent.to_owned())
}
