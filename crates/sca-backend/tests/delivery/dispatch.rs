//! Over real HTTP, to the sandbox's bank.

use std::time::Duration;

use std::sync::Arc;

use sca_backend::{
    clock::SystemClock,
    secret::Secret,
    webhooks::{
        Worker,
        config::{PartnerWebhookConfig, TransfersConfig},
        http::Webhooks,
    },
};
use sca_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    databases,
    fixture::{BANK_SECRET as SECRET, World},
    waiting::{self, within},
};

/// Longer than the first wait, with all its jitter.
const FIRST_WAIT: Duration = Duration::from_secs(6);
const LATER_WAITS: Duration = Duration::from_secs(24 * 3_600 * 6 / 5);

/// Two backends and a bank.
struct Banked {
    world: World,
    /// By the real clock: the bank looks at when a message was signed.
    webhooks: Webhooks,
    bank: Sandbox,
    http: reqwest::Client,
}

impl Banked {
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
            world: World::start(databases::any()).await,
            webhooks: Webhooks::new(Some(execute), Some(notify), Arc::new(SystemClock)).unwrap(),
            bank,
            http: waiting::client(),
        }
    }

    fn worker(&self, instance: usize) -> Worker {
        let worker = self.world.backend(instance).worker().clone();
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

    /// How often a transfer was executed, and how often the bank heard of it.
    async fn ledger(&self, transfer: &str) -> (u64, u64) {
        let wire = self.get(&format!("/bank/wires/{transfer}")).await;
        let number = |name: &str| wire[name].as_u64().unwrap();
        (number("executions"), number("deliveries"))
    }

    async fn dispatch(&self) -> usize {
        self.worker(0).dispatch_due().await.unwrap()
    }

    fn metric(&self, kind: &str, outcome: &str) -> u64 {
        let figures = self.world.backend(0).metrics().render();
        let name = format!("sca_webhook_deliveries_total{{event_type=\"{kind}\",outcome=\"{outcome}\"}} ");
        let line = figures.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |number| number.parse().unwrap())
    }
}

#[tokio::test]
async fn an_approved_wire_is_executed_once_and_its_partner_is_told() {
    let banked = Banked::start().await;
    let approval = banked.world.approved("txn-1").await;
    assert_eq!(banked.dispatch().await, 2);
    assert_eq!(banked.dispatch().await, 0);
    assert_eq!(banked.ledger("txn-1").await, (1, 1));
    assert_eq!(banked.metric("transfer.execute", "delivered"), 1);

    let wires = banked.get("/control/bank/wires").await;
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
    let notices = banked.get("/control/bank/notices").await;
    assert_eq!(notices.as_array().unwrap().len(), 1);
    assert_eq!(notices[0]["type"], "approval.settled");
    assert_eq!(notices[0]["body"]["data"]["status"], "approved");
    // Who may see these has no business with how the customer is reached.
    let all = format!("{wires}{notices}");
    assert!(
        !all.contains("_secret_") && !all.contains("a@example.com") && !all.contains("cs0"),
        "{all}"
    );
}

#[tokio::test]
async fn a_bank_that_fails_is_asked_again_with_the_same_id() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked
        .fault("wires", 2, "before", json!({"kind": "status", "status": 500}))
        .await;
    banked.dispatch().await;
    assert_eq!(banked.ledger("txn-1").await.0, 0);
    // Not before its time.
    banked.world.clock.advance(Duration::from_secs(4));
    assert_eq!(banked.dispatch().await, 0);
    banked.world.clock.advance(FIRST_WAIT);
    assert_eq!(banked.dispatch().await, 1);
    assert_eq!(banked.ledger("txn-1").await.0, 0);
    banked.world.clock.advance(LATER_WAITS);
    assert_eq!(banked.dispatch().await, 1);
    assert_eq!(banked.ledger("txn-1").await.0, 1);
    assert_eq!(banked.metric("transfer.execute", "retried"), 2);
    assert_eq!(banked.metric("transfer.execute", "delivered"), 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_executes_nothing_twice() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked.fault("wires", 1, "after", json!({"kind": "reset"})).await;
    banked.dispatch().await;
    assert_eq!(banked.ledger("txn-1").await, (1, 1));
    banked.world.clock.advance(FIRST_WAIT);
    assert_eq!(banked.dispatch().await, 1);
    assert_eq!(banked.ledger("txn-1").await, (1, 2));
    banked.world.clock.advance(LATER_WAITS);
    assert_eq!(banked.dispatch().await, 0);
}

#[tokio::test]
async fn a_bank_that_is_too_slow_counts_as_one_that_failed() {
    let banked = Banked::with(300, &[SECRET]).await;
    banked.world.approved("txn-1").await;
    banked
        .fault("wires", 1, "before", json!({"kind": "slow", "milliseconds": 3_000}))
        .await;
    banked.dispatch().await;
    assert_eq!(banked.metric("transfer.execute", "retried"), 1);
    banked.world.clock.advance(FIRST_WAIT);
    assert_eq!(banked.dispatch().await, 1);
    assert_eq!(banked.ledger("txn-1").await.0, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    let elsewhere = format!("{}/bank/notices", banked.bank.base_url());
    banked
        .fault("wires", 1, "before", json!({"kind": "redirect", "location": elsewhere}))
        .await;
    banked.dispatch().await;
    assert_eq!(banked.metric("transfer.execute", "retried"), 1);
    // The notice that is due anyway, and nothing else.
    let deliveries = banked.get("/control/bank/deliveries").await;
    let notices = deliveries.as_array().unwrap().iter();
    assert_eq!(notices.filter(|delivery| delivery["endpoint"] == "notices").count(), 1);
}

#[tokio::test]
async fn two_backends_never_hand_over_the_same_message() {
    let banked = Banked::start().await;
    for number in 0..40 {
        banked.world.approved(&format!("txn-{number}")).await;
    }
    let (one, other) = (banked.worker(0), banked.worker(1));
    let (one, other) = tokio::join!(one.dispatch_due(), other.dispatch_due());
    assert_eq!(one.unwrap() + other.unwrap(), 80);
    for number in 0..40 {
        assert_eq!(banked.ledger(&format!("txn-{number}")).await, (1, 1), "{number}");
    }
}

#[tokio::test]
async fn what_was_held_by_a_backend_that_died_is_handed_over_by_another() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked
        .fault("wires", 1, "after", json!({"kind": "slow", "milliseconds": 60_000}))
        .await;
    // Dropped while the bank, which has carried it out, takes its time to say so.
    let worker = banked.worker(0);
    let heard = json!({"transfer": "txn-1", "count": 1, "seconds": 20, "what": "executions"});
    tokio::select! {
        _ = worker.dispatch_due() => panic!("the bank has answered"),
        () = banked.send(reqwest::Method::POST, "/control/bank/wait", heard) => {}
    }
    let other = banked.worker(1);
    // The notice; the execution is still the first one's.
    assert_eq!(other.dispatch_due().await.unwrap(), 1);
    assert_eq!(banked.ledger("txn-1").await, (1, 1));
    banked.world.clock.advance(Duration::from_millis(20_001));
    assert_eq!(other.dispatch_due().await.unwrap(), 1);
    assert_eq!(banked.ledger("txn-1").await, (1, 2));
}

#[tokio::test]
async fn a_wire_that_is_given_up_stays_and_somebody_is_told() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked
        .fault("wires", 1_000, "before", json!({"kind": "status", "status": 410}))
        .await;
    for _ in 0..20 {
        banked.dispatch().await;
        banked.world.clock.advance(LATER_WAITS);
    }
    assert_eq!(banked.metric("transfer.execute", "retried"), 9);
    assert_eq!(banked.metric("transfer.execute", "exhausted"), 1);
    assert_eq!(banked.ledger("txn-1").await.0, 0);
}

#[tokio::test]
async fn a_partner_that_wants_no_more_notices_gets_no_more_tries() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked
        .fault("notices", 1_000, "before", json!({"kind": "status", "status": 410}))
        .await;
    banked.dispatch().await;
    assert_eq!(banked.metric("approval.settled", "exhausted"), 1);
    assert_eq!(banked.ledger("txn-1").await, (1, 1));
}

#[tokio::test]
async fn while_secrets_are_exchanged_either_is_enough() {
    let new = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldy0wMQ==";
    let banked = Banked::with(15_000, &[new, SECRET]).await;
    banked.world.approved("old").await;
    banked.dispatch().await;
    assert_eq!(banked.ledger("old").await, (1, 1));
    banked
        .send(reqwest::Method::PUT, "/control/bank/secrets", json!({"secrets": [new]}))
        .await;
    banked.world.approved("new").await;
    banked.dispatch().await;
    assert_eq!(banked.ledger("new").await, (1, 1));
}

#[tokio::test]
async fn a_worker_that_is_stopped_writes_down_what_came_of_its_last_message() {
    let banked = Banked::start().await;
    banked.world.approved("txn-1").await;
    banked
        .fault("wires", 1, "after", json!({"kind": "slow", "milliseconds": 500}))
        .await;
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let (worker, stopping) = (banked.worker(0), stopping.clone());
        async move { worker.run(&stopping).await }
    });
    let heard = json!({"transfer": "txn-1", "count": 1, "seconds": 20, "what": "executions"});
    banked.send(reqwest::Method::POST, "/control/bank/wait", heard).await;
    stopping.cancel();
    within("the worker's end", working).await.unwrap();
    banked.world.clock.advance(LATER_WAITS);
    assert_eq!(banked.worker(1).dispatch_due().await.unwrap(), 0);
    assert_eq!(banked.ledger("txn-1").await, (1, 1));
}

#[tokio::test]
async fn a_decision_wakes_the_worker() {
    let banked = Banked::start().await;
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let (worker, stopping) = (banked.worker(0), stopping.clone());
        async move { worker.run(&stopping).await }
    });
    for transfer in ["txn-1", "txn-2"] {
        banked.world.approved(transfer).await;
        let executed = json!({"transfer": transfer, "count": 1, "seconds": 20, "what": "executions"});
        banked.send(reqwest::Method::POST, "/control/bank/wait", executed).await;
    }
    stopping.cancel();
    within("the worker's end", working).await.unwrap();
}
