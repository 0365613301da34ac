//! Wise's part of the pipeline: the fault that is due, the access token, the encrypted body and the encrypted response.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::behaviour::VerifyAnswer;
use super::call::{ApiCall, CallContext, ReceivedCall, Route};
use super::call_log::Details;
use super::endpoint::RequiredCaller;
use super::errors::{self, WiseErrors};
use super::fault::{Effect, ScriptedFault};
use super::jose::{self, Encryption};
use super::operations;
use super::state::{Wise, WiseState};
use super::tokens::Caller;
use crate::kit::control::Refusal;
use crate::kit::control::behaviour::no_such_customer;
use crate::kit::pipeline::{Api, ApiRecords, Arrival, either};
use crate::kit::response::ApiResponse;

/// See [correlation ids](https://docs.wise.com/guides/developer/headers/correlation-id).
const CORRELATION: HeaderName = HeaderName::from_static("x-external-correlation-id");
const TRACE: HeaderName = HeaderName::from_static("x-trace-id");
/// Longer correlation ids are ignored.
const MAX_CORRELATION_CHARACTERS: usize = 36;

impl Api for WiseState {
    type Route = Route;
    type Context = CallContext;
    type BeforeResponse = ();
    type Fault = ScriptedFault;
    type Details = Details;
    type ErrorFormat = WiseErrors;

    fn records(&mut self) -> &mut ApiRecords<ScriptedFault, Details> {
        &mut self.records
    }

    fn check_fault(&self, fault: &ScriptedFault) -> Result<(), Refusal> {
        fault.check_endpoint()?;
        match fault.user_id {
            Some(user) if !self.customers.contains_key(&user) => Err(no_such_customer(user)),
            Some(_) | None => Ok(()),
        }
    }

    fn arrive(&mut self, call: &ReceivedCall) -> Arrival<CallContext> {
        let caller = self.tokens.identify(&call.headers, self.clock.now());
        let user = match caller {
            Caller::User(user) => Some(user),
            Caller::Client | Caller::Nobody => None,
        };
        let path = call.uri.path();
        let (method, headers) = (&call.method, &call.headers);
        let details = Details::new(self.now_for(caller), Some(call.route), caller, method, path, headers);
        let is_due = |fault: &ScriptedFault| fault.is_due(call.route.endpoint, user);
        let (sequence, fault) = self.records.arrive(details, is_due);
        let (injection, mutation) = match fault.map(|(fault, when)| (fault.effect(path), when)) {
            None => (None, None),
            Some((Effect::Inject(injection), when)) => (Some((injection, when)), None),
            Some((Effect::Mutate(mutation), _)) => (None, Some(mutation)),
        };
        Arrival {
            sequence,
            injection,
            context: CallContext {
                caller,
                opened: None,
                face_map: None,
                mutation,
            },
        }
    }

    fn perform(wise: &Wise, call: ApiCall, sequence: u64) -> (ApiResponse, ()) {
        (either(perform(wise, call, sequence)), ())
    }

    fn error_format(&self) -> WiseErrors {
        WiseErrors
    }

    fn response_headers(call: &HeaderMap) -> Vec<(HeaderName, String)> {
        let correlation = call.get(&CORRELATION).and_then(|id| id.to_str().ok());
        let correlation = correlation.filter(|id| id.len() <= MAX_CORRELATION_CHARACTERS);
        std::iter::once((TRACE, Uuid::new_v4().simple().to_string()))
            .chain(correlation.map(|id| (CORRELATION, id.to_owned())))
            .collect()
    }
}

/// Responds to a call to a path that is no operation, and logs it.
pub(crate) fn unknown_path(wise: &Wise, request: &Request) -> Response {
    let path = request.uri().path();
    let response = errors::not_found(path);
    let mut state = wise.lock();
    let now = state.clock.now();
    let caller = state.tokens.identify(request.headers(), now);
    let details = Details::new(now, None, caller, request.method(), path, request.headers());
    let sequence = state.records.calls.arrive(details, None);
    state.records.calls.finish(sequence, response.status.as_u16());
    drop(state);
    response.into_response()
}

/// Checks the caller, opens an encrypted body, performs the operation and encrypts its response.
fn perform(wise: &Wise, mut call: ApiCall, sequence: u64) -> Result<ApiResponse, ApiResponse> {
    let Route { endpoint, generation } = call.route;
    let user = match (endpoint.required_caller(generation), call.context.caller) {
        (RequiredCaller::User, Caller::User(user)) => Some(user),
        (RequiredCaller::Basic, Caller::Nobody | Caller::Client | Caller::User(_))
        | (RequiredCaller::Client, Caller::Client) => None,
        (RequiredCaller::Client | RequiredCaller::User, Caller::Nobody) => return Err(errors::invalid_token()),
        (RequiredCaller::Client, Caller::User(_)) | (RequiredCaller::User, Caller::Client) => {
            return Err(errors::not_permitted());
        }
    };
    if let Some(user) = user {
        let state = wise.lock();
        let profile = state.customer(user)?.profile;
        if call.parameters.contains_key("profile") && call.number("profile") != Some(profile) {
            return Err(errors::not_permitted());
        }
    }
    // Decryption takes a millisecond, during which other calls must not wait for the state.
    if endpoint.takes_face_map() {
        let keys = wise.lock().facetec_keys.clone();
        call.context.face_map = Some(keys.open(&call.body));
    }
    if !endpoint.takes_encrypted_body() {
        return operations::perform(&mut wise.lock(), &call, user);
    }

    let keys = wise.lock().keys.clone();
    let opened = jose::open(&call, &keys);
    let encryption = opened
        .as_ref()
        .map_or_else(|(encryption, _)| *encryption, |_| Encryption::Decrypted);
    let mut state = wise.lock();
    if let Some(logged) = state.records.calls.find(sequence) {
        logged.details.encryption = Some(encryption);
    }
    call.context.opened = Some(opened.map_err(|(_, refusal)| refusal)?);
    let response = either(operations::perform(&mut state, &call, user));
    let (form, encrypt_errors) = match user.and_then(|user| state.customers.get(&user)) {
        Some(customer) => (customer.behaviour.verify_answer, customer.behaviour.encrypt_errors),
        None => (VerifyAnswer::Encrypted, false),
    };
    drop(state);
    Ok(match call.context.opened {
        Some(opened) if response.status.is_success() || encrypt_errors => jose::seal(response, &opened, form),
        Some(_) | None => response,
    })
}
