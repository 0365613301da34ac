//! Enrolments, for partners' servers.

use axum::{
    Json,
    extract::{Path, State},
};
use sca_protocol::{PlainText, api::ProblemCode, enrolment_api::Enrolment};
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    confirmations::check_token,
    input::{IdempotencyKey, JsonBody},
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, EnrolmentOrder, IdempotentRequest, IdempotentResponse},
};
use sca_core::{EnrolmentAuthorisation, secret::Secret};

/// The maximum length of the partner's id of a customer, in characters.
const LONGEST_CUSTOMER: usize = 128;

/// An enrolment to begin.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentRequest {
    /// The provider, where several are configured whose factors a customer can enrol in the widget; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// Your id of the customer: 1 to 128 plain characters. The devices that the customer enrols are listed under it.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^\s\x00-\x1F\x7F-\x9F]+( [^\s\x00-\x1F\x7F-\x9F]+)*$",
        example = "user-4421"
    )]
    pub customer: String,
    /// The customer's access token at the provider. Stored encrypted, and wiped when the enrolment ends.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The customer's profile id, if the provider's paths contain it. Required with an approval: it has to be that of the approval.
    #[serde(default)]
    pub profile_id: Option<String>,
    /// The customer's user id at the provider, if its paths contain it. Your server has to take it from the provider, not from the page.
    #[serde(default)]
    pub user_id: Option<String>,
    /// Who authenticated the customer.
    pub authorization: EnrolmentAuthorization,
}

/// Who authenticated the customer before an enrolment.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentAuthorization {
    /// The customer, with the approval of this id. It has the action `{"access": "security"}` and the same provider and profile, was
    /// approved at most ten minutes ago, and is used up by this.
    Approval(String),
    /// Your server, by means of its own. Only where `enrolment.partner_step_up` is set.
    Partner,
}

/// An enrolment that has begun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunEnrolmentResponse {
    /// The enrolment's id.
    pub id: String,
    /// The client secret for the widget. Returned only once.
    #[serde(serialize_with = "Secret::serialize_exposed")]
    #[schema(value_type = String)]
    pub client_secret: Secret,
    /// The enrolment.
    pub enrolment: Enrolment,
}

/// Begins an enrolment.
///
/// It ends the open enrolment of the same customer.
#[utoipa::path(
    post,
    path = "/v1/enrolments",
    operation_id = "begin_enrolment",
    tag = "enrolment",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = EnrolmentRequest,
    responses(
        (status = 201, description = "The enrolment and its client secret", body = BegunEnrolmentResponse),
        (status = 409, description = "`step-up-required`: the approval cannot be used, or `partner` is not accepted", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: no provider whose factors a customer can enrol is configured", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn begin(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<EnrolmentRequest>,
) -> Result<IdempotentResponse, AppError> {
    let request = body.value;
    let unknown = |_| malformed("`provider` is not configured");
    let order = EnrolmentOrder {
        provider: backend
            .enrolling_provider(request.provider.as_deref())
            .map_err(unknown)?,
        owner: owner.clone(),
        customer: check_customer(request.customer)?,
        access_token: check_token(request.access_token)?,
        profile: request.profile_id,
        user: request.user_id,
        authorised_by: match request.authorization {
            EnrolmentAuthorization::Approval(approval) => EnrolmentAuthorisation::Approval(approval),
            EnrolmentAuthorization::Partner => EnrolmentAuthorisation::Partner,
        },
    };
    backend.check_enrolment_order(&order)?;
    let once = IdempotentRequest::of_partner(&owner, "enrolments", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            let begun = backend.begin_enrolment(order).await?;
            Ok(BegunEnrolmentResponse {
                id: begun.enrolment.id.clone(),
                client_secret: begun.client_secret,
                enrolment: begun.enrolment,
            })
        }
    };
    backend.run_idempotent(&once, 201, work).await
}

/// An enrolment.
///
/// Only the partner who began it can read it.
#[utoipa::path(
    get,
    path = "/v1/enrolments/{id}",
    operation_id = "read_enrolment",
    tag = "enrolment",
    security(("api-key" = []), ("api-key-header" = [])),
    params(("id" = String, Path, description = "The enrolment's id")),
    responses(
        (status = 200, description = "The enrolment", body = Enrolment),
        (status = 404, description = "`not-found`: you have no enrolment with this id", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    Path(id): Path<String>,
) -> Result<Json<Enrolment>, AppError> {
    let record = backend.find_enrolment(&owner, &id).await?;
    Ok(Json(backend.enrolment_view(&record).await?))
}

fn check_customer(customer: String) -> Result<String, AppError> {
    let is_plain = PlainText::new(&customer).is_some_and(|plain| plain.as_str() == customer);
    if is_plain && customer.chars().count() <= LONGEST_CUSTOMER {
        Ok(customer)
    } else {
        Err(malformed("`customer` is not 1 to 128 plain characters"))
    }
}

fn malformed(what: &'static str) -> AppError {
    AppError::new(ProblemCode::InvalidRequest).with_source(what)
}
