//! A backend and the Weavr of the sandbox, with a customer who has something to confirm.

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
    providers::weavr::config::WeavrConfig,
    routes,
    secret::Secret,
    server,
    service::Backend,
    store::Database,
};
use sca_sandbox::Sandbox;
use serde_json::{Value, json};

use super::{API_KEY, ENCRYPTION_KEY, OTHER_API_KEY, Reply, Widget, attempt, postgres, send};

pub const WEAVR_KEY: &str = "weavr_sandbox_key";
pub const CODE: &str = "123456";
pub const WRONG: &str = "000000";
pub const DESTINATION: &str = "*******0123";

pub struct Confirmations {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub control: reqwest::Client,
    /// Where the backend hears of events.
    pub webhooks: String,
}

/// A customer of the sandbox's own.
#[derive(Clone, Debug)]
pub struct Payer {
    pub user: String,
    pub token: String,
    pub wires: String,
    pub sends: String,
    pub eur: String,
    pub gbp: String,
}

pub fn weavr(base: &str) -> WeavrConfig {
    let mut weavr = WeavrConfig::new(base.into(), Secret::new(WEAVR_KEY.into()));
    weavr.connect_timeout = Duration::from_millis(1_000);
    weavr.timeout = Duration::from_millis(3_000);
    weavr.poll_interval = Duration::from_secs(5);
    weavr
}

/// A backend for Weavr and nothing else.
pub fn configuration(base: &str) -> Config {
    let mut config = Config::new(None);
    config.weavr = Some(weavr(base));
    config.allowed_origins = vec!["https://shop.example".into()];
    config.api_keys.insert("shop".into(), Secret::new(API_KEY.into()));
    config
        .api_keys
        .insert("other".into(), Secret::new(OTHER_API_KEY.into()));
    if let Some(address) = postgres::database() {
        config.database = Some(Database::Postgres(Secret::new(address)));
        config.encryption_key = Some(Secret::new(ENCRYPTION_KEY.into()));
    }
    config
}

impl Confirmations {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The clock stands at the time of the machine: what the sandbox signs, it signs now.
    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = configuration(&format!("{}/multi", sandbox.weavr_url()));
        adjust(&mut config);
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let backend = config.backend_with(clock.clone()).await.unwrap();
        let app = routes::router(backend.clone());
        let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let webhooks = format!("http://{}/webhooks/weavr", listener.local_addr().unwrap());
        let served = app.clone();
        tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
        Self {
            sandbox,
            backend,
            app,
            clock,
            config,
            control: reqwest::Client::new(),
            webhooks,
        }
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/control/weavr{path}", self.sandbox.base_url());
        let (status, value) = self.call(method, &url, "", body).await;
        assert!((200..300).contains(&status), "{path}: {status} {value}");
        value
    }

    /// A call to Weavr as the partner's own server makes it.
    pub async fn multi(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/multi{path}", self.sandbox.weavr_url());
        self.call(method, &url, token, body).await
    }

    async fn call(&self, method: Method, url: &str, token: &str, body: Value) -> (u16, Value) {
        let mut request = self.control.request(method.clone(), url).header("api-key", WEAVR_KEY);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if method != Method::GET && method != Method::DELETE {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// Has Weavr tell the backend of events, with whatever else is said about how.
    pub async fn tell(&self, mut how: Value) {
        how["url"] = json!(self.webhooks);
        self.control(Method::POST, "/webhooks", how).await;
    }

    /// Waits until Weavr has told all it has to tell now.
    pub async fn told(&self) {
        self.control(Method::POST, "/events/idle", json!({"seconds": 30})).await;
    }

    pub async fn fault(&self, endpoint: &str, times: u32, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "times": times, "when": when, "fault": fault});
        self.control(Method::POST, "/faults", body).await;
    }

    /// How often Weavr was called at an endpoint.
    pub async fn calls(&self, endpoint: &str) -> usize {
        let calls = self
            .control(Method::GET, &format!("/calls?endpoint={endpoint}"), json!({}))
            .await;
        calls.as_array().unwrap().len()
    }

    pub async fn payer(&self) -> Payer {
        self.payer_who(json!({})).await
    }

    pub async fn payer_who(&self, about: Value) -> Payer {
        let made = self.control(Method::POST, "/customers", about).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Payer {
            user: text(&made["userId"]),
            token: text(&made["token"]),
            wires: text(&made["profiles"]["wires"]),
            sends: text(&made["profiles"]["sends"]),
            eur: text(&made["accounts"]["EUR"]),
            gbp: text(&made["accounts"]["GBP"]),
        }
    }

    /// A wire of so many euro cents; its name at Weavr.
    pub async fn wire(&self, payer: &Payer, minor: u64) -> String {
        let body = json!({
            "profileId": payer.wires,
            "sourceInstrument": {"type": "managed_accounts", "id": payer.eur},
            "transferAmount": {"currency": "EUR", "amount": minor},
            "description": "INV 42",
            "destinationBeneficiary": {"name": "Acme Corp", "iban": "DE89370400440532013000"},
        });
        let (status, made) = self
            .multi(Method::POST, "/outgoing_wire_transfers", &payer.token, body)
            .await;
        assert_eq!(status, 200, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// A send of so many pounds in pence to Carla, who is there from the start.
    pub async fn send(&self, payer: &Payer, minor: u64) -> String {
        let body = json!({
            "profileId": payer.sends,
            "source": {"type": "managed_accounts", "id": payer.gbp},
            "destination": {"type": "managed_accounts", "id": "115000000000000204"},
            "destinationAmount": {"currency": "GBP", "amount": minor},
        });
        let (status, made) = self.multi(Method::POST, "/sends", &payer.token, body).await;
        assert_eq!(status, 200, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// Where a payment stands at Weavr.
    pub async fn state(&self, id: &str) -> String {
        let resource = self.control(Method::GET, &format!("/resources/{id}"), json!({})).await;
        resource["state"].as_str().unwrap().to_owned()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_with(API_KEY, path, body).await
    }

    pub async fn post_with(&self, api_key: &str, path: &str, body: &Value) -> Reply {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {api_key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", attempt())
            .body(Body::from(body.to_string()))
            .unwrap();
        send(&self.app, request).await
    }

    pub async fn confirm(&self, payer: &Payer, kind: &str, ids: &[String]) -> Reply {
        self.post("/v1/confirmations", &request(payer, kind, ids)).await
    }

    /// Has payments held.
    pub async fn held(&self, payer: &Payer, kind: &str, ids: &[String]) -> Widget {
        let held = self.confirm(payer, kind, ids).await.ok();
        assert_eq!(held["decision"], "held");
        self.widget(&held)
    }

    /// Has payments held by another partner's server.
    pub async fn held_elsewhere(&self, payer: &Payer, kind: &str, ids: &[String]) -> Widget {
        let held = self
            .post_with(OTHER_API_KEY, "/v1/confirmations", &request(payer, kind, ids))
            .await;
        self.widget(&held.ok())
    }

    pub fn widget(&self, made: &Value) -> Widget {
        Widget {
            app: self.app.clone(),
            secret: made["clientSecret"].as_str().unwrap().into(),
            id: made["id"].as_str().unwrap().into(),
        }
    }

    /// A wire of 500 euros, held.
    pub async fn held_wire(&self) -> (Payer, String, Widget) {
        let payer = self.payer().await;
        let id = self.wire(&payer, 50_000).await;
        let widget = self.held(&payer, WIRES, std::slice::from_ref(&id)).await;
        (payer, id, widget)
    }

    /// The newest request or code of a customer's.
    pub async fn request(&self, payer: &Payer) -> Value {
        let path = format!("/requests?user={}", payer.user);
        let requests = self.control(Method::GET, &path, json!({})).await;
        requests.as_array().unwrap().last().unwrap().clone()
    }

    /// What the customer does with the newest request: `approve`, `reject` or `expire`.
    pub async fn answer(&self, payer: &Payer, what: &str) {
        let id = self.request(payer).await["id"].as_str().unwrap().to_owned();
        self.control(Method::POST, &format!("/requests/{id}/{what}"), json!({}))
            .await;
    }

    /// Time goes by, here and at Weavr.
    pub async fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        let url = format!("{}/control/clock/advance", self.sandbox.base_url());
        self.call(Method::POST, &url, "", json!({ "seconds": seconds })).await;
    }

    /// Has the backend ask Weavr for what it heard nothing of.
    pub async fn poll(&self) {
        self.clock.advance(Duration::from_secs(6));
        self.backend.sweep().await.unwrap();
    }

    /// A figure of the backend's by the beginning of its line.
    pub fn metric(&self, line: &str) -> u64 {
        let text = self.backend.metrics().render();
        let found = text.lines().find(|known| known.starts_with(line));
        found.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

pub const WIRES: &str = "outgoing_wire_transfers";
pub const SENDS: &str = "sends";

pub fn request(payer: &Payer, kind: &str, ids: &[String]) -> Value {
    let mut body = json!({
        "accessToken": payer.token,
        "resourceType": kind,
        "resourceIds": ids,
        "destination": DESTINATION,
    });
    if kind == SENDS {
        body["payees"] = json!(vec!["Carla Dean"; ids.len()]);
    }
    body
}
