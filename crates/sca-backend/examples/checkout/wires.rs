//! Wires. A wire is held until the customer has passed FaceSign's check. The backend then sends `transfer.execute` to the bank. The shop
//! itself sends only exempt wires, to the same endpoint.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_backend::{
    problem::AppError,
    routes::receive_webhook,
    service::{HoldResult, NewTransfer},
};
use sca_core::{Region, Transfer};
use sca_protocol::{Currency, Money, Payment, PlainText, api::ProblemCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    open_approvals::{Call, PageApproval},
    problems::malformed,
    shop::{Customer, OWNER, Shop},
};

/// The highest amount that is not held: 10,000 US dollars, in cents.
pub(crate) const EXEMPT_UP_TO: u64 = 1_000_000;

const PAYEE: &str = "Acme Corp";
const ACCOUNT_TAIL: &str = "7890";
const REFERENCE: &str = "Invoice 7";
const REGION: &str = "US";

/// The maximum size of a webhook. FaceSign's have a few hundred bytes.
const MAX_WEBHOOK_BYTES: usize = 64 * 1024;

/// The routes: path and handler.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 3] {
    [
        ("/api/wires", post(send)),
        ("/api/wires/{transfer}", get(executed)),
        (
            "/webhooks/facesign",
            post(receive).layer(DefaultBodyLimit::max(MAX_WEBHOOK_BYTES)),
        ),
    ]
}

/// A wire to the only payee of the demo.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    amount: u64,
}

/// "Send a wire". The response to a held wire is that of the gate: 403, with the required approval.
async fn send(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    let bank = shop.bank()?;
    let order: Order = serde_json::from_slice(&body).map_err(|error| malformed().with_source(error))?;
    let transfer = new_transfer()?;
    let new = new_wire(&customer, &transfer, order.amount).ok_or_else(malformed)?;
    let region = new.transfer.region.clone();
    match shop.backend.hold(new).await? {
        HoldResult::Exempt => {
            let data = json!({
                "id": null, "transfer": transfer, "version": 1, "region": region, "payee": PAYEE,
                "amount": {"minor": order.amount, "currency": "USD"},
            });
            bank.execute(&transfer, &data).await?;
            Ok(Json(json!({"transfer": transfer})).into_response())
        }
        HoldResult::Held(record, secret) => {
            let approval = PageApproval {
                frame_origins: vec![bank.frame_origin.clone()],
                ..PageApproval::new(record.id, secret)
            };
            let refusal = json!({
                "code": "approval-required", "transfer": transfer, "approval": approval.for_page(),
            });
            let call = Call::Wire {
                transfer,
                amount: order.amount,
            };
            shop.store_approval(customer.user_id, call, approval);
            Ok((StatusCode::FORBIDDEN, Json(refusal)).into_response())
        }
        // The id of a transfer is new each time.
        HoldResult::Known(_) => Err(malformed()),
    }
}

/// The bank's state of a transfer. Once it is executed, the page needs its approval no more. The answer is
/// `{"transfer", "state": "executed" | "unknown"}`.
async fn executed(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Path(transfer): Path<String>,
) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    if !transfer.starts_with("txn-")
        || !transfer
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(AppError::new(ProblemCode::NotFound));
    }
    let record = shop.bank()?.read(&transfer).await?;
    let state = record.get("state");
    if state == Some(&json!("executed")) {
        let is_of = |call: &Call| matches!(call, Call::Wire { transfer: of, .. } if *of == transfer);
        shop.forget_approvals(customer.user_id, |open| is_of(&open.call));
    }
    Ok(Json(json!({"transfer": record.get("transfer"), "state": state})))
}

/// A webhook of FaceSign.
async fn receive(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, AppError> {
    receive_webhook(&shop.backend, "facesign", "", &headers, &body).await?;
    Ok(StatusCode::OK)
}

fn new_wire(customer: &Customer, transfer: &str, amount: u64) -> Option<NewTransfer> {
    let amount = Money::new(amount, Currency::new("USD")?).filter(|amount| amount.minor() > 0)?;
    let user = customer.profile_id.to_string();
    Some(NewTransfer {
        owner: OWNER.into(),
        region: Region::new(REGION)?,
        payment: Payment {
            amount,
            payee: PlainText::new(PAYEE)?,
            account_tail: PlainText::new(ACCOUNT_TAIL),
            reference: PlainText::new(REFERENCE),
        },
        transfer: Transfer {
            transfer: transfer.into(),
            version: 1,
            email: format!("customer-{user}@brightside.example"),
            user,
            region: REGION.into(),
        },
    })
}

/// A new transfer id.
fn new_transfer() -> Result<String, AppError> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|_| AppError::new(ProblemCode::Internal))?;
    let id = Base64UrlUnpadded::encode_string(&random).replace(['-', '_'], "x");
    Ok(format!("txn-{id}"))
}
