//! The pipeline for all calls to a simulated API: read the call, log it, take the fault that is due, perform the call, inject
//! the fault, log the status.

use std::collections::BTreeMap;
use std::fmt;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{MethodFilter, on};

use super::call_log::{CallDetails, CallLog};
use super::control::Refusal;
use super::faults::{ErrorFormat, Fault, FaultScript, Injection, ScriptedFault, When, inject};
use super::response::ApiResponse;
use super::simulator::{Simulator, SimulatorState};

/// A call that was read to its end. `R` is what the route table names; `C` is what the simulator found out about the call.
#[derive(Debug)]
pub(crate) struct ApiCall<R, C = ()> {
    pub(crate) route: R,
    /// From the path.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) context: C,
}

impl<R, C> ApiCall<R, C> {
    /// A parameter of the path; empty when the path has no such parameter.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A number in the path.
    pub(crate) fn number(&self, parameter: &str) -> Option<u64> {
        self.parameter(parameter).parse().ok()
    }

    /// The text of a header; `None` when it is missing or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A parameter of the query, percent-decoded; the first when it is repeated.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        form_value(self.uri.query().unwrap_or_default().as_bytes(), name)
    }

    /// A field of a form body.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        form_value(&self.body, name)
    }

    /// Path and query as they were sent.
    pub(crate) fn target(&self) -> String {
        self.uri
            .path_and_query()
            .map_or_else(|| self.uri.path().to_owned(), ToString::to_string)
    }

    /// The same call with another context.
    pub(crate) fn with_context<D>(self, context: D) -> ApiCall<R, D> {
        ApiCall {
            route: self.route,
            parameters: self.parameters,
            method: self.method,
            uri: self.uri,
            headers: self.headers,
            body: self.body,
            context,
        }
    }
}

/// A value from `application/x-www-form-urlencoded` text.
fn form_value(text: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(text)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// What a simulator decides on the arrival of a call.
pub(crate) struct Arrival<C> {
    /// The call's number in the log.
    pub(crate) sequence: u64,
    pub(crate) injection: Option<(Injection, When)>,
    pub(crate) context: C,
}

impl<C> Arrival<C> {
    pub(crate) fn new((sequence, fault): (u64, Option<(Fault, When)>), context: C) -> Self {
        Self {
            sequence,
            injection: fault.map(|(fault, when)| (Injection::Fault(fault), when)),
            context,
        }
    }
}

/// The scripted faults and the call log of a simulator.
#[derive(Debug)]
pub(crate) struct ApiRecords<F, D> {
    pub(crate) faults: FaultScript<F>,
    pub(crate) calls: CallLog<D>,
}

impl<F, D> Default for ApiRecords<F, D> {
    fn default() -> Self {
        Self {
            faults: FaultScript::default(),
            calls: CallLog::default(),
        }
    }
}

impl<F: ScriptedFault, D: CallDetails> ApiRecords<F, D> {
    /// Logs the arrival of a call and takes the fault that is due for it. Returns the call's sequence number as well.
    pub(crate) fn arrive(&mut self, details: D, is_due: impl Fn(&F) -> bool) -> (u64, Option<(F::Fault, When)>) {
        let fault = self.faults.take(is_due);
        let name = fault.as_ref().map(|(fault, _)| F::name(fault));
        (self.calls.arrive(details, name), fault)
    }
}

/// A simulator with an API, and with faults that tests script.
pub(crate) trait Api: SimulatorState {
    /// What the route table names.
    type Route: Copy + fmt::Debug + Send + Sync + 'static;
    /// What the simulator finds out about a call on arrival.
    type Context: Send;
    /// What has to be done before the response is sent.
    type BeforeResponse: Default + Send;
    type Fault: ScriptedFault;
    /// The details of a call in the log.
    type Details: CallDetails;
    type ErrorFormat: ErrorFormat + Send + Sync;

    /// The response to a larger body is 413.
    const MAX_BODY_BYTES: usize = 1024 * 1024;

    fn records(&mut self) -> &mut ApiRecords<Self::Fault, Self::Details>;

    /// Refuses a scripted fault that has no meaning.
    fn check_fault(&self, _fault: &Self::Fault) -> Result<(), Refusal> {
        Ok(())
    }

    /// Logs the arrival of a call and takes the fault that is due for it.
    fn arrive(&mut self, call: &ApiCall<Self::Route>) -> Arrival<Self::Context>;

    /// Performs a call.
    fn perform(
        simulator: &Simulator<Self>,
        call: ApiCall<Self::Route, Self::Context>,
        sequence: u64,
    ) -> (ApiResponse, Self::BeforeResponse)
    where
        Self: Sized;

    /// Does what has to be done before the response is sent.
    fn before_response(_simulator: Simulator<Self>, _work: Self::BeforeResponse) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        std::future::ready(())
    }

    /// Reacts to the status of a response, which was logged.
    fn finished(&mut self) {}

    /// How the API formats its errors.
    fn error_format(&self) -> Self::ErrorFormat;

    /// Headers that every response to a call with these headers has.
    fn response_headers(_call: &HeaderMap) -> Vec<(HeaderName, String)> {
        Vec::new()
    }
}

/// Handles a call to a known path.
pub(crate) async fn handle<S: Api>(
    simulator: Simulator<S>,
    route: S::Route,
    path_parameters: RawPathParams,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, S::MAX_BODY_BYTES).await.ok();
    let is_too_large = body.is_none();
    let call = ApiCall {
        route,
        parameters: path_parameters
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: body.unwrap_or_default(),
        context: (),
    };
    let response_headers = S::response_headers(&call.headers);
    let (arrival, error_format) = {
        let mut state = simulator.lock();
        (state.arrive(&call), state.error_format())
    };
    let Arrival {
        sequence,
        injection,
        context,
    } = arrival;
    let is_reset = matches!(injection, Some((Injection::Fault(Fault::Reset), _)));
    let mut before_response = S::BeforeResponse::default();
    let mut response = inject(injection, &parts.extensions, &error_format, || {
        if is_too_large {
            return ApiResponse::empty(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let (response, work) = S::perform(&simulator, call.with_context(context), sequence);
        before_response = work;
        response
    })
    .await;
    S::before_response(simulator.clone(), before_response).await;
    for (name, value) in response_headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    let status = response.status().as_u16();
    if !is_reset {
        let mut state = simulator.lock();
        state.records().calls.finish(sequence, status);
        state.finished();
    }
    tracing::debug!(?route, status, "answered");
    response
}

/// A router for a table of routes.
pub(crate) fn router<S: Api>(
    routes: impl IntoIterator<Item = (S::Route, MethodFilter, &'static str)>,
) -> Router<Simulator<S>> {
    routes.into_iter().fold(Router::new(), |router, (route, method, path)| {
        let handler = move |State(simulator): State<Simulator<S>>, parameters: RawPathParams, request: Request| {
            handle(simulator, route, parameters, request)
        };
        router.route(path, on(method, handler))
    })
}

/// The response of a fallible operation.
pub(crate) fn either(result: Result<ApiResponse, ApiResponse>) -> ApiResponse {
    match result {
        Ok(response) | Err(response) => response,
    }
}
