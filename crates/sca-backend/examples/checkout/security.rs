//! The "Security" page: the customer sets up, changes and removes the ways to confirm payments. It begins with an approval of the
//! customer's own. The bank receives the webhooks about each change, and would mail the customer.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use sca_backend::{
    problem::AppError,
    service::{EnrolmentOrder, NewScaSession},
};
use sca_core::{EnrolmentAuthorisation, secret::Secret};
use sca_protocol::{Access, Status, api::ProblemCode, enrolment_api::EnrolmentStatus};
use serde_json::{Value, json};

use crate::{
    account::APPROVAL,
    open_approvals::{Call, PageApproval},
    problems::unreachable,
    shop::{Customer, OWNER, Shop},
};

/// The routes: path and handler.
pub(crate) fn routes() -> [(&'static str, MethodRouter<Shop>); 3] {
    [
        ("/api/security", post(manage).get(status)),
        ("/api/security/mail", get(mail)),
        ("/face-capture.js", get(face_capture)),
    ]
}

/// An enrolment that a customer has begun, and what the page shows it with.
#[derive(Clone)]
pub(crate) struct BegunEnrolment {
    id: String,
    client_secret: Secret,
}

impl BegunEnrolment {
    fn for_page(&self) -> Value {
        json!({"id": self.id, "clientSecret": self.client_secret.expose()})
    }
}

/// "Manage how I confirm payments". Like a call that the gate refuses, it answers 403 with the required approval, and is repeated with
/// `x-sca-approval`. Then it begins the enrolment.
async fn manage(State(shop): State<Shop>, headers: HeaderMap) -> Result<Response, AppError> {
    let customer = shop.customer(&headers)?;
    match headers.get(APPROVAL).and_then(|value| value.to_str().ok()) {
        None => ask(&shop, customer).await,
        Some(approval) => begin(&shop, customer, approval).await,
    }
}

async fn ask(shop: &Shop, customer: Customer) -> Result<Response, AppError> {
    let opened = shop.backend.open_sca_session(NewScaSession {
        provider: sca_wise::ID,
        owner: OWNER.into(),
        access_token: customer.access_token,
        profile: Some(customer.profile_id.to_string()),
        purpose: Access::Security,
    });
    let opened = opened.await?;
    if opened.record.status == Status::Approved {
        // Wise asks a customer without factors for none. A real shop identifies such a customer by other means.
        return Err(AppError::new(ProblemCode::FactorNotSetUp));
    }
    let approval = PageApproval {
        factors: opened.record.factors(),
        ..PageApproval::new(opened.record.id, opened.client_secret)
    };
    let refusal = json!({"code": "approval-required", "approval": approval.for_page()});
    shop.store_approval(customer.user_id, Call::Security, approval);
    Ok((StatusCode::FORBIDDEN, Json(refusal)).into_response())
}

async fn begin(shop: &Shop, customer: Customer, approval: &str) -> Result<Response, AppError> {
    let begun = shop.backend.begin_enrolment(EnrolmentOrder {
        provider: sca_wise::ID,
        owner: OWNER.into(),
        customer: customer.id(),
        access_token: customer.access_token,
        profile: Some(customer.profile_id.to_string()),
        user: Some(customer.user_id.to_string()),
        authorised_by: EnrolmentAuthorisation::Approval(approval.to_owned()),
    });
    let begun = begun.await.inspect_err(|error| {
        if *error.code() == ProblemCode::StepUpRequired {
            shop.forget_approval(customer.user_id, approval);
        }
    })?;
    shop.forget_approval(customer.user_id, approval);
    let begun = BegunEnrolment {
        id: begun.enrolment.id,
        client_secret: begun.client_secret,
    };
    let answer = json!({"enrolment": begun.for_page()});
    shop.store_enrolment(customer.user_id, begun);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// The open enrolment, with which a page that was reloaded continues: `{"enrolment": null}`, or as from [`manage`].
async fn status(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let open = open_enrolment(&shop, &customer).await?;
    let shown = open.as_ref().map(BegunEnrolment::for_page);
    Ok(Json(json!({"enrolment": shown})))
}

async fn open_enrolment(shop: &Shop, customer: &Customer) -> Result<Option<BegunEnrolment>, AppError> {
    let Some(begun) = shop.last_enrolment(customer.user_id) else {
        return Ok(None);
    };
    let record = match shop.backend.find_enrolment(OWNER, &begun.id).await {
        Ok(record) => record,
        // Its retention is over.
        Err(error) if *error.code() == ProblemCode::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let enrolment = shop.backend.enrolment_view(&record).await?;
    Ok((enrolment.status == EnrolmentStatus::Open).then_some(begun))
}

/// What the bank would mail the customer: `[{"type", "enrolment", "factor", "device", "happenedAt"}]`, the oldest first.
async fn mail(State(shop): State<Shop>, headers: HeaderMap) -> Result<Json<Value>, AppError> {
    let customer = shop.customer(&headers)?;
    let answer = reqwest::get(format!("{}/bank/mail/{}", shop.sandbox, customer.id()))
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(unreachable)?;
    let text = answer.bytes().await.map_err(unreachable)?;
    serde_json::from_slice(&text).map(Json).map_err(unreachable)
}

/// The script that captures faces. A real shop has the files of its FaceTec SDK among its own.
async fn face_capture(State(shop): State<Shop>) -> Result<Response, AppError> {
    let answer = reqwest::get(format!("{}/facetec/capture.js", shop.sandbox))
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(unreachable)?;
    let script = answer.bytes().await.map_err(unreachable)?;
    Ok(([(header::CONTENT_TYPE, "text/javascript")], script).into_response())
}
