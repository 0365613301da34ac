//! A backend that holds transfers, with the sandbox's FaceSign and its bank.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use sca_backend::{
    config::{Config, ExemptionConfig, FaceSignConfig, PartnerWebhookConfig, TransfersConfig},
    service::Backend,
};
use sca_core::secret::Secret;
use sca_facesign::config::Environment;
use sca_protocol::Currency;
use sca_runtime::clock::ManualClock;
use sca_sandbox::Sandbox;
use serde_json::{Value, json};
use std::sync::Arc;

pub use super::transfers::transfer;
use super::{
    API_KEY, Reply, Widget, contract_json::ContractJson, control::SandboxControl, metric, partner_request, send, serve,
    transfers, waiting, wise_configuration,
};

pub const WEBHOOK_SECRET: &str = "whsec_sandbox";
pub const BANK_SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

pub struct FaceSignEnv {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub clock: Arc<ManualClock>,
    control: SandboxControl,
    /// Where the backend receives FaceSign's webhooks.
    webhook_url: String,
}

fn facesign_config(sandbox: &Sandbox) -> FaceSignConfig {
    FaceSignConfig {
        frame_origins: vec![sandbox.facesign_pages_url()],
        timeout: Duration::from_secs(2),
        ..transfers::facesign_config(
            sandbox.facesign_url(),
            Environment::Sandbox,
            "sk_test_sandbox",
            WEBHOOK_SECRET,
        )
    }
}

impl FaceSignEnv {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = wise_configuration(&sandbox.base_url(), "v1");
        config.facesign = Some(facesign_config(&sandbox));
        config.exemptions = vec![ExemptionConfig {
            currency: Currency::new("USD").unwrap(),
            up_to: 1_000_000,
            regions: Vec::new(),
        }];
        config.transfers = Some(TransfersConfig {
            execute_url: format!("{}/bank/wires", sandbox.base_url()),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_secs(5),
        });
        config.partner_webhook = Some(PartnerWebhookConfig {
            url: format!("{}/bank/notices", sandbox.base_url()),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_secs(5),
        });
        adjust(&mut config);
        let served = serve(&config).await;
        Self {
            control: SandboxControl::new(waiting::client(), &sandbox.base_url()),
            sandbox,
            backend: served.backend,
            app: served.app,
            clock: served.clock,
            webhook_url: format!("{}/webhooks/facesign", served.base_url),
        }
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.control.call(method, path, body).await
    }

    pub async fn behave(&self, behaviour: Value) {
        self.control(Method::PUT, "/facesign/behaviour", behaviour).await;
    }

    /// Has FaceSign send its webhooks to the backend, signed and retried as `settings` say.
    pub async fn send_webhooks(&self, mut settings: Value) {
        settings["url"] = json!(self.webhook_url);
        settings["secret"] = json!(WEBHOOK_SECRET);
        self.control(Method::PUT, "/facesign/webhook", settings).await;
    }

    /// Waits until FaceSign has delivered all webhooks that are due.
    pub async fn webhooks_delivered(&self) {
        self.control(Method::POST, "/facesign/events/idle", json!({"seconds": 10}))
            .await;
    }

    /// Creates an event about a session without sending it. Its id.
    pub async fn event(&self, kind: &str, session: &str) -> String {
        let body = json!({"type": kind, "sessionId": session});
        let created = self.control(Method::POST, "/facesign/events", body).await;
        created.text("id").to_owned()
    }

    /// Delivers copies of an event. The status of the answer to each.
    pub async fn deliver_copies(&self, event: &str, copies: u64) -> Vec<u64> {
        self.deliver_with(event, json!({ "copies": copies })).await
    }

    /// Delivers an event once, signed as `settings` say. The status of the answer.
    pub async fn deliver(&self, event: &str, mut settings: Value) -> u64 {
        settings["copies"] = json!(1);
        self.deliver_with(event, settings).await[0]
    }

    async fn deliver_with(&self, event: &str, settings: Value) -> Vec<u64> {
        let path = format!("/facesign/events/{event}/deliver");
        let sent = self.control(Method::POST, &path, settings).await;
        statuses(&sent)
    }

    pub async fn events(&self) -> Vec<Value> {
        let events = self.control(Method::GET, "/facesign/events", json!({})).await;
        events.as_array().unwrap().clone()
    }

    /// The last event about a session's status.
    pub async fn held_webhook(&self) -> String {
        let events = self.events().await;
        let last = events
            .iter()
            .rfind(|event| event.text("type") == "session.status")
            .unwrap();
        last.text("id").to_owned()
    }

    pub async fn fault(&self, endpoint: &str, times: u32, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "times": times, "when": when, "fault": fault});
        self.control(Method::POST, "/facesign/faults", body).await;
    }

    /// How often FaceSign was called at an endpoint.
    pub async fn calls(&self, endpoint: &str) -> usize {
        let path = format!("/facesign/calls?endpoint={endpoint}");
        let calls = self.control(Method::GET, &path, json!({})).await;
        calls.as_array().unwrap().len()
    }

    pub async fn post_transfer(&self, body: &Value) -> Reply {
        send(&self.app, partner_request(API_KEY, "/v1/transfers", body)).await
    }

    pub async fn get_transfer(&self, id: &str, key: &str) -> Reply {
        let request = Request::get(format!("/v1/transfers/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::empty())
            .unwrap();
        send(&self.app, request).await
    }

    /// Has a transfer held.
    pub async fn hold(&self, id: &str) -> Widget {
        self.hold_body(&transfer(id)).await
    }

    /// Has a transfer with this body held.
    pub async fn hold_body(&self, body: &Value) -> Widget {
        let held = self.post_transfer(body).await.ok();
        assert_eq!(held.text("decision"), "held");
        Widget::new(&self.app, &held)
    }

    /// Has a transfer held and a face session opened for it. The widget, and FaceSign's id of the session.
    pub async fn hold_with_session(&self, id: &str) -> (Widget, String) {
        let widget = self.hold(id).await;
        let session = self.open_session(&widget, id).await;
        (widget, session)
    }

    /// Has a face session opened for a transfer. FaceSign's id of the session.
    pub async fn open_session(&self, widget: &Widget, transfer: &str) -> String {
        widget.start("1", "face").await.ok();
        self.sessions(transfer).await.last().unwrap().text("id").to_owned()
    }

    /// FaceSign's sessions for a transfer, the newest last.
    pub async fn sessions(&self, transfer: &str) -> Vec<Value> {
        let path = format!("/facesign/sessions?for={transfer}");
        let sessions = self.control(Method::GET, &path, json!({})).await;
        sessions.as_array().unwrap().clone()
    }

    /// The customer opens FaceSign's page.
    pub async fn open_page(&self, session: &str) {
        let path = format!("/facesign/sessions/{session}/open");
        self.control(Method::POST, &path, json!({})).await;
    }

    /// Has a session end as one of the simulator's session scripts says.
    pub async fn play(&self, session: &str, script: &str) {
        let path = format!("/facesign/sessions/{session}/play");
        self.control(Method::POST, &path, json!({ "row": script })).await;
    }

    /// Has an analysis of a session end.
    pub async fn finish_analysis(&self, session: &str, results: Value) {
        let path = format!("/facesign/sessions/{session}/analysis");
        self.control(Method::POST, &path, results).await;
    }

    pub async fn tamper(&self, session: &str, patch: Value) {
        let path = format!("/facesign/sessions/{session}/tamper");
        self.control(Method::POST, &path, json!({ "patch": patch })).await;
    }

    /// Has the backend poll the sessions of which no webhook came.
    pub async fn poll(&self) {
        self.clock.advance(Duration::from_secs(31));
        self.backend.sweep().await.unwrap();
    }

    /// Dispatches the outbox, and gives how often the bank has executed a transfer.
    pub async fn executions(&self, transfer: &str) -> u64 {
        self.backend.worker().dispatch_due().await.unwrap();
        let url = format!("{}/bank/wires/{transfer}", self.sandbox.base_url());
        let text = waiting::client().get(url).send().await.unwrap().text().await.unwrap();
        let ledger: Value = serde_json::from_str(&text).unwrap();
        ledger.number("executions")
    }

    /// Dispatches the outbox, and gives the webhooks that the partner has received about a transfer: type and data, by type.
    pub async fn partner_webhooks(&self, transfer: &str) -> Vec<(String, Value)> {
        self.backend.worker().dispatch_due().await.unwrap();
        let path = format!("/bank/notices?transfer={transfer}");
        let notices = self.control(Method::GET, &path, json!({})).await;
        let notices = notices.as_array().unwrap().iter();
        let mut webhooks: Vec<(String, Value)> = notices
            .map(|notice| (notice.text("type").to_owned(), notice["body"]["data"].clone()))
            .collect();
        webhooks.sort_by(|one, other| one.0.cmp(&other.0));
        webhooks
    }

    /// One of the backend's metrics, by the beginning of its line.
    pub fn metric(&self, line: &str) -> u64 {
        metric(&self.backend, line)
    }
}

/// The statuses of the answers to webhooks that the simulator has just delivered.
pub fn statuses(delivered: &Value) -> Vec<u64> {
    let statuses = delivered["statuses"].as_array().unwrap().iter();
    statuses.map(|status| status.as_u64().unwrap()).collect()
}
