//! Confirmations of payments, step-ups and payee batches at the provider, for partners' servers.

use std::collections::HashSet;

use axum::extract::State;
use sca_protocol::{Action, Approval, PlainText, api::ProblemCode};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, Ref, Schema, Type, schema::AdditionalProperties};

use super::{
    caller::Partner,
    input::{IdempotencyKey, JsonBody},
    openapi::ProviderProblems,
    partner::CreatedApproval,
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{
        Backend, ConfirmationAnswer, Created, IdempotentRequest, IdempotentResponse, NewConfirmation, NewPayeeBatch,
        NewStepUp,
    },
};
use sca_core::secret::Secret;

/// How many payments one approval may confirm.
const MOST_PAYMENTS: usize = 100;
/// How many digits of the destination may be unmasked.
const MOST_DIGITS: usize = 4;
/// The maximum length of an access token, in bytes.
const LONGEST_TOKEN: usize = 8_192;

/// Payments at the provider that the customer has to confirm with one approval.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmationRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Stored encrypted, and wiped when the approval is settled.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The type of all payments: `outgoing_wire_transfers` or `sends`.
    #[schema(example = "outgoing_wire_transfers")]
    pub resource_type: String,
    /// The provider's ids of the payments: 1 to 100, without duplicates.
    #[schema(schema_with = resource_ids)]
    pub resource_ids: Vec<String>,
    /// The payees' names, one for each payment in the same order. Required where the provider reports no payees (for example for payments between accounts at the provider). If
    /// the provider names a payee itself, the widget shows that name.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub payees: Option<Vec<PlainText>>,
    /// The customer's phone number, masked except for at most four digits. The provider does not return it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, pattern = "^[^0-9]*([0-9][^0-9]*){0,4}$", example = "*******1234")]
    pub destination: Option<PlainText>,
}

/// A customer's session at the provider that needs a step-up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepUpRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider, which the step-up applies to. Stored encrypted, and wiped when the approval is settled.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// What the session will be used for: `{"statement": {…}}`.
    #[schema(schema_with = statement)]
    pub action: Action,
    /// The customer's phone number, masked except for at most four digits. The provider does not return it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, pattern = "^[^0-9]*([0-9][^0-9]*){0,4}$", example = "*******1234")]
    pub destination: Option<PlainText>,
}

/// A batch of payees at the provider that the customer has to trust.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayeeBatchRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    pub provider: Option<String>,
    /// The customer's access token at the provider. Stored encrypted, and wiped when the approval is settled.
    #[schema(value_type = String, min_length = 1, max_length = 8192, pattern = "^[!-~]+$")]
    pub access_token: Secret,
    /// The provider's id of the batch.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[!-.0-~]+$",
        example = "115200000000000001"
    )]
    pub batch_id: String,
    /// The payees: `{"payees": [{"name": "Acme", "accountTail": "7890"}]}`.
    #[schema(schema_with = payees)]
    pub action: Action,
    /// The customer's phone number, masked except for at most four digits. The provider does not return it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, pattern = "^[^0-9]*([0-9][^0-9]*){0,4}$", example = "*******1234")]
    pub destination: Option<PlainText>,
}

fn statement() -> Object {
    action_of("statement", "Statement", "What the session will be used for.")
}

fn payees() -> Object {
    action_of("payees", "Payees", "The payees.")
}

/// An [`Action`] in a request that takes one kind only.
fn action_of(name: &str, schema: &str, description: &str) -> Object {
    ObjectBuilder::new()
        .property(name, Ref::from_schema_name(schema))
        .required(name)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .description(Some(description))
        .build()
}

fn resource_ids() -> Array {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128))
        .pattern(Some("^[!-.0-~]+$"));
    ArrayBuilder::new()
        .items(id)
        .min_items(Some(1))
        .max_items(Some(MOST_PAYMENTS))
        .unique_items(true)
        .description(Some(
            "The provider's ids of the payments, each 1 to 128 visible ASCII characters without a slash.",
        ))
        .examples([["115200000000000001"]])
        .build()
}

/// Whether payments are held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationHeld {
    /// `held`: the customer has to confirm. `exempt`: the provider has exempted all payments.
    pub decision: ConfirmationDecision,
    /// The approval's id, if the payments are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The client secret for the widget. Returned only once.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "Secret::serialize_exposed_option"
    )]
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret>,
    /// The approval, if the payments are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// Whether payments are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmationDecision {
    /// The customer has to confirm.
    Held,
    /// The provider has exempted all payments.
    Exempt,
}

/// Creates an approval for payments that are pending at the provider, unless the provider has exempted them all.
///
/// The approval covers the payments that wait for a challenge (dynamic linking). Do not repeat anything after approval: the provider executes the
/// payments.
#[utoipa::path(
    post,
    path = "/v1/confirmations",
    operation_id = "confirm_payments",
    tag = "confirmations",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = ConfirmationRequest,
    responses(
        ProviderProblems,
        (status = 201, description = "Payments are pending: the approval and its client secret", body = ConfirmationHeld),
        (status = 200, description = "The provider has exempted all payments", body = ConfirmationHeld),
        (status = 404, description = "`not-found`: no such provider is configured, or a payment does not exist, belongs to another customer, or has another type", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`no-pending-payment`: no payment is pending, or one was rejected; `factor-not-set-up`: the customer has no factor; `step-up-required`: the customer's session needs a step-up to read the payments", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn confirm(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<ConfirmationRequest>,
) -> Result<IdempotentResponse, AppError> {
    let new = check(&backend, owner.clone(), body.value)?;
    let once = IdempotentRequest::of_partner(&owner, "confirmations", key, body.bytes).read_only();
    let work = {
        let backend = backend.clone();
        async move {
            Ok(match backend.confirm(new).await? {
                ConfirmationAnswer::Held(created) => {
                    let held = ConfirmationHeld {
                        decision: ConfirmationDecision::Held,
                        approval: Some(backend.partner_view(&created.record)),
                        id: Some(created.record.id),
                        client_secret: Some(created.client_secret),
                    };
                    (201, held)
                }
                ConfirmationAnswer::Exempt => {
                    let exempt = ConfirmationHeld {
                        decision: ConfirmationDecision::Exempt,
                        id: None,
                        client_secret: None,
                        approval: None,
                    };
                    (200, exempt)
                }
            })
        }
    };
    backend.run_idempotent_with_status(&once, work).await
}

/// Creates an approval for a step-up of the customer's session at the provider, which allows account information.
///
/// The `action` has to be a statement.
#[utoipa::path(
    post,
    path = "/v1/stepups",
    operation_id = "step_up_session",
    tag = "confirmations",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = StepUpRequest,
    responses(
        ProviderProblems,
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 409, description = "`factor-not-set-up`: the customer has no factor", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: no such provider is configured", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step_up(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<StepUpRequest>,
) -> Result<IdempotentResponse, AppError> {
    let is_statement = match &body.value.action {
        Action::Statement(_) => true,
        Action::Payments(_) | Action::Payees(_) | Action::Access(_) => false,
    };
    if !is_statement {
        return Err(malformed("the `action` of a step-up is not a statement"));
    }
    let new = NewStepUp {
        provider: backend.confirming_provider(body.value.provider)?,
        owner: owner.clone(),
        access_token: check_token(body.value.access_token)?,
        action: body.value.action,
        destination: check_destination(body.value.destination)?,
    };
    let once = IdempotentRequest::of_partner(&owner, "stepups", key, body.bytes).read_only();
    let work = {
        let backend = backend.clone();
        async move { Ok(created_approval(&backend, backend.step_up(new).await?)) }
    };
    backend.run_idempotent(&once, 201, work).await
}

/// Creates an approval for a batch of payees at the provider.
///
/// Later payments to trusted payees may be exempt.
#[utoipa::path(
    post,
    path = "/v1/payee-batches",
    operation_id = "trust_payees",
    tag = "confirmations",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = PayeeBatchRequest,
    responses(
        ProviderProblems,
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 404, description = "`not-found`: no such provider is configured, or the batch does not exist, or belongs to another customer", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`no-pending-payment`: the batch is not pending; `factor-not-set-up`: the customer has no factor; `step-up-required`: the customer's session needs a step-up", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn trust_payees(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<PayeeBatchRequest>,
) -> Result<IdempotentResponse, AppError> {
    let is_about_payees = match &body.value.action {
        Action::Payees(_) => true,
        Action::Payments(_) | Action::Statement(_) | Action::Access(_) => false,
    };
    if !is_about_payees {
        return Err(malformed("the `action` has no payees"));
    }
    let new = NewPayeeBatch {
        provider: backend.confirming_provider(body.value.provider)?,
        owner: owner.clone(),
        access_token: check_token(body.value.access_token)?,
        batch: body.value.batch_id,
        action: body.value.action,
        destination: check_destination(body.value.destination)?,
    };
    let once = IdempotentRequest::of_partner(&owner, "payee-batches", key, body.bytes).read_only();
    let work = {
        let backend = backend.clone();
        async move { Ok(created_approval(&backend, backend.trust_payees(new).await?)) }
    };
    backend.run_idempotent(&once, 201, work).await
}

pub(super) fn created_approval(backend: &Backend, created: Created) -> CreatedApproval {
    CreatedApproval {
        approval: backend.partner_view(&created.record),
        id: created.record.id,
        client_secret: created.client_secret,
    }
}

fn check(backend: &Backend, owner: String, request: ConfirmationRequest) -> Result<NewConfirmation, AppError> {
    let ids = request.resource_ids;
    let different: HashSet<&String> = ids.iter().collect();
    if !(1..=MOST_PAYMENTS).contains(&ids.len()) || different.len() != ids.len() {
        return Err(malformed("`resourceIds` is empty, longer than 100, or has duplicates"));
    }
    Ok(NewConfirmation {
        provider: backend.confirming_provider(request.provider)?,
        owner,
        access_token: check_token(request.access_token)?,
        kind: request.resource_type,
        ids,
        payees: request.payees.unwrap_or_default(),
        destination: check_destination(request.destination)?,
    })
}

/// Checks that a token can be sent in a header.
pub(super) fn check_token(token: Secret) -> Result<Secret, AppError> {
    let text = token.expose();
    if (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(token)
    } else {
        Err(malformed("`accessToken` is not a token"))
    }
}

/// The widget shows the destination, so that a phone number has to be masked.
fn check_destination(destination: Option<PlainText>) -> Result<Option<PlainText>, AppError> {
    let digits = |text: &PlainText| text.as_str().chars().filter(|character| character.is_numeric()).count();
    if destination.as_ref().is_some_and(|text| digits(text) > MOST_DIGITS) {
        return Err(malformed("`destination` has more than four digits: mask it"));
    }
    Ok(destination)
}

fn malformed(what: &'static str) -> AppError {
    AppError::new(ProblemCode::InvalidRequest).with_source(what)
}
