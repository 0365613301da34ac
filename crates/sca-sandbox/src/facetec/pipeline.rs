//! The server's paths, and its part of the pipeline: the fault that is due, the device key.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde_json::Value;

use super::endpoint::{ApiCall, Details, Endpoint};
use super::operations;
use super::response::{FaceTecErrors, failed};
use super::state::{FaceTec, FaceTecState};
use crate::kit::faults::EndpointFault;
use crate::kit::pipeline::{self, Api, ApiRecords, Arrival, either};
use crate::kit::response::ApiResponse;

/// The only device key.
const DEVICE_KEY: &str = "sandbox-device-key";

/// All of the server's paths. Older versions have `GET /session-token`, newer ones `POST`.
pub(crate) fn router() -> Router<FaceTec> {
    pipeline::router([
        (Endpoint::Status, MethodFilter::GET, "/facetec/status"),
        (Endpoint::SessionToken, MethodFilter::GET, "/facetec/session-token"),
        (Endpoint::SessionToken, MethodFilter::POST, "/facetec/session-token"),
        (Endpoint::Enroll, MethodFilter::POST, "/facetec/enrollment-3d"),
        (
            Endpoint::ReadEnrollment,
            MethodFilter::GET,
            "/facetec/enrollment-3d/{reference}",
        ),
        (
            Endpoint::DeleteEnrollment,
            MethodFilter::DELETE,
            "/facetec/enrollment-3d/{reference}",
        ),
        (Endpoint::Match, MethodFilter::POST, "/facetec/match-3d-3d"),
        (Endpoint::Export, MethodFilter::POST, "/facetec/export-3d-facemap"),
    ])
}

impl Api for FaceTecState {
    type Route = Endpoint;
    /// The JSON body.
    type Context = Value;
    type BeforeResponse = ();
    type Fault = EndpointFault<Endpoint>;
    type Details = Details;
    type ErrorFormat = FaceTecErrors;

    /// A real scan has hundreds of kilobytes, and so has each image.
    const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

    fn records(&mut self) -> &mut ApiRecords<Self::Fault, Details> {
        &mut self.records
    }

    fn arrive(&mut self, call: &ApiCall<()>) -> Arrival<Value> {
        let body = serde_json::from_slice::<Value>(&call.body).unwrap_or_default();
        let in_body = || body.get("externalDatabaseRefID").and_then(Value::as_str);
        let reference = call.parameters.get("reference").map(String::as_str).or_else(in_body);
        let reference = reference.map(ToOwned::to_owned);
        let details = Details {
            at: self.now_ms(),
            endpoint: call.route,
            reference: reference.clone(),
        };
        let contains = |text: &str| reference.as_deref().is_some_and(|reference| reference.contains(text));
        let is_due = |fault: &Self::Fault| fault.is_due(|endpoint| endpoint.covers(call.route), contains);
        Arrival::new(self.records.arrive(details, is_due), body)
    }

    fn perform(facetec: &FaceTec, call: ApiCall, _sequence: u64) -> (ApiResponse, ()) {
        // The status of a missing key is not public.
        if call.header("X-Device-Key") != Some(DEVICE_KEY) {
            return (
                failed(StatusCode::FORBIDDEN, "The X-Device-Key is missing or unknown"),
                (),
            );
        }
        (either(operations::perform(&mut facetec.lock(), &call)), ())
    }

    fn error_format(&self) -> FaceTecErrors {
        FaceTecErrors
    }
}
