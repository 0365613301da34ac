//! A customer's factors at the provider, for partners' servers. Only the responses to idempotent requests are stored.

use axum::{Json, extract::State};
use sca_protocol::Factor;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::{
    caller::Partner,
    confirmations::check_token,
    input::{IdempotencyKey, JsonBody},
    openapi::ProviderProblems,
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse},
};
use sca_core::{provider::EnrolmentOutcome, secret::Secret};
use sca_runtime::random;

/// The customer whose factors to list.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorsRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Not stored.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
}

/// A factor to enrol or to unlink.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Not stored.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The factor: `sms`, `push` or `biometric`.
    #[schema(schema_with = manageable_factor)]
    pub factor: Factor,
}

/// The one-time code that completes an enrolment.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorCode {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Not stored.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The factor: `sms`.
    #[schema(schema_with = verifiable_factor)]
    pub factor: Factor,
    /// The one-time code: six digits.
    #[schema(value_type = String, min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    pub code: Secret,
}

fn manageable_factor() -> Object {
    factor_of(&[Factor::Sms, Factor::Push, Factor::Biometric])
}

fn verifiable_factor() -> Object {
    factor_of(&[Factor::Sms])
}

/// A factor in a request, which is one of a few.
fn factor_of(factors: &[Factor]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(factors.iter().map(Factor::as_str)))
        .description(Some("The factor."))
        .build()
}

/// A customer's factors, enrolled or pending.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Factors {
    /// The factors.
    pub factors: Vec<FactorStatus>,
}

/// A factor of a customer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FactorStatus {
    /// The factor: `sms`, `push`, `biometric`, or the provider's name of another.
    pub factor: Factor,
    /// Its state: `active`, `pending-verification`, `inactive`, or the provider's name of another. Only an `active` factor can be used.
    #[schema(example = "active")]
    pub status: String,
}

/// The result of an enrolment, a verification or an unlinking.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FactorOutcome {
    /// The result. Only `started`, `set-up` and `unlinked` mean that something has changed.
    pub outcome: EnrolmentOutcome,
}

/// Lists a customer's factors.
///
/// It changes nothing, so that it needs no idempotency key. It is a `POST` because it carries the customer's token.
#[utoipa::path(
    post,
    path = "/v1/factors",
    operation_id = "list_factors",
    tag = "factors",
    security(("api-key" = []), ("api-key-header" = [])),
    request_body = FactorsRequest,
    responses(
        ProviderProblems,
        (status = 200, description = "The factors, whatever their state", body = Factors),
        (status = 404, description = "`not-found`: no such provider is configured", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`step-up-required`: the customer's session needs a step-up", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Starts an enrolment: sends a one-time code for `sms`, a request to the app for `push`.
///
/// `biometric` can be enrolled on the phone only.
#[utoipa::path(
    post,
    path = "/v1/factors/enrol",
    operation_id = "enrol_factor",
    tag = "factors",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = FactorRequest,
    responses(
        ProviderProblems,
        (status = 200, description = "The result", body = FactorOutcome),
        (status = 404, description = "`not-found`: no such provider is configured", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Completes an enrolment with the one-time code.
///
/// Only `sms` has a code. The provider limits the attempts.
#[utoipa::path(
    post,
    path = "/v1/factors/verify",
    operation_id = "verify_factor",
    tag = "factors",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = FactorCode,
    responses(
        ProviderProblems,
        (status = 200, description = "The result", body = FactorOutcome),
        (status = 404, description = "`not-found`: no such provider is configured", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Unlinks a factor: `push` or `biometric`.
///
/// The provider requires a step-up of the session.
#[utoipa::path(
    post,
    path = "/v1/factors/unlink",
    operation_id = "unlink_factor",
    tag = "factors",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = FactorRequest,
    responses(
        ProviderProblems,
        (status = 200, description = "The result", body = FactorOutcome),
        (status = 404, description = "`not-found`: no such provider is configured", body = ProblemDocument, content_type = "application/problem+json"),
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
