//! The dashboard, the alerts and their runbook name what the program measures.

use std::{collections::BTreeSet, time::Duration};

use sca_runtime::metrics::Metrics;
use serde_json::Value;

const DASHBOARD: &str = include_str!("../../../../docs/monitoring/dashboard.json");
const ALERTS: &str = include_str!("../../../../docs/monitoring/alerts.yaml");
const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

/// Every metric with its labels, as Prometheus stores it.
fn measured() -> BTreeSet<(String, String)> {
    let metrics = Metrics::default();
    let took = Duration::from_secs(1);
    metrics.http_request("/", 200, took);
    metrics.approval_settled("failed", "not-verified");
    metrics.verification_attempt("pin", "refused");
    metrics.provider_request("wise", "status", "200", took);
    metrics.webhook_delivery("transfer.execute", "exhausted");
    metrics.webhook_event_received("weavr", "accepted");
    metrics.face_session_polled("declined");
    metrics.transfer_decided("held");
    let text = metrics.render();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .flat_map(|sample| selectors(sample.rsplit_once(' ').unwrap().0))
        .collect()
}

/// The metrics of an expression, each once without a label and once with each label that selects from it.
fn selectors(expression: &str) -> Vec<(String, String)> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = Vec::new();
    for (start, _) in expression.match_indices("sca_") {
        let (_, rest) = expression.split_at(start);
        let (name, rest) = rest.split_at(rest.find(|character| !is_name(character)).unwrap_or(rest.len()));
        found.push((name.to_owned(), String::new()));
        let Some((selector, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            continue;
        };
        for matcher in selector.split("\",") {
            let label = matcher.split(['=', '!']).next().unwrap();
            found.push((name.to_owned(), label.to_owned()));
        }
    }
    found
}

fn assert_measured(expression: &str) {
    let measured = measured();
    let found = selectors(expression);
    assert!(!found.is_empty(), "{expression}");
    for selected in found {
        // Prometheus adds the job.
        assert!(
            selected.1 == "job" || measured.contains(&selected),
            "{selected:?} in {expression}"
        );
    }
}

#[test]
fn every_panel_of_the_dashboard_shows_metrics_that_exist() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expressions: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(expressions.len() > 10);
    expressions.into_iter().for_each(assert_measured);
}

#[test]
fn every_alert_watches_metrics_that_exist_and_has_a_row_in_the_runbook() {
    let rules: Vec<&str> = ALERTS.split("- alert: ").skip(1).collect();
    assert!(rules.len() > 8);
    for rule in rules {
        let name = rule.lines().next().unwrap();
        assert!(OPERATIONS.contains(&format!("| `{name}` |")), "{name}");
        let (_, expression) = rule.split_once("expr:").unwrap();
        assert_measured(expression.split("labels:").next().unwrap());
    }
}
