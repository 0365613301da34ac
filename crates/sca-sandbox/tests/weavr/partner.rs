//! A partner's backend: what the tests call Weavr and the control API with.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use sca_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

/// A running simulator with a client for it.
pub(crate) struct Weavr {
    _sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) api: String,
    pub(crate) phone: String,
    pub(crate) http: reqwest::Client,
}

/// A customer with a live token.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) all: Value,
}

/// Status and body of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answered {
    pub(crate) fn code(&self) -> &str {
        self.body["errorCode"].as_str().unwrap_or_default()
    }

    /// "204", "409 STATE_INVALID": what a table of answers is written in.
    pub(crate) fn told(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.code())
            .trim_end()
            .to_owned()
    }
}

impl Weavr {
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start(Config::default()).await.unwrap();
        // Whoever comes second finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            base: sandbox.base_url(),
            api: sandbox.weavr_url(),
            phone: sandbox.weavr_phone_url(),
            _sandbox: sandbox,
            http,
        }
    }

    /// A call to the API with the right key.
    pub(crate) fn call(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/multi/{path}", self.api))
            .header("api-key", "weavr_sandbox_key")
            .bearer_auth(token)
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answered {
        answered(self.call(token, Method::POST, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answered {
        answered(self.call(token, Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answered {
        answered(self.call(token, Method::DELETE, path).send().await.unwrap()).await
    }

    /// A call to the control API that has to succeed.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let response = self.try_control(method, path, body).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn try_control(&self, method: Method, path: &str, body: Value) -> Response {
        let url = format!("{}/control/weavr/{path}", self.base);
        self.http.request(method, url).json(&body).send().await.unwrap()
    }

    /// A customer of its own.
    pub(crate) async fn customer(&self, wanted: Value) -> Customer {
        let all = self.control(Method::POST, "customers", wanted).await;
        Customer {
            user: all["userId"].as_str().unwrap().to_owned(),
            token: all["token"].as_str().unwrap().to_owned(),
            all,
        }
    }

    /// A customer to whom Weavr behaves like this.
    pub(crate) async fn behaved(&self, behaviour: Value) -> Customer {
        self.customer(json!({"behaviour": behaviour})).await
    }

    pub(crate) async fn behave(&self, customer: &Customer, behaviour: Value) {
        let path = format!("customers/{}/behaviour", customer.user);
        self.control(Method::PUT, &path, behaviour).await;
    }

    /// Moves one customer's clock.
    pub(crate) async fn advance(&self, customer: &Customer, seconds: u32) {
        let path = format!("customers/{}/advance", customer.user);
        self.control(Method::POST, &path, json!({"seconds": seconds})).await;
    }

    /// Moves everybody's clock.
    pub(crate) async fn control_clock(&self, seconds: u32) {
        let url = format!("{}/control/clock/advance", self.base);
        let moved = self
            .http
            .post(url)
            .json(&json!({"seconds": seconds}))
            .send()
            .await
            .unwrap();
        assert!(moved.status().is_success());
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answered {
        self.post(
            "",
            "login_with_password",
            json!({"email": email, "password": {"value": password}}),
        )
        .await
    }

    pub(crate) async fn wire(&self, customer: &Customer, currency: &str, amount: i64) -> Answered {
        self.post(
            &customer.token,
            "outgoing_wire_transfers",
            wire(customer, currency, amount),
        )
        .await
    }

    /// The id of a new wire that waits for its confirmation.
    pub(crate) async fn pending_wire(&self, customer: &Customer) -> String {
        let made = self.wire(customer, "EUR", 250_000).await;
        assert_eq!(made.body["state"], "PENDING_CHALLENGE", "{made:?}");
        made.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, customer: &Customer, currency: &str, amount: i64) -> Answered {
        let to = if currency == "EUR" {
            "115000000000000203"
        } else {
            "115000000000000204"
        };
        let body = json!({
            "profileId": customer.all["profiles"]["sends"],
            "source": {"type": "managed_accounts", "id": customer.all["accounts"][currency]},
            "destination": {"type": "managed_accounts", "id": to},
            "destinationAmount": {"currency": currency, "amount": amount},
        });
        self.post(&customer.token, "sends", body).await
    }

    pub(crate) async fn issue(&self, customer: &Customer, way: &str, kind: &str, ids: &[&str]) -> Answered {
        let body = json!({"resourceType": kind, "resourceIds": ids});
        self.post(&customer.token, &format!("challenges/{way}"), body).await
    }

    /// The id of a challenge for these wires.
    pub(crate) async fn issued(&self, customer: &Customer, way: &str, ids: &[&str]) -> String {
        let answer = self.issue(customer, way, "outgoing_wire_transfers", ids).await;
        answer.body["scaChallengeId"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer:?}"))
            .to_owned()
    }

    pub(crate) async fn verify(&self, customer: &Customer, challenge: &str, code: &str) -> Answered {
        let body = json!({"verificationCode": code, "resourceType": "outgoing_wire_transfers"});
        let path = format!("challenges/{challenge}/otp/SMS/verify");
        self.post(&customer.token, &path, body).await
    }

    /// The state of a wire as the API reads it.
    pub(crate) async fn state(&self, customer: &Customer, id: &str) -> Value {
        let read = self
            .get(&customer.token, &format!("outgoing_wire_transfers/{id}"))
            .await;
        assert_eq!(read.status, StatusCode::OK);
        read.body["state"].clone()
    }

    pub(crate) async fn request(&self, id: &str) -> Value {
        self.control(Method::GET, &format!("requests/{id}"), Value::Null).await
    }

    /// Answers a request as its customer.
    pub(crate) async fn on_phone(&self, id: &str, answer: &str) -> StatusCode {
        self.try_control(Method::POST, &format!("requests/{id}/{answer}"), json!({}))
            .await
            .status()
    }

    /// Registers a webhook.
    pub(crate) async fn register(&self, url: &str, more: Value) {
        let mut webhook = json!({"url": url});
        webhook
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        self.control(Method::POST, "webhooks", webhook).await;
    }

    /// Waits until nothing is being sent; answers how many retries wait for their time.
    pub(crate) async fn idle(&self) -> u64 {
        self.control(Method::POST, "events/idle", json!({"seconds": 60})).await["retriesWaiting"]
            .as_u64()
            .unwrap()
    }
}

pub(crate) async fn answered(response: Response) -> Answered {
    let status = response.status();
    let text = response.text().await.unwrap();
    Answered {
        status,
        body: serde_json::from_str(&text).unwrap_or_default(),
    }
}

/// A wire to Acme.
pub(crate) fn wire(customer: &Customer, currency: &str, amount: i64) -> Value {
    let destination = if currency == "EUR" {
        json!({"name": "Acme", "iban": "DE89370400440532013000", "bankIdentifierCode": "COBADEFF"})
    } else {
        json!({"name": "Acme", "accountNumber": "12345678", "sortCode": "601613"})
    };
    json!({
        "profileId": customer.all["profiles"]["wires"],
        "tag": "order-1",
        "sourceInstrument": {"type": "managed_accounts", "id": customer.all["accounts"][currency]},
        "transferAmount": {"currency": currency, "amount": amount},
        "description": "INV 42",
        "destinationBeneficiary": destination,
    })
}
