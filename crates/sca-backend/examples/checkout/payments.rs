//! Payments through Weavr. The shop does not execute them: once they are confirmed, Weavr does, and the shop reads their states.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use sca_backend::{
    problem::AppError,
    routes::receive_webhook,
    service::{ConfirmationAnswer, NewConfirmation},
};
use sca_core::secret::Secret;
use sca_protocol::{PlainText, api::ProblemCode};
use serde_json::{Value, json};

use crate::{
    open_approvals::{Call, PageApproval},
    problems::malformed,
    shop::{OWNER, Shop},
    weavr::{Account, Basket, Kind, Line, Order, Payment},
};

/// The maximum size of a webhook. Weavr's have a few kilobytes.
const MAX_WEBHOOK_BYTES: usize = 64 * 1024;

/// The routes: path and handler.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 3] {
    [
        ("/api/weavr", get(status)),
        ("/api/weavr/payments", post(pay).get(payments)),
        (
            "/webhooks/weavr/{*path}",
            post(receive).layer(DefaultBodyLimit::max(MAX_WEBHOOK_BYTES)),
        ),
    ]
}

/// "Pay": creates the payments at Weavr. Where Weavr requires a confirmation, the response has the required approval.
async fn pay(State(shop): State<Shop>, headers: HeaderMap, body: Bytes) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    let (weavr, account) = shop.weavr(&customer)?;
    let order: Order = serde_json::from_slice(&body).map_err(|error| malformed().with_source(error))?;
    let kind = order.kind();
    let token = weavr.api.log_in(account).await?;
    let mut payments = Vec::new();
    match &order.made {
        None => {
            for line in order.lines() {
                let payment = weavr.api.create(kind, &line, account, &token).await?;
                payments.push((line, payment));
            }
        }
        Some(ids) if shop.has_test_controls => {
            let lines = order.lines().into_iter().cycle();
            payments.extend(lines.zip(ids.iter().map(|id| Payment::made(id))));
        }
        Some(_) => return Err(malformed()),
    }
    let new = new_confirmation(kind, &payments, account, &token).ok_or_else(malformed)?;
    let mut basket = Basket {
        kind,
        payments,
        token,
        approval: None,
    };
    let answer = match shop.backend.confirm(new).await? {
        ConfirmationAnswer::Exempt => Json(json!({})).into_response(),
        ConfirmationAnswer::Held(created) => {
            let approval = PageApproval::new(created.record.id, created.client_secret);
            let refusal = json!({"code": "approval-required", "approval": approval.for_page()});
            basket.approval = Some(approval.id.clone());
            let call = Call::Weavr {
                what: order.what,
                amounts: order.amounts,
            };
            shop.store_approval(customer.user_id, call, approval);
            (StatusCode::FORBIDDEN, Json(refusal)).into_response()
        }
    };
    weavr.store_basket(account, basket);
    Ok(answer)
}

/// The payments of the last basket. Once all are over, the page needs their approval no more. The state of each is `done`, `exempt` (executed
/// without a confirmation), `stopped` or `under-way`.
async fn payments(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let (weavr, account) = shop.weavr(&customer)?;
    let basket = weavr
        .last_basket(account)
        .ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
    let mut token = basket.token.clone();
    let mut list = Vec::new();
    let mut are_over = true;
    for (line, payment) in &basket.payments {
        let now = match weavr.api.read(basket.kind, &payment.id, &token).await? {
            Some(now) => now,
            None => {
                token = weavr.api.log_in(account).await?;
                let read = weavr.api.read(basket.kind, &payment.id, &token).await?;
                read.ok_or_else(|| AppError::new(ProblemCode::ProviderSessionEnded))?
            }
        };
        let state = state_of(&now);
        are_over &= state != UNDER_WAY;
        list.push(json!({
            "id": payment.id,
            "payee": line.payee,
            "amount": {"minor": line.amount, "currency": line.currency},
            "state": state,
        }));
    }
    if let Some(approval) = basket.approval.filter(|_| are_over) {
        shop.forget_approval(customer.user_id, &approval);
    }
    Ok(Json(json!({"payments": list})))
}

/// The address of the customer's simulated phone.
async fn status(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let (weavr, account) = shop.weavr(&customer)?;
    let phone = format!("{}/?user={}", weavr.phone, account.user_id);
    Ok(Json(json!({"phone": phone})))
}

/// A webhook of Weavr.
async fn receive(
    State(shop): State<Shop>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, AppError> {
    receive_webhook(&shop.backend, "weavr", &path, &headers, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn new_confirmation(
    kind: Kind,
    payments: &[(Line, Payment)],
    account: &Account,
    token: &Secret,
) -> Option<NewConfirmation> {
    // Weavr returns the payee's name of a wire. Of a send it returns only an account number.
    let (resource_type, payees) = match kind {
        Kind::Wires => ("outgoing_wire_transfers", Vec::new()),
        Kind::Sends => (
            "sends",
            payments
                .iter()
                .map(|(line, _)| PlainText::new(line.payee))
                .collect::<Option<_>>()?,
        ),
    };
    Some(NewConfirmation {
        provider: sca_weavr::ID,
        owner: OWNER.into(),
        access_token: token.clone(),
        kind: resource_type.to_owned(),
        ids: payments.iter().map(|(_, payment)| payment.id.clone()).collect(),
        payees,
        destination: PlainText::new(&account.masked_phone()),
    })
}

/// The state of a payment that Weavr has not executed yet.
const UNDER_WAY: &str = "under-way";

/// Weavr's state for the page. An unknown state is `under-way`.
fn state_of(payment: &Payment) -> &'static str {
    match (payment.state.as_str(), &payment.challenge_exemption_reason) {
        ("COMPLETED", None) => "done",
        ("COMPLETED", Some(_)) => "exempt",
        ("REJECTED" | "FAILED" | "RETURNED" | "CANCELLED" | "INVALID", _) => "stopped",
        (_, _) => UNDER_WAY,
    }
}
