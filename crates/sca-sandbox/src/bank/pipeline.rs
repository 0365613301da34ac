//! The bank's webhook receivers, and what its shop may ask.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{MethodFilter, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::state::{Bank, BankState, Details, Endpoint, Mail, NoticeSubject, Outcome, text_at};
use super::{phone_code, signature};
use crate::kit::clock::real_now_ms;
use crate::kit::faults::{EndpointFault, ErrorFormat};
use crate::kit::pipeline::{self, Api, ApiRecords, Arrival};
use crate::kit::response::ApiResponse;

type ApiCall<C = ()> = pipeline::ApiCall<Endpoint, C>;

/// All of the bank's paths.
pub(crate) fn router() -> Router<Bank> {
    pipeline::router([
        (Endpoint::Wires, MethodFilter::POST, "/bank/wires"),
        (Endpoint::Notices, MethodFilter::POST, "/bank/notices"),
        (Endpoint::PhoneCode, MethodFilter::POST, "/bank/phone-codes"),
        (Endpoint::PhoneCheck, MethodFilter::POST, "/bank/phone-codes/check"),
    ])
    .route("/bank/wires/{transfer}", get(show))
    .route("/bank/mail/{customer}", get(mail))
}

async fn show(State(bank): State<Bank>, Path(transfer): Path<String>) -> ApiResponse {
    let state = bank.lock();
    let is_executed = state.executions_of(&transfer).next().is_some();
    let status = if is_executed {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    ApiResponse::json(status, &state.wire(&transfer))
}

/// What the bank would mail the customer with this id.
async fn mail(State(bank): State<Bank>, Path(customer): Path<String>) -> Json<Vec<Mail>> {
    Json(bank.lock().mail_to(&customer))
}

impl Api for BankState {
    type Route = Endpoint;
    /// The message.
    type Context = Value;
    type BeforeResponse = ();
    type Fault = EndpointFault<Endpoint>;
    type Details = Details;
    type ErrorFormat = BankErrors;

    const MAX_BODY_BYTES: usize = 64 * 1024;

    fn records(&mut self) -> &mut ApiRecords<Self::Fault, Details> {
        &mut self.records
    }

    fn arrive(&mut self, call: &ApiCall) -> Arrival<Value> {
        let message = serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
        let (transfer, customer) = (transfer_of(&message), customer_of(&message));
        let details = Details {
            at: real_now_ms(),
            endpoint: call.route,
            webhook_id: call.header("webhook-id").map(ToOwned::to_owned),
            transfer: transfer.clone(),
            customer: customer.clone(),
            verified: false,
            outcome: Outcome::Lost,
        };
        let contains = |text: &str| {
            let subjects = [&transfer, &customer];
            subjects.into_iter().flatten().any(|subject| subject.contains(text))
        };
        let is_due = |fault: &Self::Fault| fault.is_due(|endpoint| *endpoint == call.route, contains);
        self.revision = self.revision.wrapping_add(1);
        Arrival::new(self.records.arrive(details, is_due), message)
    }

    fn perform(bank: &Bank, call: ApiCall<Value>, sequence: u64) -> (ApiResponse, ()) {
        let mut state = bank.lock();
        if matches!(call.route, Endpoint::PhoneCode | Endpoint::PhoneCheck) {
            let authorization = call.header("authorization").map(ToOwned::to_owned);
            let (outcome, response) = phone_code::answer(&mut state, call.route, authorization.as_deref(), &call.body);
            if let Some(call) = state.records.calls.find(sequence) {
                call.details.verified = outcome != Outcome::Refused;
                call.details.outcome = outcome;
            }
            return (response, ());
        }
        let (outcome, response, verified) = match signature::verify(&call.headers, &call.body, &state.secrets) {
            Ok(webhook_id) => {
                let (outcome, response) = receive(&mut state, call.route, &webhook_id, call.context);
                (outcome, response, true)
            }
            Err(error) => {
                let refusal = refuse(StatusCode::UNAUTHORIZED, error.message());
                (Outcome::Refused, refusal, false)
            }
        };
        state.revision = state.revision.wrapping_add(1);
        if let Some(call) = state.records.calls.find(sequence) {
            call.details.outcome = outcome;
            call.details.verified = verified;
        }
        (response, ())
    }

    fn finished(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    fn error_format(&self) -> BankErrors {
        BankErrors
    }
}

/// Receives a message whose signature is valid.
fn receive(state: &mut BankState, endpoint: Endpoint, webhook_id: &str, message: Value) -> (Outcome, ApiResponse) {
    let kind = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    match (endpoint, transfer_of(&message)) {
        (Endpoint::Wires, Some(transfer)) if kind == "transfer.execute" => {
            let outcome = state.execute(webhook_id, &transfer, message, real_now_ms());
            let status = if outcome == Outcome::Executed {
                "executed"
            } else {
                "alreadyExecuted"
            };
            (outcome, ApiResponse::ok(&json!({"status": status})))
        }
        (Endpoint::Wires, Some(_) | None) => {
            let message = "only transfer.execute with a transfer is understood here";
            (Outcome::Refused, refuse(StatusCode::BAD_REQUEST, message))
        }
        (Endpoint::Notices, transfer) if !kind.is_empty() => {
            let about = NoticeSubject {
                transfer,
                customer: customer_of(&message),
            };
            let outcome = state.record(webhook_id, &kind, about, message, real_now_ms());
            (outcome, ApiResponse::empty(StatusCode::NO_CONTENT))
        }
        (Endpoint::Notices, Some(_) | None) => {
            (Outcome::Refused, refuse(StatusCode::BAD_REQUEST, "a notice has a type"))
        }
        (Endpoint::PhoneCode | Endpoint::PhoneCheck, Some(_) | None) => {
            (Outcome::Refused, refuse(StatusCode::BAD_REQUEST, "this is no webhook"))
        }
    }
}

fn transfer_of(message: &Value) -> Option<String> {
    text_at(message, "/data/transfer")
}

fn customer_of(message: &Value) -> Option<String> {
    text_at(message, "/data/customer")
}

/// The bank's error format.
pub(crate) struct BankErrors;

impl ErrorFormat for BankErrors {
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse {
        refuse(status, code.unwrap_or("a scripted fault"))
    }
}

pub(super) fn refuse(status: StatusCode, message: &str) -> ApiResponse {
    ApiResponse::json(status, &json!({"error": message}))
}
