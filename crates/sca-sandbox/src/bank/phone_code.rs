//! The bank's own verification of phone numbers: it sends a code to a number and checks it. Nothing is sent; a test reads the code from
//! the control API.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::pipeline::refuse;
use super::state::{BankState, Endpoint, Outcome};
use crate::kit::response::ApiResponse;

/// What the backend authenticates itself with.
const SECRET: &str = "sandbox-phone-verification-secret";
/// The code that is sent every time, as the simulated Wise sends it.
const CODE: &str = "111111";
/// Wrong codes until the verification is over.
const MAX_WRONG: u32 = 10;
/// How long a code is accepted, as the response says. It is not enforced: a test forgets codes instead.
const SECONDS: u32 = 600;

/// A verification of a number.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhoneCode {
    verification: String,
    pub(super) number: String,
    customer: String,
    enrolment: String,
    code: String,
    wrong: u32,
}

#[derive(Deserialize)]
struct Start {
    enrolment: String,
    customer: String,
    number: String,
}

#[derive(Deserialize)]
struct Check {
    verification: String,
    code: String,
}

/// Answers a call of the backend.
pub(super) fn answer(
    state: &mut BankState,
    endpoint: Endpoint,
    authorization: Option<&str>,
    body: &[u8],
) -> (Outcome, ApiResponse) {
    if authorization != Some(&format!("Bearer {SECRET}")) {
        let refusal = refuse(StatusCode::UNAUTHORIZED, "the bearer token is missing or unknown");
        return (Outcome::Refused, refusal);
    }
    let answered = if endpoint == Endpoint::PhoneCode {
        serde_json::from_slice(body).ok().map(|start| send(state, start))
    } else {
        serde_json::from_slice(body).ok().map(|check| verify(state, &check))
    };
    match answered {
        Some(response) => (Outcome::Recorded, response),
        None => (Outcome::Refused, refuse(StatusCode::BAD_REQUEST, "not understood")),
    }
}

fn send(state: &mut BankState, start: Start) -> ApiResponse {
    if state.unreachable.contains(&start.number) {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "no code can be sent to this number");
    }
    let sent = PhoneCode {
        verification: format!("ver_{}", Uuid::new_v4().simple()),
        number: start.number,
        customer: start.customer,
        enrolment: start.enrolment,
        code: CODE.to_owned(),
        wrong: 0,
    };
    let response = json!({"verification": sent.verification, "expiresInSeconds": SECONDS});
    state.phone_codes.push(sent);
    ApiResponse::json(StatusCode::CREATED, &response)
}

fn verify(state: &mut BankState, check: &Check) -> ApiResponse {
    let known = state
        .phone_codes
        .iter_mut()
        .find(|known| known.verification == check.verification);
    let Some(known) = known else {
        return refuse(StatusCode::NOT_FOUND, "no such verification");
    };
    let result = if known.wrong >= MAX_WRONG {
        "expired"
    } else if known.code == check.code {
        "correct"
    } else {
        known.wrong = known.wrong.saturating_add(1);
        "wrong"
    };
    ApiResponse::ok(&json!({"result": result}))
}
