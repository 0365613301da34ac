//! What waits at Weavr until its customer has confirmed it: the routes of the partner's own server.

use std::collections::HashSet;

use axum::extract::State;
use sca_protocol::{Action, Approval, PlainText, api::ProblemCode};
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    input::{IdempotencyKey, JsonBody},
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

/// How many payments may be confirmed at once.
const MOST_PAYMENTS: usize = 100;
/// The most digits that may be read of where codes go.
const MOST_DIGITS: usize = 4;
/// The most bytes of a token.
const LONGEST_TOKEN: usize = 8_192;

/// Payments at Weavr that are to be confirmed by their customer, all with one approval.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmationRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr. Kept encrypted, and wiped when the approval ends.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// Of which kind they are: `outgoing_wire_transfers` or `sends`.
    #[schema(example = "outgoing_wire_transfers")]
    pub resource_type: String,
    /// Weavr's names for them: 1 to 100, each once.
    #[schema(example = json!(["115200000000000001"]))]
    pub resource_ids: Vec<String>,
    /// Who is paid, for each of them in the same order. Needed with `sends`: Weavr knows a send by account numbers alone. Where Weavr
    /// names a payee itself, that is what is shown.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub payees: Option<Vec<PlainText>>,
    /// Where codes go, masked but for four digits at most: Weavr does not say.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "*******1234")]
    pub destination: Option<PlainText>,
}

/// A session at Weavr that is to be stepped up.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepUpRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr: this is what is good for more afterwards. Kept encrypted, and wiped when the approval ends.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// What it is to be good for: `{"statement": {…}}`.
    pub action: Action,
    /// Where codes go, masked but for four digits at most: Weavr does not say.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "*******1234")]
    pub destination: Option<PlainText>,
}

/// Payees at Weavr that are to be trusted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayeeBatchRequest {
    /// The provider, where several are configured that confirm; else the only one.
    #[serde(default)]
    #[schema(example = "weavr")]
    pub provider: Option<String>,
    /// The customer's access token at Weavr. Kept encrypted, and wiped when the approval ends.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// Weavr's name for the batch.
    #[schema(example = "115200000000000001")]
    pub batch_id: String,
    /// Who they are: `{"payees": [{"name": "Acme", "accountTail": "7890"}]}`.
    pub action: Action,
    /// Where codes go, masked but for four digits at most: Weavr does not say.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "*******1234")]
    pub destination: Option<PlainText>,
}

/// What is to be done about the payments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmationHeld {
    /// `held`: the customer has to confirm. `exempt`: Weavr let them all through.
    pub decision: ConfirmationDecision,
    /// The approval's id, when they are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the widget is to call with. Told once.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "Secret::serialize_exposed_option"
    )]
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret>,
    /// The approval, when they are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// What is to be done about payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmationDecision {
    /// The customer has to confirm.
    Held,
    /// Nothing: they were exempted.
    Exempt,
}

/// Has payments that wait at Weavr confirmed by their customer, or says that they need not be.
///
/// Of those that are named, the ones that wait are shown and bound; the others were let through before. There is nothing to repeat when
/// the approval is approved: Weavr has carried them out.
#[utoipa::path(
    post,
    path = "/v1/confirmations",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = ConfirmationRequest,
    responses(
        (status = 201, description = "They wait: the approval and its client secret", body = ConfirmationHeld),
        (status = 200, description = "Weavr has exempted them all: there is nothing to confirm", body = ConfirmationHeld),
        (status = 404, description = "`not-found`: Weavr does not know one of them as this customer's and of this kind", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`no-pending-payment`: none waits, or one has ended; `factor-not-set-up`: the customer has no way to confirm; `step-up-required`: the customer's session may not read them before it is stepped up", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Has a customer's session at Weavr stepped up, so that it may read what it otherwise may not.
#[utoipa::path(
    post,
    path = "/v1/stepups",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = StepUpRequest,
    responses(
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 409, description = "`factor-not-set-up`: the customer has no way to confirm", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step_up(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<StepUpRequest>,
) -> Result<IdempotentResponse, AppError> {
    let is_about_reading = match &body.value.action {
        Action::Statement(_) => true,
        Action::Payments(_) | Action::Payees(_) => false,
    };
    if !is_about_reading {
        return Err(malformed(
            "a session that is stepped up confirms neither payments nor payees",
        ));
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
        async move { Ok(told(&backend, backend.step_up(new).await?)) }
    };
    backend.run_idempotent(&once, 201, work).await
}

/// Has payees at Weavr trusted: later payments to them may go without an approval.
#[utoipa::path(
    post,
    path = "/v1/payee-batches",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = PayeeBatchRequest,
    responses(
        (status = 201, description = "The approval and its client secret", body = CreatedApproval),
        (status = 404, description = "`not-found`: Weavr does not know the batch as this customer's", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`no-pending-payment`: it does not wait; `factor-not-set-up`: the customer has no way to confirm", body = ProblemDocument, content_type = "application/problem+json"),
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
        Action::Payments(_) | Action::Statement(_) => false,
    };
    if !is_about_payees {
        return Err(malformed("the action names no payees"));
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
        async move { Ok(told(&backend, backend.trust_payees(new).await?)) }
    };
    backend.run_idempotent(&once, 201, work).await
}

fn told(backend: &Backend, created: Created) -> CreatedApproval {
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
        return Err(malformed("the payments are none, too many, or one is named twice"));
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

/// A token that can stand in a header.
pub(super) fn check_token(token: Secret) -> Result<Secret, AppError> {
    let text = token.expose();
    if (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(token)
    } else {
        Err(malformed("the access token is not one"))
    }
}

/// Whoever holds the client secret is shown it: of a number no more than its end.
fn check_destination(destination: Option<PlainText>) -> Result<Option<PlainText>, AppError> {
    let digits = |text: &PlainText| text.as_str().chars().filter(|character| character.is_numeric()).count();
    if destination.as_ref().is_some_and(|text| digits(text) > MOST_DIGITS) {
        return Err(malformed("the destination is not masked"));
    }
    Ok(destination)
}

fn malformed(what: &'static str) -> AppError {
    AppError::new(ProblemCode::InvalidRequest).with_source(what)
}
