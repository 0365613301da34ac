use serde_json::{Value, json};

use crate::support::{
    API_KEY, attempt, configuration, create, creation, send,
    stub::{Says, Stub},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use sca_backend::routes;

async fn app() -> (Stub, axum::Router) {
    let stub = Stub::start().await;
    let app = routes::router(configuration(&stub.base, "v1").backend().await.unwrap());
    (stub, app)
}

#[tokio::test]
async fn an_approval_is_made_from_a_refusal_and_can_be_read_without_its_secrets() {
    let (_, app) = app().await;
    let made = create(&app, API_KEY, &creation()).await;
    assert_eq!(made.status.as_u16(), 201);
    let secret = made.body["clientSecret"].as_str().unwrap();
    let random = secret.strip_prefix(&format!("{}_secret_", made.body["id"].as_str().unwrap()));
    assert!(random.unwrap().len() >= 43);
    assert_eq!(made.body["approval"]["action"], creation()["action"]);
    let read = Request::get(format!("/v1/approvals/{}", made.body["id"].as_str().unwrap()))
        .header(header::AUTHORIZATION, format!("Bearer {API_KEY}"))
        .body(Body::empty());
    let read = send(&app, read.unwrap()).await;
    assert_eq!(read.body["status"], "pending");
    for hidden in [secret, "canary", crate::support::stub::TOKEN] {
        assert!(!read.text.contains(hidden));
    }
}

#[tokio::test]
async fn the_same_creation_twice_makes_one_approval() {
    let (_, app) = app().await;
    let key = attempt();
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
async fn creations_that_are_not_as_described_are_refused() {
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
    assert!(stub.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn paths_with_a_profile_need_one() {
    let stub = Stub::start().await;
    let app = routes::router(configuration(&stub.base, "v2").backend().await.unwrap());
    let mut body = creation();
    body["profileId"] = json!(null);
    assert_eq!(create(&app, API_KEY, &body).await.code(), "invalid-request");
    create(&app, API_KEY, &creation()).await.ok();
}

#[tokio::test]
async fn marks_that_turn_text_around_cannot_disguise_a_payee() {
    let (_, app) = app().await;
    let mut body = creation();
    let payee = "Ada\u{202E} reverof\u{0000}\n<img onerror>";
    body["action"] = json!({"payments": [{"amount": {"minor": 1, "currency": "EUR"}, "payee": payee}]});
    let made = create(&app, API_KEY, &body).await.ok();
    assert_eq!(
        made["approval"]["action"]["payments"][0]["payee"],
        "Ada reverof <img onerror>"
    );
}

#[tokio::test]
async fn challenges_that_the_provider_lists_oddly() {
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
        let says = Says::json(200, format!(r#"{{"challenges":{challenges}}}"#));
        stub.says("GET /v1/one-time-token/status", says);
        let made = create(&app, API_KEY, &creation()).await.ok();
        let approval = &made["approval"];
        assert_eq!(approval["status"], status, "{challenges}");
        let told = approval["challenges"].as_array().unwrap();
        assert_eq!(told.len(), count);
        if challenges.contains("VOICE") {
            assert_eq!(told[0]["alternatives"].as_array().unwrap().len(), 1);
        }
    }
}
