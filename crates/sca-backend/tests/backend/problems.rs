//! Every problem code of the contract, each as a problem document that quotes nothing of the request.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures_util::{StreamExt, stream};
use sca_backend::routes;

use crate::support::{
    API_KEY, ENCRYPTED_PIN, Reply, Widget, assert_problem, assert_status, create, creation,
    dynamic_linking::address,
    idempotency_key, send,
    stub::{PIN_THEN_SMS, StubResponse},
    stubbed, wise_configuration,
};

async fn raw(widget: &Widget, path: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post(address(&widget.secret, path))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header("idempotency-key", idempotency_key());
    send(&widget.app, request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn an_invalid_body_is_an_invalid_request() {
    let (_, widget) = stubbed().await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"canary\"",
        "{\"challenge\":\"1\"}",
        r#"{"challenge":1,"factor":"pin",SHOWN"entry":{"jwe":"a.b.c.d.e"}}"#,
        r#"{"challenge":"1","factor":"pin",SHOWN"entry":{}}"#,
        r#"{"challenge":"1","factor":"pin",SHOWN"entry":{"pin":"canary"}}"#,
        r#"{"challenge":"1","factor":"pin",SHOWN"entry":{"jwe":"canary"}}"#,
        r#"{"challenge":"1","factor":"pin",SHOWN"entry":{"code":"123456"}}"#,
        r#"{"challenge":"1","factor":"sms",SHOWN"entry":{"jwe":"a.b.c.d.e"}}"#,
        r#"{"challenge":"1","factor":"sms",SHOWN"entry":{"code":"12345"}}"#,
        r#"{"challenge":"1","factor":"sms",SHOWN"entry":{"code":"canary"}}"#,
        r#"{"challenge":"1","factor":"sms",SHOWN"entry":{"code":"١٢٣٤٥٦"}}"#,
        r#"{"challenge":"1","factor":"pin",SHOWN"entry":{"jwe":"a.b.c.d.e","code":"123456"}}"#,
    ] {
        let body = body.replace("SHOWN", &format!("\"shown\":{},", widget.shown().await));
        assert_problem(&raw(&widget, "/verify", body).await, 400, "invalid-request");
    }
    let nothing_shown = r#"{"challenge":"1","factor":"sms","entry":{"code":"123456"}}"#;
    assert_problem(&raw(&widget, "/verify", nothing_shown).await, 400, "invalid-request");
    assert_problem(
        &raw(&widget, "/verify", vec![0xFF_u8, 0xFE]).await,
        400,
        "invalid-request",
    );
    assert_problem(&raw(&widget, "/cancel", "{\"canary\":1}").await, 400, "invalid-request");
    assert_problem(
        &raw(&widget, "/verify", "[".repeat(20_000)).await,
        400,
        "invalid-request",
    );
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test]
async fn an_oversized_or_endless_body_is_payload_too_large() {
    let (_, widget) = stubbed().await;
    assert_problem(
        &raw(&widget, "/verify", "x".repeat(50 * 1024 * 1024)).await,
        413,
        "payload-too-large",
    );
    let endless = stream::repeat("x".repeat(1024)).map(Ok::<_, std::io::Error>);
    assert_problem(
        &raw(&widget, "/verify", Body::from_stream(endless)).await,
        413,
        "payload-too-large",
    );
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_a_request_timeout() {
    let app = routes::router(wise_configuration("http://127.0.0.1:9", "v1").backend().await.unwrap());
    // A paused clock jumps ahead whenever all tasks wait.
    tokio::time::pause();
    let stuck = stream::once(async { Ok::<_, std::io::Error>("{") }).chain(stream::pending());
    let request = Request::post("/v1/approvals")
        .header("x-api-key", API_KEY)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", idempotency_key());
    let reply = send(&app, request.body(Body::from_stream(stuck)).unwrap()).await;
    assert_problem(&reply, 408, "request-timeout");
}

#[tokio::test]
async fn routing_and_header_errors_have_their_own_codes() {
    let (_, widget) = stubbed().await;
    for path in [
        "/",
        "/v1",
        "/v1/approval",
        "/v1/approval/",
        "/v1/approval/canary/other",
        "/v2/approval",
        "/gate/wise",
    ] {
        let reply = send(&widget.app, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_problem(&reply, 404, "not-found");
    }
    let reply = send(
        &widget.app,
        Request::post(address(&widget.secret, "")).body(Body::empty()).unwrap(),
    )
    .await;
    assert_problem(&reply, 405, "method-not-allowed");
    let without_key = Request::post(address(&widget.secret, "/cancel"))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .body(Body::empty());
    assert_problem(
        &send(&widget.app, without_key.unwrap()).await,
        400,
        "idempotency-key-missing",
    );
    let other_origin = Request::get(address(&widget.secret, "")).header(header::ORIGIN, "https://evil.example");
    assert_problem(
        &send(&widget.app, other_origin.body(Body::empty()).unwrap()).await,
        403,
        "origin-not-allowed",
    );
    let without_secret = Request::get(address(&widget.secret, "")).body(Body::empty()).unwrap();
    assert_problem(&send(&widget.app, without_secret).await, 401, "unauthorized");
    let without_type = Request::post(address(&widget.secret, "/verify"))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .header("idempotency-key", idempotency_key());
    assert_problem(
        &send(&widget.app, without_type.body(Body::from("{}")).unwrap()).await,
        415,
        "unsupported-media-type",
    );
}

#[tokio::test]
async fn calls_that_the_approval_does_not_allow_have_their_own_codes() {
    let (stub, widget) = stubbed().await;
    assert_problem(&widget.start("2", "sms").await, 422, "factor-not-available");
    assert_problem(&widget.start("1", "pin").await, 422, "factor-not-available");
    assert_problem(&widget.start("9", "sms").await, 422, "factor-not-available");
    assert_problem(&widget.start("1", "telepathy").await, 422, "factor-not-available");
    let passed = PIN_THEN_SMS.replacen("\"passed\":false", "\"passed\":true", 1);
    stub.respond("GET /v1/one-time-token/status", StubResponse::json(200, passed));
    stub.respond("POST /v1/one-time-token/pin/verify", StubResponse::json(200, "{}"));
    widget.jwe("1", ENCRYPTED_PIN).await.ok();
    // A code before any was sent, and on a channel on which none was sent.
    assert_problem(&widget.code("2", "sms", "111111").await, 422, "factor-not-available");
    widget.start("2", "sms").await.ok();
    assert_problem(&widget.code("2", "voice", "111111").await, 422, "factor-not-available");
    let early = widget.start("2", "sms").await;
    assert_problem(&early, 429, "too-many-requests");
    assert!((1..=30).contains(&early.retry_after()));
    widget.cancel().await.ok();
    assert_problem(&widget.cancel().await, 409, "approval-settled");
    assert_problem(&widget.start("2", "sms").await, 409, "approval-settled");
    assert_eq!(stub.calls("POST /v1/one-time-token/sms/trigger"), 1);
}

#[tokio::test]
async fn provider_failures_have_their_own_codes() {
    let (stub, widget) = stubbed().await;
    stub.respond(
        "POST /v1/one-time-token/pin/verify",
        StubResponse::json(200, "<html>canary</html>"),
    );
    assert_problem(&widget.jwe("1", ENCRYPTED_PIN).await, 502, "provider-error");
    stub.respond(
        "POST /v1/one-time-token/pin/verify",
        StubResponse::json(401, "{\"canary\":1}"),
    );
    assert_problem(&widget.jwe("1", ENCRYPTED_PIN).await, 409, "provider-session-ended");

    for (response, status, code) in [
        (StubResponse::json(401, "{}"), 409, "provider-session-ended"),
        (StubResponse::json(404, "{}"), 404, "not-found"),
        (StubResponse::json(200, "{}"), 502, "provider-error"),
        (StubResponse::json(429, "{}"), 429, "too-many-requests"),
    ] {
        stub.respond("GET /v1/one-time-token/status", response);
        assert_problem(&create(&widget.app, API_KEY, &creation()).await, status, code);
    }
    let unreachable = wise_configuration("http://127.0.0.1:9", "v1").backend().await.unwrap();
    let reply = create(&routes::router(unreachable), API_KEY, &creation()).await;
    assert_problem(&reply, 502, "provider-error");
}

#[tokio::test]
async fn a_stopped_backend_is_unavailable_and_fails_with_internal() {
    let backend = wise_configuration("http://127.0.0.1:9", "v1").backend().await.unwrap();
    let app = routes::router(backend.clone());
    let ready = || Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(send(&app, ready()).await.status, StatusCode::OK);
    backend.stop().await;
    assert_problem(&send(&app, ready()).await, 503, "service-unavailable");
    let widget = Widget {
        app,
        secret: "appr_canary_secret_canary".into(),
        id: "appr_canary".into(),
    };
    assert_problem(&widget.get("").await, 500, "internal");
}
