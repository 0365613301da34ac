//! The customer's account at Wise: a statement, and transfers.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_backend::{
    gate::{GateAnswer, GateError, GateRequest},
    problem::AppError,
};
use sca_protocol::{Action, api::ProblemCode};
use sca_wise::paths::PathGeneration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    open_approvals::{Call, PageApproval},
    problems::{malformed, unreachable},
    shop::{Customer, Shop},
};

/// The approval with which a call is repeated.
pub(crate) const APPROVAL: HeaderName = HeaderName::from_static("x-sca-approval");

/// The routes: path and handler.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 4] {
    [
        ("/api/demo/customer", post(new_customer)),
        ("/api/statement", get(statement)),
        ("/api/transfers", get(transfers)),
        ("/api/transfers/{id}/fund", post(fund)),
    ]
}

#[derive(Deserialize)]
struct Period {
    from: String,
    to: String,
}

impl Shop {
    /// Calls Wise on the customer's behalf. The page receives the response, also a refusal with a required approval, which is stored until
    /// the call was sent again.
    async fn call(&self, user: u64, call: Call, request: GateRequest, headers: &HeaderMap) -> Response {
        let approval = headers.get(APPROVAL).and_then(|value| value.to_str().ok());
        let answer = self.gate.send(request.approval(approval.map(str::to_owned))).await;
        if let Some(approval) = approval.filter(|_| is_over(&answer)) {
            self.forget_approval(user, approval);
        }
        if let Ok(GateAnswer::ApprovalRequired(required)) = &answer {
            self.store_approval(user, call, PageApproval::from(required));
        }
        answer.map_or_else(IntoResponse::into_response, IntoResponse::into_response)
    }

    /// The call that funds a transfer.
    fn funding(&self, customer: &Customer, transfer: u64) -> GateRequest {
        let (version, profile) = (self.version("v3"), customer.profile_id);
        let path = format!("/{version}/profiles/{profile}/transfers/{transfer}/payments");
        GateRequest::new(Method::POST, path, customer.access_token.clone()).json(r#"{"type":"BALANCE"}"#)
    }

    /// The version in Wise's paths.
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
    let Period { from, to } = period;
    let call = Call::Statement { from, to };
    Ok(shop.call(customer.user_id, call, request, &headers).await)
}

/// "Send a transfer".
async fn fund(State(shop): State<Shop>, headers: HeaderMap, Path(id): Path<u64>) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    if !customer.transfer_ids.contains(&id) {
        return Err(AppError::new(ProblemCode::NotFound));
    }
    let request = shop.funding(&customer, id);
    let call = Call::Transfer { id };
    Ok(shop.call(customer.user_id, call, request, &headers).await)
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

/// Creates a customer of this session alone in the sandbox, and signs them in. The body goes to the sandbox's control API; its member
/// `weavr` goes to that of the simulated Weavr.
async fn new_customer(State(shop): State<Shop>, body: Bytes) -> Result<Response, AppError> {
    let mut request: Map<String, Value> = if body.is_empty() {
        Map::new()
    } else {
        serde_json::from_slice(&body).map_err(|error| malformed().with_source(error))?
    };
    let at_weavr = request
        .remove("weavr")
        .unwrap_or_else(|| json!({"name": "Oliver Reed"}));
    let answer = reqwest::Client::new()
        .post(format!("{}/control/customers", shop.sandbox))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Value::from(request).to_string())
        .send()
        .await
        .map_err(unreachable)?;
    let status = answer.status();
    let text = answer.bytes().await.map_err(unreachable)?;
    if status != StatusCode::CREATED {
        // The sandbox names the fault in the body.
        return Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response());
    }
    let mut customer: Customer = serde_json::from_slice(&text).map_err(unreachable)?;
    let mut shown: Map<String, Value> = serde_json::from_slice(&text).map_err(unreachable)?;
    // The page does not need the customer's token.
    shown.remove("accessToken");
    if let Some(weavr) = &shop.weavr {
        let account = weavr.new_customer(&at_weavr).await?;
        shown.insert("weavrUserId".into(), account.user_id.clone().into());
        customer.weavr = Some(account);
    }
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| AppError::new(ProblemCode::Internal))?;
    let session = Base64UrlUnpadded::encode_string(&random);
    shop.sign_in(session.clone(), customer);
    let answer = json!({"session": session, "customer": shown});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Whether the approval with which a call was sent cannot be used for it any more.
fn is_over(answer: &Result<GateAnswer, GateError>) -> bool {
    match answer {
        // The rate limit leaves the approval as it was.
        Ok(GateAnswer::Provider { status, .. }) => *status != StatusCode::TOO_MANY_REQUESTS,
        Ok(GateAnswer::ApprovalRequired(_) | GateAnswer::NotDescribed { .. }) => true,
        Err(
            GateError::Mismatch
            | GateError::Ended
            | GateError::Consumed
            | GateError::NotAccepted
            | GateError::OutcomeUnknown(_),
        ) => true,
        Err(GateError::Pending | GateError::Failed(_)) => false,
    }
}

/// `2026-01-31`.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
