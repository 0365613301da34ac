//! The OpenAPI document.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use sca_backend::routes;
use sca_protocol::{api, enrolment_api, face_scan};
use serde_json::Value;

use crate::support::{ContractJson, send, weavr_env, wise_configuration};

fn document() -> Value {
    serde_json::to_value(routes::document()).unwrap()
}

#[test]
fn the_openapi_document_lists_every_route_of_the_contract() {
    let document = document();
    assert!(document.text("openapi").starts_with("3.1"));
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    let enrolment = |method: &str, path: &str| format!("{method} {}{{id}}{path}", enrolment_api::ENROLMENTS);
    let device = format!("{}/{{device}}", enrolment_api::DEVICES);
    let contract = [
        format!("get {}{{id}}{}", api::APPROVALS, api::APPROVAL),
        format!("get {}{{id}}{}", api::APPROVALS, api::EVENTS),
        format!("post {}{{id}}{}", api::APPROVALS, api::START),
        format!("post {}{{id}}{}", api::APPROVALS, api::VERIFY),
        format!("post {}{{id}}{}", api::APPROVALS, face_scan::FACE_SESSION),
        format!("post {}{{id}}{}", api::APPROVALS, face_scan::FACE),
        format!("post {}{{id}}{}", api::APPROVALS, api::CANCEL),
        format!("get {}{{id}}{}", api::APPROVALS, api::ENCRYPTION_KEY),
        enrolment("get", enrolment_api::ENROLMENT),
        enrolment("get", enrolment_api::ENCRYPTION_KEY),
        enrolment("post", enrolment_api::PIN),
        enrolment("post", enrolment_api::PIN_CHANGE),
        enrolment("post", enrolment_api::PIN_REMOVE),
        enrolment("post", enrolment_api::DEVICES),
        enrolment("post", &format!("{device}{}", enrolment_api::DEVICE_RECORD)),
        enrolment("post", &format!("{device}{}", enrolment_api::DEVICE_REMOVE)),
        enrolment("post", enrolment_api::PHONE),
        enrolment("post", enrolment_api::PHONE_VERIFY),
        enrolment("post", enrolment_api::PHONE_CHANGE),
        enrolment("post", enrolment_api::PHONE_REMOVE),
        enrolment("post", enrolment_api::FACE_SESSION),
        enrolment("post", enrolment_api::FACE),
        enrolment("post", enrolment_api::FACE_REMOVE),
        enrolment("post", enrolment_api::END),
        "post /v1/sca-sessions".into(),
        "post /v1/enrolments".into(),
        "get /v1/enrolments/{id}".into(),
        "post /v1/approvals".into(),
        "get /v1/approvals/{id}".into(),
        "post /v1/transfers".into(),
        "get /v1/transfers/{id}".into(),
        "post /v1/confirmations".into(),
        "post /v1/stepups".into(),
        "post /v1/payee-batches".into(),
        "post /v1/factors".into(),
        "post /v1/factors/enrol".into(),
        "post /v1/factors/verify".into(),
        "post /v1/factors/unlink".into(),
        "post /webhooks/{provider}".into(),
        "post /webhooks/{provider}/{path}".into(),
        "get /healthz".into(),
        "get /readyz".into(),
        "get /metrics".into(),
    ];
    assert_eq!(documented, BTreeSet::from(contract));
}

#[tokio::test]
async fn every_documented_route_exists_and_the_document_is_served() {
    let mut config = wise_configuration("http://127.0.0.1:9", "v1");
    config.weavr = Some(weavr_env::weavr_config("http://127.0.0.1:9/multi"));
    let app = routes::router(config.backend().await.unwrap());
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(
                path.replace("{id}", "appr_none")
                    .replace("{device}", "device-1")
                    .replace("{provider}", "weavr")
                    .replace("{path}", "send/watch"),
            );
            let reply = send(&app, request.body(Body::empty()).unwrap()).await;
            assert!(
                !["not-found", "method-not-allowed"].contains(&reply.code()),
                "{method} {path}"
            );
        }
    }
    let served = send(&app, Request::get("/openapi.json").body(Body::empty()).unwrap()).await;
    assert_eq!(served.body, document());
}

#[test]
fn every_referenced_schema_is_defined() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in ["Approval", "Challenge", "Verified", "ProblemDocument"] {
        assert!(schemas.contains_key(name), "{name}");
    }
}
