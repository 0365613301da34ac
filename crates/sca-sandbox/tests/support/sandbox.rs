//! A running sandbox with an HTTP client, and the control calls that all tests make.

use reqwest::{Method, Response};
use sca_sandbox::{Config, Sandbox};
use serde_json::{Value, json};

/// A running sandbox and a client for it.
pub(crate) struct TestSandbox {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
}

/// An HTTP client that follows no redirects.
pub(crate) fn http_client() -> reqwest::Client {
    // Only the first call installs it. A build with another crate turns reqwest's TLS on.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

impl TestSandbox {
    pub(crate) async fn start() -> Self {
        Self {
            sandbox: Sandbox::start(Config::default()).await.unwrap(),
            http: http_client(),
        }
    }

    /// A call to the control API.
    pub(crate) async fn try_control(&self, method: Method, path: &str, body: Value) -> Response {
        let url = format!("{}/control/{path}", self.sandbox.base_url());
        self.http.request(method, url).json(&body).send().await.unwrap()
    }

    /// A call to the control API that has to succeed. Returns its JSON, or `null`.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let response = self.try_control(method, path, body).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Moves the clock that all simulators share.
    pub(crate) async fn advance_clock(&self, seconds: u32) {
        self.control(Method::POST, "clock/advance", json!({"seconds": seconds}))
            .await;
    }
}
