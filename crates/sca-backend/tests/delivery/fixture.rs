//! Two backends on one database, a FaceSign and a bank that remember what really happened, and the calls of a partner and a customer.
//!
//! Each backend has a runtime of its own, as a process has. A crash drops all its tasks where they are.

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
    config::{Config, WiseConfig},
    routes,
    service::Backend,
};
use sca_core::secret::Secret;
use sca_facesign::config::Environment;
use sca_outbound_webhooks::{Worker, config::TransfersConfig};
use sca_protocol::Timestamp;
use sca_runtime::clock::{Clock, ManualClock};
use sca_store::Database;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    bank::Bank,
    dynamic_linking::{address, shown_of},
    facesign::{self, FaceSign, SessionResult},
    transfers,
    waiting::until,
};

pub const API_KEY: &str = "sk_test_0123456789abcdef0123456789";
pub const BANK_SECRET: &str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";
pub const ENCRYPTION_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// 2026-11-23.
const START: Timestamp = Timestamp(1_795_430_000_000);
const AMOUNT: u64 = 5_000_000;

/// The amount of a version of a transfer, in minor units. Each version has a larger one.
pub fn amount_of(version: u64) -> u64 {
    AMOUNT + 100 * version
}

/// The same, as the backend sends it to FaceSign.
pub fn decimal_of(version: u64) -> String {
    let amount = amount_of(version);
    format!("{}.{:02}", amount / 100, amount % 100)
}

pub struct TestEnv {
    pub facesign: FaceSign,
    pub bank: Bank,
    pub clock: Arc<ManualClock>,
    config: Config,
    instances: [RwLock<Arc<Instance>>; 2],
}

pub struct Instance {
    /// `None` after a crash.
    runtime: Mutex<Option<Runtime>>,
    pub backend: Backend,
    app: Router,
    /// Delivers to the bank without HTTP.
    pub worker: Worker,
}

impl Instance {
    /// Handles a request.
    pub fn handle(&self, request: Request<Body>) -> impl Future<Output = Reply> + Send + 'static + use<> {
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

/// The answer to a call.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Value,
}

impl TestEnv {
    pub async fn start(database: Database) -> Self {
        let facesign = FaceSign::start().await;
        let bank = Bank::default();
        let clock = Arc::new(ManualClock::at(START));
        let mut config = Config::new(WiseConfig {
            base: "http://127.0.0.1:9".into(),
            paths: "v1".into(),
            client_id: "unused".into(),
            client_secret: Secret::new("unused".into()),
            expected_steps: None,
            low_risk_calls: Vec::new(),
            connect_timeout: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
        });
        config.facesign = Some(transfers::facesign_config(
            facesign.base.clone(),
            Environment::Production,
            facesign::API_KEY,
            facesign::WEBHOOK_SECRET,
        ));
        // The workers deliver to the bank directly, not to this address.
        config.transfers = Some(TransfersConfig {
            execute_url: "http://127.0.0.1:9".into(),
            secrets: vec![Secret::new(BANK_SECRET.into())],
            timeout: Duration::from_secs(1),
        });
        config.database = Some(database);
        config.encryption_keys = vec![Secret::new(ENCRYPTION_KEY.into())];
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

    /// Crashes one of the backends, and starts it again.
    pub async fn crash(&self, instance: usize) {
        let fresh = Arc::new(Instance::start(&self.config, &self.clock, &self.bank).await);
        let mut place = self.instances[instance].write().unwrap();
        let gone = std::mem::replace(&mut *place, fresh);
        drop(place);
        gone.crash();
    }

    /// Runs work on a backend. `None` if it crashed meanwhile.
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

    /// Delivers the messages that are due.
    pub async fn dispatch(&self, instance: usize) {
        self.on(instance, |instance| {
            let worker = instance.worker.clone();
            async move { worker.dispatch_due().await.unwrap() }
        })
        .await;
    }

    pub async fn call(&self, instance: usize, request: Request<Body>) -> Option<Reply> {
        self.on(instance, |instance| instance.handle(request)).await
    }

    pub async fn create(&self, instance: usize, transfer: &str, version: u64) -> Option<Reply> {
        let mut body = transfers::transfer(transfer);
        body["version"] = json!(version);
        body["amount"]["minor"] = json!(amount_of(version));
        self.call(instance, post("/v1/transfers", API_KEY, &body)).await
    }

    pub async fn get_transfer(&self, instance: usize, id: &str) -> Option<Reply> {
        let request = Request::get(format!("/v1/transfers/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {API_KEY}"))
            .body(Body::empty())
            .unwrap();
        self.call(instance, request).await
    }

    /// Starts the face factor of an approval. `held` is the answer to its creation.
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

    /// Has a transfer held and approved. The id of its approval.
    pub async fn approved(&self, transfer: &str) -> String {
        let held = self.create(0, transfer, 1).await.unwrap();
        assert_eq!(held.status, StatusCode::CREATED, "{held:?}");
        let started = self.start_face(0, &held.body).await.unwrap();
        assert_eq!(started.status, StatusCode::OK, "{started:?}");
        let session = self.facesign.sessions_of(transfer).pop().unwrap();
        self.facesign.finish(&session, SessionResult::Verified);
        let event = format!("evt_{transfer}");
        let answer = self.webhook(0, &event, "session.status", &session).await.unwrap();
        assert!(answer.status.is_success(), "{answer:?}");
        let id = held.body["id"].as_str().unwrap();
        until("an approval", async || self.status(0, id).await == "approved").await;
        id.to_owned()
    }

    /// The status of an approval as its partner reads it.
    pub async fn status(&self, instance: usize, id: &str) -> String {
        let transfer = self.get_transfer(instance, id).await.unwrap();
        transfer.body["approval"]["status"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    }

    pub fn backend(&self, instance: usize) -> Backend {
        self.instances[instance].read().unwrap().backend.clone()
    }

    /// A webhook that FaceSign has signed.
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
        // The pool's connections live in the runtime that opened them.
        let starting = runtime.spawn(async move { config.backend_with(clock).await.unwrap() });
        let backend = starting.await.unwrap();
        Self {
            app: routes::router(backend.clone()),
            worker: backend.worker().clone().with_transport(Arc::new(bank.clone())),
            backend,
            runtime: Mutex::new(Some(runtime)),
        }
    }
}

static IDEMPOTENCY_KEYS: AtomicU64 = AtomicU64::new(0);

fn post(path: &str, secret: &str, body: &Value) -> Request<Body> {
    let number = IDEMPOTENCY_KEYS.fetch_add(1, Ordering::Relaxed);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", format!("attempt-{number:012}"))
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
