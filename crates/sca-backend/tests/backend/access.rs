//! Credentials, CORS and the HTTP rules that every route keeps.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::json;

use crate::support::{
    API_KEY, OTHER_API_KEY, TestEnv, Widget, assert_problem, assert_status, dynamic_linking::address, idempotency_key,
    read_approval, send, stubbed,
};

#[tokio::test]
async fn only_its_own_client_secret_opens_an_approval() {
    let (_, widget) = stubbed().await;
    let (_, other) = stubbed().await;
    let altered = format!("{}x", widget.secret);
    for secret in ["", "appr_1_secret_", "x", &altered, &other.secret, &widget.id, API_KEY] {
        let intruder = Widget {
            secret: secret.into(),
            ..widget.clone()
        };
        for path in ["", "/events", "/encryption-key"] {
            let reply = intruder.get(path).await;
            assert_problem(&reply, 401, "unauthorized");
        }
        for path in ["/start", "/verify", "/face/session", "/face", "/cancel", "/deny"] {
            assert_eq!(intruder.post(path, &json!({})).await.code(), "unauthorized", "{path}");
        }
    }
    assert_status(&widget.snapshot().await, "pending");
    // Nor does it open another approval's address, so no cache can store one approval under another.
    let misled = Widget {
        id: other.id,
        ..widget.clone()
    };
    assert_eq!(misled.get("").await.code(), "unauthorized");
}

#[tokio::test]
async fn a_client_secret_reaches_only_its_own_approval() {
    let env = TestEnv::start().await;
    let (_, first) = env.approval().await;
    let (_, second) = env.approval().await;
    assert_eq!(first.snapshot().await["id"], first.id);
    assert_eq!(second.snapshot().await["id"], second.id);
    first.cancel().await.ok();
    assert_status(&second.snapshot().await, "pending");
}

#[tokio::test]
async fn an_approval_is_readable_only_with_the_api_key_that_created_it() {
    let (_, widget) = stubbed().await;
    let read = async |key: &str, id: &str| read_approval(&widget.app, key, id).await;
    assert_eq!(read(API_KEY, &widget.id).await.ok()["id"], widget.id);
    assert_eq!(read(OTHER_API_KEY, &widget.id).await.code(), "not-found");
    assert_eq!(read(API_KEY, "appr_none").await.code(), "not-found");
    for key in ["", "sk", &API_KEY.replace("sk_", ""), &widget.secret] {
        assert_eq!(read(key, &widget.id).await.code(), "unauthorized", "{key}");
    }
}

#[tokio::test]
async fn only_same_host_and_allowed_origins_may_call() {
    let (_, widget) = stubbed().await;
    let call_at = async |host: &str, origin: &str| {
        let request = Request::get(address(&widget.secret, ""))
            .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
            .header(header::HOST, host)
            .header(header::ORIGIN, origin);
        send(&widget.app, request.body(Body::empty()).unwrap()).await
    };
    let call = async |origin: &str| call_at("pay.example", origin).await;
    for (host, origin) in [
        ("pay.example", "https://shop.example"),
        ("pay.example", "https://pay.example"),
        ("PAY.example", "https://pay.example"),
        ("pay.example:443", "https://pay.example"),
        ("pay.example:80", "http://pay.example"),
        ("pay.example:8443", "https://pay.example:8443"),
        ("10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("[2001:db8::7]", "https://[2001:db8::7]"),
        ("pay.example", "https://SHOP.example"),
    ] {
        let reply = call_at(host, origin).await;
        assert_eq!(reply.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        assert!(!reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
        assert!(reply.status.is_success());
    }
    for origin in [
        "https://shop.example.evil.example",
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://pay.example:80",
        "http://pay.example:443",
        "https://pay.example.",
        "null",
        "data:text/html,",
        "",
    ] {
        let reply = call(origin).await;
        assert_eq!(reply.code(), "origin-not-allowed", "{origin}");
        assert!(!reply.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
}

#[tokio::test]
async fn a_cors_preflight_needs_no_secret_and_allows_only_the_headers_of_the_widget_and_of_tracing() {
    let (_, widget) = stubbed().await;
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(address(&widget.secret, "/verify"))
        .header(header::ORIGIN, "https://shop.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let reply = send(&widget.app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN],
        "https://shop.example"
    );
    assert_eq!(
        reply.headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
        "authorization,content-type,idempotency-key,traceparent,tracestate,baggage,sentry-trace"
    );
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let (_, widget) = stubbed().await;
    let unknown = Request::get("/nothing").body(Body::empty()).unwrap();
    for reply in [
        widget.get("").await,
        widget.post("/verify", &json!({})).await,
        send(&widget.app, unknown).await,
    ] {
        for (name, value) in [
            ("cache-control", "no-store, no-transform"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=63072000"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(reply.headers[name], value);
        }
        assert!(!reply.headers.contains_key(header::SERVER));
    }
}

#[tokio::test]
async fn reads_change_nothing_and_form_content_types_are_rejected() {
    let (_, widget) = stubbed().await;
    for path in ["/start", "/verify", "/face/session", "/face", "/cancel", "/deny"] {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let request = Request::builder()
                .method(method)
                .uri(address(&widget.secret, path))
                .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret));
            let reply = send(&widget.app, request.body(Body::empty()).unwrap()).await;
            assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
        }
    }
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ] {
        let request = Request::post(address(&widget.secret, "/verify"))
            .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
            .header(header::CONTENT_TYPE, content_type)
            .header("idempotency-key", idempotency_key());
        let reply = send(&widget.app, request.body(Body::from("{}")).unwrap()).await;
        assert_eq!(reply.code(), "unsupported-media-type", "{content_type}");
    }
    assert_status(&widget.snapshot().await, "pending");
}
