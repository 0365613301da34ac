//! A backend in front of the sandbox or a stub, and the widget and the partner's server that call it.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "every test binary uses a part of it"
)]

pub mod contract_json;
pub mod control;
pub mod dynamic_linking;
pub mod enrolment;
pub mod facesign_env;
pub mod log;
pub mod phone_and_face;
pub mod stub;
pub mod transfers;
pub mod weavr_env;
pub mod weavr_payments;

pub use sca_testing::waiting;

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use josekit::jwe::{JweHeader, RSA_OAEP_256};
use sca_backend::{
    config::{Config, WiseConfig},
    gate::{Gate, GateAnswer, GateError, GateRequest},
    routes, server,
    service::Backend,
};
use sca_core::secret::Secret;
use sca_runtime::clock::{Clock, ManualClock, SystemClock};
use sca_sandbox::Sandbox;
use sca_store::Database;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tower::ServiceExt;

pub use contract_json::{ContractJson, assert_ended, assert_problem, assert_status, assert_verified};
use control::SandboxControl;
pub use dynamic_linking::hex;

pub const API_KEY: &str = "sk_test_0123456789abcdef0123456789";
pub const ENCRYPTION_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const OTHER_API_KEY: &str = "sk_other_0123456789abcdef012345678";

/// A compact JWE with the header of an encrypted PIN, `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`, and no PIN in it.
pub const ENCRYPTED_PIN: &str =
    "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.a2V5.AAAAAAAAAAAAAAAA.Y2lwaGVy.AAAAAAAAAAAAAAAAAAAAAA";

/// The answer to a call.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// The code of a problem document; `none` where there is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }

    /// Status and code of a problem document.
    pub fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.code())
    }

    /// After how many seconds to retry: the same in the document and in the header.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        let seconds = self.body.number("retryAfter");
        assert_eq!(self.headers["retry-after"], seconds.to_string());
        seconds
    }

    /// The body of an answer that has to be a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.body
    }
}

pub async fn send(app: &Router, request: Request<Body>) -> Reply {
    let what = format!("an answer to {} {}", request.method(), request.uri());
    let (parts, bytes) = waiting::within(&what, async {
        let response = app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    })
    .await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

/// A configuration with Wise as its provider, on one generation of paths.
pub fn wise_configuration(base: &str, paths: &str) -> Config {
    with_partners(Config::new(WiseConfig {
        base: base.into(),
        paths: paths.into(),
        client_id: "sandbox-client".into(),
        client_secret: Secret::new("sandbox-client-secret".into()),
        expected_steps: None,
        low_risk_calls: Vec::new(),
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(5),
    }))
}

/// Adds the page and the keys of two partners, and a PostgreSQL database where there is a server.
pub fn with_partners(mut config: Config) -> Config {
    config.allowed_origins = vec!["https://shop.example".into()];
    config.api_keys.insert("shop".into(), Secret::new(API_KEY.into()));
    config
        .api_keys
        .insert("other".into(), Secret::new(OTHER_API_KEY.into()));
    if let Some(address) = sca_testing::postgres::database() {
        config.database = Some(Database::Postgres(Secret::new(address)));
        config.encryption_keys = vec![Secret::new(ENCRYPTION_KEY.into())];
    }
    config
}

/// Gives a backend a database that the test, or another backend, can open too: a file, unless it has a PostgreSQL database already.
pub fn use_shared_database(config: &mut Config, folder: &Path) {
    if config.database.is_none() {
        config.database = Some(Database::File(folder.join("approvals.sqlite")));
        config.encryption_keys = vec![Secret::new(ENCRYPTION_KEY.into())];
    }
}

/// A connection of the test's own to a backend's database.
pub async fn raw_connection(config: &Config) -> AnyConnection {
    let address = match config.database.as_ref().unwrap() {
        Database::File(path) => format!("sqlite://{}", path.display()),
        Database::Postgres(address) => address.expose().to_owned(),
    };
    AnyConnection::connect(&address).await.unwrap()
}

/// A backend that listens, and whose clock the test moves.
pub struct ServedBackend {
    pub backend: Backend,
    pub app: Router,
    pub clock: Arc<ManualClock>,
    pub base_url: String,
}

/// Starts a backend that listens. Its clock begins at the machine's time, at which the sandbox signs its webhooks.
pub async fn serve(config: &Config) -> ServedBackend {
    let clock = manual_clock();
    let backend = config.backend_with(clock.clone()).await.unwrap();
    let app = routes::router(backend.clone());
    let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let served = app.clone();
    tokio::spawn(server::serve_routes(listener, served, 1024, std::future::pending()));
    ServedBackend {
        backend,
        app,
        clock,
        base_url,
    }
}

/// A clock that begins at the machine's time.
pub fn manual_clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(SystemClock.now()))
}

/// One of a backend's metrics, by the beginning of its line; 0 where there is no such line yet.
pub fn metric(backend: &Backend, line: &str) -> u64 {
    let text = backend.metrics().render();
    let found = text.lines().find(|known| known.starts_with(line));
    found.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

/// The routes of a backend in front of a stub.
pub async fn stub_app(stub: &stub::Stub) -> Router {
    routes::router(wise_configuration(&stub.base, "v1").backend().await.unwrap())
}

/// A backend in front of a stub, and an approval created from the stub's status.
pub async fn stubbed() -> (stub::Stub, Widget) {
    let stub = stub::Stub::start().await;
    let mut config = wise_configuration(&stub.base, "v1");
    config.wise.as_mut().unwrap().timeout = Duration::from_secs(1);
    let app = routes::router(config.backend().await.unwrap());
    let created = create(&app, API_KEY, &creation()).await.ok();
    (stub, Widget::new(&app, &created))
}

/// The body of a call that creates an approval.
pub fn creation() -> Value {
    json!({
        "provider": "wise",
        "oneTimeToken": stub::TOKEN,
        "accessToken": "canary-access-token",
        "profileId": "16605",
        "action": {"statement": {"account": "EUR balance", "from": "2026-01-01", "to": "2026-01-31"}},
    })
}

pub async fn create(app: &Router, api_key: &str, body: &Value) -> Reply {
    send(app, partner_request(api_key, "/v1/approvals", body)).await
}

/// A `POST` of a partner's server.
pub fn partner_request(api_key: &str, path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {api_key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", idempotency_key())
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Reads an approval as its partner's server does.
pub async fn read_approval(app: &Router, api_key: &str, id: &str) -> Reply {
    let request = Request::get(format!("/v1/approvals/{id}")).header("x-api-key", api_key);
    send(app, request.body(Body::empty()).unwrap()).await
}

/// A backend and the sandbox's Wise.
pub struct TestEnv {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub config: Config,
    control: SandboxControl,
}

/// A customer of the simulator's, for one test.
#[derive(Clone, Debug)]
pub struct TestCustomer {
    pub user: u64,
    pub profile: u64,
    pub token: String,
    pub balance: u64,
    pub transfers: Vec<u64>,
}

impl TestEnv {
    pub async fn start() -> Self {
        Self::with("v1", Arc::new(SystemClock), |_| {}).await
    }

    pub async fn with(paths: &str, clock: Arc<dyn Clock>, adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = wise_configuration(&sandbox.base_url(), paths);
        adjust(&mut config);
        let backend = config.backend_with(clock).await.unwrap();
        Self {
            app: routes::router(backend.clone()),
            control: SandboxControl::new(waiting::client(), &sandbox.base_url()),
            sandbox,
            backend,
            config,
        }
    }

    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.control.call(method, path, body).await
    }

    pub async fn customer(&self, body: Value) -> TestCustomer {
        let created = self.control(Method::POST, "/customers", body).await;
        TestCustomer {
            user: created.number("userId"),
            profile: created.number("profileId"),
            token: created.text("accessToken").into(),
            balance: created.number("balanceId"),
            transfers: created["transferIds"]
                .as_array()
                .unwrap()
                .iter()
                .map(|id| id.as_u64().unwrap())
                .collect(),
        }
    }

    /// What the simulator knows of a customer.
    pub async fn state_of(&self, customer: &TestCustomer) -> Value {
        self.control(Method::GET, &format!("/customers/{}", customer.user), json!({}))
            .await
    }

    /// The customer's first transfer was paid once, and no further payment of it was tried.
    pub async fn assert_funded_once(&self, customer: &TestCustomer) {
        let state = self.state_of(customer).await;
        let transfer = &state["transfers"][customer.transfers[0].to_string()];
        assert_eq!(
            (transfer.number("executedPayments"), transfer.number("refusedAgain")),
            (1, 0)
        );
    }

    pub async fn fault(&self, customer: &TestCustomer, endpoint: &str, times: u32, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "userId": customer.user, "times": times, "when": when, "fault": fault});
        self.control(Method::POST, "/faults", body).await;
    }

    /// The calls that the simulator received at an endpoint.
    pub async fn calls(&self, endpoint: &str) -> Vec<Value> {
        let log = self
            .control(Method::GET, &format!("/log?endpoint={endpoint}"), json!({}))
            .await;
        log.as_array()
            .cloned()
            .unwrap_or_else(|| log["calls"].as_array().cloned().unwrap())
    }

    pub fn gate(&self) -> Gate {
        Gate::new(self.backend.clone(), "shop")
    }

    /// The version in a path: the one that Wise gave it before paths had generations, or the configured generation.
    pub fn version<'a>(&'a self, legacy: &'a str) -> String {
        let paths = self.config.wise.as_ref().unwrap().paths.clone();
        if paths.starts_with('v') { legacy.into() } else { paths }
    }

    /// The call that funds a customer's first transfer.
    pub fn fund(&self, customer: &TestCustomer) -> GateRequest {
        let path = format!(
            "/{}/profiles/{}/transfers/{}/payments",
            self.version("v3"),
            customer.profile,
            customer.transfers[0]
        );
        GateRequest::new(Method::POST, path, Secret::new(customer.token.clone())).json(r#"{"type":"BALANCE"}"#)
    }

    /// The call that reads a customer's balance statement.
    pub fn statement(&self, customer: &TestCustomer) -> GateRequest {
        let path = format!(
            "/{}/profiles/{}/balance-statements/{}/statement.json?currency=EUR\
             &intervalStart=2026-01-01T00:00:00.000Z&intervalEnd=2026-01-31T23:59:59.999Z",
            self.version("v1"),
            customer.profile,
            customer.balance
        );
        GateRequest::new(Method::GET, path, Secret::new(customer.token.clone()))
    }

    /// Makes a call that Wise refuses, and gives the widget for its approval.
    pub async fn approval_for(&self, request: GateRequest) -> Widget {
        match self.gate().send(request).await.unwrap() {
            GateAnswer::ApprovalRequired(required) => Widget {
                app: self.app.clone(),
                secret: required.client_secret.expose().into(),
                id: required.id,
            },
            GateAnswer::Provider { status, .. } => panic!("Wise did not refuse: {status}"),
            GateAnswer::NotDescribed { .. } => panic!("the gate cannot describe the call"),
        }
    }

    /// An approval for a new customer to fund a transfer.
    pub async fn approval(&self) -> (TestCustomer, Widget) {
        let customer = self.customer(json!({})).await;
        let widget = self.approval_for(self.fund(&customer)).await;
        (customer, widget)
    }
}

/// Repeats a call with its approval.
pub async fn repeat(gate: &Gate, request: GateRequest, widget: &Widget) -> Result<GateAnswer, GateError> {
    gate.send(request.approval(Some(widget.id.clone()))).await
}

/// A widget's calls.
#[derive(Clone, Debug)]
pub struct Widget {
    pub app: Router,
    pub secret: String,
    pub id: String,
}

/// What each approval showed when its widget first read it, by its id.
static FIRST_SHOWN: LazyLock<Mutex<HashMap<String, Value>>> = LazyLock::new(Mutex::default);

static IDEMPOTENCY_KEYS: AtomicU64 = AtomicU64::new(0);

/// A new idempotency key.
pub fn idempotency_key() -> String {
    format!("attempt-{:012}", IDEMPOTENCY_KEYS.fetch_add(1, Ordering::Relaxed))
}

impl Widget {
    /// A widget for an approval, from the answer to its creation.
    pub fn new(app: &Router, created: &Value) -> Self {
        Self {
            app: app.clone(),
            secret: created.text("clientSecret").into(),
            id: created.text("id").into(),
        }
    }

    /// The same widget, served by another instance.
    pub fn at(&self, instance: &Backend) -> Self {
        Self {
            app: routes::router(instance.clone()),
            ..self.clone()
        }
    }

    /// What this widget has shown since it first read the approval. Of an approval that was settled by then, nothing is shown.
    pub async fn shown(&self) -> Value {
        if let Some(known) = FIRST_SHOWN.lock().unwrap().get(&self.id) {
            return known.clone();
        }
        let approval = self.get("").await.body;
        if approval["action"].is_null() {
            return json!({"approval": self.id, "version": 1, "digest": ""});
        }
        let shown = dynamic_linking::shown_of(&approval);
        FIRST_SHOWN.lock().unwrap().insert(self.id.clone(), shown.clone());
        shown
    }

    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(format!("/v1/approval/{}{path}", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .body(Body::empty())
            .unwrap();
        send(&self.app, request).await
    }

    /// The approval as the widget reads it.
    pub async fn snapshot(&self) -> Value {
        self.get("").await.ok()
    }

    /// Reads the approval until it is as expected.
    pub async fn snapshot_when(&self, expected: impl Fn(&Value) -> bool) -> Value {
        waiting::within("an approval that is as expected", async {
            loop {
                let snapshot = self.snapshot().await;
                if expected(&snapshot) {
                    return snapshot;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    /// Reads the approval until it is settled.
    pub async fn settled(&self) -> Value {
        self.snapshot_when(|snapshot| snapshot.status() != "pending").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(&idempotency_key(), path, &body.to_string()).await
    }

    /// Posts a body. The `shown` member is added to a body about a challenge that has none.
    pub async fn post_as(&self, key: &str, path: &str, body: &str) -> Reply {
        let mut body = body.to_owned();
        if let Ok(Value::Object(mut members)) = serde_json::from_str(&body)
            && members.contains_key("challenge")
            && !members.contains_key("shown")
        {
            members.insert("shown".into(), self.shown().await);
            body = Value::Object(members).to_string();
        }
        let request = Request::post(format!("/v1/approval/{}{path}", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body))
            .unwrap();
        send(&self.app, request).await
    }

    pub async fn cancel(&self) -> Reply {
        self.post_as(&idempotency_key(), "/cancel", "").await
    }

    pub async fn deny(&self) -> Reply {
        self.post_as(&idempotency_key(), "/deny", "").await
    }

    pub async fn start(&self, challenge: &str, factor: &str) -> Reply {
        self.post("/start", &json!({"challenge": challenge, "factor": factor}))
            .await
    }

    pub async fn encrypt(&self, pin: &str) -> String {
        let key = self.get("/encryption-key").await.ok();
        encrypt(key.text("spki"), pin)
    }

    pub async fn pin(&self, challenge: &str, pin: &str) -> Reply {
        let jwe = self.encrypt(pin).await;
        self.jwe(challenge, &jwe).await
    }

    pub async fn jwe(&self, challenge: &str, jwe: &str) -> Reply {
        let body = json!({"challenge": challenge, "factor": "pin", "entry": {"jwe": jwe}});
        self.post("/verify", &body).await
    }

    pub async fn code(&self, challenge: &str, factor: &str, code: &str) -> Reply {
        let body = json!({"challenge": challenge, "factor": factor, "entry": {"code": code}});
        self.post("/verify", &body).await
    }

    /// Passes both challenges, PIN and code.
    pub async fn approve(&self) {
        assert_eq!(self.pin("1", "1234").await.ok().verdict(), "accepted");
        self.start("2", "sms").await.ok();
        assert_verified(&self.code("2", "sms", "111111").await.ok(), "accepted", "approved");
    }
}

/// Encrypts a PIN as a widget does, with a library that is not the widget's.
pub fn encrypt(spki: &str, pin: &str) -> String {
    encrypt_json(spki, &json!({ "pin": pin }))
}

/// Encrypts JSON for the provider.
pub fn encrypt_json(spki: &str, plain: &Value) -> String {
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
    let encrypter = RSA_OAEP_256.encrypter_from_pem(pem).unwrap();
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    josekit::jwe::serialize_compact(plain.to_string().as_bytes(), &header, &encrypter).unwrap()
}
