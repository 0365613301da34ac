//! What the tests call FaceSign and the control API with, as a partner's backend would.

use std::ops::Deref;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::receiver::{register, wait_until_idle};
use crate::sandbox::TestSandbox;

/// A running sandbox, for tests of FaceSign.
pub(crate) struct FaceSign {
    sandbox: TestSandbox,
    pub(crate) base: String,
    pub(crate) api: String,
    pub(crate) pages: String,
}

impl Deref for FaceSign {
    type Target = TestSandbox;

    fn deref(&self) -> &TestSandbox {
        &self.sandbox
    }
}

/// A session that was created, and the secret that opens its page.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) response: Value,
}

impl FaceSign {
    pub(crate) async fn start() -> Self {
        let sandbox = TestSandbox::start().await;
        Self {
            base: sandbox.sandbox.base_url(),
            api: sandbox.sandbox.facesign_url(),
            pages: sandbox.sandbox.facesign_pages_url(),
            sandbox,
        }
    }

    /// A call to the API with the API key.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.api))
            .bearer_auth("sk_test_sandbox")
    }

    pub(crate) async fn create(&self, body: &Value) -> Created {
        let response = self.call(Method::POST, "/sessions").json(body).send().await.unwrap();
        assert!(response.status().is_success());
        let response: Value = response.json().await.unwrap();
        Created {
            id: response["session"]["id"].as_str().unwrap().to_owned(),
            secret: response["clientSecret"]["secret"].as_str().unwrap().to_owned(),
            response,
        }
    }

    /// The session as the API returns it.
    pub(crate) async fn session(&self, id: &str) -> Value {
        self.read(id).await["session"].take()
    }

    /// The whole response: session and client secret.
    pub(crate) async fn read(&self, id: &str) -> Value {
        let response = self.call(Method::GET, &format!("/sessions/{id}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    pub(crate) async fn behave(&self, behaviour: Value) {
        self.control(Method::PUT, "facesign/behaviour", behaviour).await;
    }

    /// Drives a session by the control API.
    pub(crate) async fn drive(&self, id: &str, action: &str, body: Value) -> Value {
        self.control(Method::POST, &format!("facesign/sessions/{id}/{action}"), body)
            .await
    }

    pub(crate) async fn run_script(&self, id: &str, script: &str) -> Value {
        self.drive(id, "play", json!({"row": script})).await["session"].take()
    }

    /// Moves the clock that all simulators share.
    pub(crate) async fn advance(&self, seconds: u32) {
        self.advance_clock(seconds).await;
    }

    /// Registers a webhook.
    pub(crate) async fn register(&self, url: &str, more: Value) {
        register(&self.sandbox, "facesign/webhook", url, more).await;
    }

    /// Waits until no event is being sent or due. Returns how many retries wait.
    pub(crate) async fn idle(&self) -> u64 {
        wait_until_idle(&self.sandbox, "facesign/events/idle").await
    }

    pub(crate) async fn events(&self, session: &str) -> Vec<Value> {
        let path = format!("facesign/events?sessionId={session}");
        let events = self.control(Method::GET, &path, Value::Null).await;
        events.as_array().unwrap().clone()
    }

    /// A call of the hosted page.
    pub(crate) fn page(&self, secret: &str, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/page/{path}", self.pages))
            .bearer_auth(secret)
    }

    pub(crate) async fn page_post(&self, secret: &str, path: &str, body: Value) -> Value {
        let response = self.page(secret, Method::POST, path).json(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }
}

/// A wire's flow, with a node of its own for each outcome.
pub(crate) fn wire(transfer: &str) -> Value {
    let closing = |id: &str| {
        json!({"id": id, "type": "conversation", "prompt": "Thank the user.", "doesNotRequireReply": true,
               "outcomes": [{"id": "done", "targetNodeId": "end", "condition": ""}]})
    };
    json!({
        "clientReferenceId": format!("{transfer}-user-4421"),
        "metadata": {"transferAmount": "50000.00", "transferCurrency": "USD", "recipientName": "Acme Corp"},
        "providedData": {"email": "accountholder@example.com"},
        "videoAIAnalysisEnabled": true,
        "flow": [
            {"id": "start", "type": "start", "outcome": "greeting"},
            {"id": "greeting", "type": "conversation", "prompt": "Say: Hello.",
             "outcomes": [{"id": "next", "targetNodeId": "liveness", "condition": ""}]},
            {"id": "liveness", "type": "liveness_detection", "outcomes": {
                "livenessDetected": "confirm", "deepfakeDetected": "closing_deepfake", "noFace": "closing_no_face",
                "inconclusive": "closing_inconclusive"}},
            {"id": "confirm", "type": "conversation", "prompt": "Say: 50,000 USD to Acme Corp?", "outcomes": [
                {"id": "stall", "targetNodeId": "closing_stall", "condition": "no clear answer"},
                {"id": "denied", "targetNodeId": "closing_denied", "condition": "declined"},
                {"id": "confirmed", "targetNodeId": "email_otp", "condition": "confirmed"}]},
            {"id": "email_otp", "type": "two_factor_email", "outcomes": {
                "verified": "closing", "delivery_failed": "closing_undelivered", "failed_unverified": "closing_failed",
                "cancelled": "closing_cancelled", "error": "closing_error"}},
            closing("closing"), closing("closing_deepfake"), closing("closing_no_face"), closing("closing_inconclusive"),
            closing("closing_stall"), closing("closing_denied"), closing("closing_undelivered"), closing("closing_failed"),
            closing("closing_cancelled"), closing("closing_error"),
            {"id": "end", "type": "end"},
        ],
    })
}

/// The outcome in the last report of a node.
pub(crate) fn outcome<'a>(session: &'a Value, node: &str) -> Option<&'a str> {
    session["report"]["nodeReports"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|report| report["nodeId"] == node)
        .max_by_key(|report| report["createdAt"].as_i64())
        .and_then(|report| report["outcome"].as_str())
}
