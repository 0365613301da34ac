//! A backend in front of a sandbox or a stub, and the widget and the partner's server that call it.
#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]

pub mod dynamic_linking;
pub mod facesign_env;
pub mod postgres;
pub mod stub;
pub mod waiting;
pub mod weavr_env;

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
    clock::{Clock, SystemClock},
    config::{Config, WiseConfig},
    gate::{Gate, GateAnswer, GateError, GateRequest},
    routes,
    secret::Secret,
    service::Backend,
    store::Database,
};
use sca_sandbox::Sandbox;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tower::ServiceExt;

pub const API_KEY: &str = "sk_test_0123456789abcdef0123456789";
pub const ENCRYPTION_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const OTHER_API_KEY: &str = "sk_other_0123456789abcdef012345678";

/// An entry with the outside of an encrypted PIN and nothing in it: `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`.
pub const ENTRY: &str =
    "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0.a2V5.AAAAAAAAAAAAAAAA.Y2lwaGVy.AAAAAAAAAAAAAAAAAAAAAA";

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }

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

pub fn configuration(wise: &str, paths: &str) -> Config {
    let mut config = Config::new(WiseConfig {
        base: wise.into(),
        paths: paths.into(),
        client_id: "sandbox-client".into(),
        client_secret: Secret::new("sandbox-client-secret".into()),
        expected_steps: None,
        connect_timeout: Duration::from_millis(1_000),
        timeout: Duration::from_millis(5_000),
    });
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

/// Keeps approvals where the test, or another backend, can get at them: in a file, unless it is a server's database already.
pub fn keep_in(config: &mut Config, folder: &Path) {
    if config.database.is_none() {
        config.database = Some(Database::File(folder.join("approvals.sqlite")));
        config.encryption_key = Some(Secret::new(ENCRYPTION_KEY.into()));
    }
}

/// The database behind a backend's back.
pub async fn behind(config: &Config) -> AnyConnection {
    let address = match config.database.as_ref().unwrap() {
        Database::File(path) => format!("sqlite://{}", path.display()),
        Database::Postgres(address) => address.expose().to_owned(),
    };
    AnyConnection::connect(&address).await.unwrap()
}

/// A backend in front of a stub, and an approval made from the stub's status.
pub async fn stubbed() -> (stub::Stub, Widget) {
    let stub = stub::Stub::start().await;
    let mut config = configuration(&stub.base, "v1");
    config.wise.as_mut().unwrap().timeout = Duration::from_millis(1_000);
    let app = routes::router(config.backend().await.unwrap());
    let made = create(&app, API_KEY, &creation()).await.ok();
    let widget = Widget {
        app,
        secret: made["clientSecret"].as_str().unwrap().into(),
        id: made["id"].as_str().unwrap().into(),
    };
    (stub, widget)
}

/// The body of a call that makes an approval.
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
    let request = Request::post("/v1/approvals")
        .header(header::AUTHORIZATION, format!("Bearer {api_key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", attempt())
        .body(Body::from(body.to_string()))
        .unwrap();
    send(app, request).await
}

/// A backend and the sandbox that it calls.
pub struct World {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub config: Config,
    pub control: reqwest::Client,
}

#[derive(Clone, Debug)]
pub struct Customer {
    pub user: u64,
    pub profile: u64,
    pub token: String,
    pub balance: u64,
    pub transfers: Vec<u64>,
}

impl World {
    pub async fn start() -> Self {
        Self::with("v1", Arc::new(SystemClock), |_| {}).await
    }

    pub async fn with(paths: &str, clock: Arc<dyn Clock>, adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = configuration(&sandbox.base_url(), paths);
        adjust(&mut config);
        let backend = config.backend_with(clock).await.unwrap();
        Self {
            app: routes::router(backend.clone()),
            sandbox,
            backend,
            config,
            control: waiting::client(),
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

    pub async fn customer(&self, body: Value) -> Customer {
        let made = self.control(Method::POST, "/customers", body).await;
        let number = |value: &Value| value.as_u64().unwrap();
        Customer {
            user: number(&made["userId"]),
            profile: number(&made["profileId"]),
            token: made["accessToken"].as_str().unwrap().into(),
            balance: number(&made["balanceId"]),
            transfers: made["transferIds"].as_array().unwrap().iter().map(number).collect(),
        }
    }

    pub async fn state_of(&self, customer: &Customer) -> Value {
        let request = self.control.get(format!(
            "{}/control/customers/{}",
            self.sandbox.base_url(),
            customer.user
        ));
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    pub async fn fault(&self, customer: &Customer, endpoint: &str, times: u32, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "userId": customer.user, "times": times, "when": when, "fault": fault});
        self.control(Method::POST, "/faults", body).await;
    }

    /// The calls that the sandbox received at an endpoint.
    pub async fn calls(&self, endpoint: &str) -> Vec<Value> {
        let url = format!("{}/control/log?endpoint={endpoint}", self.sandbox.base_url());
        let text = self.control.get(url).send().await.unwrap().text().await.unwrap();
        let log: Value = serde_json::from_str(&text).unwrap();
        log.as_array()
            .cloned()
            .unwrap_or_else(|| log["calls"].as_array().cloned().unwrap())
    }

    pub fn gate(&self) -> Gate {
        Gate::new(self.backend.clone(), "shop")
    }

    pub fn version<'a>(&'a self, legacy: &'a str) -> String {
        let paths = self.backend.wise().unwrap().paths().to_string();
        if paths.starts_with('v') { legacy.into() } else { paths }
    }

    pub fn fund(&self, customer: &Customer) -> GateRequest {
        let path = format!(
            "/{}/profiles/{}/transfers/{}/payments",
            self.version("v3"),
            customer.profile,
            customer.transfers[0]
        );
        GateRequest::new(Method::POST, path, Secret::new(customer.token.clone())).json(r#"{"type":"BALANCE"}"#)
    }

    pub fn statement(&self, customer: &Customer) -> GateRequest {
        let path = format!(
            "/{}/profiles/{}/balance-statements/{}/statement.json?currency=EUR\
             &intervalStart=2026-01-01T00:00:00.000Z&intervalEnd=2026-01-31T23:59:59.999Z",
            self.version("v1"),
            customer.profile,
            customer.balance
        );
        GateRequest::new(Method::GET, path, Secret::new(customer.token.clone()))
    }

    /// Has a call refused and gives the widget for its approval.
    pub async fn refused(&self, request: GateRequest) -> Widget {
        match self.gate().send(request).await.unwrap() {
            GateAnswer::ApprovalRequired(required) => Widget {
                app: self.app.clone(),
                secret: required.client_secret.expose().into(),
                id: required.id,
            },
            GateAnswer::Provider { status, .. } => panic!("not refused: {status}"),
        }
    }

    /// An approval of a new customer's to fund a transfer.
    pub async fn approval(&self) -> (Customer, Widget) {
        let customer = self.customer(json!({})).await;
        let widget = self.refused(self.fund(&customer)).await;
        (customer, widget)
    }
}

pub async fn repeat(gate: &Gate, request: GateRequest, widget: &Widget) -> Result<GateAnswer, GateError> {
    gate.send(request.approval(Some(widget.id.clone()))).await
}

/// A widget, without its face.
#[derive(Clone, Debug)]
pub struct Widget {
    pub app: Router,
    pub secret: String,
    pub id: String,
}

/// What was shown when an approval was first seen, by its id.
static FIRST_SEEN: LazyLock<Mutex<HashMap<String, Value>>> = LazyLock::new(Mutex::default);

static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

pub fn attempt() -> String {
    format!("attempt-{:012}", ATTEMPTS.fetch_add(1, Ordering::Relaxed))
}

impl Widget {
    /// What this widget has shown since it first saw the approval; of one that was over by then nobody can tell.
    pub async fn shown(&self) -> Value {
        if let Some(known) = FIRST_SEEN.lock().unwrap().get(&self.id) {
            return known.clone();
        }
        let told = self.get("").await.body;
        if told["action"].is_null() {
            return json!({"approval": self.id, "version": 1, "digest": ""});
        }
        let shown = dynamic_linking::shown_of(&told);
        FIRST_SEEN.lock().unwrap().insert(self.id.clone(), shown.clone());
        shown
    }

    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(format!("/v1/approval/{}{path}", self.id))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .body(Body::empty())
            .unwrap();
        send(&self.app, request).await
    }

    pub async fn snapshot(&self) -> Value {
        self.get("").await.ok()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(&attempt(), path, &body.to_string()).await
    }

    /// Posts a body; to one that says nothing of what was shown, it is added.
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
        self.post_as(&attempt(), "/cancel", "").await
    }

    pub async fn start(&self, challenge: &str, factor: &str) -> Reply {
        self.post("/start", &json!({"challenge": challenge, "factor": factor}))
            .await
    }

    pub async fn encrypt(&self, pin: &str) -> String {
        let key = self.get("/encryption-key").await.ok();
        encrypt(key["spki"].as_str().unwrap(), pin)
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

    /// Takes both steps.
    pub async fn approve(&self) {
        assert_eq!(self.pin("1", "1234").await.ok()["verdict"], "accepted");
        self.start("2", "sms").await.ok();
        let verified = self.code("2", "sms", "111111").await.ok();
        assert_eq!(verified["verdict"], "accepted");
        assert_eq!(verified["approval"]["status"], "approved");
    }
}

/// Encrypts a PIN as a widget does, with another library.
pub fn encrypt(spki: &str, pin: &str) -> String {
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{spki}\n-----END PUBLIC KEY-----\n");
    let encrypter = RSA_OAEP_256.encrypter_from_pem(pem).unwrap();
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    josekit::jwe::serialize_compact(json!({ "pin": pin }).to_string().as_bytes(), &header, &encrypter).unwrap()
}
