//! Problem documents (RFC 9457) with a stable `code`: what a caller receives when its call failed.

use std::{error::Error, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sca_protocol::api::ProblemCode;
use serde::{Deserialize, Serialize};

/// Why a call failed: a code for the caller, and a source that only the log shows.
#[derive(Clone, Debug)]
pub struct AppError {
    code: ProblemCode,
    retry_after: Option<Duration>,
    source: Option<ProblemSource>,
}

/// The error behind a problem, for the log only.
#[derive(Clone, Debug)]
pub(crate) struct ProblemSource(pub(crate) Arc<dyn Error + Send + Sync>);

impl AppError {
    /// A problem without a source.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            retry_after: None,
            source: None,
        }
    }

    /// After which time the caller may retry. The answer rounds it up to whole seconds.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Attaches the error behind the problem. Only the log shows it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(ProblemSource(Arc::from(source.into())));
        self
    }

    /// A failure of the backend itself.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Internal).with_source(source)
    }

    /// The code that the caller receives.
    #[must_use]
    pub fn code(&self) -> &ProblemCode {
        &self.code
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        status_and_title(&self.code).0
    }

    /// The body of the answer.
    #[must_use]
    pub fn document(&self) -> ProblemDocument {
        let (status, title) = status_and_title(&self.code);
        ProblemDocument {
            kind: format!("tag:sca-backend,2026:{}", self.code.as_str()),
            title: title.into(),
            status: status.as_u16(),
            code: self.code.clone(),
            retry_after: self.retry_after.map(whole_seconds),
        }
    }
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// The kind of problem as a URI.
    #[schema(format = "uri")]
    #[serde(rename = "type")]
    pub kind: String,
    /// A short description of the kind of problem.
    pub title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The code. Stable: callers branch on it.
    pub code: ProblemCode,
    /// After how many seconds to retry, where that helps: the same number as the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

fn status_and_title(code: &ProblemCode) -> (StatusCode, &'static str) {
    match code {
        ProblemCode::InvalidRequest => (StatusCode::BAD_REQUEST, "Invalid request"),
        ProblemCode::IdempotencyKeyMissing => (StatusCode::BAD_REQUEST, "Idempotency key missing"),
        ProblemCode::Unauthorized => (StatusCode::UNAUTHORIZED, "Invalid credentials"),
        ProblemCode::OriginNotAllowed => (StatusCode::FORBIDDEN, "Origin not allowed"),
        ProblemCode::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        ProblemCode::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        ProblemCode::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time"),
        ProblemCode::ApprovalSettled => (StatusCode::CONFLICT, "The approval has ended"),
        ProblemCode::ShownMismatch => (
            StatusCode::CONFLICT,
            "The payer was shown something other than what is approved",
        ),
        ProblemCode::RequestInProgress => (StatusCode::CONFLICT, "Another call for this approval is in flight"),
        ProblemCode::NoPendingPayment => (StatusCode::CONFLICT, "None of the resources waits for an approval"),
        ProblemCode::FactorNotSetUp => (StatusCode::CONFLICT, "The customer has no active factor"),
        ProblemCode::ProviderSessionEnded => (StatusCode::CONFLICT, "The customer's session at the provider has ended"),
        ProblemCode::TransferChanged => (StatusCode::CONFLICT, "Conflicting transfer version"),
        ProblemCode::StepUpRequired => (StatusCode::CONFLICT, "The customer has to be authenticated first"),
        ProblemCode::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
        ProblemCode::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON"),
        ProblemCode::IdempotencyKeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The idempotency key was used for another body",
        ),
        ProblemCode::FactorNotAvailable => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The challenge or factor cannot be used now",
        ),
        ProblemCode::FactorCoolingOff => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The factor was set up so recently that it cannot be used yet",
        ),
        ProblemCode::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        ProblemCode::EnrolmentLimitReached => (
            StatusCode::TOO_MANY_REQUESTS,
            "This enrolment has made as many calls as it may; the partner's server has to begin another one",
        ),
        ProblemCode::Internal | ProblemCode::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        ProblemCode::ProviderError => (StatusCode::BAD_GATEWAY, "The provider gave no usable answer"),
        ProblemCode::ServiceUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service unavailable"),
        ProblemCode::ProviderTimeout => (StatusCode::GATEWAY_TIMEOUT, "The provider did not answer in time"),
    }
}

/// Whole seconds, rounded up, so that a caller never retries too early.
fn whole_seconds(delay: Duration) -> u64 {
    delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0))
}

/// A problem document of any kind as an answer.
pub(crate) fn answer(status: StatusCode, document: &impl Serialize, retry_after: Option<Duration>) -> Response {
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(delay) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(delay)));
    }
    response
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = answer(self.status(), &self.document(), self.retry_after);
        if self.status() == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(source) = self.source {
            response.extensions_mut().insert(source);
        }
        response
    }
}
