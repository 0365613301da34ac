//! The HTTP transport of signed webhooks: POST, a deadline, no redirects, TLS except for loopback.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::{StatusCode, header};
use reqwest::{Client, redirect};
use tracing::{Instrument as _, Span, field::Empty, info_span};
use url::Url;

use super::{DeliveryError, EventType, Message, Receipt, WebhookTransport, standard_webhooks::SigningKeys};
use sca_runtime::{clock::Clock, secure_url::secure_url, traces};

/// The deadline of a connection attempt.
const CONNECT: Duration = Duration::from_secs(5);

/// A receiver: its URL, its signing keys, and the deadline of a delivery attempt.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: Url,
    keys: SigningKeys,
    timeout: Duration,
}

/// The URL is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an https URL (or http for loopback) without user name, password and fragment")]
pub struct AddressError;

impl Endpoint {
    /// An endpoint. Plain `http` is allowed for loopback only.
    ///
    /// # Errors
    /// When the URL is not allowed.
    pub fn new(url: &str, keys: SigningKeys, timeout: Duration) -> Result<Self, AddressError> {
        let url = secure_url(url).ok_or(AddressError)?;
        Ok(Self { url, keys, timeout })
    }
}

/// Sends messages as signed webhooks.
#[derive(Clone, Debug)]
pub struct Webhooks {
    client: Client,
    clock: Arc<dyn Clock>,
    execute: Option<Endpoint>,
    notify: Option<Endpoint>,
}

impl Webhooks {
    /// A transport that sends `transfer.execute` to `execute`, and all other events to `notify`.
    ///
    /// # Errors
    /// When the TLS backend cannot be initialised.
    pub fn new(
        execute: Option<Endpoint>,
        notify: Option<Endpoint>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, reqwest::Error> {
        // An error means that the process has installed a TLS provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("sca-backend/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            clock,
            execute,
            notify,
        })
    }

    async fn send(&self, message: &Message) -> Result<Receipt, DeliveryError> {
        let Some(endpoint) = (match message.kind {
            EventType::TransferExecute => Some(self.execute.as_ref().ok_or(DeliveryError::NoAddress)?),
            EventType::TransferBlocked
            | EventType::ApprovalSettled
            | EventType::PaymentExecutedAfterSettlement
            | EventType::FactorEnrolled
            | EventType::FactorRemoved => self.notify.as_ref(),
        }) else {
            return Ok(Receipt::NoEndpoint);
        };
        let body = message.body()?;
        let seconds = self.clock.now().0 / 1000;
        // The host alone: a path or query of the receiver's may be a secret.
        let span = info_span!(
            target: traces::TARGET,
            "webhook call",
            otel.name = "POST",
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = "POST",
            server.address = endpoint.url.host_str(),
            server.port = endpoint.url.port_or_known_default(),
            http.response.status_code = Empty,
            "error.type" = Empty,
        );
        let answer = self
            .client
            .post(endpoint.url.clone())
            .timeout(endpoint.timeout)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", endpoint.keys.sign(&message.id, seconds, &body))
            .body(body)
            .send()
            .instrument(span.clone())
            .await
            .map_err(|error| failure_of(&error));
        record(&span, &answer);
        let answer = answer?;
        // Only the status matters: the body is not read.
        receipt_of(message.kind, answer.status())
    }
}

impl WebhookTransport for Webhooks {
    fn max_duration(&self) -> Duration {
        let endpoints = self.execute.iter().chain(&self.notify);
        endpoints.map(|endpoint| endpoint.timeout).max().unwrap_or_default()
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.send(message))
    }
}

/// Records how a call ended in its span.
fn record(span: &Span, answer: &Result<reqwest::Response, DeliveryError>) {
    let kind = match answer {
        Ok(answer) => {
            let status = answer.status();
            span.record("http.response.status_code", status.as_u16());
            if status.is_success() {
                return;
            }
            status.as_str().to_owned()
        }
        Err(error) => error.name().to_owned(),
    };
    span.record("error.type", kind);
    span.record("otel.status_code", "ERROR");
}

/// 2xx accepts a message. 410 Gone ends the attempts, as Standard Webhooks has it, except for an approved transfer: its delivery has to
/// continue until the receiver is repaired.
fn receipt_of(kind: EventType, status: StatusCode) -> Result<Receipt, DeliveryError> {
    if status.is_success() {
        return Ok(Receipt::Accepted);
    }
    match (kind, status) {
        (
            EventType::TransferBlocked
            | EventType::ApprovalSettled
            | EventType::PaymentExecutedAfterSettlement
            | EventType::FactorEnrolled
            | EventType::FactorRemoved,
            StatusCode::GONE,
        ) => Err(DeliveryError::Gone),
        (
            EventType::TransferExecute
            | EventType::TransferBlocked
            | EventType::ApprovalSettled
            | EventType::PaymentExecutedAfterSettlement
            | EventType::FactorEnrolled
            | EventType::FactorRemoved,
            status,
        ) => Err(DeliveryError::Refused(status.as_u16())),
    }
}

fn failure_of(error: &reqwest::Error) -> DeliveryError {
    if error.is_connect() {
        DeliveryError::Unreachable
    } else if error.is_timeout() {
        DeliveryError::TimedOut
    } else {
        DeliveryError::Broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sca_core::secret::Secret;

    #[test]
    fn plain_http_is_for_loopback_only() {
        let secret = Secret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into());
        let keys = SigningKeys::new(&[secret]).unwrap();
        for (url, taken) in [
            ("https://bank.example/wires?tenant=7", true),
            ("http://127.0.0.1:8080/bank", true),
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://bank.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example", false),
            ("ftp://127.0.0.1", false),
            ("https://user@bank.example", false),
            ("https://bank.example/#x", false),
            ("nonsense", false),
        ] {
            let endpoint = Endpoint::new(url, keys.clone(), Duration::from_secs(15));
            assert_eq!(endpoint.is_ok(), taken, "{url}");
        }
    }

    #[test]
    fn only_a_success_takes_a_message() {
        for (kind, status, expected) in [
            (EventType::TransferExecute, 200, Ok(Receipt::Accepted)),
            (EventType::TransferExecute, 204, Ok(Receipt::Accepted)),
            (EventType::TransferExecute, 302, Err(DeliveryError::Refused(302))),
            (EventType::TransferExecute, 401, Err(DeliveryError::Refused(401))),
            (EventType::TransferExecute, 410, Err(DeliveryError::Refused(410))),
            (EventType::TransferExecute, 503, Err(DeliveryError::Refused(503))),
            (EventType::TransferBlocked, 410, Err(DeliveryError::Gone)),
            (EventType::ApprovalSettled, 410, Err(DeliveryError::Gone)),
            (EventType::ApprovalSettled, 404, Err(DeliveryError::Refused(404))),
        ] {
            assert_eq!(
                receipt_of(kind, StatusCode::from_u16(status).unwrap()),
                expected,
                "{status}"
            );
        }
    }
}
