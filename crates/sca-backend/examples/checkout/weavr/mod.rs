//! Payments through Weavr: made there first, confirmed by the customer where Weavr wants it, and executed by Weavr itself.
//!
//! Nothing is repeated once they are confirmed: the shop asks Weavr what became of them, and shows that.

mod api;
mod basket;

use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use sca_backend::{
    problem::AppError,
    routes::receive_webhook,
    service::{ConfirmationAnswer, NewConfirmation},
};
use sca_core::secret::Secret;
use sca_protocol::{PlainText, Status, api::ProblemCode};
use serde_json::{Value, json};

pub(crate) use self::api::Account;
use self::{
    api::{Api, Payment},
    basket::{Kind, Line, Order},
};
use crate::shop::{Customer, OWNER, Shop, malformed, out_of_reach};

/// Weavr's events have a few kilobytes.
const LARGEST_EVENT: usize = 64 * 1024;

/// What a shop that pays through Weavr needs besides.
#[derive(Clone)]
pub(crate) struct Weavr {
    api: Api,
    /// Where the simulated phones are.
    phone: String,
    sandbox: String,
    /// What each customer has paid last.
    paid: Arc<Mutex<HashMap<String, Paid>>>,
}

/// A basket that was put before Weavr.
#[derive(Clone)]
struct Paid {
    kind: Kind,
    payments: Vec<(Line, Payment)>,
    token: Secret,
    /// Where Weavr wants a confirmation: the approval's id, and what the page shows the widget with.
    approval: Option<(String, Value)>,
}

/// The path and what is behind it, for each of the routes.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 3] {
    [
        ("/api/weavr", get(standing)),
        ("/api/weavr/payments", post(pay).get(payments)),
        (
            "/webhooks/weavr/{*path}",
            post(hear).layer(DefaultBodyLimit::max(LARGEST_EVENT)),
        ),
    ]
}

impl Weavr {
    /// Weavr's API, the sandbox's phones, and the sandbox's control API.
    pub(crate) fn new(api: String, key: Secret, phone: String, sandbox: String) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            api: Api::new(api, key)?,
            phone,
            sandbox,
            paid: Arc::default(),
        })
    }

    /// Makes a customer of Weavr's who is nobody else's.
    pub(crate) async fn new_customer(&self, wishes: &Value) -> Result<Account, AppError> {
        let answer = reqwest::Client::new()
            .post(format!("{}/control/weavr/customers", self.sandbox))
            .header(header::CONTENT_TYPE, "application/json")
            .body(wishes.to_string())
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(out_of_reach)?;
        let text = answer.bytes().await.map_err(out_of_reach)?;
        serde_json::from_slice(&text).map_err(out_of_reach)
    }

    fn last(&self, account: &Account) -> Option<Paid> {
        let paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        paid.get(&account.user_id).cloned()
    }

    fn remember(&self, account: &Account, paid: Paid) {
        self.paid
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account.user_id.clone(), paid);
    }
}

/// "Pay": the payments are made at Weavr; where it wants them confirmed, the answer is the approval that is needed.
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
    let mut paid = Paid {
        kind,
        payments,
        token,
        approval: None,
    };
    let answer = match shop.backend.confirm(new).await? {
        ConfirmationAnswer::Exempt => Json(json!({})).into_response(),
        ConfirmationAnswer::Held(created) => {
            let approval = json!({"id": created.record.id, "clientSecret": created.client_secret.expose()});
            paid.approval = Some((created.record.id, approval.clone()));
            let refusal = json!({"code": "approval-required", "approval": approval});
            (StatusCode::FORBIDDEN, Json(refusal)).into_response()
        }
    };
    weavr.remember(account, paid);
    Ok(answer)
}

/// What became of the last basket: for each payment whether it was `done`, needed no confirmation (`exempt`), was `stopped`, or is
/// `under-way`.
async fn payments(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let (weavr, account) = shop.weavr(&customer)?;
    let paid = weavr
        .last(account)
        .ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
    let mut token = paid.token.clone();
    let mut list = Vec::new();
    for (line, payment) in &paid.payments {
        let now = match weavr.api.read(paid.kind, &payment.id, &token).await? {
            Some(now) => now,
            None => {
                token = weavr.api.log_in(account).await?;
                let read = weavr.api.read(paid.kind, &payment.id, &token).await?;
                read.ok_or_else(|| AppError::new(ProblemCode::ProviderSessionEnded))?
            }
        };
        list.push(json!({
            "id": payment.id,
            "payee": line.payee,
            "amount": {"minor": line.amount, "currency": line.currency},
            "state": shown(&now),
        }));
    }
    Ok(Json(json!({"payments": list})))
}

/// The customer's phone, and the approval that a page which was left and opened anew goes on with.
async fn standing(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let (weavr, account) = shop.weavr(&customer)?;
    let waiting = match weavr.last(account).and_then(|paid| paid.approval) {
        Some((id, approval)) => {
            let record = shop.backend.find(OWNER, &id).await?;
            (record.status == Status::Pending).then_some(approval)
        }
        None => None,
    };
    let phone = format!("{}/?user={}", weavr.phone, account.user_id);
    Ok(Json(json!({"phone": phone, "approval": waiting})))
}

/// Weavr tells what became of a payment.
async fn hear(
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
    // Weavr knows the payee of a wire by name; that of a send it knows by an account's number alone.
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

/// Weavr's word for the page. What the shop does not know is under way until Weavr says otherwise.
fn shown(payment: &Payment) -> &'static str {
    match (payment.state.as_str(), &payment.challenge_exemption_reason) {
        ("COMPLETED", None) => "done",
        ("COMPLETED", Some(_)) => "exempt",
        ("REJECTED" | "FAILED" | "RETURNED" | "CANCELLED" | "INVALID", _) => "stopped",
        (_, _) => "under-way",
    }
}

impl Shop {
    fn weavr<'a>(&'a self, customer: &'a Customer) -> Result<(&'a Weavr, &'a Account), AppError> {
        self.weavr
            .as_ref()
            .zip(customer.weavr.as_ref())
            .ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }
}
