//! The routes of the partner's own server, with its API key.

use axum::{
    Json,
    extract::{Path, State},
};
use sca_protocol::{Action, Approval, api::ProblemCode};
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    input::{IdempotencyKey, JsonBody},
};
use crate::{
    problem::{AppError, ProblemDocument},
    providers::wise::{paths::ProfileId, refusal},
    service::{Backend, IdempotentRequest, IdempotentResponse, NewApproval},
};
use sca_core::Evidence;
use sca_core::secret::Secret;

/// A provider's refusal that an approval is to be made from.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    /// Whose refusal it is: `wise`.
    #[schema(example = "wise")]
    pub provider: String,
    /// The one-time token of the refusal.
    #[schema(value_type = String)]
    pub one_time_token: Secret,
    /// The customer's access token with the provider. Kept encrypted, and wiped when the approval ends.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// The customer's profile, where the configured paths need it.
    #[serde(default)]
    pub profile_id: Option<String>,
    /// What the customer is to approve.
    pub action: Action,
}

/// An approval that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApproval {
    /// Its id.
    pub id: String,
    /// What the widget is to call with. Told once.
    #[serde(serialize_with = "Secret::serialize_exposed")]
    #[schema(value_type = String)]
    pub client_secret: Secret,
    /// The approval.
    pub approval: Approval,
}

/// An approval as the partner's server reads it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Account {
    /// The approval, with what was approved also after its end.
    #[serde(flatten)]
    pub approval: Approval,
    /// What the payer was shown when they acted, for each step and factor.
    pub evidence: Vec<Evidence>,
}

/// Makes an approval from a provider's refusal.
#[utoipa::path(
    post,
    path = "/v1/approvals",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = Creation,
    responses(
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<Creation>,
) -> Result<IdempotentResponse, AppError> {
    let new = check(owner.clone(), body.value)?;
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

/// An approval, with what was approved and what the payer was shown, also after its end.
#[utoipa::path(
    get,
    path = "/v1/approvals/{id}",
    tag = "partner",
    security(("api-key" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The approval", body = Account),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    Path(id): Path<String>,
) -> Result<Json<Account>, AppError> {
    let record = backend.find(&owner, &id).await?;
    let record = backend.refresh(record).await?;
    Ok(Json(Account {
        approval: backend.partner_view(&record),
        evidence: record.progress.evidence,
    }))
}

fn check(owner: String, creation: Creation) -> Result<NewApproval, AppError> {
    let malformed = |what: &'static str| AppError::new(ProblemCode::InvalidRequest).with_source(what);
    if creation.provider != "wise" {
        return Err(malformed("the provider is not known"));
    }
    if !refusal::is_token(creation.one_time_token.expose()) {
        return Err(malformed("the one-time token is not one"));
    }
    let profile = match creation.profile_id.as_deref() {
        Some(text) => Some(ProfileId::new(text).ok_or_else(|| malformed("the profile is not a number"))?),
        None => None,
    };
    Ok(NewApproval {
        owner,
        one_time_token: creation.one_time_token,
        access_token: creation.access_token,
        profile,
        action: creation.action,
        described: false,
        request: None,
    })
}
