//! The bank's receivers, and what its shop may ask.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ledger::{Endpoint, Outcome};
use super::signature;
use crate::answer::Answer;
use crate::mishap::{self, ErrorStyle, Mishap};
use crate::state::SandboxState;

/// Far more than a message needs.
const BODY_BYTES: usize = 64 * 1024;

/// All of the bank's paths.
pub(crate) fn router() -> Router<SandboxState> {
    let at = |endpoint: Endpoint| {
        move |State(state): State<SandboxState>, request: Request| receive(state, endpoint, request)
    };
    Router::new()
        .route("/bank/wires", post(at(Endpoint::Wires)))
        .route("/bank/notices", post(at(Endpoint::Notices)))
        .route("/bank/wires/{transfer}", get(show))
}

async fn show(State(state): State<SandboxState>, Path(transfer): Path<String>) -> Answer {
    let wire = state.bank().wire(&transfer);
    let known = wire.get("state").and_then(Value::as_str) == Some("executed");
    Answer::json(if known { StatusCode::OK } else { StatusCode::NOT_FOUND }, &wire)
}

async fn receive(state: SandboxState, endpoint: Endpoint, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES).await else {
        return Answer::empty(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    };
    let message = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let transfer = transfer_of(&message);
    let (sequence, mishap) = {
        let mut bank = state.bank();
        let id = parts.headers.get("webhook-id").and_then(|id| id.to_str().ok());
        let sequence = bank.arrive(endpoint, id.map(ToOwned::to_owned), transfer.clone(), now_ms());
        let mentions = |text: &str| transfer.as_deref().is_some_and(|transfer| transfer.contains(text));
        let mishap = bank
            .faults
            .take(|scripted| scripted.strikes(|meant| *meant == endpoint, mentions));
        (sequence, mishap)
    };
    let cut_off = matches!(mishap, Some((Mishap::Reset, _)));
    let response = mishap::meet(mishap, &parts.extensions, &Manners, || {
        act(&state, endpoint, sequence, &parts.headers, &body, message)
    })
    .await;
    if !cut_off && let Some(delivery) = state.bank().delivery(sequence) {
        delivery.status = Some(response.status().as_u16());
    }
    response
}

fn act(
    state: &SandboxState,
    endpoint: Endpoint,
    sequence: u64,
    headers: &HeaderMap,
    body: &[u8],
    message: Value,
) -> Answer {
    let mut bank = state.bank();
    let note = |bank: &mut super::Bank, outcome: Outcome, verified: bool| {
        if let Some(delivery) = bank.delivery(sequence) {
            delivery.outcome = outcome;
            delivery.verified = verified;
        }
    };
    let id = match signature::verify(headers, body, &bank.secrets, Timestamp::now().as_second()) {
        Ok(id) => id,
        Err(error) => {
            note(&mut bank, Outcome::Refused, false);
            return refuse(StatusCode::UNAUTHORIZED, error.message());
        }
    };
    let kind = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let transfer = transfer_of(&message);
    let (outcome, answer) = match (endpoint, transfer) {
        (Endpoint::Wires, Some(transfer)) if kind == "transfer.execute" => {
            let outcome = bank.execute(&id, &transfer, message, now_ms());
            let status = if outcome == Outcome::Executed {
                "executed"
            } else {
                "alreadyExecuted"
            };
            (outcome, Answer::ok(&json!({"status": status})))
        }
        (Endpoint::Wires, Some(_) | None) => (
            Outcome::Refused,
            refuse(
                StatusCode::BAD_REQUEST,
                "only transfer.execute with a transfer is understood here",
            ),
        ),
        (Endpoint::Notices, transfer) if !kind.is_empty() => (
            bank.record(&id, &kind, transfer, message, now_ms()),
            Answer::empty(StatusCode::NO_CONTENT),
        ),
        (Endpoint::Notices, Some(_) | None) => {
            (Outcome::Refused, refuse(StatusCode::BAD_REQUEST, "a notice has a type"))
        }
    };
    note(&mut bank, outcome, true);
    answer
}

fn transfer_of(message: &Value) -> Option<String> {
    message
        .pointer("/data/transfer")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
}

/// How the bank words a refusal.
struct Manners;

impl ErrorStyle for Manners {
    fn error(&self, status: StatusCode, code: Option<&str>) -> Answer {
        refuse(status, code.unwrap_or("a scripted fault"))
    }
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

fn refuse(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &json!({"error": message}))
}
