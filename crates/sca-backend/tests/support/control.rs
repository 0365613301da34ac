//! The sandbox's control API, by which a test moves what the simulators do.

use axum::http::{Method, header};
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct SandboxControl {
    http: reqwest::Client,
    base_url: String,
}

impl SandboxControl {
    /// `base_url` is the sandbox's; `http` gives up waiting after a while.
    pub fn new(http: reqwest::Client, base_url: &str) -> Self {
        Self {
            http,
            base_url: format!("{base_url}/control"),
        }
    }

    /// A call that has to succeed. Its answer, or its text where it is not JSON.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_call(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// A call that may fail. Its status, and its answer.
    pub async fn try_call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base_url));
        if method != Method::GET {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        status_and_json(request).await
    }
}

/// Sends a request. The status of the answer, and its JSON, or its text where it is not JSON.
pub async fn status_and_json(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
