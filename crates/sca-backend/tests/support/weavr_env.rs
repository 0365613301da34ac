//! A backend and the sandbox's Weavr, with customers who have payments to confirm.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{Method, header},
};
use sca_backend::{
    config::{Config, WeavrConfig},
    service::Backend,
};
use sca_core::secret::Secret;
use sca_runtime::clock::ManualClock;
use sca_sandbox::Sandbox;
use serde_json::{Value, json};

use super::{
    API_KEY, OTHER_API_KEY, Reply, Widget,
    contract_json::ContractJson,
    control::{SandboxControl, status_and_json},
    metric, partner_request, send, serve, waiting, weavr_payments, with_partners,
};

pub const WEAVR_KEY: &str = "weavr_sandbox_key";
pub const CODE: &str = "123456";
pub const WRONG: &str = "000000";
pub const DESTINATION: &str = "*******0123";

pub struct WeavrEnv {
    pub sandbox: Sandbox,
    pub backend: Backend,
    pub app: Router,
    pub clock: Arc<ManualClock>,
    pub config: Config,
    http: reqwest::Client,
    control: SandboxControl,
    /// Where the backend receives Weavr's webhooks.
    webhook_url: String,
}

/// A customer of the simulator's, for one test.
#[derive(Clone, Debug)]
pub struct TestCustomer {
    pub user: String,
    pub token: String,
    /// The profiles and the accounts that payments are made with.
    pub wires: String,
    pub sends: String,
    pub eur: String,
    pub gbp: String,
}

pub fn weavr_config(base: &str) -> WeavrConfig {
    let mut weavr = WeavrConfig::new(base.into(), Secret::new(WEAVR_KEY.into()));
    weavr.connect_timeout = Duration::from_secs(1);
    weavr.timeout = Duration::from_secs(3);
    weavr.poll_interval = Duration::from_secs(5);
    weavr
}

/// A configuration with Weavr as the only provider.
pub fn weavr_configuration(base: &str) -> Config {
    let mut config = with_partners(Config::new(None));
    config.weavr = Some(weavr_config(base));
    config
}

impl WeavrEnv {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With webhooks from Weavr for everything that happens.
    pub async fn with_webhooks() -> Self {
        let env = Self::start().await;
        env.send_webhooks(json!({})).await;
        env
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Sandbox::start(sca_sandbox::Config::default()).await.unwrap();
        let mut config = weavr_configuration(&format!("{}/multi", sandbox.weavr_url()));
        adjust(&mut config);
        let served = serve(&config).await;
        let http = waiting::client();
        Self {
            control: SandboxControl::new(http.clone(), &sandbox.base_url()),
            http,
            sandbox,
            backend: served.backend,
            app: served.app,
            clock: served.clock,
            config,
            webhook_url: format!("{}/webhooks/weavr", served.base_url),
        }
    }

    /// A call of the control API under `/weavr`.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.control.call(method, &format!("/weavr{path}"), body).await
    }

    /// A call to Weavr as the partner's own server makes it.
    pub async fn multi(&self, method: Method, path: &str, token: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/multi{path}", self.sandbox.weavr_url());
        let mut request = self.http.request(method.clone(), url).header("api-key", WEAVR_KEY);
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        if method != Method::GET {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        status_and_json(request).await
    }

    /// Has Weavr send its webhooks to the backend, signed as `settings` say.
    pub async fn send_webhooks(&self, mut settings: Value) {
        settings["url"] = json!(self.webhook_url);
        self.control(Method::POST, "/webhooks", settings).await;
    }

    /// Has Weavr keep its webhooks back until they are released or delivered one by one.
    pub async fn hold_webhooks_back(&self) {
        self.control(Method::PUT, "/behaviour", json!({"events": {"deliver": "held"}}))
            .await;
        self.send_webhooks(json!({})).await;
    }

    /// Waits until Weavr has delivered all webhooks that are due.
    pub async fn webhooks_delivered(&self) {
        self.control(Method::POST, "/events/idle", json!({"seconds": 30})).await;
    }

    /// Has Weavr send a webhook with this path and body. The event's reference.
    pub async fn event(&self, path: &str, body: Value) -> String {
        let created = self
            .control(Method::POST, "/events", json!({"path": path, "body": body}))
            .await;
        created.text("callRef").to_owned()
    }

    /// The events about a payment, the oldest first. Their references.
    pub async fn events_about(&self, id: &str) -> Vec<String> {
        let events = self
            .control(Method::GET, &format!("/events?resource={id}"), json!({}))
            .await;
        events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event.text("callRef").to_owned())
            .collect()
    }

    /// Delivers copies of an event. The status of the answer to each.
    pub async fn deliver_copies(&self, event: &str, copies: u64) -> Vec<u64> {
        let path = format!("/events/{event}/deliver");
        let delivered = self.control(Method::POST, &path, json!({ "copies": copies })).await;
        super::facesign_env::statuses(&delivered)
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

    pub async fn customer(&self) -> TestCustomer {
        self.customer_with(json!({})).await
    }

    /// A customer with these factors and this behaviour of Weavr's.
    pub async fn customer_with(&self, settings: Value) -> TestCustomer {
        let created = self.control(Method::POST, "/customers", settings).await;
        let (profiles, accounts) = (&created["profiles"], &created["accounts"]);
        TestCustomer {
            user: created.text("userId").into(),
            token: created.text("token").into(),
            wires: profiles.text("wires").into(),
            sends: profiles.text("sends").into(),
            eur: accounts.text("EUR").into(),
            gbp: accounts.text("GBP").into(),
        }
    }

    /// Ends a customer's session at Weavr.
    pub async fn log_out(&self, customer: &TestCustomer) {
        self.control(Method::POST, &format!("/customers/{}/logout", customer.user), json!({}))
            .await;
    }

    /// Keeps a customer's session at Weavr from ending for want of use.
    pub async fn use_session(&self, customer: &TestCustomer) {
        self.multi(Method::GET, "/authentication_factors", &customer.token, json!({}))
            .await;
    }

    /// Makes an outgoing wire transfer of so many euro cents. Weavr's id of it.
    pub async fn wire(&self, customer: &TestCustomer, minor: u64) -> String {
        let body = weavr_payments::wire(&customer.wires, &customer.eur, minor);
        self.create(customer, "/outgoing_wire_transfers", body)
            .await
            .text("id")
            .to_owned()
    }

    /// Makes a send of so many pence. Weavr's id of it.
    pub async fn send(&self, customer: &TestCustomer, minor: u64) -> String {
        let body = weavr_payments::send(&customer.sends, &customer.gbp, minor);
        self.create(customer, "/sends", body).await.text("id").to_owned()
    }

    /// Makes something at Weavr as the partner's own server does.
    pub async fn create(&self, customer: &TestCustomer, path: &str, body: Value) -> Value {
        let (status, created) = self.multi(Method::POST, path, &customer.token, body).await;
        assert_eq!(status, 200, "{created}");
        created
    }

    /// A payment's state at Weavr.
    pub async fn state(&self, id: &str) -> String {
        let resource = self.control(Method::GET, &format!("/resources/{id}"), json!({})).await;
        resource.text("state").to_owned()
    }

    /// Puts a payment into a state at Weavr.
    pub async fn set_state(&self, id: &str, state: &str) {
        self.set_state_with(id, json!({ "state": state })).await;
    }

    /// Puts a payment into a state at Weavr, with who rejected it.
    pub async fn set_state_with(&self, id: &str, settings: Value) {
        self.control(Method::POST, &format!("/resources/{id}/state"), settings)
            .await;
    }

    /// Changes a payment at Weavr without a webhook.
    pub async fn tamper(&self, id: &str, patch: Value) {
        self.control(
            Method::POST,
            &format!("/resources/{id}/tamper"),
            json!({ "patch": patch }),
        )
        .await;
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_with(API_KEY, path, body).await
    }

    pub async fn post_with(&self, api_key: &str, path: &str, body: &Value) -> Reply {
        send(&self.app, partner_request(api_key, path, body)).await
    }

    pub async fn confirm(&self, customer: &TestCustomer, kind: &str, ids: &[String]) -> Reply {
        self.post("/v1/confirmations", &confirmation_request(customer, kind, ids))
            .await
    }

    /// Has payments held.
    pub async fn held(&self, customer: &TestCustomer, kind: &str, ids: &[String]) -> Widget {
        let held = self.confirm(customer, kind, ids).await.ok();
        assert_eq!(held.text("decision"), "held");
        self.widget(&held)
    }

    /// Has payments held by another partner's server.
    pub async fn held_by_other_partner(&self, customer: &TestCustomer, kind: &str, ids: &[String]) -> Widget {
        let request = confirmation_request(customer, kind, ids);
        let held = self.post_with(OTHER_API_KEY, "/v1/confirmations", &request).await;
        self.widget(&held.ok())
    }

    pub fn widget(&self, created: &Value) -> Widget {
        Widget::new(&self.app, created)
    }

    /// A wire of 500 euros of a new customer's, held.
    pub async fn held_wire(&self) -> (TestCustomer, String, Widget) {
        let customer = self.customer().await;
        let (id, widget) = self.held_wire_of(&customer).await;
        (customer, id, widget)
    }

    /// A wire of 500 euros of a customer's, held.
    pub async fn held_wire_of(&self, customer: &TestCustomer) -> (String, Widget) {
        let id = self.wire(customer, 50_000).await;
        let widget = self.held(customer, WIRES, std::slice::from_ref(&id)).await;
        (id, widget)
    }

    /// Two wires of a customer's: of 500 and of 600 euros.
    pub async fn two_wires(&self, customer: &TestCustomer) -> [String; 2] {
        [self.wire(customer, 50_000).await, self.wire(customer, 60_000).await]
    }

    /// A customer's codes and requests, the newest last.
    pub async fn requests(&self, customer: &TestCustomer) -> Vec<Value> {
        let path = format!("/requests?user={}", customer.user);
        let requests = self.control(Method::GET, &path, json!({})).await;
        requests.as_array().unwrap().clone()
    }

    /// A customer's newest code or request.
    pub async fn request(&self, customer: &TestCustomer) -> Value {
        self.requests(customer).await.pop().unwrap()
    }

    /// The code that was last sent to a customer.
    pub async fn code(&self, customer: &TestCustomer) -> String {
        self.request(customer).await.text("code").to_owned()
    }

    /// Waits until a request is on a customer's phone. Its id.
    pub async fn request_on_phone(&self, customer: &TestCustomer) -> String {
        let wait = json!({"user": customer.user, "channel": "AUTHY", "seconds": 30});
        let request = self.control(Method::POST, "/requests/wait", wait).await;
        request.text("id").to_owned()
    }

    /// The customer answers the newest request: `approve`, `reject` or `expire`.
    pub async fn answer(&self, customer: &TestCustomer, answer: &str) {
        let request = self.request(customer).await;
        assert_eq!(self.answer_request(request.text("id"), answer).await, 200);
    }

    /// The customer answers a request. The status of Weavr's answer: 409 where the request is no longer open.
    pub async fn answer_request(&self, request: &str, answer: &str) -> u16 {
        let path = format!("/weavr/requests/{request}/{answer}");
        self.control.try_call(Method::POST, &path, json!({})).await.0
    }

    /// Time goes by, for the backend and at Weavr.
    pub async fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.control
            .call(Method::POST, "/clock/advance", json!({ "seconds": seconds }))
            .await;
    }

    /// Has the backend poll the payments of which no webhook came.
    pub async fn poll(&self) {
        self.clock.advance(Duration::from_secs(6));
        self.backend.sweep().await.unwrap();
    }

    /// One of the backend's metrics, by the beginning of its line.
    pub fn metric(&self, line: &str) -> u64 {
        metric(&self.backend, line)
    }
}

pub const WIRES: &str = "outgoing_wire_transfers";
pub const SENDS: &str = "sends";

/// The body of a call that has payments confirmed.
pub fn confirmation_request(customer: &TestCustomer, kind: &str, ids: &[String]) -> Value {
    let mut body = json!({
        "accessToken": customer.token,
        "resourceType": kind,
        "resourceIds": ids,
        "destination": DESTINATION,
    });
    if kind == SENDS {
        body["payees"] = json!(vec!["Carla Dean"; ids.len()]);
    }
    body
}
