use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use sca_protocol::Timestamp;
use serde::Serialize;

use crate::{
    problem::{self, AppError},
    providers::ProviderError,
    service::ConsumeError,
};
use sca_core::ConsumeRefusal;
use sca_core::secret::Secret;

/// What came of a call.
pub enum GateAnswer {
    /// The provider's answer, whatever it says.
    Provider {
        /// The status.
        status: StatusCode,
        /// The headers, without those of the connection.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// The provider wants the customer's approval first. Nothing was carried out.
    ApprovalRequired(ApprovalRequired),
}

impl std::fmt::Debug for GateAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Provider { status, body, .. } => write!(formatter, "Provider({status}, {} bytes)", body.len()),
            Self::ApprovalRequired(required) => write!(formatter, "{required:?}"),
        }
    }
}

/// What the page needs to have the customer approve a call.
#[derive(Debug)]
pub struct ApprovalRequired {
    /// The approval's id: the call is repeated with it.
    pub id: String,
    /// What the widget calls with.
    pub client_secret: Secret,
    /// When the approval ends.
    pub expires_at: Timestamp,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The approval was made for another call, another owner, or not at all; or what the call would do has changed.
    #[error("the approval was made for another call")]
    Mismatch,
    /// The customer has steps to take.
    #[error("the approval is pending")]
    Pending,
    /// The approval ended without being approved, or too long ago.
    #[error("the approval has ended")]
    Ended,
    /// The approval was used.
    #[error("the approval was used")]
    Consumed,
    /// The call was sent and may have been carried out: ask the provider before anything is repeated.
    #[error("the outcome of the call is unknown")]
    OutcomeUnknown(#[source] ProviderError),
    /// Nothing was carried out.
    #[error("the call was not carried out")]
    Failed(AppError),
}

impl From<ConsumeError> for GateError {
    fn from(error: ConsumeError) -> Self {
        match error {
            ConsumeError::Refused(ConsumeRefusal::Mismatch) => Self::Mismatch,
            ConsumeError::Refused(ConsumeRefusal::Pending) => Self::Pending,
            ConsumeError::Refused(ConsumeRefusal::Ended) => Self::Ended,
            ConsumeError::Refused(ConsumeRefusal::Consumed) => Self::Consumed,
            ConsumeError::Failed(error) => Self::Failed(error),
        }
    }
}

/// A problem document of the gate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GateProblem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<PageApproval>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PageApproval {
    id: String,
    #[serde(serialize_with = "Secret::serialize_exposed")]
    client_secret: Secret,
    expires_at: Timestamp,
}

impl GateProblem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            kind: format!("tag:sca-backend,2026:{code}"),
            title,
            status: status.as_u16(),
            code,
            approval: None,
        }
    }

    fn answer(&self, status: StatusCode) -> Response {
        problem::answer(status, self, None)
    }
}

impl IntoResponse for GateAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Provider { status, headers, body } => {
                let mut response = (status, body).into_response();
                *response.headers_mut() = headers;
                response
            }
            Self::ApprovalRequired(required) => {
                let status = StatusCode::FORBIDDEN;
                let title = "The customer has to approve this";
                let mut problem = GateProblem::new(status, "approval-required", title);
                problem.approval = Some(PageApproval {
                    id: required.id,
                    client_secret: required.client_secret,
                    expires_at: required.expires_at,
                });
                problem.answer(status)
            }
        }
    }
}

impl IntoResponse for GateError {
    fn into_response(self) -> Response {
        let (status, code, title) = match self {
            Self::Failed(error) => return error.into_response(),
            Self::Mismatch => (
                StatusCode::CONFLICT,
                "approval-mismatch",
                "The approval was made for another call",
            ),
            Self::Pending => (
                StatusCode::CONFLICT,
                "approval-pending",
                "The customer has not approved this yet",
            ),
            Self::Ended => (StatusCode::CONFLICT, "approval-ended", "The approval has ended"),
            Self::Consumed => (StatusCode::CONFLICT, "approval-consumed", "The approval was used"),
            Self::OutcomeUnknown(_) => (
                StatusCode::BAD_GATEWAY,
                "outcome-unknown",
                "The call was sent and may have been carried out",
            ),
        };
        GateProblem::new(status, code, title).answer(status)
    }
}
