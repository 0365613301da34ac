//! A partner's webhook receiver: records the requests, and responds with the given statuses.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::sandbox::TestSandbox;

/// One message received.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[derive(Debug, Default)]
struct Recorded {
    messages: Vec<Message>,
    /// Statuses of the next responses, last first; then 200.
    statuses: Vec<StatusCode>,
}

/// A running receiver.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    recorded: Arc<Mutex<Recorded>>,
}

impl Receiver {
    /// Responds with these statuses first, then with 200.
    pub(crate) async fn start(statuses: &[u16]) -> Self {
        let recorded = Arc::new(Mutex::new(Recorded {
            messages: Vec::new(),
            statuses: statuses
                .iter()
                .rev()
                .map(|status| StatusCode::from_u16(*status).unwrap())
                .collect(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new().fallback(post(receive)).with_state(recorded.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, recorded }
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.recorded.lock().unwrap().messages.clone()
    }
}

async fn receive(
    State(recorded): State<Arc<Mutex<Recorded>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut recorded = recorded.lock().unwrap();
    let path = uri.path().to_owned();
    recorded.messages.push(Message { path, headers, body });
    recorded.statuses.pop().unwrap_or(StatusCode::OK)
}

/// Registers a webhook.
pub(crate) async fn register(sandbox: &TestSandbox, path: &str, url: &str, more: Value) {
    let mut webhook = json!({"url": url});
    webhook
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    sandbox.control(Method::PUT, path, webhook).await;
}

/// Waits until no event is being sent or due. Returns how many retries wait.
pub(crate) async fn wait_until_idle(sandbox: &TestSandbox, path: &str) -> u64 {
    sandbox.control(Method::POST, path, json!({"seconds": 60})).await["retriesWaiting"]
        .as_u64()
        .unwrap()
}
