//! Scripted faults: what a test wants to go wrong with a call, and how the pipeline injects it.

use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::connection::ConnectionReset;
use super::malformed_body::{aborted, oversized};
use super::response::ApiResponse;

/// A web page where a client expects JSON.
pub(crate) const MAINTENANCE_PAGE: &str = "<!doctype html><html><head><title>503</title></head><body><h1>We will be back soon</h1>\
     <script>document.title = 'a page that must never run'</script></body></html>";

/// What goes wrong. These faults fit any HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Fault {
    /// This status, with an error in the API's own format.
    Status {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// A web page in place of JSON.
    Html {
        #[serde(default = "ok")]
        status: u16,
    },
    /// The call is delayed, or its response is.
    Slow { milliseconds: u64 },
    /// The connection is reset without a response.
    Reset,
    /// The first half of the correct response, with a matching length.
    TruncatedJson,
    /// 200 with a body of this many bytes.
    HugeBody {
        #[serde(default = "fifty_mebibytes")]
        bytes: u64,
    },
    /// 302.
    Redirect {
        #[serde(default = "elsewhere")]
        location: String,
    },
    /// 429 with `Retry-After`, in seconds.
    TooManyRequests {
        #[serde(default = "five_seconds")]
        retry_after: u32,
    },
}

fn ok() -> u16 {
    200
}

fn fifty_mebibytes() -> u64 {
    50 * 1024 * 1024
}

fn elsewhere() -> String {
    "https://elsewhere.invalid/".to_owned()
}

fn five_seconds() -> u32 {
    5
}

/// Whether the call takes effect before the fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum When {
    /// The fault comes first; the call takes no effect.
    #[default]
    Before,
    /// The call takes effect, then its response is lost, delayed or replaced.
    After,
}

/// The default of `times`.
pub(crate) fn once() -> u32 {
    1
}

/// A fault with its target, as posted to the control API.
pub(crate) trait ScriptedFault: Clone + Serialize + DeserializeOwned + Send + 'static {
    type Fault;
    /// Selects the faults that `DELETE` drops.
    type Filter: DeserializeOwned + Send + 'static;

    /// The fault's name in the call log.
    fn name(fault: &Self::Fault) -> &'static str;

    /// The fault, and whether it comes before or after the call takes effect.
    fn fault(&self) -> (Self::Fault, When);

    /// How many more calls it is injected into.
    fn remaining(&mut self) -> &mut u32;

    /// Whether the filter selects this fault.
    fn is_selected(&self, filter: &Self::Filter) -> bool;
}

/// Selects everything, whatever the query is.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct All {}

/// A fault for one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EndpointFault<E> {
    endpoint: E,
    /// Only calls about something that contains this text; left out: any call.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// How many calls it is injected into.
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    when: When,
    fault: Fault,
}

impl<E> EndpointFault<E> {
    /// Whether it is due for a call to an endpoint that `is_target` accepts, about a subject that contains the text.
    pub(crate) fn is_due(&self, is_target: impl Fn(&E) -> bool, subject_contains: impl Fn(&str) -> bool) -> bool {
        is_target(&self.endpoint) && self.subject.as_deref().is_none_or(subject_contains)
    }
}

impl<E: Clone + Serialize + DeserializeOwned + Send + 'static> ScriptedFault for EndpointFault<E> {
    type Fault = Fault;
    type Filter = All;

    fn name(fault: &Fault) -> &'static str {
        fault.name()
    }

    fn fault(&self) -> (Fault, When) {
        (self.fault.clone(), self.when)
    }

    fn remaining(&mut self) -> &mut u32 {
        &mut self.times
    }

    fn is_selected(&self, All {}: &All) -> bool {
        true
    }
}

/// The faults that are still to come, in the order in which they were scripted.
#[derive(Debug)]
pub(crate) struct FaultScript<F> {
    pending: Vec<F>,
}

impl<F> Default for FaultScript<F> {
    fn default() -> Self {
        Self { pending: Vec::new() }
    }
}

impl<F: ScriptedFault> FaultScript<F> {
    /// Appends a fault.
    pub(crate) fn add(&mut self, mut scripted: F) {
        if *scripted.remaining() > 0 {
            self.pending.push(scripted);
        }
    }

    /// Takes the first fault that is due for a call. One call gets at most one fault.
    pub(crate) fn take(&mut self, is_due: impl Fn(&F) -> bool) -> Option<(F::Fault, When)> {
        let index = self.pending.iter().position(is_due)?;
        let scripted = self.pending.get_mut(index)?;
        let remaining = scripted.remaining();
        *remaining = remaining.saturating_sub(1);
        let exhausted = *remaining == 0;
        let taken = scripted.fault();
        if exhausted {
            self.pending.remove(index);
        }
        Some(taken)
    }

    /// The faults that are still to come.
    pub(crate) fn pending(&self) -> &[F] {
        &self.pending
    }

    /// Drops the faults that the filter selects.
    pub(crate) fn clear(&mut self, filter: &F::Filter) {
        self.pending.retain(|scripted| !scripted.is_selected(filter));
    }
}

impl Fault {
    /// The name in the call log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Html { .. } => "html",
            Self::Slow { .. } => "slow",
            Self::Reset => "reset",
            Self::TruncatedJson => "truncatedJson",
            Self::HugeBody { .. } => "hugeBody",
            Self::Redirect { .. } => "redirect",
            Self::TooManyRequests { .. } => "tooManyRequests",
        }
    }

    /// Whether the call takes effect although the fault comes before it.
    fn lets_call_take_effect(&self) -> bool {
        match self {
            Self::Slow { .. } | Self::TruncatedJson => true,
            Self::Status { .. }
            | Self::Html { .. }
            | Self::Reset
            | Self::HugeBody { .. }
            | Self::Redirect { .. }
            | Self::TooManyRequests { .. } => false,
        }
    }
}

/// What the pipeline injects into a call.
#[derive(Clone, Debug)]
pub(crate) enum Injection {
    Fault(Fault),
    /// A response of the provider's own in place of the correct one.
    Response(Box<ApiResponse>),
}

/// How an API formats its errors.
pub(crate) trait ErrorFormat {
    /// An error with this status; `code` when the test asked for one.
    fn error(&self, status: StatusCode, code: Option<&str>) -> ApiResponse;

    /// 429, with the seconds to wait.
    fn too_many_requests(&self, retry_after_seconds: u32) -> ApiResponse {
        with_rate_limit_headers(self.error(StatusCode::TOO_MANY_REQUESTS, None), retry_after_seconds)
    }
}

/// Performs a call, unless the injected fault prevents it. Returns the response as the fault leaves it.
pub(crate) async fn inject(
    injection: Option<(Injection, When)>,
    extensions: &Extensions,
    error_format: &impl ErrorFormat,
    perform: impl FnOnce() -> ApiResponse,
) -> Response {
    let (fault, when) = match injection {
        None => return perform().into_response(),
        Some((Injection::Response(response), when)) => {
            if when == When::After {
                perform();
            }
            return response.into_response();
        }
        Some((Injection::Fault(fault), when)) => (fault, when),
    };
    tracing::info!(fault = fault.name(), ?when, "scripted fault injected");
    if let (Fault::Slow { milliseconds }, When::Before) = (&fault, when) {
        tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
    }
    let response = if fault.lets_call_take_effect() || when == When::After {
        perform()
    } else {
        ApiResponse::empty(StatusCode::OK)
    };
    match fault {
        Fault::Slow { milliseconds } => {
            if when == When::After {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            response.into_response()
        }
        Fault::Status { status, code } => error_format.error(status_code(status), code.as_deref()).into_response(),
        Fault::Html { status } => ApiResponse::html(status_code(status), MAINTENANCE_PAGE).into_response(),
        Fault::Reset => {
            if let Some(ConnectInfo(reset)) = extensions.get::<ConnectInfo<ConnectionReset>>() {
                reset.request();
            }
            response.into_response_with(|_| aborted())
        }
        Fault::TruncatedJson => response.truncated().into_response(),
        Fault::HugeBody { bytes } => ApiResponse::html(StatusCode::OK, "").into_response_with(|_| oversized(bytes)),
        Fault::Redirect { location } => ApiResponse::redirect(&location).into_response(),
        Fault::TooManyRequests { retry_after } => error_format.too_many_requests(retry_after).into_response(),
    }
}

/// Adds `Retry-After` and the three `X-RateLimit-` headers to a 429.
pub(crate) fn with_rate_limit_headers(response: ApiResponse, retry_after_seconds: u32) -> ApiResponse {
    let reset = jiff::Timestamp::now()
        .as_second()
        .saturating_add(i64::from(retry_after_seconds));
    response
        .with_header(RETRY_AFTER, &retry_after_seconds.to_string())
        .with_header(HeaderName::from_static("x-ratelimit-limit"), "100")
        .with_header(HeaderName::from_static("x-ratelimit-remaining"), "0")
        .with_header(HeaderName::from_static("x-ratelimit-reset"), &reset.to_string())
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
