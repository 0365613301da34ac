//! FaceSign's part of the pipeline: the fault that is due, the API key, the rate limit.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::behaviour::{ErrorShape, MissingKey};
use super::endpoint::{ApiCall, Details, Endpoint};
use super::errors::error;
use super::operations;
use super::session::is_about;
use super::state::{FaceSign, FaceSignState};
use crate::kit::faults::{EndpointFault, with_rate_limit_headers};
use crate::kit::pipeline::{Api, ApiRecords, Arrival, bearer_token};
use crate::kit::response::ApiResponse;

/// The only API key.
const API_KEY: &str = "sk_test_sandbox";

impl Api for FaceSignState {
    type Route = Endpoint;
    type Context = ();
    type BeforeResponse = ();
    type Fault = EndpointFault<Endpoint>;
    type Details = Details;
    type ErrorFormat = ErrorShape;

    fn records(&mut self) -> &mut ApiRecords<Self::Fault, Details> {
        &mut self.records
    }

    fn arrive(&mut self, call: &ApiCall) -> Arrival<()> {
        let id = call.parameters.get("id");
        let settings = match id {
            Some(id) => self.session(id).map(|session| session.settings.clone()),
            None => serde_json::from_slice::<Value>(&call.body).ok(),
        };
        let contains = |text: &str| settings.as_ref().is_some_and(|settings| is_about(settings, text));
        let details = Details {
            at: self.timeline.now_ms(),
            endpoint: call.route,
            session_id: id.cloned(),
        };
        let is_due = |fault: &Self::Fault| fault.is_due(|endpoint| endpoint.covers(call.route), contains);
        Arrival::new(self.records.arrive(details, is_due), ())
    }

    fn perform(facesign: &FaceSign, call: ApiCall, sequence: u64) -> (ApiResponse, ()) {
        let mut state = facesign.lock();
        let response =
            refusal(&mut state, &call.headers).unwrap_or_else(|| operations::perform(&mut state, &call, sequence));
        (response, ())
    }

    fn error_format(&self) -> ErrorShape {
        self.default_behaviour.error_shape
    }
}

/// The refusal of a call without the [API key](https://docs.facesign.ai/docs/reference/authentication), or of one that
/// exceeds the rate limit.
fn refusal(state: &mut FaceSignState, headers: &HeaderMap) -> Option<ApiResponse> {
    let behaviour = &state.default_behaviour;
    let shape = behaviour.error_shape;
    if !headers.contains_key(AUTHORIZATION) {
        let status = match behaviour.missing_key {
            MissingKey::Unauthorized => StatusCode::UNAUTHORIZED,
            MissingKey::Forbidden => StatusCode::FORBIDDEN,
        };
        return Some(error(shape, status, "missing_api_key", "No API key provided"));
    }
    if bearer_token(headers) != Some(API_KEY) {
        let status = StatusCode::UNAUTHORIZED;
        return Some(error(shape, status, "invalid_api_key", "Incorrect api key"));
    }
    let wait_seconds = state
        .rate_limit
        .exceeded_for(state.timeline.now_ms(), state.default_behaviour.requests_per_minute)?;
    let status = StatusCode::TOO_MANY_REQUESTS;
    let response = error(shape, status, "rate_limit_exceeded", "Too many requests");
    Some(with_rate_limit_headers(response, wait_seconds))
}
