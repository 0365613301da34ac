//! A backend that holds transfers, and the FaceSign and the bank of the sandbox.

use std::time::Duration;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use sca_backend::{
    clock::{Clock, ManualClock, SystemClock},
    config::Config,
    policy::Exemption,
    providers::facesign::config::{Environment, FaceSignConfig},
    routes,
    secret::Secret,
    server,
    service::Backend,
    webhooks::config::{PartnerWebhookConfig, TransfersConfig},
};
use sca_protocol::Currency;
use sca_sandbox::Sandbox;
use serde_json::{Value, json};

use super::{API_KEY, Reply, Widget, attempt, configuration, send, waiting};

pub const WEBHOOK_SECRET: &str = "whsec_sandbox";
pub const BANK_SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

pub struct Faces {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub clock: Arc<ManualClock>,
    pub control: reqwest::Client,
    /// Where the backend hears of events.
    pub webhooks: String,
}

/// A transfer as the partner describes it.
pub fn wire(transfer: &str) -> Value {
    json!({
        "transfer": transfer,
        "version": 1,
        "user": "user-4421",
        "email": "a@example.com",
        "amount": {"minor": 5_000_000, "currency": "USD"},
        "payee": "Acme Corp",
        "accountTail": "7890",
        "reference": "Invoice 7",
        "region": "US",
    })
}

pub fn facesign(sandbox: &Sandbox) -> FaceSignConfig {
    FaceSignConfig {
        base: sandbox.facesign_url(),
        environment: Environment::Sandbox,
        api_key: Secret::new("sk_test_sandbox".into()),
        webhook_secrets: vec![Secret::new(WEBHOOK_SECRET.into())],
        frame_origins: vec![sandbox.facesign_pages_url()],
        video_analysis: false,
        deepfake_analysis: false,
        analyses_wait: Duration::from_secs(300),
        poll_interval: Duration::from_secs(15),
        sessions: 3,
        connect_timeout: Duration::from_millis(1_000),
        timeout: Duration::from_millis(2_000),
    }
}

impl Faces {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The clock stands at the time of the machine: what the sandbox signs, it signs now.
    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = configuration(&sandbox.base_url(), "v1");
        config.facesign = Some(facesign(&sandbox));
        config.exemptions = vec![Exemption {
            currency: Currency::new("USD").unwrap(),
            up_to: 1_000_000,
            regions: Vec::new(),
        }];
        config.transfers = Some(TransfersConfig {
            execute_url: format!("{}/bank/wires", sandbox.base_url()),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_millis(5_000),
        });
        config.partner_webhook = Some(PartnerWebhookConfig {
            url: format!("{}/bank/notices", sandbox.base_url()),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_millis(5_000),
        });
        adjust(&mut config);
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let backend = config.backend_with(clock.clone()).await.unwrap();
        let app = routes::router(backend.clone());
        let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let webhooks = format!("http://{}/webhooks/facesign", listener.local_addr().unwrap());
        let served = app.clone();
        tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        Self {
            sandbox,
            backend,
            app,
            clock,
            control: waiting::client(),
            webhooks,
        }
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self
            .control
            .request(method, format!("{}/control{path}", self.sandbox.base_url()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub async fn behave(&self, behaviour: Value) {
        self.control(Method::PUT, "/facesign/behaviour", behaviour).await;
    }

    /// Has FaceSign tell the backend of events, with whatever else is said about how.
    pub async fn tell(&self, mut how: Value) {
        how["url"] = json!(self.webhooks);
        how["secret"] = json!(WEBHOOK_SECRET);
        self.control(Method::PUT, "/facesign/webhook", how).await;
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

    pub async fn post_wire(&self, body: &Value) -> Reply {
        let request = Request::post("/v1/transfers")
            .header(header::AUTHORIZATION, format!("Bearer {API_KEY}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", attempt())
            .body(Body::from(body.to_string()))
            .unwrap();
        send(&self.app, request).await
    }

    pub async fn get_wire(&self, id: &str, key: &str) -> Reply {
        let request = Request::get(format!("/v1/transfers/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(Body::empty())
            .unwrap();
        send(&self.app, request).await
    }

    /// Has a transfer held.
    pub async fn hold(&self, transfer: &str) -> Widget {
        let held = self.post_wire(&wire(transfer)).await.ok();
        assert_eq!(held["decision"], "held");
        Widget {
            app: self.app.clone(),
            secret: held["clientSecret"].as_str().unwrap().into(),
            id: held["id"].as_str().unwrap().into(),
        }
    }

    /// Has a transfer held and a session opened for it. Gives FaceSign's name for the session.
    pub async fn opened(&self, transfer: &str) -> (Widget, String) {
        let widget = self.hold(transfer).await;
        let session = self.open(&widget, transfer).await;
        (widget, session)
    }

    pub async fn open(&self, widget: &Widget, transfer: &str) -> String {
        widget.start("1", "face").await.ok();
        self.sessions(transfer).await.last().unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// FaceSign's sessions for a transfer, the newest last.
    pub async fn sessions(&self, transfer: &str) -> Vec<Value> {
        let path = format!("/facesign/sessions?for={transfer}");
        let sessions = self.control(Method::GET, &path, json!({})).await;
        sessions.as_array().unwrap().clone()
    }

    pub async fn play(&self, session: &str, row: &str) {
        let path = format!("/facesign/sessions/{session}/play");
        self.control(Method::POST, &path, json!({ "row": row })).await;
    }

    pub async fn tamper(&self, session: &str, patch: Value) {
        let path = format!("/facesign/sessions/{session}/tamper");
        self.control(Method::POST, &path, json!({ "patch": patch })).await;
    }

    /// Has the backend ask FaceSign for what it heard nothing of.
    pub async fn poll(&self) {
        self.clock.advance(Duration::from_secs(31));
        self.backend.sweep().await.unwrap();
    }

    /// Hands over what is due, and gives how often the bank has carried a transfer out.
    pub async fn executions(&self, transfer: &str) -> u64 {
        self.backend.worker().dispatch_due().await.unwrap();
        let url = format!("{}/bank/wires/{transfer}", self.sandbox.base_url());
        let text = self.control.get(url).send().await.unwrap().text().await.unwrap();
        let state: Value = serde_json::from_str(&text).unwrap();
        state["executions"].as_u64().unwrap()
    }

    /// What the partner's own server has been told about a transfer: types and data.
    pub async fn notices(&self, transfer: &str) -> Vec<(String, Value)> {
        self.backend.worker().dispatch_due().await.unwrap();
        let path = format!("/bank/notices?transfer={transfer}");
        let notices = self.control(Method::GET, &path, json!({})).await;
        let told = notices.as_array().unwrap().iter();
        let mut told: Vec<(String, Value)> = told
            .map(|notice| {
                (
                    notice["type"].as_str().unwrap().to_owned(),
                    notice["body"]["data"].clone(),
                )
            })
            .collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    }

    /// A figure of the backend's by the beginning of its line.
    pub fn metric(&self, line: &str) -> u64 {
        let text = self.backend.metrics().render();
        let found = text.lines().find(|known| known.starts_with(line));
        found.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

/// Waits until an approval is no longer as it was.
pub async fn until(widget: &Widget, done: impl Fn(&Value) -> bool) -> Value {
    waiting::within("an approval that is as it should be", async {
        loop {
            let snapshot = widget.snapshot().await;
            if done(&snapshot) {
                return snapshot;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

pub fn is_settled(snapshot: &Value) -> bool {
    snapshot["status"] != "pending"
}
