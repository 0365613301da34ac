//! Approvals that a partner's server creates and reads.

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use sca_backend::routes;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, assert_status, create, creation, idempotency_key, read_approval, send,
    stub::{Stub, StubResponse, TOKEN},
    stub_app, wise_configuration,
};

async fn app() -> (Stub, Router) {
    let stub = Stub::start().await;
    let app = stub_app(&stub).await;
    (stub, app)
}

#[tokio::test]
async fn an_approval_is_created_from_a_refusal_and_is_readable_without_its_secrets() {
    let (_, app) = app().await;
    let created = create(&app, API_KEY, &creation()).await;
    assert_eq!(created.status.as_u16(), 201);
    let (id, secret) = (created.body.text("id"), created.body.text("clientSecret"));
    let random = secret.strip_prefix(&format!("{id}_secret_")).unwrap();
    assert!(random.len() >= 43);
    assert_eq!(created.body.approval()["action"], creation()["action"]);
    let read = read_approval(&app, API_KEY, id).await;
    assert_status(&read.body, "pending");
    for hidden in [secret, "canary", TOKEN] {
        assert!(!read.text.contains(hidden));
    }
}

#[tokio::test]
async fn a_repeated_creation_creates_one_approval() {
    let (_, app) = app().await;
    let key = idempotency_key();
    let call = async |body: Value| {
        let request = Request::post("/v1/approvals")
            .header("x-api-key", API_KEY)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", &key)
            .body(Body::from(body.to_string()));
        send(&app, request.unwrap()).await
    };
    let first = call(creation()).await;
    assert_eq!(first.text, call(creation()).await.text);
    let mut other = creation();
    other["accessToken"] = "another-token".into();
    assert_eq!(call(other).await.code(), "idempotency-key-reused");
}

#[tokio::test]
async fn invalid_creations_are_rejected() {
    let (stub, app) = app().await;
    for (member, value) in [
        ("provider", json!("other")),
        ("provider", json!(null)),
        ("oneTimeToken", json!("short")),
        ("oneTimeToken", json!("a-token\r\nx-header: 1")),
        ("oneTimeToken", json!("x".repeat(200))),
        ("profileId", json!("../1")),
        ("profileId", json!(16605)),
        ("action", json!({})),
        ("action", json!({"payments": []})),
        (
            "action",
            json!({"payments": [{"amount": {"minor": -1, "currency": "EUR"}, "payee": "Ada"}]}),
        ),
        (
            "action",
            json!({"payments": [{"amount": {"minor": 1, "currency": "eur"}, "payee": "Ada"}]}),
        ),
        (
            "action",
            json!({"payments": [{"amount": {"minor": 1.5, "currency": "EUR"}, "payee": "Ada"}]}),
        ),
        (
            "action",
            json!({"payments": [{"amount": {"minor": 1, "currency": "EUR"}, "payee": "\u{202E}"}]}),
        ),
    ] {
        let mut body = creation();
        body[member] = value.clone();
        assert_eq!(
            create(&app, API_KEY, &body).await.code(),
            "invalid-request",
            "{member}: {value}"
        );
    }
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_generation_with_profiles_in_its_paths_needs_a_profile_id() {
    let stub = Stub::start().await;
    let app = routes::router(wise_configuration(&stub.base, "v2").backend().await.unwrap());
    let mut body = creation();
    body["profileId"] = json!(null);
    assert_eq!(create(&app, API_KEY, &body).await.code(), "invalid-request");
    create(&app, API_KEY, &creation()).await.ok();
}

#[tokio::test]
async fn bidirectional_and_control_characters_are_removed_from_a_payee() {
    let (_, app) = app().await;
    let mut body = creation();
    let payee = "Ada\u{202E} reverof\u{0000}\n<img onerror>";
    body["action"] = json!({"payments": [{"amount": {"minor": 1, "currency": "EUR"}, "payee": payee}]});
    let created = create(&app, API_KEY, &body).await.ok();
    assert_eq!(
        created.approval()["action"]["payments"][0].text("payee"),
        "Ada reverof <img onerror>"
    );
}

#[tokio::test]
async fn unusual_lists_of_challenges_are_read() {
    for (challenges, status, count) in [
        ("[]", "approved", 0),
        (
            r#"[{"primaryChallenge":{"type":"PIN"},"required":false,"passed":false}]"#,
            "approved",
            0,
        ),
        (
            r#"[{"primaryChallenge":{"type":"PIN"},"required":true,"passed":true}]"#,
            "approved",
            0,
        ),
        (
            r#"[{"primaryChallenge":{"type":"SMS"},"alternatives":["SMS","VOICE","VOICE",{"type":"SMS"}]}]"#,
            "pending",
            1,
        ),
        (r#"[{"primaryChallenge":{"type":"pin"}}]"#, "pending", 1),
        (
            r#"[{"primaryChallenge":{"type":"PIN"}},{"primaryChallenge":{"type":"PIN"}}]"#,
            "pending",
            2,
        ),
    ] {
        let (stub, app) = app().await;
        let response = StubResponse::json(200, format!(r#"{{"challenges":{challenges}}}"#));
        stub.respond("GET /v1/one-time-token/status", response);
        let created = create(&app, API_KEY, &creation()).await.ok();
        let approval = created.approval();
        assert_eq!(approval.status(), status, "{challenges}");
        let listed = approval["challenges"].as_array().unwrap();
        assert_eq!(listed.len(), count, "{challenges}");
        if challenges.contains("VOICE") {
            assert_eq!(listed[0]["alternatives"].as_array().unwrap().len(), 1);
        }
    }
}
