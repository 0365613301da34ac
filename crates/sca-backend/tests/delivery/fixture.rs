//! Several backends on one database, a FaceSign and a bank that know what is true, and a partner and a customer who call.
//!
//! Each backend has a runtime of its own, as a process has: when it crashes, everything that was under way in it is dropped where
//! it stands.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use http_body_util::BodyExt;
use sca_backend::{
    clock::{Clock, ManualClock},
    config::{Config, WiseConfig},
    providers::facesign::config::{Environment, FaceSignConfig},
    routes,
    secret::Secret,
    service::Backend,
    store::Database,
    webhooks::{Worker, config::TransfersConfig},
};
use sca_protocol::Timestamp;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    bank::Bank,
    dynamic_linking::{address, shown_of},
    facesign::{self, Ending, FaceSign},
    waiting::until_so,
};

pub const API_KEY: &str = "sk_test_0123456789abcdef0123456789";
pub const BANK_SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";
pub const ENCRYPTION_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// 2026-11-23.
const START: Timestamp = Timestamp(1_795_430_000_000);
/// What the first version of a transfer is about, in minor units and as FaceSign is told.
const AMOUNT: u64 = 5_000_000;

/// What a version of a transfer is about: each is about more than the one before.
pub fn amount_of(version: u64) -> u64 {
    AMOUNT + 100 * version
}

/// The same, as FaceSign is told.
pub fn decimal_of(version: u64) -> String {
    let amount = amount_of(version);
    format!("{}.{:02}", amount / 100, amount % 100)
}

pub struct World {
    pub facesign: FaceSign,
    pub bank: Bank,
    pub clock: Arc<ManualClock>,
    config: Config,
    instances: [RwLock<Arc<Instance>>; 2],
}

pub struct Instance {
    /// Until it crashes.
    runtime: Mutex<Option<Runtime>>,
    pub backend: Backend,
    app: Router,
    /// Hands over to the bank that is told directly.
    pub worker: Worker,
}

impl Instance {
    /// Answers a call.
    pub fn hear(&self, request: Request<Body>) -> impl Future<Output = Reply> + Send + 'static + use<> {
        reply(self.app.clone(), request)
    }

    fn crash(&self) {
        let runtime = self.runtime.lock().unwrap().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.crash();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
}

impl World {
    pub async fn start(database: Database) -> Self {
        let facesign = FaceSign::start().await;
        let bank = Bank::default();
        let clock = Arc::new(ManualClock::at(START));
        let mut config = Config::new(WiseConfig {
            base: "http://127.0.0.1:9".into(),
            paths: "v1".into(),
            client_id: "nobody".into(),
            client_secret: Secret::new("nothing".into()),
            expected_steps: None,
            connect_timeout: Duration::from_millis(1_000),
            timeout: Duration::from_millis(5_000),
        });
        config.facesign = Some(FaceSignConfig {
            base: facesign.base.clone(),
            environment: Environment::Production,
            api_key: Secret::new(facesign::API_KEY.into()),
            webhook_secrets: vec![Secret::new(facesign::WEBHOOK_SECRET.into())],
            frame_origins: Vec::new(),
            video_analysis: false,
            deepfake_analysis: false,
            analyses_wait: Duration::from_secs(300),
            poll_interval: Duration::from_secs(15),
            sessions: 3,
            connect_timeout: Duration::from_millis(1_000),
            timeout: Duration::from_millis(5_000),
        });
        // Each test has a bank of its own told.
        config.transfers = Some(TransfersConfig {
            execute_url: "http://127.0.0.1:9".into(),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_millis(1_000),
        });
        config.database = Some(database);
        config.encryption_key = Some(Secret::new(ENCRYPTION_KEY.into()));
        config.api_keys.insert("shop".into(), Secret::new(API_KEY.into()));
        let first = Instance::start(&config, &clock, &bank).await;
        let second = Instance::start(&config, &clock, &bank).await;
        Self {
            facesign,
            bank,
            clock,
            config,
            instances: [RwLock::new(Arc::new(first)), RwLock::new(Arc::new(second))],
        }
    }

    /// Ends one of the backends in the middle of whatever it is doing, and starts it again.
    pub async fn crash(&self, instance: usize) {
        let fresh = Arc::new(Instance::start(&self.config, &self.clock, &self.bank).await);
        let mut place = self.instances[instance].write().unwrap();
        let gone = std::mem::replace(&mut *place, fresh);
        drop(place);
        gone.crash();
    }

    /// Has a backend do something. `None` when it crashed meanwhile.
    pub async fn on<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        instance: usize,
        work: impl FnOnce(&Instance) -> F,
    ) -> Option<T> {
        let instance = Arc::clone(&*self.instances[instance].read().unwrap());
        let work = work(&instance);
        let task = instance.runtime.lock().unwrap().as_ref()?.spawn(work);
        match task.await {
            Ok(done) => Some(done),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }

    pub async fn sweep(&self, instance: usize) {
        self.on(instance, |instance| {
            let backend = instance.backend.clone();
            async move { backend.sweep().await.unwrap() }
        })
        .await;
    }

    /// Hands over what is due.
    pub async fn dispatch(&self, instance: usize) {
        self.on(instance, |instance| {
            let worker = instance.worker.clone();
            async move { worker.dispatch_due().await.unwrap() }
        })
        .await;
    }

    pub async fn call(&self, instance: usize, request: Request<Body>) -> Option<Reply> {
        self.on(instance, |instance| instance.hear(request)).await
    }

    pub async fn create(&self, instance: usize, transfer: &str, version: u64) -> Option<Reply> {
        let wire = json!({
            "transfer": transfer,
            "version": version,
            "user": "user-4421",
            "email": "a@example.com",
            "amount": {"minor": amount_of(version), "currency": "USD"},
            "payee": "Acme Corp",
            "accountTail": "7890",
            "reference": "Invoice 7",
            "region": "US",
        });
        self.call(instance, post("/v1/transfers", API_KEY, &wire)).await
    }

    pub async fn wire(&self, instance: usize, id: &str) -> Option<Reply> {
        let request = Request::get(format!("/v1/transfers/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {API_KEY}"))
            .body(Body::empty())
            .unwrap();
        self.call(instance, request).await
    }

    /// Begins showing a face for an approval, as its creation was answered.
    pub async fn start_face(&self, instance: usize, held: &Value) -> Option<Reply> {
        let secret = held["clientSecret"].as_str()?;
        let body = json!({"challenge": "1", "factor": "face", "shown": shown_of(&held["approval"])});
        self.call(instance, post(&address(secret, "/start"), secret, &body))
            .await
    }

    pub async fn cancel(&self, instance: usize, client_secret: &str) -> Option<Reply> {
        self.call(
            instance,
            post(&address(client_secret, "/cancel"), client_secret, &Value::Null),
        )
        .await
    }

    /// A transfer that its customer has confirmed and that was decided about. Gives its approval.
    pub async fn approved(&self, transfer: &str) -> String {
        let held = self.create(0, transfer, 1).await.unwrap();
        assert_eq!(held.status, StatusCode::CREATED, "{held:?}");
        let started = self.start_face(0, &held.body).await.unwrap();
        assert_eq!(started.status, StatusCode::OK, "{started:?}");
        let session = self.facesign.sessions_of(transfer).pop().unwrap();
        self.facesign.end(&session, Ending::Verified);
        let event = format!("evt_{transfer}");
        let heard = self.webhook(0, &event, "session.status", &session).await.unwrap();
        assert!(heard.status.is_success(), "{heard:?}");
        let id = held.body["id"].as_str().unwrap();
        until_so("an approval", async || self.status(0, id).await == "approved").await;
        id.to_owned()
    }

    /// Where an approval stands, as its partner is told.
    pub async fn status(&self, instance: usize, id: &str) -> String {
        let wire = self.wire(instance, id).await.unwrap();
        wire.body["approval"]["status"].as_str().unwrap_or("none").to_owned()
    }

    pub fn backend(&self, instance: usize) -> Backend {
        self.instances[instance].read().unwrap().backend.clone()
    }

    /// A genuine webhook of FaceSign's.
    pub fn webhook_request(&self, event: &str, kind: &str, session: &str) -> Request<Body> {
        let (body, signature) = facesign::webhook(event, kind, session, self.clock.now().0);
        Request::post("/webhooks/facesign")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-facesign-signature", signature)
            .body(Body::from(body))
            .unwrap()
    }

    pub async fn webhook(&self, instance: usize, event: &str, kind: &str, session: &str) -> Option<Reply> {
        self.call(instance, self.webhook_request(event, kind, session)).await
    }
}

impl Instance {
    async fn start(config: &Config, clock: &Arc<ManualClock>, bank: &Bank) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (config, clock) = (config.clone(), Arc::clone(clock));
        // The pool's connections live in the runtime that they were made in.
        let made = runtime.spawn(async move { config.backend_with(clock).await.unwrap() });
        let backend = made.await.unwrap();
        Self {
            app: routes::router(backend.clone()),
            worker: backend.worker().clone().with_transport(Arc::new(bank.clone())),
            backend,
            runtime: Mutex::new(Some(runtime)),
        }
    }
}

static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

fn post(path: &str, secret: &str, body: &Value) -> Request<Body> {
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", format!("attempt-{attempt:012}"))
        .body(Body::from(body))
        .unwrap()
}

async fn reply(app: Router, request: Request<Body>) -> Reply {
    let response = app.oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Reply {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}
