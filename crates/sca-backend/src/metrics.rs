//! Figures about the running server, in the OpenMetrics text format.

use std::{
    fmt,
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};

use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

type Labels = [(&'static str, String); 2];

/// Figures about the running server. No label names a customer.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Labels, Counter>,
    settled: Family<Labels, Counter>,
    entries: Family<Labels, Counter>,
    provider_calls: Family<Labels, Counter>,
    provider_seconds: Histogram,
    deliveries: Family<Labels, Counter>,
    created: Counter,
    sessions_opened: Counter,
    looks: Family<[(&'static str, &'static str); 1], Counter>,
    webhooks: Family<[(&'static str, &'static str); 2], Counter>,
    wires: Family<[(&'static str, &'static str); 1], Counter>,
    streams: Gauge<i64, AtomicI64>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sca");
        let requests = Family::default();
        let settled = Family::default();
        let entries = Family::default();
        let provider_calls = Family::default();
        let provider_seconds = Histogram::new(exponential_buckets(0.005, 2.0, 12));
        let deliveries = Family::default();
        let created = Counter::default();
        let sessions_opened = Counter::default();
        let looks = Family::default();
        let webhooks = Family::default();
        let wires = Family::default();
        let streams: Gauge<i64, AtomicI64> = Gauge::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register(
            "approvals_settled",
            "Approvals that ended, by status and reason",
            settled.clone(),
        );
        registry.register("entries", "Entries by factor and verdict", entries.clone());
        registry.register(
            "provider_calls",
            "Calls to the provider by operation and outcome",
            provider_calls.clone(),
        );
        registry.register(
            "provider_seconds",
            "How long calls to the provider took",
            provider_seconds.clone(),
        );
        registry.register(
            "deliveries",
            "Messages to other servers by kind and outcome: delivered, retried, given-up, nobody-asked",
            deliveries.clone(),
        );
        registry.register("approvals_created", "Approvals that were made", created.clone());
        registry.register(
            "face_sessions_opened",
            "Face sessions that were opened",
            sessions_opened.clone(),
        );
        registry.register(
            "face_looks",
            "Looks at face sessions by what they mean for the transfer",
            looks.clone(),
        );
        registry.register(
            "webhooks",
            "Events of providers' by what was done with them",
            webhooks.clone(),
        );
        registry.register("wires", "Transfers by what was decided to do with them", wires.clone());
        registry.register("streams", "Streams of events that are open", streams.clone());
        Self {
            registry: Arc::new(registry),
            requests,
            settled,
            entries,
            provider_calls,
            provider_seconds,
            deliveries,
            created,
            sessions_opened,
            looks,
            webhooks,
            wires,
            streams,
        }
    }
}

impl Metrics {
    pub(crate) fn request(&self, route: &str, status: u16) {
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    pub(crate) fn settled(&self, status: &str, reason: &str) {
        let labels = [("status", status.to_owned()), ("reason", reason.to_owned())];
        self.settled.get_or_create(&labels).inc();
    }

    pub(crate) fn entry(&self, factor: &str, verdict: &str) {
        let labels = [("factor", factor.to_owned()), ("verdict", verdict.to_owned())];
        self.entries.get_or_create(&labels).inc();
    }

    pub(crate) fn provider_call(&self, operation: &'static str, outcome: &str, took: Duration) {
        let labels = [("operation", operation.to_owned()), ("outcome", outcome.to_owned())];
        self.provider_calls.get_or_create(&labels).inc();
        self.provider_seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn delivery(&self, kind: &str, outcome: &str) {
        let labels = [("kind", kind.to_owned()), ("outcome", outcome.to_owned())];
        self.deliveries.get_or_create(&labels).inc();
    }

    pub(crate) fn created(&self) {
        self.created.inc();
    }

    pub(crate) fn session_opened(&self) {
        self.sessions_opened.inc();
    }

    pub(crate) fn looked(&self, decision: &'static str) {
        self.looks.get_or_create(&[("decision", decision)]).inc();
    }

    pub(crate) fn webhook(&self, provider: &'static str, result: &'static str) {
        let labels = [("provider", provider), ("result", result)];
        self.webhooks.get_or_create(&labels).inc();
    }

    pub(crate) fn wire(&self, decision: &'static str) {
        self.wires.get_or_create(&[("decision", decision)]).inc();
    }

    pub(crate) fn stream_opened(&self) {
        self.streams.inc();
    }

    pub(crate) fn stream_closed(&self) {
        self.streams.dec();
    }

    /// All figures, for a scraper.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
