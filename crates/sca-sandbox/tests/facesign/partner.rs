//! A partner's backend: what the tests call FaceSign and the control API with.

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use sca_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

/// A running simulator with a client for it.
pub(crate) struct FaceSign {
    _sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) api: String,
    pub(crate) pages: String,
    pub(crate) http: reqwest::Client,
}

/// A session that was made, and the secret that opens its page.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) answer: Value,
}

impl FaceSign {
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
            api: sandbox.facesign_url(),
            pages: sandbox.facesign_pages_url(),
            _sandbox: sandbox,
            http,
        }
    }

    /// A call to the API with the right key.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.api))
            .bearer_auth("sk_test_sandbox")
    }

    pub(crate) async fn create(&self, body: &Value) -> Made {
        let response = self.call(Method::POST, "/sessions").json(body).send().await.unwrap();
        assert!(response.status().is_success());
        let answer: Value = response.json().await.unwrap();
        Made {
            id: answer["session"]["id"].as_str().unwrap().to_owned(),
            secret: answer["clientSecret"]["secret"].as_str().unwrap().to_owned(),
            answer,
        }
    }

    /// The session as the API answers it.
    pub(crate) async fn session(&self, id: &str) -> Value {
        self.read(id).await["session"].take()
    }

    /// The whole answer: session and client secret.
    pub(crate) async fn read(&self, id: &str) -> Value {
        let response = self.call(Method::GET, &format!("/sessions/{id}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
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
        let url = format!("{}/control/{path}", self.base);
        self.http.request(method, url).json(&body).send().await.unwrap()
    }

    pub(crate) async fn behave(&self, behaviour: Value) {
        self.control(Method::PUT, "facesign/behaviour", behaviour).await;
    }

    /// Moves a session by the control API.
    pub(crate) async fn moves(&self, id: &str, action: &str, body: Value) -> Value {
        self.control(Method::POST, &format!("facesign/sessions/{id}/{action}"), body)
            .await
    }

    pub(crate) async fn play(&self, id: &str, row: &str) -> Value {
        self.moves(id, "play", json!({"row": row})).await["session"].take()
    }

    pub(crate) async fn advance(&self, seconds: u32) {
        self.control(Method::POST, "clock/advance", json!({"seconds": seconds}))
            .await;
    }

    /// Registers a webhook.
    pub(crate) async fn register(&self, url: &str, more: Value) {
        let mut webhook = json!({"url": url});
        webhook
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        self.control(Method::PUT, "facesign/webhook", webhook).await;
    }

    /// Waits until nothing is being sent; answers how many retries wait for their time.
    pub(crate) async fn idle(&self) -> u64 {
        self.control(Method::POST, "facesign/events/idle", json!({})).await["retriesWaiting"]
            .as_u64()
            .unwrap()
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

/// A wire's flow, with a node of its own for each way that it can end.
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

/// The outcome that a node reported last.
pub(crate) fn outcome<'a>(session: &'a Value, node: &str) -> Option<&'a str> {
    session["report"]["nodeReports"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|report| report["nodeId"] == node)
        .max_by_key(|report| report["createdAt"].as_i64())
        .and_then(|report| report["outcome"].as_str())
}
