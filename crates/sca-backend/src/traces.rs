//! Traces: the spans of this backend, exported by OTLP over HTTP (<https://opentelemetry.io/docs/specs/otlp/>). The only module that names
//! OpenTelemetry.
//!
//! All crates open their spans with the macros of `tracing`, under one target, [`TARGET`]. The program installs [`Traces`] if it is configured. A
//! partner's program that uses this crate as a library can do the same, or export the spans of that target by a layer of its own.
//!
//! Spans leave the process by a queue and a thread of their own. A span that finds the queue full is dropped, so a collector that is slow or does
//! not answer delays no call.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use opentelemetry::{
    KeyValue,
    propagation::{Extractor, TextMapPropagator as _},
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    propagation::TraceContextPropagator,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanLimits},
};
use sca_runtime::{random, secure_url::is_loopback};
use tokio::runtime::Handle;
use tracing::{Span, Subscriber, info_span, level_filters::LevelFilter};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::{EnvFilter, Layer, filter::Targets, registry::LookupSpan};
use url::Url;

use crate::config::{ConfigError, TracingConfig};

pub use sca_runtime::traces::TARGET;

/// The header with the caller's trace and span (<https://www.w3.org/TR/trace-context/>).
pub(crate) const TRACEPARENT: &str = "traceparent";

/// How long the last spans are waited for when the program stops.
pub const FLUSH_WITHIN: Duration = Duration::from_secs(3);

/// How many ended spans wait to be exported at most; further ones are dropped.
const MOST_WAITING: usize = 2048;
/// How many spans are exported in one request at most.
const MOST_AT_ONCE: usize = 512;
/// How long a span waits for others.
const EVERY: Duration = Duration::from_secs(1);
/// How often the log says that spans are not exported.
const COMPLAIN_EVERY: Duration = Duration::from_secs(300);
/// The largest answer of a collector that is read, in bytes. A complete answer is empty.
const MOST_ANSWER_BYTES: usize = 64 * 1024;

/// The exporter of spans, with its queue and its thread.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// Starts the thread that exports spans. Its calls run on `runtime`.
    ///
    /// # Errors
    /// Names the setting whose value is not allowed.
    pub fn start(config: &TracingConfig, runtime: &Handle) -> Result<Self, ConfigError> {
        let resource = resource(config)?;
        let state = Arc::new(Mutex::new(Failures::default()));
        let client = Collector::new(config, runtime.clone(), Arc::clone(&state))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(client.url.as_str())
            .with_timeout(config.timeout)
            .with_retry_policy(RetryPolicy::recommended())
            .with_http_client(client)
            .build()
            .map_err(|_| ConfigError::setting("tracing.otlp_endpoint", "the exporter could not be made"))?;
        let exporter = Reporting { exporter, state };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(MOST_WAITING)
            .with_max_export_batch_size(MOST_AT_ONCE)
            .with_scheduled_delay(EVERY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio)));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(sampler)
            .with_span_limits(SpanLimits::default())
            .with_resource(resource)
            .build();
        Ok(Self { provider })
    }

    /// The layer that exports the spans of [`TARGET`], and no event.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        OpenTelemetryLayer::new(self.provider.tracer("sca-backend"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Exports the spans that have ended, and waits for it: five seconds at most. It blocks its thread.
    ///
    /// # Errors
    /// When the collector has not accepted them.
    pub fn flush(&self) -> Result<(), FlushError> {
        self.provider.force_flush().map_err(|_| FlushError)
    }

    /// Exports the spans that have ended, and stops. It blocks its thread for [`FLUSH_WITHIN`] at most.
    ///
    /// # Errors
    /// When the collector has not accepted them in time.
    pub fn stop(&self) -> Result<(), FlushError> {
        self.provider
            .shutdown_with_timeout(FLUSH_WITHIN)
            .map_err(|_| FlushError)
    }
}

/// The collector has not accepted the last spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the collector has not accepted the last spans")]
pub struct FlushError;

/// A filter of the log without the spans of [`TARGET`], which would be added to each line.
#[must_use]
pub fn without_spans(log: EnvFilter) -> EnvFilter {
    let directive = format!("{TARGET}=off").parse();
    directive.map_or_else(|_| EnvFilter::new("off"), |directive| log.add_directive(directive))
}

/// The current span, if it is one of [`TARGET`]: for work that goes on in another task. Its lines in the log stay without the caller's span.
pub(crate) fn current() -> Span {
    let current = Span::current();
    let is_ours = current.metadata().is_some_and(|span| span.target() == TARGET);
    if is_ours { current } else { Span::none() }
}

/// The span of a poll: a read of the provider's state that no caller asked for, or that a webhook or a caller caused.
pub(crate) fn poll(approval: &str) -> Span {
    info_span!(target: TARGET, "poll", sca.approval.id = approval)
}

/// Makes a span the child of the span that `traceparent` names, if the header is well-formed. The vendor's list `tracestate` is not taken over.
/// Only for callers that are authenticated as a partner: the caller that names the parent span decides whether the trace is recorded.
pub(crate) fn continue_trace(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&Traceparent(headers));
    if parent.span().span_context().is_valid() {
        // Without the layer of `Traces`, there is nothing to continue.
        let _ = span.set_parent(parent);
    }
}

/// The one header of the caller that is read.
struct Traceparent<'a>(&'a HeaderMap);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let value = self.0.get(key).filter(|_| key == TRACEPARENT)?;
        value.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

/// Who exports, by OpenTelemetry's conventions (<https://opentelemetry.io/docs/specs/semconv/resource/>).
fn resource(config: &TracingConfig) -> Result<Resource, ConfigError> {
    let instance = match &config.service_instance_id {
        Some(instance) => instance.clone(),
        None => random::name("")?,
    };
    let environment = config.deployment_environment.clone();
    let attributes = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    Ok(Resource::builder_empty()
        .with_service_name(config.service_name.clone())
        .with_attributes(attributes)
        .with_attributes(environment.map(|name| KeyValue::new("deployment.environment.name", name)))
        .build())
}

/// The URL that spans are sent to: the base of the collector, and `v1/traces` as OTLP has it.
pub(crate) fn endpoint(config: &TracingConfig) -> Result<Url, ConfigError> {
    let wrong = |reason: &str| ConfigError::setting("tracing.otlp_endpoint", reason);
    let url = Url::parse(&config.otlp_endpoint).ok();
    let plain = url.filter(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let mut url = plain.ok_or_else(|| wrong("expected an http or https URL without user name, query and fragment"))?;
    if !config.otlp_headers.is_empty() && url.scheme() == "http" && !is_loopback(&url) {
        return Err(wrong(
            "with tracing.otlp_headers: expected an https URL (or http for loopback)",
        ));
    }
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// The headers of every export.
pub(crate) fn headers(config: &TracingConfig) -> Result<HeaderMap, ConfigError> {
    let wrong = || ConfigError::setting("tracing.otlp_headers", "expected headers as `name=value`");
    let mut headers = HeaderMap::new();
    for line in &config.otlp_headers {
        let (name, value) = line.expose().split_once('=').ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    Ok(headers)
}

/// The collector, called by the backend's own HTTP library: no redirects, no proxy, and a deadline for each call. URL and headers are those of
/// the settings, whatever else the process's environment says.
#[derive(Clone, Debug)]
struct Collector {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    timeout: Duration,
    runtime: Handle,
    state: Arc<Mutex<Failures>>,
}

impl Collector {
    fn new(config: &TracingConfig, runtime: Handle, state: Arc<Mutex<Failures>>) -> Result<Self, ConfigError> {
        // An error means that the process has installed a TLS provider before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("sca-backend/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| ConfigError::setting("tracing.otlp_endpoint", "the HTTP client could not be made"))?;
        Ok(Self {
            client,
            url: endpoint(config)?,
            headers: headers(config)?,
            timeout: config.timeout,
            runtime,
            state,
        })
    }

    async fn post(self, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let answer = tokio::time::timeout(self.timeout, self.exchange(body)).await;
        let answer = answer.map_err(|_| Failure::TimedOut).flatten();
        let failure = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(Failure::Refused(answer.status().as_u16())),
            Err(failure) => Some(*failure),
        };
        locked(&self.state).last = failure;
        answer
    }

    async fn exchange(&self, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let call = self.client.post(self.url.clone()).headers(self.headers.clone());
        let sent = call.body(body).send().await;
        let mut answer = sent.map_err(|error| {
            if error.is_connect() {
                Failure::Unreachable
            } else {
                Failure::Broken
            }
        })?;
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|_| Failure::Broken)? {
            if body.len().saturating_add(part.len()) > MOST_ANSWER_BYTES {
                return Err(Failure::Broken);
            }
            body.extend_from_slice(&part);
        }
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = answer.status();
        // The exporter reads `Retry-After`.
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl HttpClient for Collector {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
    {
        // The exporter's thread has no runtime.
        let exchange = self.runtime.spawn(self.clone().post(request.into_body()));
        Box::pin(async move { Ok(exchange.await??) })
    }
}

/// Why an export failed. It quotes nothing of the collector's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error("the collector cannot be reached")]
    Unreachable,
    #[error("the collector did not answer in time")]
    TimedOut,
    #[error("the connection to the collector broke")]
    Broken,
    #[error("the collector answered {0}")]
    Refused(u16),
}

/// The failures since the last line in the log.
#[derive(Debug, Default)]
struct Failures {
    last: Option<Failure>,
    lost_spans: usize,
    complained: Option<Instant>,
}

fn locked(state: &Mutex<Failures>) -> std::sync::MutexGuard<'_, Failures> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The exporter, with a line in the log when it fails.
#[derive(Debug)]
struct Reporting {
    exporter: SpanExporter,
    state: Arc<Mutex<Failures>>,
}

impl Reporting {
    fn report(&self, lost_spans: usize) {
        let mut state = locked(&self.state);
        state.lost_spans = state.lost_spans.saturating_add(lost_spans);
        if state.complained.is_some_and(|at| at.elapsed() < COMPLAIN_EVERY) {
            return;
        }
        state.complained = Some(Instant::now());
        let lost_spans = std::mem::take(&mut state.lost_spans);
        let error = state.last.map(|failure| failure.to_string()).unwrap_or_default();
        drop(state);
        tracing::warn!(error, lost_spans, "spans are not exported");
    }
}

impl opentelemetry_sdk::trace::SpanExporter for Reporting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.exporter.export(batch).await;
        if exported.is_err() {
            self.report(spans);
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
