//! Transfers that wait for their customer to be recognised: the routes of the partner's own server.

use axum::{
    Json,
    extract::{Path, State},
};
use sca_protocol::{Approval, Currency, Money, Payment, PlainText, api::ProblemCode};
use serde::{Deserialize, Serialize};

use super::{
    caller::Partner,
    input::{IdempotencyKey, JsonBody},
};
use crate::{
    policy::Region,
    problem::{AppError, ProblemDocument},
    service::{Backend, HoldResult, IdempotentRequest, IdempotentResponse, NewTransfer},
};
use sca_core::Transfer;
use sca_core::secret::Secret;

/// A transfer that the partner is about to carry out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferHoldRequest {
    /// The partner's name for the transfer: 1 to 64 letters, digits, dots, hyphens and underscores.
    #[schema(example = "txn-8827")]
    pub transfer: String,
    /// Which version of the transfer this is. Count on whenever it changes: for one version, one thing is shown and approved.
    #[schema(example = 1)]
    pub version: u64,
    /// The partner's name for the customer: 1 to 128 characters.
    #[schema(example = "user-4421")]
    pub user: String,
    /// The customer's address on file: a code goes there.
    #[schema(example = "a@example.com")]
    pub email: String,
    /// What is paid.
    pub amount: TransferAmount,
    /// The payee's name.
    #[schema(example = "Acme Corp")]
    pub payee: String,
    /// The last characters of the payee's account.
    #[serde(default)]
    #[schema(example = "7890")]
    pub account_tail: Option<String>,
    /// The reference that the payee sees.
    #[serde(default)]
    #[schema(example = "Invoice 7")]
    pub reference: Option<String>,
    /// Where the transfer goes: an ISO 3166-1 alpha-2 code.
    #[schema(example = "US")]
    pub region: String,
}

impl std::fmt::Debug for TransferHoldRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "TransferHoldRequest({}, version {})",
            self.transfer, self.version
        )
    }
}

/// An amount in minor units.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferAmount {
    /// In the currency's minor unit: 5000000 is 50,000.00 USD. Not zero.
    #[schema(example = 5_000_000)]
    pub minor: u64,
    /// An ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
}

/// What is to be done with the transfer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferHoldResponse {
    /// `held`: the customer has to be recognised first. `exempt`: carry it out.
    pub decision: HoldDecision,
    /// The approval's id, when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the widget is to call with. Told once, when the transfer begins to be held.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "Secret::serialize_exposed_option"
    )]
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret>,
    /// The approval, when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// What is to be done with a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldDecision {
    /// The customer has to be recognised first.
    Held,
    /// It need not be held.
    Exempt,
}

/// A transfer that is or was held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldTransfer {
    /// The partner's name for it.
    pub transfer: String,
    /// Which version of it.
    pub version: u64,
    /// The approval.
    pub approval: Approval,
}

/// Holds a transfer until its customer has been recognised, or says that it need not be.
///
/// The same version of the same transfer is held once: a further call names the same approval, and one that says something else about it
/// is refused with `transfer-changed`. A newer version ends what is open of older ones. IdempotentRequest a version is approved or exempt,
/// or a newer one is held, a further one is refused with `transfer-changed`, too: a transfer is carried out once. So it is after a version
/// that was not the customer's, or where somebody was seen through.
#[utoipa::path(
    post,
    path = "/v1/transfers",
    tag = "partner",
    security(("api-key" = [])),
    params(("idempotency-key" = String, Header, description = "Names the attempt: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = TransferHoldRequest,
    responses(
        (status = 201, description = "The transfer is held: the approval and its client secret", body = TransferHoldResponse),
        (status = 200, description = "The transfer need not be held, or is held since an earlier call", body = TransferHoldResponse),
        (status = 409, description = "`transfer-changed`: the same version was something else before, or another version is newer, approved, exempt, or rules out any further one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hold(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<TransferHoldRequest>,
) -> Result<IdempotentResponse, AppError> {
    let new = check(owner.clone(), body.value)?;
    let once = IdempotentRequest::of_partner(&owner, "wires", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            let answer = backend.hold(new).await?;
            let held = |record: &_, client_secret| TransferHoldResponse {
                decision: HoldDecision::Held,
                approval: Some(backend.partner_view(record)),
                id: Some(record.id.clone()),
                client_secret,
            };
            Ok(match answer {
                HoldResult::Held(record, secret) => (201, held(&record, Some(secret))),
                HoldResult::Known(record) => (200, held(&record, None)),
                HoldResult::Exempt => (
                    200,
                    TransferHoldResponse {
                        decision: HoldDecision::Exempt,
                        id: None,
                        client_secret: None,
                        approval: None,
                    },
                ),
            })
        }
    };
    backend.run_idempotent_with_status(&once, work).await
}

/// A transfer that is or was held, with what was approved also after its end.
#[utoipa::path(
    get,
    path = "/v1/transfers/{id}",
    tag = "partner",
    security(("api-key" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The transfer and its approval", body = HeldTransfer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    Path(id): Path<String>,
) -> Result<Json<HeldTransfer>, AppError> {
    let record = backend.find(&owner, &id).await?;
    let wire = record
        .source
        .transfer()
        .ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
    Ok(Json(HeldTransfer {
        transfer: wire.transfer.clone(),
        version: wire.version,
        approval: backend.partner_view(&record),
    }))
}

/// The highest version: every JSON reader keeps it exactly.
const MOST_VERSIONS: u64 = sca_protocol::money::MAX_MINOR;

fn check(owner: String, request: TransferHoldRequest) -> Result<NewTransfer, AppError> {
    let malformed = |what: &'static str| AppError::new(ProblemCode::InvalidRequest).with_source(what);
    let text = |raw: &str, what| PlainText::new(raw).ok_or_else(|| malformed(what));
    let optional = |raw: Option<String>, what| raw.map(|raw| text(&raw, what)).transpose();
    if !is_name(&request.transfer) {
        return Err(malformed("the transfer's name is not as described"));
    }
    if !(1..=MOST_VERSIONS).contains(&request.version) {
        return Err(malformed("the version is not a number from 1 on"));
    }
    // A name that would have to be cleaned first could stand for another customer's.
    if request.user.chars().count() > 128 || text(&request.user, "the user's name is empty")?.as_str() != request.user {
        return Err(malformed("the user's name is not as described"));
    }
    if !is_address(&request.email) {
        return Err(malformed("the e-mail address is not one"));
    }
    let amount = Money::new(request.amount.minor, request.amount.currency).filter(|amount| amount.minor() > 0);
    let region = Region::new(&request.region).ok_or_else(|| malformed("the region is not two capital letters"))?;
    Ok(NewTransfer {
        owner,
        payment: Payment {
            amount: amount.ok_or_else(|| malformed("the amount is zero or too large"))?,
            payee: text(&request.payee, "the payee's name is empty")?,
            account_tail: optional(request.account_tail, "the account's tail is empty")?,
            reference: optional(request.reference, "the reference is empty")?,
        },
        transfer: Transfer {
            transfer: request.transfer,
            version: request.version,
            user: request.user,
            email: request.email,
            region: request.region,
        },
        region,
    })
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// Something before and after one `@`, in plain characters. Whether anybody reads what is sent there, only sending tells.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    (3..=254).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b',' | b';' | b'"' | b'(' | b')' | b'*')
        })
        && parts.is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.starts_with('.')
        })
}
