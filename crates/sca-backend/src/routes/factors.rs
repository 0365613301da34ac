//! The ways that a customer has set up at Weavr, and setting them up: the routes of the partner's own server. Nothing of this is kept but
//! the answers to repeated calls.

use axum::{Json, extract::State};
use sca_protocol::Factor;
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    confirmations::check_token,
    input::{IdempotencyKey, JsonBody},
};
use crate::{
    problem::{AppError, ProblemDocument},
    random,
    service::{Backend, IdempotentRequest, IdempotentResponse},
};
use sca_core::provider::EnrolmentOutcome;
use sca_core::secret::Secret;

/// Whose ways are asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorsRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr. Not kept.
    #[schema(value_type = String)]
    pub access_token: Secret,
}

/// A way that is to be set up or given up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr. Not kept.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// Which way: `sms`, `push` or `biometric`.
    pub factor: Factor,
}

/// The code that ends setting a way up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorCode {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr. Not kept.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// Which way: `sms`.
    pub factor: Factor,
    /// The six digits.
    #[schema(value_type = String)]
    pub code: Secret,
}

/// The ways that a customer has set up or begun to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Factors {
    /// Each of them.
    pub factors: Vec<FactorStatus>,
}

/// One way that a customer has to confirm things.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FactorStatus {
    /// Which: `sms`, `push`, `biometric`, or Weavr's word for another.
    pub factor: Factor,
    /// Whether it can be used: `active`, `pending-verification`, `inactive`, or Weavr's word for something else.
    #[schema(example = "active")]
    pub status: String,
}

/// What came of setting a way up or giving it up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FactorOutcome {
    /// What came of it. Only `started`, `set-up` and `unlinked` say that something was done.
    pub outcome: EnrolmentOutcome,
}

/// The ways that a customer has set up to confirm things.
#[utoipa::path(
    post,
    path = "/v1/factors",
    tag = "partner",
    security(("api-key" = [])),
    request_body = FactorsRequest,
    responses(
        (status = 200, description = "The ways, whether or not they can be used", body = Factors),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(backend): State<Backend>,
    _: Partner,
    body: JsonBody<FactorsRequest>,
) -> Result<Json<Factors>, AppError> {
    let provider = backend.confirming_provider(body.value.provider)?;
    let token = check_token(body.value.access_token)?;
    let factors = backend.factors(&provider, &token).await?.into_iter();
    let factors = factors.map(|report| FactorStatus {
        factor: report.factor,
        status: report.status,
    });
    Ok(Json(Factors {
        factors: factors.collect(),
    }))
}

/// Begins to set a way up: a code for `sms`, a request in the app for `push`. `biometric` is set up on the phone alone.
#[utoipa::path(
    post,
    path = "/v1/factors/enrol",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = FactorRequest,
    responses(
        (status = 200, description = "What came of it", body = FactorOutcome),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enrol(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<FactorRequest>,
) -> Result<IdempotentResponse, AppError> {
    let provider = backend.confirming_provider(body.value.provider)?;
    let token = check_token(body.value.access_token)?;
    let once = IdempotentRequest::of_partner(&owner, "enrol", key, body.bytes);
    let reference = random::name("").map_err(AppError::internal)?;
    let work = {
        let backend = backend.clone();
        async move {
            let outcome = backend.enrol(&provider, &token, &body.value.factor, &reference).await?;
            Ok(FactorOutcome { outcome })
        }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Ends setting a way up, with the code that was sent.
#[utoipa::path(
    post,
    path = "/v1/factors/verify",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = FactorCode,
    responses(
        (status = 200, description = "What came of it", body = FactorOutcome),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<FactorCode>,
) -> Result<IdempotentResponse, AppError> {
    let provider = backend.confirming_provider(body.value.provider)?;
    let token = check_token(body.value.access_token)?;
    let once = IdempotentRequest::of_partner(&owner, "verify-factor", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            let outcome = backend
                .verify_enrolment(&provider, &token, &body.value.factor, &body.value.code)
                .await?;
            Ok(FactorOutcome { outcome })
        }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Gives a way up: `push` or `biometric`. Weavr wants the session stepped up for that.
#[utoipa::path(
    post,
    path = "/v1/factors/unlink",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = FactorRequest,
    responses(
        (status = 200, description = "What came of it", body = FactorOutcome),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn unlink(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<FactorRequest>,
) -> Result<IdempotentResponse, AppError> {
    let provider = backend.confirming_provider(body.value.provider)?;
    let token = check_token(body.value.access_token)?;
    let once = IdempotentRequest::of_partner(&owner, "unlink", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            let outcome = backend.unlink(&provider, &token, &body.value.factor).await?;
            Ok(FactorOutcome { outcome })
        }
    };
    backend.run_idempotent(&once, 200, work).await
}
