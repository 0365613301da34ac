//! Transfers that are held until the customer's face is verified, for partners' servers.

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
    problem::{AppError, ProblemDocument},
    service::{Backend, HoldResult, IdempotentRequest, IdempotentResponse, NewTransfer},
};
use sca_core::{Region, Transfer, secret::Secret};

/// A transfer that the partner is about to execute.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferHoldRequest {
    /// The partner's id of the transfer: 1 to 64 letters, digits, dots, hyphens and underscores.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$", example = "txn-8827")]
    pub transfer: String,
    /// The version of the transfer, from 1 to 2^53 - 1. Increase it whenever the transfer changes.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 1)]
    pub version: u64,
    /// The partner's id of the customer: 1 to 128 characters.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^\s\x00-\x1F\x7F-\x9F]+( [^\s\x00-\x1F\x7F-\x9F]+)*$",
        example = "user-4421"
    )]
    pub user: String,
    /// The customer's e-mail address on file, which receives a one-time code.
    #[schema(
        min_length = 3,
        max_length = 254,
        pattern = r"^[!#-'+./0-9:=?A-~-]+@[!#-'+/0-9:=?A-~-]+\.[!#-'+./0-9:=?A-~-]*$",
        example = "a@example.com"
    )]
    pub email: String,
    /// The amount.
    pub amount: TransferAmount,
    /// The payee's name.
    #[schema(min_length = 1, example = "Acme Corp")]
    pub payee: String,
    /// The last characters of the payee's account.
    #[serde(default)]
    #[schema(min_length = 1, example = "7890")]
    pub account_tail: Option<String>,
    /// The reference that the payee sees.
    #[serde(default)]
    #[schema(min_length = 1, example = "Invoice 7")]
    pub reference: Option<String>,
    /// The destination country: an ISO 3166-1 alpha-2 code.
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "US")]
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
    /// In the currency's minor unit, from 1 to 2^53 - 1: 5000000 is 50,000.00 USD.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_u64, example = 5_000_000)]
    pub minor: u64,
    /// An ISO 4217 code.
    #[schema(value_type = String, min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", example = "USD")]
    pub currency: Currency,
}

/// Whether a transfer is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferHoldResponse {
    /// `held`: wait for `transfer.execute`. `exempt`: execute the transfer.
    pub decision: HoldDecision,
    /// The approval's id, if the transfer is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The client secret for the widget. Returned only once, when the transfer is first held.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "Secret::serialize_exposed_option"
    )]
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret>,
    /// The approval, if the transfer is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// Whether a transfer is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldDecision {
    /// The customer's face has to be verified first.
    Held,
    /// An exemption covers it.
    Exempt,
}

/// A transfer that is or was held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldTransfer {
    /// The partner's id of the transfer.
    pub transfer: String,
    /// Its version.
    pub version: u64,
    /// The approval.
    pub approval: Approval,
}

/// Holds a transfer until the customer's face is verified, unless an exemption covers it.
///
/// A version of a transfer has one approval: a repeated request returns it, and a request with other contents is refused with
/// `transfer-changed`. A newer version supersedes older ones that are open. A transfer is executed once: after a version was approved or
/// exempt, other versions are refused with `transfer-changed`. So are older versions than one that is held, and every version after one
/// that the customer denied or that had a fraud signal.
#[utoipa::path(
    post,
    path = "/v1/transfers",
    operation_id = "hold_transfer",
    tag = "transfers",
    security(("api-key" = []), ("api-key-header" = [])),
    params(IdempotencyKey),
    request_body = TransferHoldRequest,
    responses(
        (status = 201, description = "The transfer is held: the approval and its client secret", body = TransferHoldResponse),
        (status = 200, description = "The transfer is exempt, or was held by an earlier request", body = TransferHoldResponse),
        (status = 409, description = "`transfer-changed`: the version had other contents before, or another version is newer, approved or exempt, or rules out further versions", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: no provider with face checks is configured", body = ProblemDocument, content_type = "application/problem+json"),
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
    let once = IdempotentRequest::of_partner(&owner, "transfers", key, body.bytes);
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

/// A transfer that is or was held, with its approval.
///
/// The action is present also after settlement.
#[utoipa::path(
    get,
    path = "/v1/transfers/{id}",
    operation_id = "read_transfer",
    tag = "transfers",
    security(("api-key" = []), ("api-key-header" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The transfer and its approval", body = HeldTransfer),
        (status = 404, description = "`not-found`: you have no held transfer with this id", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(
    State(backend): State<Backend>,
    Partner(owner): Partner,
    Path(id): Path<String>,
) -> Result<Json<HeldTransfer>, AppError> {
    let record = backend.find(&owner, &id).await?;
    let transfer = record
        .source
        .transfer()
        .ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
    Ok(Json(HeldTransfer {
        transfer: transfer.transfer.clone(),
        version: transfer.version,
        approval: backend.partner_view(&record),
    }))
}

/// The highest version: 2^53 - 1, which every JSON reader represents exactly.
const MOST_VERSIONS: u64 = sca_protocol::money::MAX_MINOR;

fn check(owner: String, request: TransferHoldRequest) -> Result<NewTransfer, AppError> {
    let malformed = |what: &'static str| AppError::new(ProblemCode::InvalidRequest).with_source(what);
    let text = |raw: &str, what| PlainText::new(raw).ok_or_else(|| malformed(what));
    let optional = |raw: Option<String>, what| raw.map(|raw| text(&raw, what)).transpose();
    if !is_name(&request.transfer) {
        return Err(malformed(
            "`transfer` is not 1 to 64 letters, digits, dots, hyphens and underscores",
        ));
    }
    if !(1..=MOST_VERSIONS).contains(&request.version) {
        return Err(malformed("`version` is not from 1 to 2^53 - 1"));
    }
    // An id that needed cleaning could collide with another customer's.
    if request.user.chars().count() > 128 || text(&request.user, "`user` is empty")?.as_str() != request.user {
        return Err(malformed("`user` is not 1 to 128 plain characters"));
    }
    if !is_address(&request.email) {
        return Err(malformed("`email` is not an e-mail address"));
    }
    let amount = Money::new(request.amount.minor, request.amount.currency).filter(|amount| amount.minor() > 0);
    let region = Region::new(&request.region).ok_or_else(|| malformed("`region` is not two capital letters"))?;
    Ok(NewTransfer {
        owner,
        payment: Payment {
            amount: amount.ok_or_else(|| malformed("`amount` is zero or above 2^53 - 1"))?,
            payee: text(&request.payee, "`payee` is empty")?,
            account_tail: optional(request.account_tail, "`accountTail` is empty")?,
            reference: optional(request.reference, "`reference` is empty")?,
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

/// A local part and a domain with one `@` between, in printable ASCII. Only sending shows whether the address exists.
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
