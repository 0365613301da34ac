//! Approvals, for partners' servers.

use axum::{
    Json,
    extract::{Path, State},
};
use sca_protocol::{Action, Approval, api::ProblemCode};
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    input::{IdempotencyKey, JsonBody},
    openapi::ProviderProblems,
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse, NewApproval},
};
use sca_core::{Evidence, secret::Secret};

/// A provider's refusal from which to create an approval.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateApprovalRequest {
    /// The provider: `wise`.
    #[schema(example = "wise")]
    pub provider: String,
    /// The one-time token of the refusal.
    #[schema(value_type = String)]
    pub one_time_token: Secret,
    /// The customer's access token at the provider. Stored encrypted, and wiped when the approval is settled.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// The customer's profile id, if the configured paths contain it.
    #[serde(default)]
    pub profile_id: Option<String>,
    /// The action that the customer has to approve.
    pub action: Action,
}

/// A new approval.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApproval {
    /// The approval's id.
    pub id: String,
    /// The client secret for the widget. Returned only once.
    #[serde(serialize_with = "Secret::serialize_exposed")]
    #[schema(value_type = String)]
    pub client_secret: Secret,
    /// The approval.
    pub approval: Approval,
}

/// An approval, as the partner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartnerApproval {
    /// The approval. The action is present also after settlement.
    #[serde(flatten)]
    pub approval: Approval,
    /// What the payer was shown when they acted, for each challenge and factor.
    pub evidence: Vec<Evidence>,
}

/// Creates an approval from a provider's refusal.
///
/// The approval covers the refused call alone. The widget shows the `action` that you give.
#[utoipa::path(
    post,
    path = "/v1/approvals",
    operation_id = "create_approval",
    tag = "approvals",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = CreateApprovalRequest,
    responses(
        ProviderProblems,
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 404, description = "`not-found`: the provider does not know the one-time token, or the named provider has none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<CreateApprovalRequest>,
) -> Result<IdempotentResponse, AppError> {
    let request = body.value;
    let unknown = |_| AppError::new(ProblemCode::InvalidRequest).with_source("`provider` is not configured");
    let provider = backend.rejecting_provider(Some(&request.provider)).map_err(unknown)?;
    let new = NewApproval {
        provider,
        owner: owner.clone(),
        one_time_token: request.one_time_token,
        access_token: request.access_token,
        profile: request.profile_id,
        action: request.action,
        described: false,
        request: None,
        refused_repeats: 0,
    };
    backend.check_new_approval(&new)?;
    let once = IdempotentRequest::of_partner(&owner, "create", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            let created = backend.create(new).await?;
            Ok(CreatedApproval {
                id: created.record.id.clone(),
                client_secret: created.client_secret,
                approval: backend.partner_view(&created.record),
            })
        }
    };
    backend.run_idempotent(&once, 201, work).await
}

/// An approval, with the action and the evidence of what the payer was shown, also after settlement.
///
/// Only the partner who created it can read it.
#[utoipa::path(
    get,
    path = "/v1/approvals/{id}",
    operation_id = "read_approval",
    tag = "approvals",
    security(("api-key" = []), ("api-key-header" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The approval", body = PartnerApproval),
        (status = 404, description = "`not-found`: you have no approval with this id", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    Path(id): Path<String>,
) -> Result<Json<PartnerApproval>, AppError> {
    let record = backend.find(&owner, &id).await?;
    let record = backend.refresh(record).await?;
    Ok(Json(PartnerApproval {
        approval: backend.partner_view(&record),
        evidence: record.progress.evidence,
    }))
}
