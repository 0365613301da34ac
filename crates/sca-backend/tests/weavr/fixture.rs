//! The sandbox's Weavr, one of its customers, and a client.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
};
use sca_core::secret::Secret;
use sca_runtime::metrics::Metrics;
use sca_sandbox::{Config, Sandbox};
use sca_weavr::{
    ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
    config::WeavrConfig,
    resource::{Resource, ResourceId, ResourceType},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{control::SandboxControl, id, secret, weavr_payments};

pub(crate) const KEY: &str = "weavr_sandbox_key";

pub(crate) struct TestEnv {
    pub(crate) sandbox: Sandbox,
    pub(crate) weavr: Weavr,
    pub(crate) user: String,
    pub(crate) token: Secret,
    customer: Value,
    http: reqwest::Client,
    control: SandboxControl,
}

/// A webhook as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

type Webhooks = Arc<Mutex<Vec<Webhook>>>;

impl TestEnv {
    pub(crate) async fn start() -> Self {
        Self::with(json!({}), |_| {}).await
    }

    /// With a new customer, whom `customer` describes.
    pub(crate) async fn with(customer: Value, adjust: impl FnOnce(&mut WeavrConfig)) -> Self {
        let sandbox = Sandbox::start(Config::default()).await.unwrap();
        let mut config = WeavrConfig::new(format!("{}/multi", sandbox.weavr_url()), secret(KEY));
        config.timeout = Duration::from_secs(30);
        adjust(&mut config);
        let weavr = config.provider(Metrics::default()).unwrap();
        let http = reqwest::Client::new();
        let control = SandboxControl::new(http.clone(), &sandbox.base_url());
        let mut env = Self {
            control,
            sandbox,
            weavr,
            user: String::new(),
            token: secret(""),
            customer: Value::Null,
            http,
        };
        env.customer = env.control(Method::POST, "/weavr/customers", customer).await;
        env.user = env.customer["userId"].as_str().unwrap().into();
        env.token = secret(env.customer["token"].as_str().unwrap());
        env
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.control.call(method, path, body).await
    }

    pub(crate) async fn behave(&self, behaviour: Value) {
        let path = format!("/weavr/customers/{}/behaviour", self.user);
        self.control(Method::PUT, &path, behaviour).await;
    }

    pub(crate) async fn fault(&self, endpoint: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "for": self.user, "times": 1, "when": "before", "fault": fault});
        self.control(Method::POST, "/weavr/faults", body).await;
    }

    /// Time goes by for the customer.
    pub(crate) async fn advance(&self, seconds: u64) {
        let path = format!("/weavr/customers/{}/advance", self.user);
        self.control(Method::POST, &path, json!({ "seconds": seconds })).await;
    }

    async fn create(&self, path: &str, body: Value) -> ResourceId {
        let request = self
            .http
            .post(format!("{}/multi{path}", self.sandbox.weavr_url()))
            .header("api-key", KEY)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let text = answer.text().await.unwrap();
        let made: Value = serde_json::from_str(&text).unwrap();
        let name = made["id"].as_str().or(made["operationBatchId"]["batchId"].as_str());
        id(name.unwrap_or_else(|| panic!("{text}")))
    }

    /// A text that the simulator gave about the customer.
    fn customers(&self, list: &str, name: &str) -> &str {
        self.customer[list][name].as_str().unwrap()
    }

    pub(crate) async fn wire(&self, minor: u64) -> ResourceId {
        let (profile, account) = (self.customers("profiles", "wires"), self.customers("accounts", "EUR"));
        self.create(
            "/outgoing_wire_transfers",
            weavr_payments::wire(profile, account, minor),
        )
        .await
    }

    pub(crate) async fn send(&self, minor: u64) -> ResourceId {
        let (profile, account) = (self.customers("profiles", "sends"), self.customers("accounts", "GBP"));
        self.create("/sends", weavr_payments::send(profile, account, minor))
            .await
    }

    pub(crate) async fn payees(&self) -> ResourceId {
        self.create("/beneficiaries", weavr_payments::payee_batch()).await
    }

    pub(crate) async fn read(&self, kind: ResourceType, id: &ResourceId) -> Resource {
        self.weavr.resource(&self.token, kind, id).await.unwrap().unwrap()
    }

    pub(crate) async fn issue(&self, target: &ChallengeTarget, channel: Channel, attempt: &str) -> IssueResult {
        self.weavr.issue(&self.token, target, channel, attempt).await.unwrap()
    }

    /// Has a challenge issued, and gives its id if it has one.
    pub(crate) async fn issued(
        &self,
        target: &ChallengeTarget,
        channel: Channel,
        attempt: &str,
    ) -> Option<ChallengeId> {
        let issued = self.issue(target, channel, attempt).await;
        let IssueResult::Issued { challenge } = issued else {
            panic!("{issued:?}");
        };
        challenge
    }

    pub(crate) async fn verify(
        &self,
        target: &ChallengeTarget,
        challenge: Option<&ChallengeId>,
        code: &str,
    ) -> VerifyResult {
        let code = secret(code);
        let verified = self.weavr.verify(&self.token, target, Channel::Sms, challenge, &code);
        verified.await.unwrap()
    }

    /// The customer answers the request on the phone.
    pub(crate) async fn answer(&self, answer: &str) {
        let wanted = json!({"user": self.user, "seconds": 10});
        let request = self.control(Method::POST, "/weavr/requests/wait", wanted).await;
        let path = format!("/weavr/requests/{}/{answer}", request["id"].as_str().unwrap());
        self.control(Method::POST, &path, json!({})).await;
    }

    /// From now on, Weavr sends webhooks, signed as `settings` say. They are collected as received.
    pub(crate) async fn receive_webhooks(&self, mut settings: Value) -> Webhooks {
        let webhooks = Webhooks::default();
        let routes = Router::new().fallback(collect).with_state(Arc::clone(&webhooks));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        settings["url"] = json!(format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        self.control(Method::PUT, "/weavr/webhooks", settings).await;
        webhooks
    }

    /// Waits until Weavr has delivered all webhooks that are due.
    pub(crate) async fn webhooks_delivered(&self) {
        self.control(Method::POST, "/weavr/events/idle", json!({"seconds": 30}))
            .await;
    }
}

async fn collect(State(webhooks): State<Webhooks>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    webhooks.lock().unwrap().push(Webhook {
        path: uri.path().to_owned(),
        headers,
        body: body.to_vec(),
    });
    StatusCode::NO_CONTENT
}
