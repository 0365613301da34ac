//! A fourth provider is one folder: this one sends codes and nothing else, and no file of the product knows it. Everything that it says,
//! by answer, poll or webhook, ends an approval as it does for every other provider.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on has failed"
)]

#[path = "../support/dynamic_linking.rs"]
#[allow(dead_code, reason = "every test binary uses a part of it")]
mod dynamic_linking;
mod provider;
mod simulator;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use dynamic_linking::{address, shown_of};
use provider::{ID, OtpOnly, WEBHOOK_TOKEN};
use sca_backend::{
    routes,
    service::{ApiKey, Backend, Providers, Settings},
};
use sca_core::Secret;
use sca_outbound_webhooks::http_transport::Webhooks;
use sca_protocol::Timestamp;
use sca_runtime::{
    clock::{ManualClock, SystemClock},
    metrics::Metrics,
};
use sca_store::{EncryptionKeys, Store};
use serde_json::{Value, json};
use simulator::{CODE, Simulator};
use tower::ServiceExt;

const API_KEY: &str = "canary-api-key-0123456789";

struct TestEnv {
    simulator: Simulator,
    backend: Backend,
    app: Router,
    clock: Arc<ManualClock>,
    client_secret: String,
    calls: u32,
}

impl TestEnv {
    /// A payment that waits at the provider, held as an approval.
    async fn held() -> Self {
        let (simulator, base) = Simulator::start().await;
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let store = Store::temporary(EncryptionKeys::ephemeral().unwrap())
            .await
            .unwrap()
            .with_clock(clock.clone());
        let settings = Settings {
            api_keys: vec![ApiKey {
                name: "shop".into(),
                digest: Secret::new(API_KEY.into()).digest(),
            }],
            ..Settings::default()
        };
        let backend = Backend::new(
            store,
            Providers::default().with(OtpOnly::new(&base)),
            Arc::new(Webhooks::new(None, None, Arc::new(SystemClock)).unwrap()),
            clock.clone(),
            settings,
            Metrics::default(),
        );
        let mut env = Self {
            simulator,
            app: routes::router(backend.clone()),
            backend,
            clock,
            client_secret: String::new(),
            calls: 0,
        };
        let request = json!({"provider": ID.as_str(), "accessToken": "canary-token", "resourceType": "payment", "resourceIds": ["pay-1"]});
        let (status, held) = env.call("POST", "/v1/confirmations", API_KEY, request).await;
        assert_eq!((status, &held["decision"]), (StatusCode::CREATED, &json!("held")));
        env.client_secret = held["clientSecret"].as_str().unwrap().into();
        let shown = &held["approval"]["action"]["payments"][0];
        assert_eq!(shown["amount"], json!({"minor": 125_000, "currency": "EUR"}));
        assert_eq!(shown["payee"], "Acme Corp");
        env
    }

    async fn call(&mut self, method: &str, path: &str, bearer: &str, body: Value) -> (StatusCode, Value) {
        self.calls += 1;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {bearer}"))
            .header("content-type", "application/json")
            .header("x-token", WEBHOOK_TOKEN)
            .header("idempotency-key", format!("attempt-{:012}", self.calls))
            .body(if method == "GET" {
                Body::empty()
            } else {
                Body::from(body.to_string())
            })
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn widget(&mut self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let (path, secret) = (address(&self.client_secret, path), self.client_secret.clone());
        self.call(method, &path, &secret, body).await
    }

    async fn approval(&mut self) -> Value {
        self.widget("GET", "", Value::Null).await.1
    }

    async fn start(&mut self) {
        let body = json!({"challenge": "1", "factor": "sms", "shown": shown_of(&self.approval().await)});
        assert_eq!(self.widget("POST", "/start", body).await.0, StatusCode::OK);
    }

    async fn verify(&mut self, code: &str) -> Value {
        let shown = shown_of(&self.approval().await);
        let body = json!({"challenge": "1", "factor": "sms", "shown": shown, "entry": {"code": code}});
        self.widget("POST", "/verify", body).await.1
    }

    async fn webhook(&mut self, event: Value) -> StatusCode {
        self.call("POST", "/webhooks/otp-only", "", event).await.0
    }
}

#[tokio::test]
async fn the_right_code_approves_the_payment_and_a_wrong_one_is_counted() {
    let mut env = TestEnv::held().await;
    env.start().await;
    assert_eq!(env.simulator.codes_sent(), 1);
    let wrong = env.verify("111111").await;
    assert_eq!(
        (&wrong["verdict"], &wrong["approval"]["status"]),
        (&json!("refused"), &json!("pending"))
    );
    let right = env.verify(CODE).await;
    assert_eq!(
        (&right["verdict"], &right["approval"]["status"]),
        (&json!("accepted"), &json!("approved"))
    );
}

#[tokio::test]
async fn a_webhook_ends_the_approval_once_however_often_it_is_delivered() {
    let mut env = TestEnv::held().await;
    env.start().await;
    let event = json!({"id": "evt-1", "payment": "pay-1", "state": "executed", "cents": 125_000, "currency": "EUR"});
    for _ in 0..3 {
        assert_eq!(env.webhook(event.clone()).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(env.approval().await["status"], "approved");
    let metrics = env.backend.metrics().render();
    for count in ["result=\"accepted\"} 1", "result=\"duplicate\"} 2"] {
        let line = format!("sca_webhook_events_received_total{{provider=\"otp-only\",{count}");
        assert!(metrics.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn an_event_whose_id_cannot_be_stored_is_rejected_and_decides_nothing() {
    let mut env = TestEnv::held().await;
    env.start().await;
    for (id, expected) in [
        ("x".repeat(256), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        ("evt\n1".into(), StatusCode::BAD_REQUEST),
        ("évt".into(), StatusCode::BAD_REQUEST),
        ("x".repeat(255), StatusCode::NO_CONTENT),
    ] {
        let event = json!({"id": id, "payment": "pay-1", "state": "executed", "cents": 125_000, "currency": "EUR"});
        assert_eq!(env.approval().await["status"], "pending", "{id:?}");
        assert_eq!(env.webhook(event).await, expected, "{id:?}");
    }
    assert_eq!(env.approval().await["status"], "approved");
}

#[tokio::test]
async fn another_amount_is_another_payment_and_an_unknown_state_decides_nothing() {
    let mut env = TestEnv::held().await;
    let event = |id: &str, state: &str, cents: u64| json!({"id": id, "payment": "pay-1", "state": state, "cents": cents, "currency": "EUR"});
    env.webhook(event("evt-1", "levitating", 125_000)).await;
    assert_eq!(env.approval().await["status"], "pending");
    env.webhook(event("evt-2", "executed", 1)).await;
    let approval = env.approval().await;
    assert_eq!(
        (&approval["status"], &approval["reason"]),
        (&json!("declined"), &json!("changed"))
    );
}

#[tokio::test]
async fn a_poll_finds_what_no_webhook_reported() {
    let mut env = TestEnv::held().await;
    env.start().await;
    // The code is accepted and the answer about the payment still says that it waits.
    env.simulator.set("waiting");
    env.verify(CODE).await;
    env.simulator.set("executed");
    env.clock.advance(Duration::from_secs(60));
    env.backend.sweep().await.unwrap();
    assert_eq!(env.approval().await["status"], "approved");
}

#[tokio::test]
async fn a_provider_that_is_not_configured_is_not_found() {
    let mut env = TestEnv::held().await;
    let request =
        json!({"provider": "weavr", "accessToken": "canary-token", "resourceType": "sends", "resourceIds": ["1"]});
    assert_eq!(
        env.call("POST", "/v1/confirmations", API_KEY, request).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        env.call("POST", "/webhooks/weavr/send/watch", "", json!({})).await.0,
        StatusCode::NOT_FOUND
    );
}
