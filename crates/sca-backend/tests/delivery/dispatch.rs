//! Deliveries over HTTP to the sandbox's bank and to the partner's webhook endpoint.

use std::{sync::Arc, time::Duration};

use sca_core::secret::Secret;
use sca_outbound_webhooks::{
    Worker,
    config::{PartnerWebhookConfig, TransfersConfig},
    http_transport::Webhooks,
};
use sca_runtime::clock::SystemClock;
use sca_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    databases,
    fixture::{BANK_SECRET as SECRET, TestEnv},
    waiting::{self, within},
};

/// Longer than the first delay of the retry schedule with its jitter, and longer than every later one.
const FIRST_DELAY: Duration = Duration::from_secs(6);
const LATER_DELAYS: Duration = Duration::from_secs(24 * 3_600 * 6 / 5);

/// Two backends and a bank that they deliver to.
struct DispatchEnv {
    fixture: TestEnv,
    /// Signs by the machine's clock, since the bank checks the timestamp.
    webhooks: Webhooks,
    bank: Sandbox,
    http: reqwest::Client,
}

impl DispatchEnv {
    async fn start() -> Self {
        Self::with(15_000, &[SECRET]).await
    }

    async fn with(timeout: u64, secrets: &[&str]) -> Self {
        let bank = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let base = bank.base_url();
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new((*secret).into())).collect();
        let wires = TransfersConfig {
            execute_url: format!("{base}/bank/wires"),
            secrets: secrets.clone(),
            timeout: Duration::from_millis(timeout),
        };
        let partner = PartnerWebhookConfig {
            url: format!("{base}/bank/notices"),
            secrets,
            timeout: Duration::from_millis(timeout),
        };
        let (execute, notify) = (wires.endpoint().unwrap(), partner.endpoint().unwrap());
        Self {
            fixture: TestEnv::start(databases::any()).await,
            webhooks: Webhooks::new(Some(execute), Some(notify), Arc::new(SystemClock)).unwrap(),
            bank,
            http: waiting::client(),
        }
    }

    fn worker(&self, instance: usize) -> Worker {
        let worker = self.fixture.backend(instance).worker().clone();
        worker.with_transport(Arc::new(self.webhooks.clone()))
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.bank.base_url());
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Value) {
        let url = format!("{}{path}", self.bank.base_url());
        let request = self
            .http
            .request(method, url)
            .header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{path}: {status} {}", answer.text().await.unwrap());
    }

    async fn fault(&self, endpoint: &str, times: u32, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "times": times, "when": when, "fault": fault});
        self.send(reqwest::Method::POST, "/control/bank/faults", body).await;
    }

    /// How often a transfer was executed, and how often it was delivered to the bank.
    async fn ledger(&self, transfer: &str) -> (u64, u64) {
        let ledger = self.get(&format!("/bank/wires/{transfer}")).await;
        let number = |name: &str| ledger[name].as_u64().unwrap();
        (number("executions"), number("deliveries"))
    }

    async fn dispatch(&self) -> usize {
        self.worker(0).dispatch_due().await.unwrap()
    }

    fn metric(&self, kind: &str, outcome: &str) -> u64 {
        let metrics = self.fixture.backend(0).metrics().render();
        let name = format!("sca_webhook_deliveries_total{{event_type=\"{kind}\",outcome=\"{outcome}\"}} ");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |number| number.parse().unwrap())
    }
}

#[tokio::test]
async fn an_approved_transfer_is_executed_once_and_its_partner_is_notified() {
    let env = DispatchEnv::start().await;
    let approval = env.fixture.approved("txn-1").await;
    assert_eq!(env.dispatch().await, 2);
    assert_eq!(env.dispatch().await, 0);
    assert_eq!(env.ledger("txn-1").await, (1, 1));
    assert_eq!(env.metric("transfer.execute", "delivered"), 1);

    let wires = env.get("/control/bank/wires").await;
    let body = &wires[0]["body"];
    assert_eq!(body["type"], "transfer.execute");
    assert_eq!(body["timestamp"], "2026-11-23T10:33:20Z");
    assert_eq!(
        body["data"],
        json!({
            "id": approval, "owner": "shop", "transfer": "txn-1", "version": 1, "user": "user-4421", "region": "US",
            "amount": {"minor": 5_000_100, "currency": "USD"},
            "payee": "Acme Corp", "accountTail": "7890", "reference": "Invoice 7",
        })
    );
    let notices = env.get("/control/bank/notices").await;
    assert_eq!(notices.as_array().unwrap().len(), 1);
    assert_eq!(notices[0]["type"], "approval.settled");
    assert_eq!(notices[0]["body"]["data"]["status"], "approved");
    // Neither the bank nor the partner receives the customer's email address or a session secret.
    let all = format!("{wires}{notices}");
    assert!(
        !all.contains("_secret_") && !all.contains("a@example.com") && !all.contains("cs0"),
        "{all}"
    );
}

#[tokio::test]
async fn a_failed_delivery_is_retried_with_the_same_message_id() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 2, "before", json!({"kind": "status", "status": 500}))
        .await;
    env.dispatch().await;
    assert_eq!(env.ledger("txn-1").await.0, 0);
    // Not before the delay has passed.
    env.fixture.clock.advance(Duration::from_secs(4));
    assert_eq!(env.dispatch().await, 0);
    env.fixture.clock.advance(FIRST_DELAY);
    assert_eq!(env.dispatch().await, 1);
    assert_eq!(env.ledger("txn-1").await.0, 0);
    env.fixture.clock.advance(LATER_DELAYS);
    assert_eq!(env.dispatch().await, 1);
    assert_eq!(env.ledger("txn-1").await.0, 1);
    assert_eq!(env.metric("transfer.execute", "retried"), 2);
    assert_eq!(env.metric("transfer.execute", "delivered"), 1);
}

#[tokio::test]
async fn a_delivery_whose_response_was_lost_executes_once() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 1, "after", json!({"kind": "reset"})).await;
    env.dispatch().await;
    assert_eq!(env.ledger("txn-1").await, (1, 1));
    env.fixture.clock.advance(FIRST_DELAY);
    assert_eq!(env.dispatch().await, 1);
    assert_eq!(env.ledger("txn-1").await, (1, 2));
    env.fixture.clock.advance(LATER_DELAYS);
    assert_eq!(env.dispatch().await, 0);
}

#[tokio::test]
async fn a_delivery_that_times_out_is_retried() {
    let env = DispatchEnv::with(300, &[SECRET]).await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 1, "before", json!({"kind": "slow", "milliseconds": 3_000}))
        .await;
    env.dispatch().await;
    assert_eq!(env.metric("transfer.execute", "retried"), 1);
    env.fixture.clock.advance(FIRST_DELAY);
    assert_eq!(env.dispatch().await, 1);
    assert_eq!(env.ledger("txn-1").await.0, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    let elsewhere = format!("{}/bank/notices", env.bank.base_url());
    env.fault("wires", 1, "before", json!({"kind": "redirect", "location": elsewhere}))
        .await;
    env.dispatch().await;
    assert_eq!(env.metric("transfer.execute", "retried"), 1);
    // The partner webhook is due anyway. The redirect adds no other delivery there.
    let deliveries = env.get("/control/bank/deliveries").await;
    let notices = deliveries.as_array().unwrap().iter();
    assert_eq!(notices.filter(|delivery| delivery["endpoint"] == "notices").count(), 1);
}

#[tokio::test]
async fn two_workers_never_deliver_the_same_message() {
    let env = DispatchEnv::start().await;
    for number in 0..40 {
        env.fixture.approved(&format!("txn-{number}")).await;
    }
    let (one, other) = (env.worker(0), env.worker(1));
    let (one, other) = tokio::join!(one.dispatch_due(), other.dispatch_due());
    assert_eq!(one.unwrap() + other.unwrap(), 80);
    for number in 0..40 {
        assert_eq!(env.ledger(&format!("txn-{number}")).await, (1, 1), "{number}");
    }
}

#[tokio::test]
async fn a_message_claimed_by_a_crashed_worker_is_delivered_by_another() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 1, "after", json!({"kind": "slow", "milliseconds": 60_000}))
        .await;
    // The worker is dropped after the bank has executed and before it answers.
    let worker = env.worker(0);
    let executed = json!({"transfer": "txn-1", "count": 1, "seconds": 20, "what": "executions"});
    tokio::select! {
        _ = worker.dispatch_due() => panic!("the bank has answered"),
        () = env.send(reqwest::Method::POST, "/control/bank/wait", executed) => {}
    }
    let other = env.worker(1);
    // Only the partner webhook: the execution is still claimed by the first worker.
    assert_eq!(other.dispatch_due().await.unwrap(), 1);
    assert_eq!(env.ledger("txn-1").await, (1, 1));
    env.fixture.clock.advance(Duration::from_millis(20_001));
    assert_eq!(other.dispatch_due().await.unwrap(), 1);
    assert_eq!(env.ledger("txn-1").await, (1, 2));
}

#[tokio::test]
async fn a_transfer_whose_delivery_attempts_are_exhausted_is_kept_and_counted() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 1_000, "before", json!({"kind": "status", "status": 410}))
        .await;
    for _ in 0..20 {
        env.dispatch().await;
        env.fixture.clock.advance(LATER_DELAYS);
    }
    assert_eq!(env.metric("transfer.execute", "retried"), 9);
    assert_eq!(env.metric("transfer.execute", "exhausted"), 1);
    assert_eq!(env.ledger("txn-1").await.0, 0);
}

#[tokio::test]
async fn a_gone_partner_endpoint_is_not_retried() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("notices", 1_000, "before", json!({"kind": "status", "status": 410}))
        .await;
    env.dispatch().await;
    assert_eq!(env.metric("approval.settled", "exhausted"), 1);
    assert_eq!(env.ledger("txn-1").await, (1, 1));
}

#[tokio::test]
async fn during_a_secret_rotation_either_secret_verifies() {
    let new = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0wMQ==";
    let env = DispatchEnv::with(15_000, &[new, SECRET]).await;
    env.fixture.approved("old").await;
    env.dispatch().await;
    assert_eq!(env.ledger("old").await, (1, 1));
    env.send(reqwest::Method::PUT, "/control/bank/secrets", json!({"secrets": [new]}))
        .await;
    env.fixture.approved("new").await;
    env.dispatch().await;
    assert_eq!(env.ledger("new").await, (1, 1));
}

#[tokio::test]
async fn a_stopping_worker_records_the_result_of_its_last_delivery() {
    let env = DispatchEnv::start().await;
    env.fixture.approved("txn-1").await;
    env.fault("wires", 1, "after", json!({"kind": "slow", "milliseconds": 500}))
        .await;
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let (worker, stopping) = (env.worker(0), stopping.clone());
        async move { worker.run(&stopping).await }
    });
    let executed = json!({"transfer": "txn-1", "count": 1, "seconds": 20, "what": "executions"});
    env.send(reqwest::Method::POST, "/control/bank/wait", executed).await;
    stopping.cancel();
    within("the end of the worker", working).await.unwrap();
    env.fixture.clock.advance(LATER_DELAYS);
    assert_eq!(env.worker(1).dispatch_due().await.unwrap(), 0);
    assert_eq!(env.ledger("txn-1").await, (1, 1));
}

#[tokio::test]
async fn a_decision_wakes_the_worker() {
    let env = DispatchEnv::start().await;
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let (worker, stopping) = (env.worker(0), stopping.clone());
        async move { worker.run(&stopping).await }
    });
    for transfer in ["txn-1", "txn-2"] {
        env.fixture.approved(transfer).await;
        let executed = json!({"transfer": transfer, "count": 1, "seconds": 20, "what": "executions"});
        env.send(reqwest::Method::POST, "/control/bank/wait", executed).await;
    }
    stopping.cancel();
    within("the end of the worker", working).await.unwrap();
}
