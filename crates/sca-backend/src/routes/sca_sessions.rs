//! SCA sessions, for partners' servers.

use axum::extract::State;
use sca_protocol::{Access, api::ProblemCode};
use serde::Deserialize;

use super::{
    caller::Partner,
    confirmations::{check_token, created_approval},
    input::{IdempotencyKey, JsonBody},
    openapi::ProviderProblems,
    partner::CreatedApproval,
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse, NewScaSession},
};
use sca_core::secret::Secret;

/// An SCA session to open.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaSessionRequest {
    /// The provider, where several are configured that refuse calls with one-time tokens; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Stored encrypted, and wiped when the approval is settled.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The customer's profile id, if the provider's paths contain it.
    #[serde(default)]
    pub profile_id: Option<String>,
    /// What access is opened to: `account`, to read account details for five minutes; `security`, to begin an enrolment.
    pub purpose: Access,
}

/// Opens an SCA session at the provider, and creates an approval for it.
///
/// Once approved, it allows what `purpose` says for a few minutes.
#[utoipa::path(
    post,
    path = "/v1/sca-sessions",
    operation_id = "open_sca_session",
    tag = "approvals",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = ScaSessionRequest,
    responses(
        ProviderProblems,
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 404, description = "`not-found`: the named provider has no SCA sessions", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<ScaSessionRequest>,
) -> Result<IdempotentResponse, AppError> {
    let request = body.value;
    let unknown = |_| AppError::new(ProblemCode::InvalidRequest).with_source("`provider` is not configured");
    let new = NewScaSession {
        provider: backend
            .rejecting_provider(request.provider.as_deref())
            .map_err(unknown)?,
        owner: owner.clone(),
        access_token: check_token(request.access_token)?,
        profile: request.profile_id,
        purpose: request.purpose,
    };
    backend.check_new_sca_session(&new)?;
    // A session that was opened and not used changes nothing, so that a retry may open another.
    let once = IdempotentRequest::of_partner(&owner, "sca-sessions", key, body.bytes).read_only();
    let work = {
        let backend = backend.clone();
        async move { Ok(created_approval(&backend, backend.open_sca_session(new).await?)) }
    };
    backend.run_idempotent(&once, 201, work).await
}
