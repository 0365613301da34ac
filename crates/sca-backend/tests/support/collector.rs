//! A collector of OTLP over HTTP, which decodes what is exported to it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{Span, span::SpanKind, status::StatusCode as SpanStatus},
};
use prost::Message;
use sca_backend::traces::Traces;

/// The exports that arrived, each with its headers.
type Exports = Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>;

/// A collector that listens.
pub struct Collector {
    /// What `tracing.otlp_endpoint` names.
    pub base_url: String,
    exports: Exports,
}

/// A span as it was exported.
#[derive(Clone, Debug)]
pub struct ExportedSpan(pub Span);

impl Collector {
    pub async fn start() -> Self {
        let exports = Exports::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/v1/traces", post(receive))
            .with_state(exports.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { base_url, exports }
    }

    /// Has all spans that have ended exported, and gives them.
    pub async fn spans(&self, traces: &Traces) -> Vec<ExportedSpan> {
        let traces = traces.clone();
        let flushed = tokio::task::spawn_blocking(move || traces.flush()).await;
        flushed.unwrap().unwrap();
        let exports = self.exports.lock().unwrap();
        let resources = exports.iter().flat_map(|(_, export)| &export.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes
            .flat_map(|scope| scope.spans.iter().cloned().map(ExportedSpan))
            .collect()
    }

    /// The headers of each export.
    pub fn headers(&self) -> Vec<HeaderMap> {
        let exports = self.exports.lock().unwrap();
        exports.iter().map(|(headers, _)| headers.clone()).collect()
    }

    /// The attributes of who exported, of each export.
    pub fn resources(&self) -> Vec<Vec<KeyValue>> {
        let exports = self.exports.lock().unwrap();
        let resources = exports.iter().flat_map(|(_, export)| &export.resource_spans);
        resources
            .map(|spans| spans.resource.as_ref().unwrap().attributes.clone())
            .collect()
    }

    /// All that was exported, one text for each span, without the random ids of traces and spans.
    pub fn texts(&self) -> Vec<String> {
        let exports = self.exports.lock().unwrap();
        let mut texts = Vec::new();
        for (_, export) in exports.iter() {
            for resource in &export.resource_spans {
                texts.push(format!("{:?}", resource.resource));
                for scope in &resource.scope_spans {
                    texts.push(format!("{:?}", scope.scope));
                    texts.extend(scope.spans.iter().cloned().map(|mut span| {
                        span.trace_id.clear();
                        span.span_id.clear();
                        span.parent_span_id.clear();
                        span.start_time_unix_nano = 0;
                        span.end_time_unix_nano = 0;
                        format!("{span:?}")
                    }));
                }
            }
        }
        texts
    }
}

async fn receive(State(exports): State<Exports>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match ExportTraceServiceRequest::decode(body) {
        Ok(export) => {
            exports.lock().unwrap().push((headers, export));
            StatusCode::OK
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

impl ExportedSpan {
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn kind(&self) -> SpanKind {
        SpanKind::try_from(self.0.kind).unwrap()
    }

    pub fn is_error(&self) -> bool {
        let status = self.0.status.as_ref();
        status.is_some_and(|status| status.code() == SpanStatus::Error)
    }

    /// An attribute as text; empty where there is none.
    pub fn attribute(&self, key: &str) -> String {
        attribute(&self.0.attributes, key)
    }

    /// Whether this span was opened within another.
    pub fn is_child_of(&self, parent: &Self) -> bool {
        self.0.trace_id == parent.0.trace_id && self.0.parent_span_id == parent.0.span_id
    }

    /// Whether no other span is above.
    pub fn is_root(&self) -> bool {
        self.0.parent_span_id.is_empty()
    }
}

/// An attribute as text; empty where there is none.
pub fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    let value = found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    match value {
        None => String::new(),
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        Some(any_value::Value::BoolValue(is)) => is.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

/// The only span with a name that an expression holds for.
#[track_caller]
pub fn only<'a>(spans: &'a [ExportedSpan], name: &str, holds: impl Fn(&ExportedSpan) -> bool) -> &'a ExportedSpan {
    let mut found = spans.iter().filter(|span| span.name() == name && holds(span));
    let first = found.next();
    let all: Vec<_> = spans.iter().map(ExportedSpan::name).collect();
    let first = first.unwrap_or_else(|| panic!("no span {name} in {all:?}"));
    assert!(found.next().is_none(), "several spans {name} in {all:?}");
    first
}
