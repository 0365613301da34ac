//! The decision about a face as a table of everything that can be said, and under reports that nobody should ever send.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sca_protocol::StepFailure;
use serde_json::{Value, json};

use super::{BlockReason, FaceDecision, LinkCheck, PendingOn, RequiredAnalyses, decide_face};
use crate::providers::facesign::report::{
    Analysis, Code, Confirmation, DynamicLink, Liveness, SessionReport, SessionStatus,
};

fn other() -> Box<str> {
    "invented".into()
}

fn statuses() -> [SessionStatus; 5] {
    use SessionStatus::{Complete, Created, InProgress, Incomplete, Other};
    [Created, InProgress, Complete, Incomplete, Other(other())]
}

fn livenesses() -> [Liveness; 6] {
    use Liveness::{Deepfake, Detected, Inconclusive, Missing, NoFace, Other};
    [Missing, Detected, Deepfake, NoFace, Inconclusive, Other(other())]
}

fn confirmations() -> [Confirmation; 5] {
    use Confirmation::{Confirmed, Denied, Missing, Other, Stalled};
    [Missing, Confirmed, Denied, Stalled, Other(other())]
}

fn codes() -> [Code; 7] {
    use Code::{Cancelled, Error, Failed, Missing, NotDelivered, Other, Verified};
    [
        Missing,
        Verified,
        NotDelivered,
        Failed,
        Cancelled,
        Error,
        Other(other()),
    ]
}

const ANALYSES: [Analysis; 5] = [
    Analysis::NotReported,
    Analysis::Pending,
    Analysis::Clear,
    Analysis::Suspicious,
    Analysis::Failed,
];

fn required() -> [RequiredAnalyses; 4] {
    [(false, false), (false, true), (true, false), (true, true)]
        .map(|(video, deepfake)| RequiredAnalyses { video, deepfake })
}

fn report(status: &SessionStatus, liveness: &Liveness, confirmation: &Confirmation, code: &Code) -> SessionReport {
    SessionReport {
        id: "s1".into(),
        status: status.clone(),
        started: true,
        bound: DynamicLink::default(),
        liveness: liveness.clone(),
        confirmation: confirmation.clone(),
        code: code.clone(),
        video: Analysis::Clear,
        deepfake: Analysis::Clear,
    }
}

/// Every line of the table, with the decision.
fn lines() -> Vec<(SessionReport, LinkCheck, RequiredAnalyses, FaceDecision)> {
    let mut lines = Vec::new();
    for status in statuses() {
        for liveness in livenesses() {
            for confirmation in confirmations() {
                for code in codes() {
                    for (video, deepfake) in ANALYSES
                        .iter()
                        .flat_map(|video| ANALYSES.map(|deepfake| (*video, deepfake)))
                    {
                        for (link_check, required) in [LinkCheck::Match, LinkCheck::Mismatch]
                            .iter()
                            .flat_map(|link_check| required().map(|required| (*link_check, required)))
                        {
                            let report = SessionReport {
                                video,
                                deepfake,
                                ..report(&status, &liveness, &confirmation, &code)
                            };
                            let decision = decide_face(&report, link_check, required);
                            lines.push((report, link_check, required, decision));
                        }
                    }
                }
            }
        }
    }
    lines
}

#[test]
fn only_one_row_authorises() {
    let lines = lines();
    assert_eq!(lines.len(), 5 * 6 * 5 * 7 * 25 * 8);
    for (report, link_check, required, decision) in lines {
        let clear = |analysis: Analysis, required: bool| match analysis {
            Analysis::Clear => true,
            Analysis::Suspicious | Analysis::Pending => false,
            Analysis::NotReported | Analysis::Failed => !required,
        };
        let the_row = report.status == SessionStatus::Complete
            && link_check == LinkCheck::Match
            && report.liveness == Liveness::Detected
            && report.confirmation == Confirmation::Confirmed
            && report.code == Code::Verified
            && clear(report.video, required.video)
            && clear(report.deepfake, required.deepfake);
        assert_eq!(
            decision == FaceDecision::Authorise,
            the_row,
            "{report:?} {link_check:?} {required:?}"
        );
    }
}

#[test]
fn what_goes_on_decides_nothing_unless_somebody_was_seen_through_and_what_ended_decides_something() {
    for (report, link_check, required, decision) in lines() {
        let alarming = report.liveness == Liveness::Deepfake
            || report.video == Analysis::Suspicious
            || report.deepfake == Analysis::Suspicious;
        match report.status {
            SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) if alarming => {
                assert_eq!(decision, FaceDecision::Block(BlockReason::NotVerified), "{report:?}");
            }
            SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => {
                assert_eq!(decision, FaceDecision::Pending(PendingOn::Customer), "{report:?}");
            }
            SessionStatus::Complete | SessionStatus::Incomplete => {
                let waits = decision == FaceDecision::Pending(PendingOn::Analyses);
                let may_wait = [report.video, report.deepfake].contains(&Analysis::Pending)
                    || (required.video && report.video != Analysis::Clear)
                    || (required.deepfake && report.deepfake != Analysis::Clear);
                assert!(!waits || may_wait, "{report:?} {required:?}");
                assert_ne!(decision, FaceDecision::Pending(PendingOn::Customer), "{report:?}");
                let expected = match (link_check, alarming, &report.confirmation) {
                    (LinkCheck::Mismatch, _, _) => Some(BlockReason::Changed),
                    (LinkCheck::Match, true, _) => Some(BlockReason::NotVerified),
                    (LinkCheck::Match, false, Confirmation::Denied) => Some(BlockReason::Denied),
                    (LinkCheck::Match, false, _) => None,
                };
                if let Some(reason) = expected {
                    assert_eq!(decision, FaceDecision::Block(reason), "{report:?}");
                }
            }
        }
    }
}

fn word(decision: &FaceDecision) -> &'static str {
    match decision {
        FaceDecision::Authorise => "AUTHORISE",
        FaceDecision::Block(BlockReason::NotVerified) => "not-verified",
        FaceDecision::Block(BlockReason::Denied) => "denied",
        FaceDecision::Block(BlockReason::Unclear) => "unclear",
        FaceDecision::Block(BlockReason::CodeFailed) => "code-failed",
        FaceDecision::Block(BlockReason::CodeCancelled) => "cancelled",
        FaceDecision::Block(BlockReason::Changed) => "changed",
        FaceDecision::Block(BlockReason::NotAnalysed) => "not-analysed",
        FaceDecision::Retry(StepFailure::NoFace) => "no-face?",
        FaceDecision::Retry(StepFailure::Inconclusive) => "inconclusive?",
        FaceDecision::Retry(StepFailure::CodeNotDelivered) => "not-sent?",
        FaceDecision::Retry(StepFailure::Abandoned) => "abandoned?",
        FaceDecision::Retry(StepFailure::SessionExpired) => "expired?",
        FaceDecision::Retry(StepFailure::RequestExpired | StepFailure::Other(_)) => "other?",
        FaceDecision::Pending(PendingOn::Customer) => "customer…",
        FaceDecision::Pending(PendingOn::Analyses) => "analyses…",
    }
}

/// The table for sessions that ended, for this transfer and with nothing alarming: a row for each liveness and confirmation, a column
/// for each outcome of the code. A question mark: another try.
fn written(status: &SessionStatus) -> String {
    let mut text = String::new();
    for liveness in livenesses() {
        for confirmation in confirmations() {
            let cells = codes().map(|code| {
                let report = report(status, &liveness, &confirmation, &code);
                word(&decide_face(&report, LinkCheck::Match, RequiredAnalyses::default()))
            });
            let row = format!("{liveness:?} {confirmation:?}: ").replace("Other(\"invented\")", "Other");
            text.push_str(&row);
            // A row that does not depend on the code is written once.
            if cells.iter().all(|cell| cell == &cells[0]) {
                text.push_str(cells[0]);
            } else {
                text.push_str(&cells.join(" "));
            }
            text.push('\n');
        }
    }
    text
}

const COMPLETE: &str = "\
Missing Missing: inconclusive?
Missing Confirmed: inconclusive?
Missing Denied: denied
Missing Stalled: inconclusive?
Missing Other: inconclusive?
Detected Missing: inconclusive?
Detected Confirmed: inconclusive? AUTHORISE not-sent? code-failed cancelled not-sent? inconclusive?
Detected Denied: denied
Detected Stalled: unclear
Detected Other: inconclusive?
Deepfake Missing: not-verified
Deepfake Confirmed: not-verified
Deepfake Denied: not-verified
Deepfake Stalled: not-verified
Deepfake Other: not-verified
NoFace Missing: no-face?
NoFace Confirmed: no-face?
NoFace Denied: denied
NoFace Stalled: no-face?
NoFace Other: no-face?
Inconclusive Missing: inconclusive?
Inconclusive Confirmed: inconclusive?
Inconclusive Denied: denied
Inconclusive Stalled: inconclusive?
Inconclusive Other: inconclusive?
Other Missing: inconclusive?
Other Confirmed: inconclusive?
Other Denied: denied
Other Stalled: inconclusive?
Other Other: inconclusive?
";

const INCOMPLETE: &str = "\
Missing Missing: abandoned?
Missing Confirmed: abandoned?
Missing Denied: denied
Missing Stalled: abandoned?
Missing Other: abandoned?
Detected Missing: abandoned?
Detected Confirmed: abandoned? abandoned? not-sent? code-failed cancelled not-sent? inconclusive?
Detected Denied: denied
Detected Stalled: unclear
Detected Other: inconclusive?
";

#[test]
fn the_table_is_the_one_that_was_agreed_on() {
    assert_eq!(written(&SessionStatus::Complete), COMPLETE);
    let incomplete = written(&SessionStatus::Incomplete);
    assert!(incomplete.starts_with(INCOMPLETE), "{incomplete}");
    // Where the look itself came to nothing, it makes no difference whether the session went on to its end.
    let rest = |table: &str| table.lines().skip(10).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rest(&incomplete), rest(COMPLETE));
}

#[test]
fn a_session_that_nobody_was_in_has_expired() {
    let report = SessionReport {
        started: false,
        ..report(
            &SessionStatus::Incomplete,
            &Liveness::Missing,
            &Confirmation::Missing,
            &Code::Missing,
        )
    };
    let decision = decide_face(&report, LinkCheck::Match, RequiredAnalyses::default());
    assert_eq!(decision, FaceDecision::Retry(StepFailure::SessionExpired));
}

#[test]
fn analyses_that_are_needed_are_waited_for_and_never_assumed() {
    let good = |video, deepfake| SessionReport {
        video,
        deepfake,
        ..report(
            &SessionStatus::Complete,
            &Liveness::Detected,
            &Confirmation::Confirmed,
            &Code::Verified,
        )
    };
    let both = RequiredAnalyses {
        video: true,
        deepfake: true,
    };
    for (video, deepfake, expected) in [
        (Analysis::Clear, Analysis::Clear, FaceDecision::Authorise),
        (
            Analysis::Pending,
            Analysis::Clear,
            FaceDecision::Pending(PendingOn::Analyses),
        ),
        (
            Analysis::Clear,
            Analysis::NotReported,
            FaceDecision::Pending(PendingOn::Analyses),
        ),
        (
            Analysis::Failed,
            Analysis::Pending,
            FaceDecision::Block(BlockReason::NotAnalysed),
        ),
        (
            Analysis::Pending,
            Analysis::Suspicious,
            FaceDecision::Block(BlockReason::NotVerified),
        ),
    ] {
        assert_eq!(decide_face(&good(video, deepfake), LinkCheck::Match, both), expected);
    }
}

fn word_of_a_report() -> impl Strategy<Value = String> {
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
    (node, kind, at, word_of_a_report()).prop_map(|(node, kind, at, outcome)| {
        // Mostly of its own type, now and then of another.
        let own = match node {
            "liveness" => "liveness_detection",
            "email_otp" => "two_factor_email",
            _ => "conversation",
        };
        json!({"nodeId": node, "type": kind.unwrap_or(own), "createdAt": at, "outcome": outcome})
    })
}

/// A good session, spoiled by whatever else it says.
fn hostile() -> impl Strategy<Value = Value> {
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
    let film = prop::sample::select(vec!["normal", "suspicious", "highFraudRisk", "invented"]);
    let state = prop::sample::select(vec!["completed", "pending", "failed", "invented"]);
    let lists = (
        prop::collection::vec(node_report(), 0..4),
        prop::option::weighted(0.2, 0_usize..3),
        any::<bool>(),
    );
    (status, lists, film, state).prop_map(move |(status, (extra, lost, in_front), film, state)| {
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
            "videoAIAnalysis": {"lipSyncAccuracy": {"evaluation": film}},
        }}})
    })
}

/// What the reports say about a node, read once more and in another way: all that was said at the latest time.
fn said_last(session: &Value, node: &str, kind: &str) -> Vec<String> {
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
    fn no_report_authorises_but_one_that_says_it_all(document in hostile(), needs_film in any::<bool>()) {
        let read = SessionReport::read(&document).unwrap();
        let required = RequiredAnalyses { video: needs_film, deepfake: false };
        let decision = decide_face(&read, LinkCheck::Match, required);
        let session = &document["session"];
        let all = |node: &str, kind: &str, good: &[&str]| {
            let said = said_last(session, node, kind);
            !said.is_empty() && said.iter().all(|outcome| good.contains(&outcome.as_str()))
        };
        if decision == FaceDecision::Authorise {
            prop_assert_eq!(&session["status"], "complete");
            prop_assert!(all("liveness", "liveness_detection", &["livenessDetected"]), "{}", session);
            prop_assert!(all("confirm_transfer", "conversation", &["email_otp", "confirmed"]), "{}", session);
            prop_assert!(all("email_otp", "two_factor_email", &["verified"]), "{}", session);
            let film = session["report"]["videoAIAnalysis"]["lipSyncAccuracy"]["evaluation"].as_str().unwrap();
            prop_assert_ne!(film, "highFraudRisk");
            if needs_film {
                prop_assert_eq!(&session["report"]["videoAIAnalysisStatus"], "completed");
                prop_assert_ne!(film, "invented");
            }
        }
        prop_assert_ne!(decide_face(&read, LinkCheck::Mismatch, required), FaceDecision::Authorise);
    }
}
