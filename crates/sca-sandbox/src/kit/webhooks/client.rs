//! The HTTP client that sends webhooks: loopback only, plain HTTP, redirects are not followed.
//!
//! It is hyper's own client, which the tree contains for axum. `reqwest` would need a process-wide TLS provider as soon as
//! another crate of the same build turns its TLS on, for requests that never use TLS.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::endpoint::WebhookRequest;

/// More of a response than this is not read.
const MAX_RESPONSE_BYTES: usize = 1024 * 1024;

/// Sends webhooks. Cloning it gives another handle on the same connections.
#[derive(Clone, Debug)]
pub(crate) struct WebhookClient {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Default for WebhookClient {
    fn default() -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl WebhookClient {
    /// Posts JSON. Returns the status, or why there is none.
    pub(super) async fn post(&self, url: &str, webhook: &WebhookRequest, timeout: Duration) -> Result<u16, String> {
        let url = if webhook.path.is_empty() {
            url.to_owned()
        } else {
            format!("{}{}", url.trim_end_matches('/'), webhook.path)
        };
        let mut request = Request::post(url).header("content-type", "application/json");
        for (name, value) in &webhook.headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Full::from(webhook.body.clone()))
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            // Read to its end, so that the connection can be used again; the content does not matter.
            let _ = Limited::new(response.into_body(), MAX_RESPONSE_BYTES).collect().await;
            Ok(status)
        };
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or_else(|_| Err("no response in time".to_owned()))
    }
}

/// Whether an address is plain HTTP on this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let Some(host) = url.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme_str() == Some("http") && is_local
}
