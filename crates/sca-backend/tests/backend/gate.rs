//! The gate as a partner's server in any language calls it.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_backend::{
    gate::{Gate, GateAnswer, GateError, GateRequest},
    routes,
    service::{Backend, Providers, Settings},
};
use sca_core::{
    ProviderId,
    provider::{OneTimeTokens, Provider, Webhook, WebhookError, WebhookEvent},
    secret::Secret,
};
use sca_outbound_webhooks::http_transport::Webhooks;
use sca_protocol::{Timestamp, api::ProblemCode};
use sca_runtime::{clock::SystemClock, metrics::Metrics};
use sca_store::{EncryptionKeys, Store};
use sca_wise::Wise;
use serde_json::{Value, json};

use crate::support::{
    API_KEY, ContractJson, OTHER_API_KEY, Reply, TestCustomer, TestEnv, Widget, assert_problem, create, creation,
    read_approval, send,
    stub::{PIN_THEN_SMS, Stub, StubResponse},
    stub_app, wise_configuration,
};

/// A partner's server, which calls Wise through the gate with its customer's token.
struct Server {
    app: axum::Router,
    token: String,
}

impl Server {
    fn of(env: &TestEnv, customer: &TestCustomer) -> Self {
        Self {
            app: env.app.clone(),
            token: customer.token.clone(),
        }
    }

    /// In front of a stub.
    async fn stubbed(stub: &Stub) -> Self {
        Self {
            app: stub_app(stub).await,
            token: "customer-token".into(),
        }
    }

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
async fn a_refusal_creates_an_approval_and_the_same_call_succeeds_with_it() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let server = Server::of(&env, &customer);
    let path = env.fund(&customer).path_and_query;
    let fund = || {
        server
            .call("POST", &path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("cookie", "canary=1")
    };
    let body = r#"{"type":"BALANCE"}"#;
    let refused = send(&env.app, fund().body(Body::from(body)).unwrap()).await;
    assert_problem(&refused, 403, "approval-required");
    assert!(!refused.headers.contains_key("x-2fa-approval"));
    let approval = refused.body.approval();
    let widget = Widget::new(&env.app, approval);
    let shown = widget.snapshot().await;
    assert_eq!(shown.number("expiresAt"), approval.number("expiresAt"));
    assert_eq!(approval["factors"], json!(["pin", "sms", "whatsapp", "voice"]));
    let payment = &shown["action"]["payments"][0];
    assert_eq!(payment["amount"], json!({"minor": 125_000, "currency": "EUR"}));
    assert_eq!(
        (payment.text("payee"), payment.text("accountTail")),
        ("Brightside Studio GmbH", "3000")
    );

    let again = async || {
        let request = fund().header("x-sca-approval", &widget.id);
        send(&env.app, request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(again().await.code(), "approval-pending");
    widget.approve().await;
    let changed = fund().header("x-sca-approval", &widget.id);
    let changed = send(&env.app, changed.body(Body::from("{}")).unwrap()).await;
    assert_problem(&changed, 409, "approval-mismatch");
    assert_eq!(again().await.ok().status(), "COMPLETED");
    assert_eq!(again().await.code(), "approval-consumed");
    for call in env.calls("fund-transfer").await {
        let names = call["headerNames"].to_string();
        for name in ["x-api-key", "cookie", "x-sca-approval"] {
            assert!(!names.contains(name), "{names}");
        }
    }
}

#[tokio::test]
async fn calls_without_sca_and_other_refusals_are_passed_through() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let server = Server::of(&env, &customer);
    let transfer = server
        .get(&format!("/v1/transfers/{}", customer.transfers[0]))
        .await
        .ok();
    assert_eq!(transfer["id"], customer.transfers[0]);
    let others = env.customer(json!({})).await;
    let forbidden = server.get(&env.statement(&others).path_and_query).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    assert_ne!(forbidden.code(), "approval-required");
}

#[tokio::test]
async fn a_second_refusal_creates_a_new_approval() {
    let stub = Stub::start().await;
    let refusal = |token: &str| StubResponse::json(403, r#"{"success":true}"#).header("x-2fa-approval", token);
    let path = "/v1/profiles/1/balance-statements/2/statement.json?currency=EUR\
                &intervalStart=2026-01-01T00:00:00Z&intervalEnd=2026-01-31T00:00:00Z";
    let call = "GET /v1/profiles/1/balance-statements/2/statement.json";
    stub.respond(call, refusal("first-token-00000000"));
    stub.respond(
        "GET /v1/one-time-token/status",
        StubResponse::json(200, r#"{"challenges":[]}"#),
    );
    let server = Server::stubbed(&stub).await;
    let first = server.get(path).await;
    assert_eq!(first.code(), "approval-required");
    // No challenge is open, so the approval is approved at once. Wise refuses the call all the same.
    stub.respond(call, refusal("second-token-0000000"));
    stub.respond("GET /v1/one-time-token/status", StubResponse::json(200, PIN_THEN_SMS));
    let id = first.body.approval().text("id");
    let with = |id: &str| {
        server
            .call("GET", path)
            .header("x-sca-approval", id)
            .body(Body::empty())
            .unwrap()
    };
    let second = send(&server.app, with(id)).await;
    assert_problem(&second, 403, "approval-required");
    assert_ne!(second.body.approval().text("id"), id);
    assert_eq!(send(&server.app, with(id)).await.code(), "approval-consumed");
}

#[tokio::test]
async fn the_partner_describes_an_action_that_the_gate_cannot_derive() {
    let stub = Stub::start().await;
    let refusal = StubResponse::json(403, "refused").header("x-2fa-approval", "some-token-000000000");
    stub.respond("POST /v3/profiles/1/batch-payments/2/payments", refusal);
    let server = Server::stubbed(&stub).await;
    let call = || server.call("POST", "/v3/profiles/1/batch-payments/2/payments");
    let reply = send(&server.app, call().body(Body::empty()).unwrap()).await;
    assert_problem(&reply, 403, "call-not-described");
    assert_eq!(reply.headers["x-2fa-approval"], "some-token-000000000");

    let payment = |payee: &str| json!({"amount": {"minor": 100, "currency": "EUR"}, "payee": payee});
    let action = json!({"payments": [payment("Ada"), payment("Ben")]});
    let described = |action: &Value| {
        let encoded = Base64UrlUnpadded::encode_string(action.to_string().as_bytes());
        call().header("x-sca-action", encoded).body(Body::empty()).unwrap()
    };
    let refused = send(&server.app, described(&action)).await;
    assert_eq!(refused.code(), "approval-required");
    let id = refused.body.approval().text("id");
    let read = read_approval(&server.app, API_KEY, id).await.ok();
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
async fn a_statement_is_described_in_any_spelling_of_its_times_and_told_when_it_cannot_be() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let server = Server::of(&env, &customer);
    let (profile, balance) = (customer.profile, customer.balance);
    let statement = async |end: &str| {
        let path = format!("/v1/profiles/{profile}/balance-statements/{balance}/statement.json");
        server
            .get(&format!(
                "{path}?currency=EUR&intervalStart=2026-01-01T00:00:00Z&intervalEnd={end}"
            ))
            .await
    };
    for end in ["2026-01-31T23:59:59.123456789Z", "2026-02-01T00:59:59%2B01:00"] {
        let reply = statement(end).await;
        assert_eq!(reply.code(), "approval-required", "{end}");
        let read = read_approval(&server.app, API_KEY, reply.body.approval().text("id"))
            .await
            .ok();
        assert_eq!(read["action"]["statement"]["to"], "2026-01-31", "{end}");
    }
    let reply = statement("2026-01-31T23:59:59Z&currency=EUR").await;
    assert_problem(&reply, 403, "call-not-described");
    assert!(reply.headers.contains_key("x-2fa-approval"));
}

#[tokio::test]
async fn the_gate_needs_an_api_key_and_forwards_only_unambiguous_paths() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let path = format!("/gate/wise/v1/transfers/{}", customer.transfers[0]);
    for key in ["", "sk_wrong", customer.token.as_str()] {
        let request = Request::get(&path)
            .header("x-api-key", key)
            .header(header::AUTHORIZATION, format!("Bearer {}", customer.token));
        let reply = send(&env.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.code(), "unauthorized", "{key}");
    }
    let server = Server::of(&env, &customer);
    for path in AMBIGUOUS_PATHS {
        // Some cannot be sent in a request line. The next test passes them to the gate as a Rust value.
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
    // An API key in the place of the customer's token would be sent to Wise.
    let misplaced = Request::get(&path).header(header::AUTHORIZATION, format!("Bearer {API_KEY}"));
    let misplaced = send(&server.app, misplaced.body(Body::empty()).unwrap()).await;
    assert_eq!(misplaced.code(), "unauthorized");
    let no_token = Request::get(&path)
        .header("x-api-key", OTHER_API_KEY)
        .body(Body::empty());
    assert_eq!(send(&env.app, no_token.unwrap()).await.code(), "invalid-request");
    let large = server
        .call("POST", "/v1/quotes")
        .body(Body::from(vec![b'x'; 1024 * 1024 + 1]));
    assert_eq!(send(&env.app, large.unwrap()).await.code(), "payload-too-large");
}

/// Paths that a proxy or Wise might read in another way than the backend does.
const AMBIGUOUS_PATHS: [&str; 25] = [
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
async fn an_ambiguous_path_is_never_sent() {
    let stub = Stub::start().await;
    let gate = Gate::new(wise_configuration(&stub.base, "v1").backend().await.unwrap(), "shop");
    for path in AMBIGUOUS_PATHS.into_iter().chain([""]) {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        let GateError::Failed(error) = gate.send(request).await.unwrap_err() else {
            panic!("{path:?}");
        };
        assert_eq!(*error.code(), ProblemCode::InvalidRequest, "{path:?}");
    }
    assert!(stub.requests().is_empty());
    for path in [
        "/",
        "/v1/a.b-c_d~e",
        "/v1/x?y=%2F..%2f&z=2026-01-01T00:00:00.000%2B01:00&w=//",
    ] {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        assert!(gate.send(request).await.is_ok(), "{path}");
    }
}

/// A partner can choose a call that Wise answers slowly. That blocks neither verification attempts nor other calls.
#[tokio::test]
async fn calls_that_time_out_do_not_block_other_calls() {
    let stub = Stub::start().await;
    let mut config = wise_configuration(&stub.base, "v1");
    config.wise.as_mut().unwrap().timeout = Duration::from_secs(2);
    let backend = config.backend().await.unwrap();
    let gate = Gate::new(backend.clone(), "shop");
    let get = |path: &str| {
        let request = GateRequest::new(Method::GET, path, Secret::new("customer-token".into()));
        gate.send(request)
    };
    stub.respond("GET /v1/slow", StubResponse::never());
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

#[tokio::test]
async fn a_transfer_that_changed_since_it_was_shown_is_not_paid() {
    let stub = Stub::start().await;
    let transfer = |value: &str| {
        StubResponse::json(
            200,
            format!(r#"{{"id":7,"targetAccount":8,"targetCurrency":"EUR","targetValue":{value}}}"#),
        )
    };
    let recipient = |name: &str| StubResponse::json(200, format!(r#"{{"accountHolderName":"{name}"}}"#));
    let pay = "POST /v3/profiles/1/transfers/7/payments";
    stub.respond(
        pay,
        StubResponse::json(403, "").header("x-2fa-approval", "some-token-000000000"),
    );
    stub.respond("GET /v1/transfers/7", transfer("10.5"));
    stub.respond("GET /v1/accounts/8", recipient("Ada"));
    stub.respond(
        "GET /v1/one-time-token/status",
        StubResponse::json(200, r#"{"challenges":[]}"#),
    );
    let server = Server::stubbed(&stub).await;
    let call = || server.call("POST", "/v3/profiles/1/transfers/7/payments");
    let refused = send(&server.app, call().body(Body::empty()).unwrap()).await;
    let id = refused.body.approval().text("id").to_owned();
    let again = async || {
        let request = call().header("x-sca-approval", &id).body(Body::empty()).unwrap();
        send(&server.app, request).await
    };
    stub.respond(pay, StubResponse::json(200, r#"{"status":"COMPLETED"}"#));
    stub.respond("GET /v1/transfers/7", transfer("10.6"));
    assert_eq!(again().await.code(), "approval-mismatch");
    stub.respond("GET /v1/transfers/7", transfer("10.5"));
    stub.respond("GET /v1/accounts/8", recipient("Eve"));
    assert_eq!(again().await.code(), "approval-mismatch");
    stub.respond("GET /v1/accounts/8", StubResponse::json(500, ""));
    assert_eq!(again().await.code(), "provider-error");
    assert_eq!(stub.calls(pay), 1);
    stub.respond("GET /v1/accounts/8", recipient("Ada"));
    assert_eq!(again().await.ok().status(), "COMPLETED");
}

#[tokio::test]
async fn a_customer_is_asked_at_most_three_times_for_a_call_that_the_provider_refuses_again() {
    let stub = Stub::start().await;
    // No challenge is open, so each approval is approved at once.
    stub.respond(
        "GET /v1/one-time-token/status",
        StubResponse::json(200, r#"{"challenges":[]}"#),
    );
    let server = Server::stubbed(&stub).await;
    let path = "/v1/profiles/1/balance-statements/2/statement.json?currency=EUR\
                &intervalStart=2026-01-01T00:00:00.000Z&intervalEnd=2026-01-31T23:59:59.999Z";
    let statement = "GET /v1/profiles/1/balance-statements/2/statement.json";
    let call = async |number: u8, approval: Option<&str>| {
        let token = format!("some-token-{number:09}");
        stub.respond(
            statement,
            StubResponse::json(403, "refused").header("x-2fa-approval", token),
        );
        let mut call = server.call("GET", path);
        if let Some(id) = approval {
            call = call.header("x-sca-approval", id);
        }
        send(&server.app, call.body(Body::empty()).unwrap()).await
    };
    let mut approval: Option<String> = None;
    for number in 0..3 {
        let refused = call(number, approval.as_deref()).await;
        assert_problem(&refused, 403, "approval-required");
        approval = Some(refused.body.approval().text("id").to_owned());
    }
    let last = call(3, approval.as_deref()).await;
    assert_problem(&last, 502, "approval-not-accepted");
    assert_eq!(stub.calls(statement), 4);
    assert_problem(&call(4, approval.as_deref()).await, 409, "approval-consumed");
    // A call that names no approval begins anew.
    assert_problem(&call(5, None).await, 403, "approval-required");
}

#[tokio::test]
async fn a_one_time_token_of_the_caller_does_not_reach_the_provider() {
    let stub = Stub::start().await;
    stub.respond(
        "POST /v3/profiles/1/transfers/7/payments",
        StubResponse::json(200, "{}"),
    );
    let server = Server::stubbed(&stub).await;
    let call = server
        .call("POST", "/v3/profiles/1/transfers/7/payments")
        .header("x-2fa-approval", "some-token-000000000")
        .header("x-kept", "1");
    send(&server.app, call.body(Body::empty()).unwrap()).await.ok();
    for request in stub.requests() {
        assert!(!request.headers.contains_key("x-2fa-approval"), "{request:?}");
        assert!(request.headers.contains_key("x-kept"), "{request:?}");
    }
    assert_eq!(stub.requests().len(), 1);
}

/// Wise under another name: a second provider that rejects calls.
#[derive(Debug)]
struct Second(Wise);

impl Provider for Second {
    fn id(&self) -> ProviderId {
        ProviderId::new("second")
    }

    fn call_timeout(&self) -> Duration {
        self.0.call_timeout()
    }

    fn one_time_tokens(&self) -> Option<&dyn OneTimeTokens> {
        self.0.one_time_tokens()
    }

    fn webhook_signature_header(&self) -> Option<&'static str> {
        None
    }

    fn parse_webhook(&self, _: &Webhook<'_>, _: Timestamp) -> Result<WebhookEvent, WebhookError> {
        Err(WebhookError::Invalid("there are none"))
    }
}

#[tokio::test]
async fn an_approval_is_of_no_use_at_another_provider() {
    let (first, second) = (Stub::start().await, Stub::start().await);
    let path = "/v1/profiles/1/balance-statements/2/statement.json?currency=EUR\
                &intervalStart=2026-01-01T00:00:00Z&intervalEnd=2026-01-31T00:00:00Z";
    let call = "GET /v1/profiles/1/balance-statements/2/statement.json";
    let refusal = StubResponse::json(403, "").header("x-2fa-approval", "first-token-00000000");
    first.respond(call, refusal);
    // No challenge is open, so the approval is approved at once.
    let status = StubResponse::json(200, r#"{"challenges":[]}"#);
    first.respond("GET /v1/one-time-token/status", status);
    let wise = |stub: &Stub| {
        let section = wise_configuration(&stub.base, "v1").wise.unwrap();
        section.provider(Metrics::default()).unwrap()
    };
    let backend = Backend::new(
        Store::temporary(EncryptionKeys::ephemeral().unwrap()).await.unwrap(),
        Providers::default().with(wise(&first)).with(Second(wise(&second))),
        Arc::new(Webhooks::new(None, None, Arc::new(SystemClock)).unwrap()),
        Arc::new(SystemClock),
        Settings::default(),
        Metrics::default(),
    );
    let gate = Gate::new(backend, "shop");
    let request = |approval: Option<String>| {
        GateRequest::new(Method::GET, path, Secret::new("customer-token".into())).approval(approval)
    };
    let GateAnswer::ApprovalRequired(required) = gate.send(request(None)).await.unwrap() else {
        panic!("the first provider rejects the call");
    };
    let at_second = gate.clone().to("second").send(request(Some(required.id.clone()))).await;
    assert!(matches!(at_second, Err(GateError::Mismatch)), "{at_second:?}");
    assert_eq!(second.requests().len(), 0, "neither the token nor the call reached it");
    first.respond(call, StubResponse::json(200, r#"{"status":"COMPLETED"}"#));
    let at_first = gate.send(request(Some(required.id))).await.unwrap();
    assert!(
        matches!(at_first, GateAnswer::Provider { status, .. } if status == StatusCode::OK),
        "{at_first:?}"
    );
}

#[tokio::test]
async fn the_gate_is_a_tower_service() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let mut gate = tower::ServiceBuilder::new().service(env.gate());
    let answer = tower::Service::call(&mut gate, env.statement(&customer)).await.unwrap();
    assert!(matches!(answer, sca_backend::gate::GateAnswer::ApprovalRequired(_)));
}
