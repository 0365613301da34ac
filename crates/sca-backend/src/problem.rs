//! What is told to a caller whose call was not carried out: RFC 9457 problem documents with a stable `code`.

use std::{error::Error, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sca_protocol::wire::ProblemCode;
use serde::{Deserialize, Serialize};

const TRANSFER_CHANGED: &str = "transfer-changed";
const STEP_UP_REQUIRED: &str = "step-up-required";

/// Why a call was not carried out: a code for the caller, and a cause that only the log sees.
#[derive(Clone, Debug)]
pub struct AppError {
    code: ProblemCode,
    retry_after: Option<u64>,
    cause: Option<Cause>,
}

/// What led to a problem, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Cause(pub(crate) Arc<dyn Error + Send + Sync>);

impl AppError {
    /// A problem that needs no explanation.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            retry_after: None,
            cause: None,
        }
    }

    /// Says in how many milliseconds to try again.
    #[must_use]
    pub fn retry_after(mut self, milliseconds: u64) -> Self {
        self.retry_after = Some(milliseconds);
        self
    }

    /// Adds what the log is to say.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(Cause(Arc::from(cause.into())));
        self
    }

    /// The same version of a transfer was something else before. Only the partner's own server is told this, so the widget's list of
    /// codes does not name it.
    #[must_use]
    pub fn transfer_changed() -> Self {
        Self::new(ProblemCode::Other(TRANSFER_CHANGED.into()))
    }

    /// The customer's session with the provider has to be stepped up first. As above, only the partner's own server is told this.
    #[must_use]
    pub fn step_up_required() -> Self {
        Self::new(ProblemCode::Other(STEP_UP_REQUIRED.into()))
    }

    /// Our own fault.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Internal).because(cause)
    }

    /// What the caller is told.
    #[must_use]
    pub fn code(&self) -> &ProblemCode {
        &self.code
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        status_and_title(&self.code).0
    }

    /// The document that is sent.
    #[must_use]
    pub fn document(&self) -> ProblemDocument {
        let (status, title) = status_and_title(&self.code);
        ProblemDocument {
            kind: format!("tag:sca-backend,2026:{}", self.code.as_str()),
            title: title.into(),
            status: status.as_u16(),
            code: self.code.clone(),
            retry_after: self.retry_after,
        }
    }
}

/// A problem document (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDocument {
    /// A name for the kind of problem, as a URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong. Stable: callers branch on it.
    pub code: ProblemCode,
    /// In how many milliseconds to try again, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

fn status_and_title(code: &ProblemCode) -> (StatusCode, &'static str) {
    match code {
        ProblemCode::Malformed => (StatusCode::BAD_REQUEST, "The call is not as described"),
        ProblemCode::IdempotencyKeyMissing => (StatusCode::BAD_REQUEST, "The call has no idempotency key"),
        ProblemCode::Unauthorised => (StatusCode::UNAUTHORIZED, "The credentials name nothing"),
        ProblemCode::OriginRefused => (StatusCode::FORBIDDEN, "The page's origin is not on the list"),
        ProblemCode::NotFound => (StatusCode::NOT_FOUND, "There is no such thing"),
        ProblemCode::MethodRefused => (StatusCode::METHOD_NOT_ALLOWED, "The path does not take this method"),
        ProblemCode::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time"),
        ProblemCode::Settled => (StatusCode::CONFLICT, "The approval is settled"),
        ProblemCode::ShownMismatch => (
            StatusCode::CONFLICT,
            "The customer was shown something else than what is approved",
        ),
        ProblemCode::InProgress => (StatusCode::CONFLICT, "Another call is on its way"),
        ProblemCode::NothingToApprove => (StatusCode::CONFLICT, "Nothing of this waits for an approval"),
        ProblemCode::FactorNotSetUp => (StatusCode::CONFLICT, "The customer has set up no way to approve"),
        ProblemCode::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
        ProblemCode::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON"),
        ProblemCode::IdempotencyKeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The idempotency key was used for another body",
        ),
        ProblemCode::FactorRefused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The step or factor cannot be used now",
        ),
        ProblemCode::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "Too many calls"),
        ProblemCode::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "The server failed"),
        ProblemCode::ProviderUnusable => (StatusCode::BAD_GATEWAY, "The provider gave no usable answer"),
        ProblemCode::ProviderSessionEnded => (StatusCode::BAD_GATEWAY, "The customer's session has ended"),
        ProblemCode::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "The server is stopping or overloaded"),
        ProblemCode::ProviderTimeout => (StatusCode::GATEWAY_TIMEOUT, "The provider did not answer in time"),
        ProblemCode::Other(name) if **name == *TRANSFER_CHANGED => (
            StatusCode::CONFLICT,
            "The transfer cannot be held like this beside what is known of it",
        ),
        ProblemCode::Other(name) if **name == *STEP_UP_REQUIRED => (
            StatusCode::CONFLICT,
            "The customer's session has to be stepped up first",
        ),
        ProblemCode::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, "The server failed"),
    }
}

/// A problem document of any kind as an answer.
pub(crate) fn answer(status: StatusCode, document: &impl Serialize, retry_after: Option<u64>) -> Response {
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(milliseconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(milliseconds.div_ceil(1000)));
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
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
