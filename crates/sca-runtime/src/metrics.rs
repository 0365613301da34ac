//! Metrics in the OpenMetrics text format.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SettlementLabels {
    status: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerificationLabels {
    factor: String,
    result: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderRequestLabels {
    provider: &'static str,
    operation: &'static str,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    provider: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    event_type: String,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WebhookEventLabels {
    provider: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    decision: &'static str,
}

/// Metrics of the running server, in the OpenMetrics text format (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
/// No label names a customer. Counters get the suffix `_total` when they are rendered.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    http_requests: Family<RequestLabels, Counter>,
    http_request_duration: Family<RouteLabels, Histogram>,
    approvals_created: Counter,
    approvals_settled: Family<SettlementLabels, Counter>,
    verification_attempts: Family<VerificationLabels, Counter>,
    provider_requests: Family<ProviderRequestLabels, Counter>,
    provider_request_duration: Family<OperationLabels, Histogram>,
    webhook_deliveries: Family<DeliveryLabels, Counter>,
    webhook_events_received: Family<WebhookEventLabels, Counter>,
    face_sessions_opened: Counter,
    face_session_polls: Family<DecisionLabels, Counter>,
    transfer_decisions: Family<DecisionLabels, Counter>,
    sse_connections: Gauge<i64, AtomicI64>,
    outbox_waiting: Gauge<i64, AtomicI64>,
    outbox_oldest_age: Gauge<i64, AtomicI64>,
}

fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, 12))
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sca");
        let metrics = Self {
            registry: Arc::default(),
            http_requests: Family::default(),
            http_request_duration: Family::new_with_constructor(seconds),
            approvals_created: Counter::default(),
            approvals_settled: Family::default(),
            verification_attempts: Family::default(),
            provider_requests: Family::default(),
            provider_request_duration: Family::new_with_constructor(seconds),
            webhook_deliveries: Family::default(),
            webhook_events_received: Family::default(),
            face_sessions_opened: Counter::default(),
            face_session_polls: Family::default(),
            transfer_decisions: Family::default(),
            sse_connections: Gauge::default(),
            outbox_waiting: Gauge::default(),
            outbox_oldest_age: Gauge::default(),
        };
        registry.register(
            "http_requests",
            "HTTP requests by route and status",
            metrics.http_requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time to the response's first byte, by route",
            metrics.http_request_duration.clone(),
        );
        registry.register(
            "approvals_created",
            "Approvals created",
            metrics.approvals_created.clone(),
        );
        registry.register(
            "approvals_settled",
            "Approvals that ended, by status and reason",
            metrics.approvals_settled.clone(),
        );
        registry.register(
            "verification_attempts",
            "Verification attempts by factor and result",
            metrics.verification_attempts.clone(),
        );
        registry.register(
            "provider_requests",
            "Requests to providers by provider, operation and outcome",
            metrics.provider_requests.clone(),
        );
        registry.register(
            "provider_request_duration_seconds",
            "Time of requests to providers, by provider and operation",
            metrics.provider_request_duration.clone(),
        );
        registry.register(
            "webhook_deliveries",
            "Attempts to deliver an outbound webhook, by event type and outcome: delivered, retried, exhausted, no_endpoint",
            metrics.webhook_deliveries.clone(),
        );
        registry.register(
            "webhook_events_received",
            "Webhook events received, by provider and result: accepted, duplicate, ignored, invalid, invalid_signature, unknown_session",
            metrics.webhook_events_received.clone(),
        );
        registry.register(
            "face_sessions_opened",
            "Face sessions opened",
            metrics.face_sessions_opened.clone(),
        );
        registry.register(
            "face_session_polls",
            "Polls of face sessions by what the report means for the transfer",
            metrics.face_session_polls.clone(),
        );
        registry.register(
            "transfer_decisions",
            "Transfers by decision: held, exempt",
            metrics.transfer_decisions.clone(),
        );
        registry.register(
            "sse_connections",
            "Open streams of server-sent events",
            metrics.sse_connections.clone(),
        );
        registry.register(
            "outbox_waiting",
            "Outbound webhooks that are neither delivered nor exhausted, of all instances",
            metrics.outbox_waiting.clone(),
        );
        registry.register(
            "outbox_oldest_age_seconds",
            "How long ago the event of the oldest of them happened; 0 without one",
            metrics.outbox_oldest_age.clone(),
        );
        Self {
            registry: Arc::new(registry),
            ..metrics
        }
    }
}

impl Metrics {
    /// Counts a request that the server answered.
    pub fn http_request(&self, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        let labels = RouteLabels { route: route.clone() };
        let duration = self.http_request_duration.get_or_create(&labels);
        duration.observe(took.as_secs_f64());
        self.http_requests.get_or_create(&RequestLabels { route, status }).inc();
    }

    /// Counts a settled approval.
    pub fn approval_settled(&self, status: &str, reason: &str) {
        let labels = SettlementLabels {
            status: status.to_owned(),
            reason: reason.to_owned(),
        };
        self.approvals_settled.get_or_create(&labels).inc();
    }

    /// Counts a verification attempt.
    pub fn verification_attempt(&self, factor: &str, result: &str) {
        let labels = VerificationLabels {
            factor: factor.to_owned(),
            result: result.to_owned(),
        };
        self.verification_attempts.get_or_create(&labels).inc();
    }

    /// Counts a request to a provider.
    pub fn provider_request(&self, provider: &'static str, operation: &'static str, outcome: &str, took: Duration) {
        let labels = ProviderRequestLabels {
            provider,
            operation,
            outcome: outcome.to_owned(),
        };
        self.provider_requests.get_or_create(&labels).inc();
        let labels = OperationLabels { provider, operation };
        let duration = self.provider_request_duration.get_or_create(&labels);
        duration.observe(took.as_secs_f64());
    }

    /// Counts an attempt to deliver an outbound webhook.
    pub fn webhook_delivery(&self, event_type: &str, outcome: &str) {
        let labels = DeliveryLabels {
            event_type: event_type.to_owned(),
            outcome: outcome.to_owned(),
        };
        self.webhook_deliveries.get_or_create(&labels).inc();
    }

    /// Counts a created approval.
    pub fn approval_created(&self) {
        self.approvals_created.inc();
    }

    /// Counts an opened face session.
    pub fn face_session_opened(&self) {
        self.face_sessions_opened.inc();
    }

    /// Counts a poll of a face session, by what the report means for the transfer.
    pub fn face_session_polled(&self, decision: &'static str) {
        self.face_session_polls
            .get_or_create(&DecisionLabels { decision })
            .inc();
    }

    /// Counts a webhook of a provider.
    pub fn webhook_event_received(&self, provider: &str, result: &'static str) {
        let labels = WebhookEventLabels {
            provider: provider.to_owned(),
            result,
        };
        self.webhook_events_received.get_or_create(&labels).inc();
    }

    /// Counts a transfer: `held` or `exempt`.
    pub fn transfer_decided(&self, decision: &'static str) {
        self.transfer_decisions
            .get_or_create(&DecisionLabels { decision })
            .inc();
    }

    /// Counts an opened event stream.
    pub fn sse_opened(&self) {
        self.sse_connections.inc();
    }

    /// Counts a closed event stream.
    pub fn sse_closed(&self) {
        self.sse_connections.dec();
    }

    /// Sets how many outbound webhooks wait for their delivery, and how long ago the event of the oldest one happened.
    pub fn outbox_backlog(&self, waiting: u64, oldest_age: Duration) {
        let seconds = oldest_age.as_secs();
        self.outbox_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.outbox_oldest_age.set(i64::try_from(seconds).unwrap_or(i64::MAX));
    }

    /// All metrics in the OpenMetrics text format.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
