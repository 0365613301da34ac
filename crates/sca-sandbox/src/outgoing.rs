//! The simulator's own HTTP client: webhooks go out, loopback only.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use axum::body::Bytes;

/// More of an answer than this is not read.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Sends requests. Cloning it gives another handle on the same connections.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Posts JSON; answers the status, or why there is none. Redirects are not followed.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
        timeout: Duration,
    ) -> Result<u16, String> {
        let mut request = Request::post(url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::from(body)).map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| error.to_string())?;
            let status = answer.status().as_u16();
            // Read to its end, so that the connection can be used again; what it says does not matter.
            let _ = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
            Ok(status)
        };
        tokio::time::timeout(timeout, exchange)
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }
}

/// Whether an address is plain HTTP on this machine.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let Some(host) = url.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme_str() == Some("http") && local
}
