//! Wires: held until the customer was recognised, executed by the bank, and asked for there.
//!
//! An approved wire is executed by what `sca-backend` tells the bank; the shop never does that itself. What need not be
//! held, the shop hands to the bank by the same door.

use std::{sync::Arc, time::Duration};

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
use sca_runtime::clock::{Clock, SystemClock};
use sca_webhooks::{EventType, Message, WebhookTransport, config::TransfersConfig, http_transport::Webhooks};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shop::{Customer, OWNER, Shop, malformed, out_of_reach};

/// Up to here no wire is held: 10,000 US dollars.
pub(crate) const EXEMPT_UP_TO: u64 = 1_000_000;

const PAYEE: &str = "Acme Corp";
const ACCOUNT_TAIL: &str = "7890";
const REFERENCE: &str = "Invoice 7";
const REGION: &str = "US";

/// FaceSign's events have a few hundred bytes.
const LARGEST_EVENT: usize = 64 * 1024;

/// What a shop with wires needs besides.
#[derive(Clone)]
pub(crate) struct Wires {
    bank: String,
    webhooks: Arc<Webhooks>,
    frame_origin: String,
}

impl Wires {
    /// Wires through a bank; `frame_origin` is where FaceSign's pages come from.
    pub(crate) fn new(
        bank: String,
        config: &TransfersConfig,
        frame_origin: String,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let webhooks = Webhooks::new(Some(config.endpoint()?), None, Arc::new(SystemClock))?;
        Ok(Self {
            bank,
            webhooks: Arc::new(webhooks),
            frame_origin,
        })
    }
}

/// The path and what is behind it, for each of the routes.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 3] {
    [
        ("/api/wires", post(send)),
        ("/api/wires/{transfer}", get(executed)),
        (
            "/webhooks/facesign",
            post(hear).layer(DefaultBodyLimit::max(LARGEST_EVENT)),
        ),
    ]
}

/// How much is to be sent. Who gets it is in this customer's address book, which has one entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    amount: u64,
}

/// "Send a wire". A held one is answered like the gate's refusals: 403, with the approval that is needed.
async fn send(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    let wires = shop.wires()?;
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
            wires.carry_out(&transfer, &data).await?;
            Ok(Json(json!({"transfer": transfer})).into_response())
        }
        HoldResult::Held(record, secret) => {
            let approval = json!({
                "id": record.id,
                "clientSecret": secret.expose(),
                "frameOrigins": [wires.frame_origin],
            });
            let refusal = json!({
                "code": "approval-required", "transfer": transfer, "approval": approval,
            });
            Ok((StatusCode::FORBIDDEN, Json(refusal)).into_response())
        }
        // A transfer's name is made up afresh each time.
        HoldResult::Known(_) => Err(malformed()),
    }
}

/// What the bank says of a transfer: `{"transfer", "state": "executed" | "unknown", …}`.
async fn executed(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Path(transfer): Path<String>,
) -> Result<Json<Value>, AppError> {
    shop.customer(&headers)?;
    if !transfer.starts_with("txn-")
        || !transfer
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(AppError::new(ProblemCode::NotFound));
    }
    let wires = shop.wires()?;
    let answer = reqwest::get(format!("{}/bank/wires/{transfer}", wires.bank))
        .await
        .map_err(out_of_reach)?;
    let said = answer.bytes().await.map_err(out_of_reach)?;
    let said: Value = serde_json::from_slice(&said).map_err(out_of_reach)?;
    Ok(Json(
        json!({"transfer": said.get("transfer"), "state": said.get("state")}),
    ))
}

/// FaceSign tells that something has happened.
async fn hear(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, AppError> {
    receive_webhook(&shop.backend, "facesign", "", &headers, &body).await?;
    Ok(StatusCode::OK)
}

impl Wires {
    /// Hands a wire to the bank, again and again until it has it or is out of reach for long: the transfer's name is the
    /// message's, so that it is executed once.
    async fn carry_out(&self, transfer: &str, data: &Value) -> Result<(), AppError> {
        let message = Message {
            id: transfer.to_owned(),
            kind: EventType::TransferExecute,
            happened_at: SystemClock.now(),
            data: data.to_string(),
        };
        for pause in [0, 200, 1_000] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if self.webhooks.deliver(&message).await.is_ok() {
                return Ok(());
            }
        }
        Err(AppError::new(ProblemCode::ProviderError))
    }
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

/// A name that no other transfer has.
fn new_transfer() -> Result<String, AppError> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|_| AppError::new(ProblemCode::Internal))?;
    let name = Base64UrlUnpadded::encode_string(&random).replace(['-', '_'], "x");
    Ok(format!("txn-{name}"))
}
