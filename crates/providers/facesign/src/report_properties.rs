//! No FaceSign session authorises a transfer unless its reports have every required outcome, whatever else they contain.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sca_core::{FaceDecision, FaceReport, LinkCheck, RequiredAnalyses, decide_face};
use serde_json::{Value, json};

use super::report::Session;

fn report_outcome() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "livenessDetected", "deepfakeDetected", "noFace", "inconclusive", "captureUnavailable", "email_otp", "confirmed",
            "denied", "closing_denied", "stall", "verified", "failed_unverified", "cancelled", "error", "delivery_failed", "",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

fn node_report() -> impl Strategy<Value = Value> {
    let node = prop::sample::select(vec![
        "liveness",
        "confirm_transfer",
        "email_otp",
        "greeting",
        "invented",
    ]);
    let kind = prop::sample::select(vec![
        None,
        Some("liveness_detection"),
        Some("conversation"),
        Some("two_factor_email"),
    ]);
    let at = prop_oneof![6 => (0_u64..6).prop_map(|at| json!(at)), 1 => Just(json!("3")), 1 => Just(json!(-1))];
    (node, kind, at, report_outcome()).prop_map(|(node, kind, at, outcome)| {
        // Mostly of its own type, sometimes of another.
        let own = match node {
            "liveness" => "liveness_detection",
            "email_otp" => "two_factor_email",
            _ => "conversation",
        };
        json!({"nodeId": node, "type": kind.unwrap_or(own), "createdAt": at, "outcome": outcome})
    })
}

/// A valid session with arbitrary additional reports.
fn arbitrary_session() -> impl Strategy<Value = Value> {
    let good = json!([
        {"nodeId": "liveness", "type": "liveness_detection", "createdAt": 3, "outcome": "livenessDetected"},
        {"nodeId": "confirm_transfer", "type": "conversation", "createdAt": 3, "outcome": "email_otp"},
        {"nodeId": "email_otp", "type": "two_factor_email", "createdAt": 3, "outcome": "verified"},
    ]);
    let status = prop::sample::select(vec![
        "complete",
        "complete",
        "complete",
        "incomplete",
        "created",
        "canceled",
    ]);
    let video = prop::sample::select(vec!["normal", "suspicious", "highFraudRisk", "invented"]);
    let state = prop::sample::select(vec!["completed", "pending", "failed", "invented"]);
    let lists = (
        prop::collection::vec(node_report(), 0..4),
        prop::option::weighted(0.2, 0_usize..3),
        any::<bool>(),
    );
    (status, lists, video, state).prop_map(move |(status, (extra, lost, in_front), video, state)| {
        let mut reports = good.as_array().cloned().unwrap_or_default();
        if let Some(lost) = lost {
            reports.remove(lost);
        }
        if in_front {
            reports.splice(0..0, extra);
        } else {
            reports.extend(extra);
        }
        json!({"session": {"id": "s1", "status": status, "report": {
            "nodeReports": reports,
            "videoAIAnalysisStatus": state,
            "videoAIAnalysis": {"lipSyncAccuracy": {"evaluation": video}},
        }}})
    })
}

/// An independent reading of the outcomes of a node: all outcomes at the latest time.
fn latest_outcomes(session: &Value, node: &str, kind: &str) -> Vec<String> {
    let mut by_time: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut of_node = 0;
    for report in session["report"]["nodeReports"].as_array().unwrap() {
        if report["nodeId"] == node {
            of_node += 1;
            let time = report["createdAt"].as_u64().unwrap_or(u64::MAX);
            let readable = report["type"] == kind && (time != u64::MAX || of_node == 1);
            let outcome = report["outcome"].as_str().filter(|_| readable).unwrap_or("?");
            by_time.entry(time).or_default().push(outcome.to_owned());
        }
    }
    by_time.pop_last().map(|(_, outcomes)| outcomes).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn only_a_session_with_every_required_outcome_authorises(document in arbitrary_session(), needs_video in any::<bool>()) {
        let read = Session::read(&document).unwrap().report(LinkCheck::Match);
        let required = RequiredAnalyses { video: needs_video, deepfake: false };
        let decision = decide_face(&read, required);
        let session = &document["session"];
        let all = |node: &str, kind: &str, good: &[&str]| {
            let outcomes = latest_outcomes(session, node, kind);
            !outcomes.is_empty() && outcomes.iter().all(|outcome| good.contains(&outcome.as_str()))
        };
        if decision == FaceDecision::Authorise {
            prop_assert_eq!(&session["status"], "complete");
            prop_assert!(all("liveness", "liveness_detection", &["livenessDetected"]), "{}", session);
            prop_assert!(all("confirm_transfer", "conversation", &["email_otp", "confirmed"]), "{}", session);
            prop_assert!(all("email_otp", "two_factor_email", &["verified"]), "{}", session);
            let video = session["report"]["videoAIAnalysis"]["lipSyncAccuracy"]["evaluation"].as_str().unwrap();
            prop_assert_ne!(video, "highFraudRisk");
            if needs_video {
                prop_assert_eq!(&session["report"]["videoAIAnalysisStatus"], "completed");
                prop_assert_ne!(video, "invented");
            }
        }
        prop_assert_ne!(decide_face(&FaceReport { link_check: LinkCheck::Mismatch, ..read.clone() }, required), FaceDecision::Authorise);
    }
}
