//! The shop's own API: who is signed in, a statement, transfers, wires, payments through Weavr.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_backend::{
    gate::{Gate, GateRequest},
    problem::AppError,
    service::Backend,
};
use sca_core::secret::Secret;
use sca_protocol::{Action, api::ProblemCode};
use sca_wise::paths::PathGeneration;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    weavr::{self, Account, Weavr},
    wires::{self, Wires},
};

/// The shop's name with `sca-backend`.
pub(crate) const OWNER: &str = "checkout";

const SESSION: HeaderName = HeaderName::from_static("x-demo-session");
const APPROVAL: HeaderName = HeaderName::from_static("x-sca-approval");

#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) gate: Gate,
    pub(crate) backend: Backend,
    pub(crate) paths: PathGeneration,
    pub(crate) sandbox: String,
    /// Where wires are held, if anywhere.
    pub(crate) wires: Option<Wires>,
    /// Where payments are made, if anywhere.
    pub(crate) weavr: Option<Weavr>,
    pub(crate) sessions: Arc<Mutex<HashMap<String, Customer>>>,
    pub(crate) has_test_controls: bool,
}

/// Who is signed in at the shop. A real shop has a login and keeps Wise's tokens of its own customers.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    access_token: Secret,
    pub(crate) profile_id: u64,
    balance_id: u64,
    currency: String,
    transfer_ids: Vec<u64>,
    /// The same person at Weavr.
    #[serde(skip)]
    pub(crate) weavr: Option<Account>,
}

#[derive(Deserialize)]
struct Period {
    from: String,
    to: String,
}

impl Shop {
    pub(crate) fn routes(self) -> Router {
        wires::routes()
            .into_iter()
            .chain(weavr::routes())
            .fold(Router::new(), |router, (path, route)| router.route(path, route))
            .route("/api/demo/customer", post(new_customer))
            .route("/api/statement", get(statement))
            .route("/api/transfers", get(transfers))
            .route("/api/transfers/{id}/fund", post(fund))
            .layer(SetResponseHeaderLayer::overriding(
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-store"),
            ))
            .with_state(self)
    }

    pub(crate) fn customer(&self, headers: &HeaderMap) -> Result<Customer, AppError> {
        let session = headers.get(SESSION).and_then(|value| value.to_str().ok());
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let customer = session.and_then(|session| sessions.get(session).cloned());
        customer.ok_or_else(|| AppError::new(ProblemCode::Unauthorized))
    }

    pub(crate) fn wires(&self) -> Result<&Wires, AppError> {
        self.wires.as_ref().ok_or_else(|| AppError::new(ProblemCode::NotFound))
    }

    /// Calls Wise on the customer's behalf. What comes back, an approval that is needed included, is for the page.
    async fn call(&self, request: GateRequest, headers: &HeaderMap) -> Response {
        let approval = headers.get(APPROVAL).and_then(|value| value.to_str().ok());
        self.gate
            .send(request.approval(approval.map(str::to_owned)))
            .await
            .map_or_else(IntoResponse::into_response, IntoResponse::into_response)
    }

    /// The call that funds a transfer.
    fn funding(&self, customer: &Customer, transfer: u64) -> GateRequest {
        let (version, profile) = (self.version("v3"), customer.profile_id);
        let path = format!("/{version}/profiles/{profile}/transfers/{transfer}/payments");
        GateRequest::new(Method::POST, path, customer.access_token.clone()).json(r#"{"type":"BALANCE"}"#)
    }

    /// The start of Wise's paths.
    fn version(&self, legacy: &str) -> String {
        match &self.paths {
            PathGeneration::V1 | PathGeneration::V2 => legacy.into(),
            calendar @ PathGeneration::Calendar(_) => calendar.to_string(),
        }
    }
}

/// "Show my statement".
async fn statement(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Query(period): Query<Period>,
) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    if !is_day(&period.from) || !is_day(&period.to) {
        return Err(AppError::new(ProblemCode::InvalidRequest));
    }
    let path = format!(
        "/{}/profiles/{}/balance-statements/{}/statement.json?currency={}&intervalStart={}T00:00:00.000Z\
         &intervalEnd={}T23:59:59.999Z",
        shop.version("v1"),
        customer.profile_id,
        customer.balance_id,
        customer.currency,
        period.from,
        period.to
    );
    let request = GateRequest::new(Method::GET, path, customer.access_token);
    Ok(shop.call(request, &headers).await)
}

/// "Send a transfer".
async fn fund(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<u64>) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    if !customer.transfer_ids.contains(&id) {
        return Err(AppError::new(ProblemCode::NotFound));
    }
    Ok(shop.call(shop.funding(&customer, id), &headers).await)
}

/// The transfers that can be sent.
async fn transfers(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Vec<Value>>, AppError> {
    let customer = shop.customer(&headers)?;
    let mut list = Vec::new();
    for id in &customer.transfer_ids {
        let request = shop.funding(&customer, *id);
        let Action::Payments(payments) = shop.gate.describe(&request).await? else {
            continue;
        };
        list.extend(payments.as_slice().iter().map(|payment| {
            json!({
                "id": id,
                "payee": payment.payee,
                "amount": payment.amount,
                "reference": payment.reference,
            })
        }));
    }
    Ok(Json(list))
}

/// Makes a customer in the sandbox who is nobody else's, and signs them in. The body is what the sandbox is asked for; its member
/// `weavr` is what the simulated Weavr is asked for.
async fn new_customer(State(shop): State<Shop>, body: Bytes) -> Result<Response, AppError> {
    let mut wishes: Map<String, Value> = if body.is_empty() {
        Map::new()
    } else {
        serde_json::from_slice(&body).map_err(|error| malformed().with_source(error))?
    };
    let at_weavr = wishes.remove("weavr").unwrap_or_else(|| json!({"name": "Oliver Reed"}));
    let answer = reqwest::Client::new()
        .post(format!("{}/control/customers", shop.sandbox))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Value::from(wishes).to_string())
        .send()
        .await
        .map_err(out_of_reach)?;
    let status = answer.status();
    let text = answer.bytes().await.map_err(out_of_reach)?;
    if status != StatusCode::CREATED {
        // The sandbox says what is wrong with the body.
        return Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response());
    }
    let mut customer: Customer = serde_json::from_slice(&text).map_err(out_of_reach)?;
    let mut shown: Map<String, Value> = serde_json::from_slice(&text).map_err(out_of_reach)?;
    // The customer's token stays here: no page has any use for it.
    shown.remove("accessToken");
    if let Some(weavr) = &shop.weavr {
        let account = weavr.new_customer(&at_weavr).await?;
        shown.insert("weavrUserId".into(), account.user_id.clone().into());
        customer.weavr = Some(account);
    }
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| AppError::new(ProblemCode::Internal))?;
    let session = Base64UrlUnpadded::encode_string(&random);
    shop.sessions
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(session.clone(), customer);
    let answer = json!({"session": session, "customer": shown});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `2026-01-31`.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

pub(crate) fn malformed() -> AppError {
    AppError::new(ProblemCode::InvalidRequest)
}

pub(crate) fn out_of_reach(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AppError {
    AppError::new(ProblemCode::ProviderError).with_source(error)
}
