//! The gate as a server in any language sees it.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_backend::{
    gate::{Gate, GateError, GateRequest},
    routes,
    secret::Secret,
};
use sca_protocol::api::ProblemCode;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, OTHER_API_KEY, Reply, Widget, World, configuration, create, creation, send,
    stub::{PIN_THEN_SMS, Says, Stub},
};

struct Server {
    app: axum::Router,
    token: String,
}

impl Server {
    fn call(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/gate/wise{path}"))
            .header("x-api-key", API_KEY)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    async fn get(&self, path: &str) -> Reply {
        send(&self.app, self.call("GET", path).body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn a_refusal_becomes_an_approval_and_the_same_call_goes_through_with_it() {
    let world = World::start().await;
    let customer = world.customer(json!({})).await;
    let server = Server {
        app: world.app.clone(),
        token: customer.token.clone(),
    };
    let path = world.fund(&customer).path_and_query;
    let fund = || {
        server
            .call("POST", &path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("cookie", "canary=1")
    };
    let body = r#"{"type":"BALANCE"}"#;
    let refused = send(&world.app, fund().body(Body::from(body)).unwrap()).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::FORBIDDEN, "approval-required")
    );
    assert!(!refused.headers.contains_key("x-2fa-approval"));
    let approval = &refused.body["approval"];
    let widget = Widget {
        app: world.app.clone(),
        secret: approval["clientSecret"].as_str().unwrap().into(),
        id: approval["id"].as_str().unwrap().into(),
    };
    let shown = widget.snapshot().await;
    assert_eq!(shown["expiresAt"], approval["expiresAt"]);
    let payment = &shown["action"]["payments"][0];
    assert_eq!(payment["amount"], json!({"minor": 125_000, "currency": "EUR"}));
    assert_eq!(
        (&payment["payee"], &payment["accountTail"]),
        (&json!("Brightside Studio GmbH"), &json!("3000"))
    );

    let again = async || {
        let request = fund().header("x-sca-approval", &widget.id);
        send(&world.app, request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(again().await.code(), "approval-pending");
    widget.approve().await;
    let altered = fund().header("x-sca-approval", &widget.id);
    let altered = send(&world.app, altered.body(Body::from("{}")).unwrap()).await;
    assert_eq!(
        (altered.status, altered.code()),
        (StatusCode::CONFLICT, "approval-mismatch")
    );
    assert_eq!(again().await.ok()["status"], "COMPLETED");
    assert_eq!(again().await.code(), "approval-consumed");
    for call in world.calls("fund-transfer").await {
        let names = call["headerNames"].to_string();
        for left_behind in ["x-api-key", "cookie", "x-sca-approval"] {
            assert!(!names.contains(left_behind), "{names}");
        }
    }
}

#[tokio::test]
async fn calls_that_need_no_approval_and_refusals_of_another_kind_pass() {
    let world = World::start().await;
    let customer = world.customer(json!({})).await;
    let server = Server {
        app: world.app.clone(),
        token: customer.token.clone(),
    };
    let transfer = server
        .get(&format!("/v1/transfers/{}", customer.transfers[0]))
        .await
        .ok();
    assert_eq!(transfer["id"], customer.transfers[0]);
    let others = world.customer(json!({})).await;
    let forbidden = server.get(&world.statement(&others).path_and_query).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    assert_ne!(forbidden.code(), "approval-required");
}

#[tokio::test]
async fn a_second_refusal_makes_a_new_approval_and_is_never_a_success() {
    let stub = Stub::start().await;
    let app = routes::router(configuration(&stub.base, "v1").backend().await.unwrap());
    let refusal = |token: &str| Says::json(403, r#"{"success":true}"#).header("x-2fa-approval", token);
    let path = "/v1/profiles/1/balance-statements/2/statement.json?currency=EUR\
                &intervalStart=2026-01-01T00:00:00Z&intervalEnd=2026-01-31T00:00:00Z";
    let call = "GET /v1/profiles/1/balance-statements/2/statement.json";
    stub.says(call, refusal("first-token-00000000"));
    stub.says("GET /v1/one-time-token/status", Says::json(200, r#"{"challenges":[]}"#));
    let server = Server {
        app,
        token: "customer-token".into(),
    };
    let first = server.get(path).await;
    assert_eq!(first.code(), "approval-required");
    // Nothing is left to clear, so the approval is approved at once; Wise refuses all the same.
    stub.says(call, refusal("second-token-0000000"));
    stub.says("GET /v1/one-time-token/status", Says::json(200, PIN_THEN_SMS));
    let id = first.body["approval"]["id"].as_str().unwrap();
    let with = |id: &str| {
        server
            .call("GET", path)
            .header("x-sca-approval", id)
            .body(Body::empty())
            .unwrap()
    };
    let second = send(&server.app, with(id)).await;
    assert_eq!(
        (second.status, second.code()),
        (StatusCode::FORBIDDEN, "approval-required")
    );
    assert_ne!(second.body["approval"]["id"], first.body["approval"]["id"]);
    assert_eq!(send(&server.app, with(id)).await.code(), "approval-consumed");
}

#[tokio::test]
async fn what_cannot_be_described_is_the_partners_to_describe() {
    let stub = Stub::start().await;
    let app = routes::router(configuration(&stub.base, "v1").backend().await.unwrap());
    let refusal = Says::json(403, "refused").header("x-2fa-approval", "some-token-000000000");
    stub.says("POST /v3/profiles/1/batch-payments/2/payments", refusal);
    let server = Server {
        app,
        token: "customer-token".into(),
    };
    let call = || server.call("POST", "/v3/profiles/1/batch-payments/2/payments");
    let untouched = send(&server.app, call().body(Body::empty()).unwrap()).await;
    assert_eq!(
        (untouched.status, untouched.text.as_str()),
        (StatusCode::FORBIDDEN, "refused")
    );
    assert_eq!(untouched.headers["x-2fa-approval"], "some-token-000000000");

    let payment = |payee: &str| json!({"amount": {"minor": 100, "currency": "EUR"}, "payee": payee});
    let action = json!({"payments": [payment("Ada"), payment("Ben")]});
    let described = |action: &Value| {
        let encoded = Base64UrlUnpadded::encode_string(action.to_string().as_bytes());
        call().header("x-sca-action", encoded).body(Body::empty()).unwrap()
    };
    let refused = send(&server.app, described(&action)).await;
    assert_eq!(refused.code(), "approval-required");
    let id = refused.body["approval"]["id"].as_str().unwrap();
    let read = Request::get(format!("/v1/approvals/{id}")).header("x-api-key", API_KEY);
    let read = send(&server.app, read.body(Body::empty()).unwrap()).await.ok();
    assert_eq!(read["action"], action);
    for wrong in [
        json!({}),
        json!({"payments": []}),
        json!({"statement": {"account": ""}}),
        json!("canary"),
    ] {
        assert_eq!(
            send(&server.app, described(&wrong)).await.code(),
            "invalid-request",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_gate_opens_only_with_a_key_and_only_to_wises_own_paths() {
    let world = World::start().await;
    let customer = world.customer(json!({})).await;
    let path = format!("/gate/wise/v1/transfers/{}", customer.transfers[0]);
    for key in ["", "sk_wrong", customer.token.as_str()] {
        let request = Request::get(&path)
            .header("x-api-key", key)
            .header(header::AUTHORIZATION, format!("Bearer {}", customer.token));
        let reply = send(&world.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.code(), "unauthorized", "{key}");
    }
    let server = Server {
        app: world.app.clone(),
        token: customer.token.clone(),
    };
    for path in TWO_WAYS {
        // What no request line can carry, a Rust partner may still hand over: the next test.
        let carried = format!("/gate/wise{path}").parse::<axum::http::Uri>().is_ok();
        if carried && path.starts_with('/') && !path.contains('#') {
            assert_eq!(server.get(path).await.code(), "invalid-request", "{path}");
        }
    }
    let elsewhere = server
        .call("GET", "")
        .uri(format!("http://evil.example/gate/wise{path}"));
    let elsewhere = send(&server.app, elsewhere.body(Body::empty()).unwrap()).await;
    assert_eq!(elsewhere.code(), "invalid-request");
    // The key in the customer's place would go on to Wise.
    let misplaced = Request::get(&path).header(header::AUTHORIZATION, format!("Bearer {API_KEY}"));
    let misplaced = send(&server.app, misplaced.body(Body::empty()).unwrap()).await;
    assert_eq!(misplaced.code(), "unauthorized");
    let nobody = Request::get(&path)
        .header("x-api-key", OTHER_API_KEY)
        .body(Body::empty());
    assert_eq!(send(&world.app, nobody.unwrap()).await.code(), "invalid-request");
    let large = server
        .call("POST", "/v1/quotes")
        .body(Body::from(vec![b'x'; 1024 * 1024 + 1]));
    assert_eq!(send(&world.app, large.unwrap()).await.code(), "payload-too-large");
}

/// Paths that somebody between us and Wise, or Wise, might read in another way than we do.
const TWO_WAYS: [&str; 25] = [
    "/v1/../oauth/token",
    "//evil.example/v1",
    "/\\evil.example/v1",
    "/v1//x",
    "/v1/./x",
    "/v1/x/..",
    "/v1/%2e%2e/x",
    "/v1/.%2E/x",
    "/v1/%252e%252e/x",
    "/v1%2Fx",
    "/v1%5cx",
    "/v1\\..\\x",
    "/v1/%70rofiles",
    "/v1/x;y=1",
    "/v1/x#y",
    "/v1/x?y=1#z",
    "/v1/x\ty",
    "/v1/x\ny",
    "/v1/x?y=\r\n",
    "/v1/x?y=%",
    "/v1/x?y=%zz",
    "/v1/x y",
    "/v1/\u{e9}",
    "https://evil.example/v1",
    "v1/x",
];

#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_is_never_sent() {
    let stub = Stub::start().await;
    let gate = Gate::new(configuration(&stub.base, "v1").backend().await.unwrap(), "shop");
    for path in TWO_WAYS.into_iter().chain([""]) {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        let GateError::Failed(error) = gate.send(request).await.unwrap_err() else {
            panic!("{path:?}");
        };
        assert_eq!(*error.code(), ProblemCode::InvalidRequest, "{path:?}");
    }
    assert!(stub.heard.lock().unwrap().is_empty());
    for path in [
        "/",
        "/v1/a.b-c_d~e",
        "/v1/x?y=%2F..%2f&z=2026-01-01T00:00:00.000%2B01:00&w=//",
    ] {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        assert!(gate.send(request).await.is_ok(), "{path}");
    }
}

/// Whoever chooses what is asked for chooses what is slow: that holds back neither entries nor other calls.
#[tokio::test]
async fn calls_that_get_no_answer_hold_back_no_others() {
    let stub = Stub::start().await;
    let mut config = configuration(&stub.base, "v1");
    config.wise.as_mut().unwrap().timeout = Duration::from_millis(2_000);
    let backend = config.backend().await.unwrap();
    let gate = Gate::new(backend.clone(), "shop");
    let get = |path: &str| {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        gate.send(request)
    };
    stub.says("GET /v1/slow", Says::nothing());
    let calls = (0..30).map(|_| get("/v1/slow"));
    for answer in futures_util::future::join_all(calls).await {
        let GateError::Failed(error) = answer.unwrap_err() else {
            panic!("a call that changes nothing has failed");
        };
        assert_eq!(*error.code(), ProblemCode::ProviderTimeout);
    }
    for _ in 0..30 {
        get("/v1/x\\y").await.unwrap_err();
    }
    assert!(get("/v1/other").await.is_ok());
    create(&routes::router(backend), API_KEY, &creation()).await.ok();
}

/// What the customer saw has changed at Wise between the approval and the call.
#[tokio::test]
async fn a_transfer_that_is_another_one_now_is_not_paid() {
    let stub = Stub::start().await;
    let app = routes::router(configuration(&stub.base, "v1").backend().await.unwrap());
    let transfer = |value: &str| {
        Says::json(
            200,
            format!(r#"{{"id":7,"targetAccount":8,"targetCurrency":"EUR","targetValue":{value}}}"#),
        )
    };
    let recipient = |name: &str| Says::json(200, format!(r#"{{"accountHolderName":"{name}"}}"#));
    let pay = "POST /v3/profiles/1/transfers/7/payments";
    stub.says(
        pay,
        Says::json(403, "").header("x-2fa-approval", "some-token-000000000"),
    );
    stub.says("GET /v1/transfers/7", transfer("10.5"));
    stub.says("GET /v1/accounts/8", recipient("Ada"));
    stub.says("GET /v1/one-time-token/status", Says::json(200, r#"{"challenges":[]}"#));
    let server = Server {
        app,
        token: "customer-token".into(),
    };
    let call = || server.call("POST", "/v3/profiles/1/transfers/7/payments");
    let refused = send(&server.app, call().body(Body::empty()).unwrap()).await;
    let id = refused.body["approval"]["id"].as_str().unwrap().to_owned();
    let again = async || {
        let request = call().header("x-sca-approval", &id).body(Body::empty()).unwrap();
        send(&server.app, request).await
    };
    stub.says(pay, Says::json(200, r#"{"status":"COMPLETED"}"#));
    stub.says("GET /v1/transfers/7", transfer("10.6"));
    assert_eq!(again().await.code(), "approval-mismatch");
    stub.says("GET /v1/transfers/7", transfer("10.5"));
    stub.says("GET /v1/accounts/8", recipient("Eve"));
    assert_eq!(again().await.code(), "approval-mismatch");
    stub.says("GET /v1/accounts/8", Says::json(500, ""));
    assert_eq!(again().await.code(), "provider-error");
    assert_eq!(stub.calls(pay), 1);
    stub.says("GET /v1/accounts/8", recipient("Ada"));
    assert_eq!(again().await.ok()["status"], "COMPLETED");
}

#[tokio::test]
async fn the_gate_is_a_service_like_any_other() {
    let world = World::start().await;
    let customer = world.customer(json!({})).await;
    let mut gate = tower::ServiceBuilder::new().service(world.gate());
    let answer = tower::Service::call(&mut gate, world.statement(&customer))
        .await
        .unwrap();
    assert!(matches!(answer, sca_backend::gate::GateAnswer::ApprovalRequired(_)));
}
