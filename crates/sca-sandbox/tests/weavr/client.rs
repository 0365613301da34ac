//! What the tests call Weavr and the control API with, as a partner's backend would.

use std::ops::Deref;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::receiver::{register, wait_until_idle};
use crate::sandbox::TestSandbox;

/// A running sandbox, for tests of Weavr.
pub(crate) struct Weavr {
    sandbox: TestSandbox,
    pub(crate) api: String,
    pub(crate) phone: String,
}

impl Deref for Weavr {
    type Target = TestSandbox;

    fn deref(&self) -> &TestSandbox {
        &self.sandbox
    }
}

/// A customer with a valid token.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) all: Value,
}

/// Status and body of a response.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn code(&self) -> &str {
        self.body["errorCode"].as_str().unwrap_or_default()
    }

    /// The status and the error code: "204", "409 STATE_INVALID".
    pub(crate) fn summary(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.code())
            .trim_end()
            .to_owned()
    }
}

impl Weavr {
    pub(crate) async fn start() -> Self {
        let sandbox = TestSandbox::start().await;
        Self {
            api: sandbox.sandbox.weavr_url(),
            phone: sandbox.sandbox.weavr_phone_url(),
            sandbox,
        }
    }

    /// A call to the API with the API key.
    pub(crate) fn call(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/multi/{path}", self.api))
            .header("api-key", "weavr_sandbox_key")
            .bearer_auth(token)
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Reply {
        reply(self.call(token, Method::POST, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Reply {
        reply(self.call(token, Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Reply {
        reply(self.call(token, Method::DELETE, path).send().await.unwrap()).await
    }

    /// A call to Weavr's control routes that has to succeed.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        self.sandbox.control(method, &format!("weavr/{path}"), body).await
    }

    pub(crate) async fn try_control(&self, method: Method, path: &str, body: Value) -> Response {
        self.sandbox.try_control(method, &format!("weavr/{path}"), body).await
    }

    /// Creates a customer.
    pub(crate) async fn customer(&self, wanted: Value) -> Customer {
        let all = self.control(Method::POST, "customers", wanted).await;
        Customer {
            user: all["userId"].as_str().unwrap().to_owned(),
            token: all["token"].as_str().unwrap().to_owned(),
            all,
        }
    }

    /// Creates a customer with a behaviour.
    pub(crate) async fn customer_with(&self, behaviour: Value) -> Customer {
        self.customer(json!({"behaviour": behaviour})).await
    }

    pub(crate) async fn behave(&self, customer: &Customer, behaviour: Value) {
        let path = format!("customers/{}/behaviour", customer.user);
        self.control(Method::PUT, &path, behaviour).await;
    }

    /// Moves one customer's own clock.
    pub(crate) async fn advance(&self, customer: &Customer, seconds: u32) {
        let path = format!("customers/{}/advance", customer.user);
        self.control(Method::POST, &path, json!({"seconds": seconds})).await;
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Reply {
        self.post(
            "",
            "login_with_password",
            json!({"email": email, "password": {"value": password}}),
        )
        .await
    }

    pub(crate) async fn wire(&self, customer: &Customer, currency: &str, amount: i64) -> Reply {
        self.post(
            &customer.token,
            "outgoing_wire_transfers",
            wire(customer, currency, amount),
        )
        .await
    }

    /// Creates a wire that is not confirmed. Returns its id.
    pub(crate) async fn pending_wire(&self, customer: &Customer) -> String {
        let made = self.wire(customer, "EUR", 250_000).await;
        assert_eq!(made.body["state"], "PENDING_CHALLENGE", "{made:?}");
        made.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, customer: &Customer, currency: &str, amount: i64) -> Reply {
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

    pub(crate) async fn issue(&self, customer: &Customer, method: &str, kind: &str, ids: &[&str]) -> Reply {
        let body = json!({"resourceType": kind, "resourceIds": ids});
        self.post(&customer.token, &format!("challenges/{method}"), body).await
    }

    /// Issues a challenge for wires. Returns its id.
    pub(crate) async fn issued(&self, customer: &Customer, method: &str, ids: &[&str]) -> String {
        let response = self.issue(customer, method, "outgoing_wire_transfers", ids).await;
        response.body["scaChallengeId"]
            .as_str()
            .unwrap_or_else(|| panic!("{response:?}"))
            .to_owned()
    }

    pub(crate) async fn verify(&self, customer: &Customer, challenge: &str, code: &str) -> Reply {
        let body = json!({"verificationCode": code, "resourceType": "outgoing_wire_transfers"});
        let path = format!("challenges/{challenge}/otp/SMS/verify");
        self.post(&customer.token, &path, body).await
    }

    /// The state of a wire as the API returns it.
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

    /// Answers a request as the customer would.
    pub(crate) async fn on_phone(&self, id: &str, answer: &str) -> StatusCode {
        self.try_control(Method::POST, &format!("requests/{id}/{answer}"), json!({}))
            .await
            .status()
    }

    /// Registers a webhook.
    pub(crate) async fn register(&self, url: &str, more: Value) {
        register(&self.sandbox, "weavr/webhooks", url, more).await;
    }

    /// Waits until no event is being sent or due. Returns how many retries wait.
    pub(crate) async fn idle(&self) -> u64 {
        wait_until_idle(&self.sandbox, "weavr/events/idle").await
    }
}

pub(crate) async fn reply(response: Response) -> Reply {
    let status = response.status();
    let text = response.text().await.unwrap();
    Reply {
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
