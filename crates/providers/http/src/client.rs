use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use reqwest::{Client, Url, redirect};
use tokio::{sync::Semaphore, time::timeout};
use tracing::Instrument as _;
use zeroize::Zeroizing;

use super::{address::address, breaker::Breaker, sensitive, trace};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};

use sca_runtime::{metrics::Metrics, secure_url::secure_url};

/// The limits of calls to a provider.
#[derive(Clone, Copy, Debug)]
pub struct HttpLimits {
    /// The timeout of connecting.
    pub connect: Duration,
    /// The total timeout of a call. Of a call through the gate, the timeout of the head of the response, and of each further part.
    pub total: Duration,
    /// The maximum size of a response body, in bytes.
    pub body: usize,
    /// The maximum number of concurrent calls.
    pub calls: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(10),
            body: 1024 * 1024,
            calls: 256,
        }
    }
}

/// The total timeout of a call through the gate, whose response may be a large statement: below the 60 seconds after which proxies in front of
/// the gate stop waiting.
const GATE_TOTAL: Duration = Duration::from_secs(50);

/// The HTTP client of a provider. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ProviderHttp {
    /// The provider's name, for logs and metrics.
    name: &'static str,
    client: Client,
    base: Arc<Url>,
    limits: HttpLimits,
    calls: Arc<Semaphore>,
    breaker: Arc<Breaker>,
    /// The breaker of calls through the gate.
    gate_breaker: Arc<Breaker>,
    metrics: Metrics,
}

/// A call to a provider.
pub struct Call {
    /// The operation, for logs and metrics.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path and query, in normal form.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
    /// The maximum size of the response body in bytes, where it differs from [`HttpLimits::body`].
    pub cap: Option<usize>,
    /// Whether a partner's server chose the request. Its duration says nothing about other calls, so it has its own breaker.
    pub through_gate: bool,
}

impl Call {
    /// A call without a body.
    #[must_use]
    pub fn new(operation: &'static str, method: Method, path: String) -> Self {
        Self {
            operation,
            method,
            path,
            headers: HeaderMap::new(),
            body: Zeroizing::default(),
            cap: None,
            through_gate: false,
        }
    }

    /// Adds a bearer token (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// [`ProviderError::SessionEnded`] when the token is not valid in a header; the provider would not accept it either.
    pub fn bearer(mut self, token: &Secret) -> Result<Self, ProviderError> {
        let text = Zeroizing::new(format!("Bearer {}", token.expose()));
        let value = sensitive(&text).ok_or(ProviderError::SessionEnded)?;
        self.headers.insert(header::AUTHORIZATION, value);
        Ok(self)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: Zeroizing<Vec<u8>>) -> Self {
        self.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body;
        self
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Call({}, {} bytes)", self.operation, self.body.len())
    }
}

/// A provider's response.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether there is a body, and it is a page (`text/html`, `application/xhtml+xml`).
    fn is_page(&self) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is_html = ["text/html", "application/xhtml+xml"]
            .iter()
            .any(|page| essence.eq_ignore_ascii_case(page));
        is_html && !self.body.is_empty()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why the HTTP client cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The base address is invalid.
    #[error(
        "the provider's address must be https:// (for loopback also http://) with a host and no path, query or user"
    )]
    Address,
    /// The URL is invalid.
    #[error(
        "the URL must be https:// (for loopback also http://) with a host and a plain path, without query and user"
    )]
    Url,
    /// The HTTP client could not be created.
    #[error("the HTTP client could not be created")]
    Client(#[from] reqwest::Error),
}

impl ProviderHttp {
    /// Creates the client of a provider at a base address. Plain `http://` is allowed for loopback only.
    ///
    /// # Errors
    /// When the address is invalid, or TLS cannot be initialised.
    pub fn new(name: &'static str, base: &str, limits: HttpLimits, metrics: Metrics) -> Result<Self, HttpError> {
        let base = secure_url(base).ok_or(HttpError::Address)?;
        // Paths are absolute, so a path in the base address would be dropped silently.
        if base.path() != "/" || base.query().is_some() {
            return Err(HttpError::Address);
        }
        // An error means that the process has installed a default before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(limits.connect)
            .redirect(redirect::Policy::none())
            .referer(false)
            // Firewalls in front of providers refuse requests without one.
            .user_agent(concat!("sca-backend/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            name,
            client,
            base: Arc::new(base),
            limits,
            calls: Arc::new(Semaphore::new(limits.calls)),
            breaker: Arc::default(),
            gate_breaker: Arc::default(),
            metrics,
        })
    }

    /// The total timeout of a call.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.limits.total
    }

    /// Sends a call. Every status is a response, except those that no operation expects: a redirect, 401 and 429.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn call(&self, call: Call) -> Result<Answer, ProviderError> {
        let answer = self.call_any(call).await?;
        match answer.status {
            StatusCode::UNAUTHORIZED => Err(ProviderError::SessionEnded),
            StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::TooManyRequests {
                retry_after: retry_after(&answer.headers, std::time::SystemTime::now()),
            }),
            status if status.is_redirection() => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
            _ => Ok(answer),
        }
    }

    /// Sends a call and returns the response of any status. A page is no response of a provider: only a call through the gate returns it.
    ///
    /// # Errors
    /// When there is no response, or it is too large or a page; [`ProviderError::Malformed`] when the path is not in normal form.
    pub async fn call_any(&self, call: Call) -> Result<Answer, ProviderError> {
        // A malformed call is neither sent nor counted.
        let url = address(&self.base, &call.path).ok_or(ProviderError::Malformed)?;
        let span = trace::span(self.name, call.operation, &call.method, &url);
        let answer = self.send_counted(url, call).instrument(span.clone()).await;
        trace::record(&span, &answer);
        answer
    }

    /// Sends a call unless the breaker is open, and counts it.
    async fn send_counted(&self, url: Url, call: Call) -> Result<Answer, ProviderError> {
        let operation = call.operation;
        let started = Instant::now();
        let through_gate = call.through_gate;
        let breaker = if through_gate {
            &self.gate_breaker
        } else {
            &self.breaker
        };
        let answer = if breaker.allows(started) {
            self.send(url, call).await
        } else {
            Err(ProviderError::Overloaded)
        };
        let answer = answer.and_then(|answer| self.unless_page(answer, operation, through_gate));
        match &answer {
            Ok(_) | Err(ProviderError::Unusable(_)) => breaker.answered(),
            // The connection was established.
            Err(ProviderError::TimedOut | ProviderError::Broken) if through_gate => breaker.answered(),
            Err(ProviderError::Unreachable | ProviderError::TimedOut | ProviderError::Broken) => {
                breaker.failed(Instant::now());
            }
            Err(
                ProviderError::Malformed
                | ProviderError::Overloaded
                | ProviderError::SessionEnded
                | ProviderError::Locked { .. }
                | ProviderError::StepUpRequired
                | ProviderError::Forbidden
                | ProviderError::TokenRefused(_)
                | ProviderError::TooManyRequests { .. }
                | ProviderError::ClientRefused(_),
            ) => {}
        }
        let outcome = match &answer {
            Ok(answer) => answer.status.as_str().to_owned(),
            Err(error) => name_of(error).to_owned(),
        };
        self.metrics
            .provider_request(self.name, operation, &outcome, started.elapsed());
        if let Err(error) = &answer {
            tracing::warn!(provider = self.name, operation, %error, "provider call failed");
        }
        answer
    }

    fn unless_page(
        &self,
        answer: Answer,
        operation: &'static str,
        through_gate: bool,
    ) -> Result<Answer, ProviderError> {
        let page = InvalidResponse::Page(answer.status.as_u16());
        if !answer.is_page() {
            Ok(answer)
        } else if through_gate {
            tracing::warn!(provider = self.name, operation, error = %page, "response forwarded");
            Ok(answer)
        } else {
            Err(ProviderError::Unusable(page))
        }
    }

    async fn send(&self, url: Url, call: Call) -> Result<Answer, ProviderError> {
        let _permit = self.calls.try_acquire().map_err(|_| ProviderError::Overloaded)?;
        let mut headers = call.headers;
        // RFC 9110, section 8.6. Some servers answer 411 otherwise.
        if call.body.is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(&call.method) {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let total = if call.through_gate {
            GATE_TOTAL
        } else {
            self.limits.total
        };
        let response = self
            .client
            .request(call.method, url)
            .timeout(total)
            .headers(headers)
            .header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .body(Bytes::from_owner(call.body))
            .send();
        let response = self.within_total(response).await?;
        let cap = call.cap.unwrap_or(self.limits.body);
        self.read(response, cap).await
    }

    async fn read(&self, mut response: reqwest::Response, cap: usize) -> Result<Answer, ProviderError> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while let Some(chunk) = self.within_total(response.chunk()).await? {
            if body.len() + chunk.len() > cap {
                return Err(ProviderError::Unusable(InvalidResponse::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    /// A part of a response.
    async fn within_total<T>(&self, part: impl Future<Output = Result<T, reqwest::Error>>) -> Result<T, ProviderError> {
        let part = timeout(self.limits.total, part).await;
        part.map_err(|_| ProviderError::TimedOut)?
            .map_err(|error| failure_of(&error))
    }
}

/// The client of a server at the origin of a URL, and the URL's path, which begins with a slash.
///
/// # Errors
/// As [`ProviderHttp::new`], or when the URL has a query or its path is not in normal form.
pub fn split_address(
    name: &'static str,
    url: &str,
    limits: HttpLimits,
    metrics: Metrics,
) -> Result<(ProviderHttp, String), HttpError> {
    let parsed = secure_url(url).ok_or(HttpError::Url)?;
    let path = parsed.path().to_owned();
    let http = ProviderHttp::new(name, &parsed.origin().ascii_serialization(), limits, metrics)?;
    if parsed.query().is_some() || address(&http.base, &path).is_none() {
        return Err(HttpError::Url);
    }
    Ok((http, path))
}

fn failure_of(error: &reqwest::Error) -> ProviderError {
    if error.is_connect() {
        ProviderError::Unreachable
    } else if error.is_timeout() {
        ProviderError::TimedOut
    } else {
        ProviderError::Broken
    }
}

/// The name of an error in metrics and spans.
pub(super) fn name_of(error: &ProviderError) -> &'static str {
    match error {
        ProviderError::Malformed => "malformed",
        ProviderError::Unreachable => "unreachable",
        ProviderError::Overloaded => "overloaded",
        ProviderError::TimedOut => "timed-out",
        ProviderError::Broken => "broken",
        ProviderError::Unusable(_) => "unusable",
        ProviderError::SessionEnded
        | ProviderError::Locked { .. }
        | ProviderError::StepUpRequired
        | ProviderError::Forbidden
        | ProviderError::TokenRefused(_)
        | ProviderError::TooManyRequests { .. }
        | ProviderError::ClientRefused(_) => "refused",
    }
}

/// The upper bound of a `Retry-After`.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);
/// The lower bound of a `Retry-After`.
pub const MIN_RETRY_AFTER: Duration = Duration::from_secs(1);
/// The wait when the provider sends no usable `Retry-After`.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Parses `Retry-After`: seconds or an HTTP date (RFC 9110, section 10.2.3).
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: std::time::SystemTime) -> Duration {
    let Some(text) = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()) else {
        return DEFAULT_RETRY_AFTER;
    };
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else if let Ok(date) = httpdate::parse_http_date(text) {
        date.duration_since(now).unwrap_or_default()
    } else {
        DEFAULT_RETRY_AFTER
    };
    wait.clamp(MIN_RETRY_AFTER, MAX_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    #[test]
    fn retry_after_is_parsed_in_both_forms_and_clamped() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let wait = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(wait("5"), Duration::from_secs(5));
        assert_eq!(
            wait(&httpdate::fmt_http_date(now + Duration::from_secs(20))),
            Duration::from_secs(20)
        );
        assert_eq!(
            wait(&httpdate::fmt_http_date(now - Duration::from_secs(20))),
            Duration::from_secs(1)
        );
        assert_eq!(wait("99999999999999999999999999"), MAX_RETRY_AFTER);
        assert_eq!(wait("-3"), DEFAULT_RETRY_AFTER);
        assert_eq!(wait("soon"), DEFAULT_RETRY_AFTER);
        assert_eq!(wait("0"), Duration::from_secs(1));
        assert_eq!(retry_after(&HeaderMap::new(), now), DEFAULT_RETRY_AFTER);
    }

    /// Sends a call to a server that writes parts of a response, each after a pause. Returns the result, and the head of the request.
    async fn answered(call: Call, parts: &[(Duration, &[u8])]) -> (Result<Answer, ProviderError>, String) {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", server.local_addr().unwrap());
        let http = ProviderHttp::new("test", &base, HttpLimits::default(), Metrics::default()).unwrap();
        let answering = async {
            let (mut stream, _) = server.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            for (pause, part) in parts {
                tokio::time::sleep(*pause).await;
                if stream.write_all(part).await.is_err() {
                    break;
                }
            }
            String::from_utf8(head).unwrap()
        };
        tokio::join!(http.call_any(call), answering)
    }

    /// The lines that a call becomes on the wire.
    async fn lines_of(call: Call) -> Vec<String> {
        let response = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
        let (answer, head) = answered(call, &[(Duration::ZERO, response)]).await;
        assert_eq!(answer.unwrap().status, StatusCode::NO_CONTENT);
        head.to_ascii_lowercase().lines().map(str::to_owned).collect()
    }

    fn through_gate() -> Call {
        Call {
            through_gate: true,
            ..Call::new("gate", Method::GET, "/v1/profiles".to_owned())
        }
    }

    #[tokio::test]
    async fn a_page_is_never_the_providers_answer() {
        for (status, content_type, body, is_page) in [
            (403, "text/html", "<p>", true),
            (200, "Text/HTML; charset=utf-8", "<p>", true),
            (429, "application/xhtml+xml", "<p>", true),
            (503, "text/html;charset=iso-8859-1", "<p>", true),
            // A server may name the type of a body that it does not send.
            (403, "text/html", "", false),
            (403, "application/json", "{}", false),
            (403, "text/plain", "no", false),
            (200, "application/jose+json", "a.b", false),
        ] {
            let length = body.len();
            let response = format!(
                "HTTP/1.1 {status} Any\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            let parts: [(Duration, &[u8]); 1] = [(Duration::ZERO, response.as_bytes())];
            let call = Call::new("read", Method::GET, "/v1/profiles".to_owned());
            let expected = if is_page {
                Err(ProviderError::Unusable(InvalidResponse::Page(status)))
            } else {
                Ok(status)
            };
            let status_of = |answer: Answer| answer.status.as_u16();
            assert_eq!(
                answered(call, &parts).await.0.map(status_of),
                expected,
                "{content_type}"
            );
            // The partner's server sees what arrived.
            let forwarded = answered(through_gate(), &parts).await.0;
            assert_eq!(forwarded.map(status_of), Ok(status), "{content_type}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_response_may_arrive_slowly_through_the_gate() {
        let head: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
        let pause = Duration::from_secs(8);
        let slowly = |parts| std::iter::repeat_n((pause, b"line\n".as_slice()), parts);
        let parts = |count| -> Vec<_> { std::iter::once((pause, head)).chain(slowly(count)).collect() };
        let answer = answered(through_gate(), &parts(4)).await.0.unwrap();
        assert_eq!(answer.body.len(), 20);
        // Not for ever.
        let endless = answered(through_gate(), &parts(8)).await.0;
        assert_eq!(endless.unwrap_err(), ProviderError::TimedOut);
        // A call of the backend's own is small.
        let own = Call::new("read", Method::GET, "/v1/profiles".to_owned());
        assert_eq!(answered(own, &parts(4)).await.0.unwrap_err(), ProviderError::TimedOut);
        // A response that stalls is given up as soon as any other.
        let stalled = [(pause, head), (Duration::from_secs(11), b"late".as_slice())];
        assert_eq!(
            answered(through_gate(), &stalled).await.0.unwrap_err(),
            ProviderError::TimedOut
        );
    }

    #[tokio::test]
    async fn every_call_names_the_backend_unless_the_caller_has_a_name() {
        let call = || Call::new("read", Method::GET, "/v1/profiles".to_owned());
        let ours = concat!("user-agent: sca-backend/", env!("CARGO_PKG_VERSION")).to_owned();
        assert!(lines_of(call()).await.contains(&ours));
        let theirs = call().header(header::USER_AGENT, HeaderValue::from_static("shop/2"));
        let lines = lines_of(theirs).await;
        let named: Vec<_> = lines.iter().filter(|line| line.starts_with("user-agent:")).collect();
        assert_eq!(named, ["user-agent: shop/2"]);
    }

    #[tokio::test]
    async fn a_call_that_could_have_a_body_says_that_it_has_none() {
        for (method, says) in [
            (Method::POST, true),
            (Method::PUT, true),
            (Method::PATCH, true),
            (Method::GET, false),
            (Method::DELETE, false),
        ] {
            let lines = lines_of(Call::new("call", method.clone(), "/v1/profiles".to_owned())).await;
            assert_eq!(lines.contains(&"content-length: 0".to_owned()), says, "{method}");
            assert!(
                !lines.iter().any(|line| line.starts_with("transfer-encoding")),
                "{method}"
            );
        }
    }

    #[test]
    fn plain_http_is_allowed_for_loopback_only() {
        for (base, taken) in [
            ("https://api.wise.com", true),
            ("http://127.0.0.1:8080", true),
            ("http://localhost:1", true),
            ("http://api.wise.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://127.0.0.1", false),
            ("https://proxy.example/wise", false),
            ("https://api.wise.com/?x", false),
            ("https://user@api.wise.com", false),
            ("https://:password@api.wise.com", false),
            ("nonsense", false),
        ] {
            let made = ProviderHttp::new("wise", base, HttpLimits::default(), Metrics::default());
            assert_eq!(made.is_ok(), taken, "{base}");
        }
    }
}
