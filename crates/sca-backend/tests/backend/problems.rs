//! Every problem that the contract names can come up, as a problem document, and quotes nothing of what was sent.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures_util::{StreamExt, stream};
use sca_backend::{problem::ProblemDocument, routes};

use crate::support::{
    API_KEY, ENTRY, Reply, Widget, attempt, configuration, create, creation, dynamic_linking::address, send,
    stub::Says, stubbed,
};

#[track_caller]
fn is(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{}", reply.text);
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
    let document: ProblemDocument = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(document.status, status);
    assert!(!document.title.is_empty() && document.kind.starts_with("tag:"));
    assert!(!reply.text.contains("canary"), "{}", reply.text);
}

async fn raw(widget: &Widget, path: &str, body: impl Into<Body>) -> Reply {
    let request = Request::post(address(&widget.secret, path))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header("idempotency-key", attempt());
    send(&widget.app, request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn bodies_that_are_not_as_described() {
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
        is(&raw(&widget, "/verify", body).await, 400, "invalid-request");
    }
    let nothing_shown = r#"{"challenge":"1","factor":"sms","entry":{"code":"123456"}}"#;
    is(&raw(&widget, "/verify", nothing_shown).await, 400, "invalid-request");
    is(
        &raw(&widget, "/verify", vec![0xFF_u8, 0xFE]).await,
        400,
        "invalid-request",
    );
    is(&raw(&widget, "/cancel", "{\"canary\":1}").await, 400, "invalid-request");
    is(
        &raw(&widget, "/verify", "[".repeat(20_000)).await,
        400,
        "invalid-request",
    );
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test]
async fn bodies_that_are_too_large_or_never_end() {
    let (_, widget) = stubbed().await;
    is(
        &raw(&widget, "/verify", "x".repeat(50 * 1024 * 1024)).await,
        413,
        "payload-too-large",
    );
    let endless = stream::repeat("x".repeat(1024)).map(Ok::<_, std::io::Error>);
    is(
        &raw(&widget, "/verify", Body::from_stream(endless)).await,
        413,
        "payload-too-large",
    );
    assert_eq!(widget.snapshot().await["status"], "pending");
}

#[tokio::test]
async fn bodies_that_do_not_arrive() {
    let app = routes::router(configuration("http://127.0.0.1:9", "v1").backend().await.unwrap());
    // The clock jumps ahead whenever everybody waits.
    tokio::time::pause();
    let stuck = stream::once(async { Ok::<_, std::io::Error>("{") }).chain(stream::pending());
    let request = Request::post("/v1/approvals")
        .header("x-api-key", API_KEY)
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", attempt());
    let reply = send(&app, request.body(Body::from_stream(stuck)).unwrap()).await;
    is(&reply, 408, "request-timeout");
}

#[tokio::test]
async fn calls_that_miss_the_door() {
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
        is(&reply, 404, "not-found");
    }
    let reply = send(
        &widget.app,
        Request::post(address(&widget.secret, "")).body(Body::empty()).unwrap(),
    )
    .await;
    is(&reply, 405, "method-not-allowed");
    let nameless = Request::post(address(&widget.secret, "/cancel"))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .body(Body::empty());
    is(
        &send(&widget.app, nameless.unwrap()).await,
        400,
        "idempotency-key-missing",
    );
    let elsewhere = Request::get(address(&widget.secret, "")).header(header::ORIGIN, "https://evil.example");
    is(
        &send(&widget.app, elsewhere.body(Body::empty()).unwrap()).await,
        403,
        "origin-not-allowed",
    );
    let unnamed = Request::get(address(&widget.secret, "")).body(Body::empty()).unwrap();
    is(&send(&widget.app, unnamed).await, 401, "unauthorized");
    let plain = Request::post(address(&widget.secret, "/verify"))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .header("idempotency-key", attempt());
    is(
        &send(&widget.app, plain.body(Body::from("{}")).unwrap()).await,
        415,
        "unsupported-media-type",
    );
}

#[tokio::test]
async fn things_that_cannot_be_done_now() {
    let (stub, widget) = stubbed().await;
    is(&widget.start("2", "sms").await, 422, "factor-not-available");
    is(&widget.start("1", "pin").await, 422, "factor-not-available");
    is(&widget.start("9", "sms").await, 422, "factor-not-available");
    is(&widget.start("1", "telepathy").await, 422, "factor-not-available");
    let passed = crate::support::stub::PIN_THEN_SMS.replacen("\"passed\":false", "\"passed\":true", 1);
    stub.says("GET /v1/one-time-token/status", Says::json(200, passed));
    stub.says("POST /v1/one-time-token/pin/verify", Says::json(200, "{}"));
    widget.jwe("1", ENTRY).await.ok();
    // A code before any was sent, and on a channel that none was sent on.
    is(&widget.code("2", "sms", "111111").await, 422, "factor-not-available");
    widget.start("2", "sms").await.ok();
    is(&widget.code("2", "voice", "111111").await, 422, "factor-not-available");
    let early = widget.start("2", "sms").await;
    is(&early, 429, "too-many-requests");
    assert!((1..=30).contains(&early.body["retryAfter"].as_u64().unwrap()));
    widget.cancel().await.ok();
    is(&widget.cancel().await, 409, "approval-settled");
    is(&widget.start("2", "sms").await, 409, "approval-settled");
    assert_eq!(stub.calls("POST /v1/one-time-token/sms/trigger"), 1);
}

#[tokio::test]
async fn what_the_provider_does_wrong() {
    let (stub, widget) = stubbed().await;
    stub.says(
        "POST /v1/one-time-token/pin/verify",
        Says::json(200, "<html>canary</html>"),
    );
    is(&widget.jwe("1", ENTRY).await, 502, "provider-error");
    stub.says("POST /v1/one-time-token/pin/verify", Says::json(401, "{\"canary\":1}"));
    is(&widget.jwe("1", ENTRY).await, 409, "provider-session-ended");

    for (says, status, code) in [
        (Says::json(401, "{}"), 409, "provider-session-ended"),
        (Says::json(404, "{}"), 404, "not-found"),
        (Says::json(200, "{}"), 502, "provider-error"),
        (Says::json(429, "{}"), 429, "too-many-requests"),
    ] {
        stub.says("GET /v1/one-time-token/status", says);
        is(&create(&widget.app, API_KEY, &creation()).await, status, code);
    }
    let nowhere = configuration("http://127.0.0.1:9", "v1").backend().await.unwrap();
    let reply = create(&routes::router(nowhere), API_KEY, &creation()).await;
    is(&reply, 502, "provider-error");
}

#[tokio::test]
async fn what_goes_wrong_on_our_side() {
    let backend = configuration("http://127.0.0.1:9", "v1").backend().await.unwrap();
    let app = routes::router(backend.clone());
    let ready = || Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(send(&app, ready()).await.status, StatusCode::OK);
    backend.stop().await;
    is(&send(&app, ready()).await, 503, "service-unavailable");
    let widget = Widget {
        app,
        secret: "appr_canary_secret_canary".into(),
        id: "appr_canary".into(),
    };
    is(&widget.get("").await, 500, "internal");
    drop(Arc::new(backend));
}
