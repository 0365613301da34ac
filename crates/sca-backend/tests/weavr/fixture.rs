//! The sandbox, a customer of its Weavr, and a client.

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
use sca_backend::{
    metrics::Metrics,
    providers::weavr::{
        ChallengeId, ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
        config::WeavrConfig,
        resource::{Resource, ResourceId, ResourceType},
    },
    secret::Secret,
};
use sca_sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{id, secret};

pub(crate) const KEY: &str = "weavr_sandbox_key";

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) weavr: Weavr,
    pub(crate) user: String,
    pub(crate) token: Secret,
    customer: Value,
    http: reqwest::Client,
}

/// A webhook as it came.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

type Webhooks = Arc<Mutex<Vec<Webhook>>>;

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(json!({}), |_| {}).await
    }

    /// With a customer of our own, as `customer` describes.
    pub(crate) async fn with(customer: Value, adjust: impl FnOnce(&mut WeavrConfig)) -> Self {
        let sandbox = Sandbox::start(Config::default()).await.unwrap();
        let mut config = WeavrConfig::new(format!("{}/multi", sandbox.weavr_url()), secret(KEY));
        config.timeout = Duration::from_millis(30_000);
        adjust(&mut config);
        let weavr = config.weavr(Metrics::default()).unwrap();
        let http = reqwest::Client::new();
        let mut world = Self {
            sandbox,
            weavr,
            user: String::new(),
            token: secret(""),
            customer: Value::Null,
            http,
        };
        world.customer = world.control(Method::POST, "/weavr/customers", customer).await;
        world.user = world.customer["userId"].as_str().unwrap().into();
        world.token = secret(world.customer["token"].as_str().unwrap());
        world
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("{}/control{path}", self.sandbox.base_url());
        let request = self
            .http
            .request(method, url)
            .header(header::CONTENT_TYPE, "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn behave(&self, behaviour: Value) {
        let path = format!("/weavr/customers/{}/behaviour", self.user);
        self.control(Method::PUT, &path, behaviour).await;
    }

    pub(crate) async fn fault(&self, endpoint: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "for": self.user, "times": 1, "when": "before", "fault": fault});
        self.control(Method::POST, "/weavr/faults", body).await;
    }

    /// Time passes for our customer.
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

    pub(crate) async fn wire(&self, minor: u64) -> ResourceId {
        let body = json!({
            "profileId": self.customer["profiles"]["wires"],
            "sourceInstrument": {"type": "managed_accounts", "id": self.customer["accounts"]["EUR"]},
            "transferAmount": {"currency": "EUR", "amount": minor},
            "description": "INV 42",
            "destinationBeneficiary": {"name": "Acme", "iban": "DE89370400440532013000"},
        });
        self.create("/outgoing_wire_transfers", body).await
    }

    pub(crate) async fn send(&self, minor: u64) -> ResourceId {
        let body = json!({
            "profileId": self.customer["profiles"]["sends"],
            "source": {"type": "managed_accounts", "id": self.customer["accounts"]["GBP"]},
            "destination": {"type": "managed_accounts", "id": "115000000000000204"},
            "destinationAmount": {"currency": "GBP", "amount": minor},
        });
        self.create("/sends", body).await
    }

    pub(crate) async fn payees(&self) -> ResourceId {
        let payee = json!({
            "trustLevel": "TRUSTED",
            "beneficiaryInformation": {"businessName": "Acme"},
            "beneficiaryDetails": {"bankAccountDetails": {"iban": "DE89370400440532013000"}},
        });
        self.create("/beneficiaries", json!({ "beneficiaries": [payee] })).await
    }

    pub(crate) async fn read(&self, kind: ResourceType, id: &ResourceId) -> Resource {
        self.weavr.resource(&self.token, kind, id).await.unwrap().unwrap()
    }

    pub(crate) async fn issue(&self, target: &ChallengeTarget, channel: Channel, attempt: &str) -> IssueResult {
        self.weavr.issue(&self.token, target, channel, attempt).await.unwrap()
    }

    /// Has a challenge issued, and gives its name if it has one.
    pub(crate) async fn issued(
        &self,
        target: &ChallengeTarget,
        channel: Channel,
        attempt: &str,
    ) -> Option<ChallengeId> {
        let issuing = self.issue(target, channel, attempt).await;
        let IssueResult::Issued { challenge } = issuing else {
            panic!("{issuing:?}");
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

    /// The customer answers the request that is on the phone.
    pub(crate) async fn answer(&self, answer: &str) {
        let wanted = json!({"user": self.user, "seconds": 10});
        let request = self.control(Method::POST, "/weavr/requests/wait", wanted).await;
        let path = format!("/weavr/requests/{}/{answer}", request["id"].as_str().unwrap());
        self.control(Method::POST, &path, json!({})).await;
    }

    /// From now on webhooks come, and are kept as they are.
    pub(crate) async fn listen(&self, how: Value) -> Webhooks {
        let webhooks = Webhooks::default();
        let routes = Router::new().fallback(keep).with_state(Arc::clone(&webhooks));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = how;
        settings["url"] = json!(format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        self.control(Method::PUT, "/weavr/webhooks", settings).await;
        webhooks
    }

    /// Waits until the sandbox has nothing left to tell.
    pub(crate) async fn told(&self) {
        self.control(Method::POST, "/weavr/events/idle", json!({"seconds": 30}))
            .await;
    }
}

async fn keep(State(webhooks): State<Webhooks>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    webhooks.lock().unwrap().push(Webhook {
        path: uri.path().to_owned(),
        headers,
        body: body.to_vec(),
    });
    StatusCode::NO_CONTENT
}
