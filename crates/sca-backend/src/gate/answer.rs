use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use sca_protocol::{Factor, Timestamp};
use serde::Serialize;

use crate::{
    problem::{self, AppError},
    service::{ConsumeError, Created},
};
use sca_core::{ConsumeRefusal, ProviderError, secret::Secret};

/// The result of a call.
pub enum GateAnswer {
    /// The provider's response, with any status.
    Provider {
        /// The status.
        status: StatusCode,
        /// The headers, without those of the connection (RFC 9110, section 7.6.1).
        headers: HeaderMap,
        /// The body.
        body: Bytes,
    },
    /// The provider requires the customer's approval. The call was not executed.
    ApprovalRequired(ApprovalRequired),
    /// The provider requires the customer's approval for a call that the gate cannot describe to the customer. The call was not executed, and no
    /// approval was created.
    NotDescribed {
        /// The status of the provider's rejection.
        status: StatusCode,
        /// The headers of the rejection, with the one-time token, for a server that has it approved by itself.
        headers: HeaderMap,
    },
}

impl std::fmt::Debug for GateAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Provider { status, body, .. } => write!(formatter, "Provider({status}, {} bytes)", body.len()),
            Self::ApprovalRequired(required) => write!(formatter, "{required:?}"),
            Self::NotDescribed { status, .. } => write!(formatter, "NotDescribed({status})"),
        }
    }
}

/// The approval that the customer has to grant.
#[derive(Debug)]
pub struct ApprovalRequired {
    /// The approval's id, which the repeated call has to name.
    pub id: String,
    /// The client secret for the widget.
    pub client_secret: Secret,
    /// When the approval expires.
    pub expires_at: Timestamp,
    /// The factors that the provider names, each once, so that your page loads what it needs for one. A hint: more may be named later.
    pub factors: Vec<Factor>,
}

impl From<Created> for ApprovalRequired {
    fn from(created: Created) -> Self {
        Self {
            factors: created.record.factors(),
            id: created.record.id,
            client_secret: created.client_secret,
            expires_at: created.record.expires_at,
        }
    }
}

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The approval is unknown or belongs to another call or owner, or the effect of the call has changed since.
    #[error("the approval belongs to another call")]
    Mismatch,
    /// The customer has not completed the approval.
    #[error("the approval is pending")]
    Pending,
    /// The approval was settled otherwise, or its one-time token has expired.
    #[error("the approval has ended")]
    Ended,
    /// The approval was consumed by another call.
    #[error("the approval was consumed")]
    Consumed,
    /// The provider refuses the call although the customer has approved it, several times. It was not executed, and no approval was created.
    #[error("the provider does not accept the approvals")]
    NotAccepted,
    /// The call was sent and may have been executed. Ask the provider before you repeat it.
    #[error("the outcome of the call is unknown")]
    OutcomeUnknown(#[source] ProviderError),
    /// The call was not executed.
    #[error("the call was not executed")]
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
    factors: Vec<Factor>,
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
                let title = "The customer's approval is required";
                let mut problem = GateProblem::new(status, "approval-required", title);
                problem.approval = Some(PageApproval {
                    id: required.id,
                    client_secret: required.client_secret,
                    expires_at: required.expires_at,
                    factors: required.factors,
                });
                problem.answer(status)
            }
            Self::NotDescribed { status, headers } => {
                let title = "The customer's approval is required, but the gate cannot describe the call";
                let mut response = GateProblem::new(status, "call-not-described", title).answer(status);
                // Those of the content are about the body that this one replaces.
                let kept = headers
                    .iter()
                    .filter(|(name, _)| !name.as_str().starts_with("content-"));
                response
                    .headers_mut()
                    .extend(kept.map(|(name, value)| (name.clone(), value.clone())));
                response
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
                "The approval belongs to another call",
            ),
            Self::Pending => (
                StatusCode::CONFLICT,
                "approval-pending",
                "The customer has not completed the approval",
            ),
            Self::Ended => (StatusCode::CONFLICT, "approval-ended", "The approval has ended"),
            Self::Consumed => (StatusCode::CONFLICT, "approval-consumed", "The approval was consumed"),
            Self::NotAccepted => (
                StatusCode::BAD_GATEWAY,
                "approval-not-accepted",
                "The provider refuses the call although the customer has approved it",
            ),
            Self::OutcomeUnknown(_) => (
                StatusCode::BAD_GATEWAY,
                "outcome-unknown",
                "The call was sent and may have been executed",
            ),
        };
        GateProblem::new(status, code, title).answer(status)
    }
}
