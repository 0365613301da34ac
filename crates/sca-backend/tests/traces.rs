//! Traces: what a collector receives of whole approvals, and what it never receives.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/collector.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod collector;
#[path = "support/mod.rs"]
mod support;

use axum::{
    body::Body,
    http::{Request, header},
};
use collector::{Collector, ExportedSpan, attribute, only};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sca_backend::{
    config::TracingConfig,
    traces::{Traces, without_spans},
};
use sca_core::secret::Secret;
use serde_json::{Value, json};
use support::{
    API_KEY, ContractJson, Reply, TestCustomer, TestEnv, Widget, facesign_env::FaceSignEnv, hex, log::Log, send,
    stub_app,
};
use tokio::runtime::Handle;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _};

/// The trace and the span of a partner's server, which are recorded.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{SPAN}-{flags}")
}

/// A collector, and the export of this thread's spans to it.
async fn traced(adjust: impl FnOnce(&mut TracingConfig)) -> (Collector, Traces, DefaultGuard) {
    let collector = Collector::start().await;
    let mut config = TracingConfig::new(collector.base_url.clone());
    adjust(&mut config);
    let traces = Traces::start(&config, &Handle::current()).unwrap();
    let subscriber = tracing_subscriber::registry().with(traces.layer());
    (collector, traces, tracing::subscriber::set_default(subscriber))
}

/// A partner's call through the gate, in a trace of its own.
async fn pay(env: &TestEnv, customer: &TestCustomer, traceparent: &str, approval: Option<&str>) -> Reply {
    let path = format!(
        "/gate/wise/v3/profiles/{}/transfers/{}/payments",
        customer.profile, customer.transfers[0]
    );
    let mut request = Request::post(path)
        .header("x-api-key", API_KEY)
        .header(header::AUTHORIZATION, format!("Bearer {}", customer.token))
        .header(header::CONTENT_TYPE, "application/json")
        .header("traceparent", traceparent)
        .header("tracestate", "vendor=canary");
    if let Some(approval) = approval {
        request = request.header("x-sca-approval", approval);
    }
    send(&env.app, request.body(Body::from(r#"{"type":"BALANCE"}"#)).unwrap()).await
}

/// A call of a widget that claims to belong to a trace.
async fn read_in(widget: &Widget, traceparent: &str) {
    let request = Request::get(format!("/v1/approval/{}", widget.id))
        .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
        .header("traceparent", traceparent);
    send(&widget.app, request.body(Body::empty()).unwrap()).await.ok();
}

fn child_named<'a>(spans: &'a [ExportedSpan], parent: &ExportedSpan, name: &str) -> &'a ExportedSpan {
    only(spans, name, |span| span.is_child_of(parent))
}

#[tokio::test]
async fn a_trace_leads_from_the_partners_call_to_the_calls_of_the_provider() {
    let (collector, traces, _guard) = traced(|_| {}).await;
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let refused = pay(&env, &customer, &traceparent("01"), None).await;
    assert_eq!(refused.problem(), (403, "approval-required"));
    let widget = Widget::new(&env.app, &refused.body["approval"]);
    let spans = collector.spans(&traces).await;

    let server = only(&spans, "POST /gate/{provider}/{*path}", |_| true);
    assert_eq!(hex(&server.0.trace_id), TRACE);
    assert_eq!(hex(&server.0.parent_span_id), SPAN);
    assert_eq!(server.kind(), SpanKind::Server);
    assert_eq!(server.attribute("http.request.method"), "POST");
    assert_eq!(server.attribute("http.route"), "/gate/{provider}/{*path}");
    assert_eq!(server.attribute("http.response.status_code"), "403");
    assert_eq!(server.0.trace_state, "");
    let gate = child_named(&spans, server, "gate");
    assert_eq!(gate.attribute("sca.gate.outcome"), "approval-required");
    assert_eq!(gate.attribute("sca.gate.is_repeated"), "false");
    assert_eq!(gate.attribute("sca.approval.id"), widget.id);
    let call = child_named(&spans, gate, "POST /v3/profiles/{}/transfers/{}/payments");
    assert_eq!(call.kind(), SpanKind::Client);
    for (key, value) in [
        ("sca.provider", "wise"),
        ("sca.operation", "gate"),
        ("http.request.method", "POST"),
        ("url.template", "/v3/profiles/{}/transfers/{}/payments"),
        ("server.address", "127.0.0.1"),
        ("http.response.status_code", "403"),
    ] {
        assert_eq!(call.attribute(key), value, "{key}");
    }
    assert!(!call.is_error(), "a refusal is what the gate is for");

    let pin = widget.pin("1", "1234").await.ok();
    assert_eq!(pin.verdict(), "accepted");
    let spans = collector.spans(&traces).await;
    let server = only(&spans, "POST /v1/approval/{id}/verify", |_| true);
    assert!(server.is_root(), "a widget's call is a trace of its own");
    let call = only(&spans, "POST /v1/one-time-token/pin/verify", |_| true);
    assert!(call.is_child_of(server));

    widget.start("2", "sms").await.ok();
    widget.code("2", "sms", "111111").await.ok();
    pay(&env, &customer, &traceparent("01"), Some(&widget.id)).await.ok();
    let spans = collector.spans(&traces).await;
    let gate = only(&spans, "gate", |span| span.attribute("sca.gate.is_repeated") == "true");
    assert_eq!(gate.attribute("sca.gate.outcome"), "forwarded");
    assert_eq!(gate.attribute("sca.approval.id"), widget.id);
    child_named(&spans, gate, "POST /v3/profiles/{}/transfers/{}/payments");
    assert!(
        spans
            .iter()
            .all(|span| span.0.events.is_empty() && span.0.links.is_empty())
    );
    env.backend.stop().await;
}

#[tokio::test]
async fn a_call_that_fails_names_its_error() {
    let (collector, traces, _guard) = traced(|_| {}).await;
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    env.fault(&customer, "fund-transfer", 1, "before", json!({"kind": "reset"}))
        .await;
    let failed = pay(&env, &customer, &traceparent("01"), None).await;
    assert!(failed.status.is_server_error(), "{}", failed.text);
    let spans = collector.spans(&traces).await;
    let call = only(&spans, "POST /v3/profiles/{}/transfers/{}/payments", |_| true);
    assert_eq!((call.attribute("error.type"), call.is_error()), ("broken".into(), true));
    let server = only(&spans, "POST /gate/{provider}/{*path}", |_| true);
    assert!(server.is_error());
    env.backend.stop().await;
}

#[tokio::test]
async fn a_webhook_leads_to_its_poll_and_a_delivery_to_its_call() {
    let (collector, traces, _guard) = traced(|_| {}).await;
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let widget = env.hold("txn-1").await;
    widget.start("1", "face").await.ok();
    let session = env.sessions("txn-1").await.pop().unwrap().text("id").to_owned();
    env.play(&session, "verified").await;
    widget.settled().await;
    env.webhooks_delivered().await;
    assert_eq!(env.executions("txn-1").await, 1);
    let spans = collector.spans(&traces).await;

    let held = only(&spans, "POST /v1/transfers", |_| true);
    assert!(held.is_root());
    let polls: Vec<_> = spans.iter().filter(|span| span.name() == "poll").collect();
    let of_webhook = |poll: &&&ExportedSpan| {
        let mut webhooks = spans.iter().filter(|span| span.name() == "POST /webhooks/{provider}");
        webhooks.any(|webhook| poll.is_child_of(webhook))
    };
    let poll = polls.iter().find(of_webhook).expect("no poll of a webhook");
    assert_eq!(poll.attribute("sca.approval.id"), widget.id);
    let call = child_named(&spans, poll, "GET /sessions/{}");
    assert_eq!(call.attribute("sca.operation"), "facesign-session");

    let delivery = only(&spans, "deliver transfer.execute", |_| true);
    assert!(delivery.is_root());
    assert_eq!(delivery.attribute("sca.approval.id"), widget.id);
    assert_eq!(delivery.attribute("sca.attempt"), "1");
    assert_eq!(delivery.attribute("sca.outcome"), "delivered");
    let call = child_named(&spans, delivery, "POST");
    assert_eq!(call.kind(), SpanKind::Client);
    assert!(call.attribute("http.response.status_code").starts_with('2'));
    env.backend.stop().await;
}

#[tokio::test]
async fn only_a_partner_decides_whether_its_trace_is_recorded() {
    let (collector, traces, _guard) = traced(|config| config.sample_ratio = 0.0).await;
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    // Not recorded by the partner, and not by anybody.
    let refused = pay(&env, &customer, &traceparent("00"), None).await;
    let widget = Widget::new(&env.app, &refused.body["approval"]);
    read_in(&widget, &traceparent("01")).await;
    assert!(collector.spans(&traces).await.is_empty());
    // Recorded by the partner.
    pay(&env, &customer, &traceparent("01"), None).await;
    let spans = collector.spans(&traces).await;
    assert!(!spans.is_empty());
    assert!(spans.iter().all(|span| hex(&span.0.trace_id) == TRACE));
    env.backend.stop().await;
}

#[tokio::test]
async fn a_provider_receives_no_trace() {
    let (_collector, _traces, _guard) = traced(|_| {}).await;
    let stub = support::stub::Stub::start().await;
    let app = stub_app(&stub).await;
    let request = Request::get("/gate/wise/v1/profiles/1")
        .header("x-api-key", API_KEY)
        .header(header::AUTHORIZATION, "Bearer token")
        .header("traceparent", traceparent("01"))
        .header("tracestate", "vendor=1")
        .header("baggage", "user=1");
    send(&app, request.body(Body::empty()).unwrap()).await;
    let requests = stub.requests();
    let received = requests.first().expect("no call");
    for name in ["traceparent", "tracestate", "baggage"] {
        assert!(!received.headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn an_export_says_who_exports_and_carries_the_configured_headers() {
    let (collector, traces, _guard) = traced(|config| {
        config.otlp_headers = vec![Secret::new("x-collector-key=canary=1".into())];
        config.service_name = "sca-shop".into();
        config.service_instance_id = Some("a".into());
        config.deployment_environment = Some("staging".into());
    })
    .await;
    let env = TestEnv::start().await;
    env.approval().await;
    collector.spans(&traces).await;
    let headers = &collector.headers()[0];
    assert_eq!(headers["x-collector-key"], "canary=1");
    assert_eq!(headers["content-type"], "application/x-protobuf");
    for (key, value) in [
        ("service.name", "sca-shop"),
        ("service.instance.id", "a"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "staging"),
    ] {
        assert_eq!(attribute(&collector.resources()[0], key), value, "{key}");
    }
    env.backend.stop().await;
}

/// The backend's lines, without what differs between two runs.
fn lines(log: &Log) -> Vec<Value> {
    let text = log.text();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ours = lines.filter(|line| line["target"].as_str().unwrap().starts_with("sca_backend"));
    ours.map(|mut line| {
        line.as_object_mut().unwrap().remove("timestamp");
        for field in ["duration_ms", "approval", "source"] {
            line["fields"].as_object_mut().unwrap().remove(field);
        }
        line
    })
    .collect()
}

/// The call whose lines are compared.
async fn refused_call() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    let refused = pay(&env, &customer, &traceparent("01"), None).await;
    assert_eq!(refused.problem(), (403, "approval-required"));
    env.backend.stop().await;
}

#[tokio::test]
async fn the_log_is_the_same_with_and_without_traces() {
    let filter = || without_spans(EnvFilter::new("trace"));
    let without = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter())
        .with_writer(without.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    refused_call().await;
    drop(guard);

    let collector = Collector::start().await;
    let traces = Traces::start(&TracingConfig::new(collector.base_url.clone()), &Handle::current()).unwrap();
    let with = Log::default();
    let log = tracing_subscriber::fmt::layer().json().with_writer(with.clone());
    let subscriber = tracing_subscriber::registry()
        .with(log.with_filter(filter()))
        .with(traces.layer());
    let guard = tracing::subscriber::set_default(subscriber);
    refused_call().await;
    drop(guard);
    assert!(!collector.spans(&traces).await.is_empty());

    let served = lines(&with);
    let served = served.iter().find(|line| line["fields"]["message"] == "request served");
    let spans = &served.expect("no line about the request")["spans"];
    let expected = json!([{"name": "request", "method": "POST", "route": "/gate/{provider}/{*path}"}]);
    assert_eq!(*spans, expected);
    assert_eq!(lines(&with), lines(&without));
}
