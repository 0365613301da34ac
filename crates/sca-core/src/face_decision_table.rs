//! The face decision as a table of every possible report.

use sca_protocol::StepFailure;

use super::{BlockReason, FaceDecision, LinkCheck, PendingOn, RequiredAnalyses, decide_face};
use crate::{Analysis, CodeResult, FaceConfirmation, FaceReport, Liveness, SessionStatus};

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

fn confirmations() -> [FaceConfirmation; 5] {
    use FaceConfirmation::{Confirmed, Denied, Missing, Other, Stalled};
    [Missing, Confirmed, Denied, Stalled, Other(other())]
}

fn codes() -> [CodeResult; 7] {
    use CodeResult::{Cancelled, Error, Failed, Missing, NotDelivered, Other, Verified};
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

fn report(
    status: &SessionStatus,
    liveness: &Liveness,
    confirmation: &FaceConfirmation,
    code: &CodeResult,
) -> FaceReport {
    FaceReport {
        status: status.clone(),
        started: true,
        link_check: LinkCheck::Match,
        liveness: liveness.clone(),
        confirmation: confirmation.clone(),
        code: code.clone(),
        video: Analysis::Clear,
        deepfake: Analysis::Clear,
    }
}

/// Every line of the table, with the decision.
fn lines() -> Vec<(FaceReport, RequiredAnalyses, FaceDecision)> {
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
                            let report = FaceReport {
                                link_check,
                                video,
                                deepfake,
                                ..report(&status, &liveness, &confirmation, &code)
                            };
                            let decision = decide_face(&report, required);
                            lines.push((report, required, decision));
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
    for (report, required, decision) in lines {
        let clear = |analysis: Analysis, required: bool| match analysis {
            Analysis::Clear => true,
            Analysis::Suspicious | Analysis::Pending => false,
            Analysis::NotReported | Analysis::Failed => !required,
        };
        let the_row = report.status == SessionStatus::Complete
            && report.link_check == LinkCheck::Match
            && report.liveness == Liveness::Detected
            && report.confirmation == FaceConfirmation::Confirmed
            && report.code == CodeResult::Verified
            && clear(report.video, required.video)
            && clear(report.deepfake, required.deepfake);
        assert_eq!(decision == FaceDecision::Authorise, the_row, "{report:?} {required:?}");
    }
}

#[test]
fn a_session_in_progress_is_pending_unless_fraud_is_detected_and_an_ended_one_is_decided() {
    for (report, required, decision) in lines() {
        let is_fraud = report.liveness == Liveness::Deepfake
            || report.video == Analysis::Suspicious
            || report.deepfake == Analysis::Suspicious;
        match report.status {
            SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) if is_fraud => {
                assert_eq!(decision, FaceDecision::Block(BlockReason::NotVerified), "{report:?}");
            }
            SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => {
                assert_eq!(decision, FaceDecision::Pending(PendingOn::Customer), "{report:?}");
            }
            SessionStatus::Complete | SessionStatus::Incomplete => {
                let is_pending = decision == FaceDecision::Pending(PendingOn::Analyses);
                let may_be_pending = [report.video, report.deepfake].contains(&Analysis::Pending)
                    || (required.video && report.video != Analysis::Clear)
                    || (required.deepfake && report.deepfake != Analysis::Clear);
                assert!(!is_pending || may_be_pending, "{report:?} {required:?}");
                assert_ne!(decision, FaceDecision::Pending(PendingOn::Customer), "{report:?}");
                let expected = match (report.link_check, is_fraud, &report.confirmation) {
                    (LinkCheck::Mismatch, _, _) => Some(BlockReason::Changed),
                    (LinkCheck::Match, true, _) => Some(BlockReason::NotVerified),
                    (LinkCheck::Match, false, FaceConfirmation::Denied) => Some(BlockReason::Denied),
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

/// The table of ended sessions that are linked to the transfer and have no fraud signal: a row for each liveness and confirmation, a
/// column for each result of the code. A question mark means a retry.
fn written(status: &SessionStatus) -> String {
    let mut text = String::new();
    for liveness in livenesses() {
        for confirmation in confirmations() {
            let cells = codes().map(|code| {
                let report = report(status, &liveness, &confirmation, &code);
                word(&decide_face(&report, RequiredAnalyses::default()))
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
fn the_table_is_as_specified() {
    assert_eq!(written(&SessionStatus::Complete), COMPLETE);
    let incomplete = written(&SessionStatus::Incomplete);
    assert!(incomplete.starts_with(INCOMPLETE), "{incomplete}");
    // Without a liveness result it makes no difference whether the session is complete.
    let rest = |table: &str| table.lines().skip(10).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rest(&incomplete), rest(COMPLETE));
}

#[test]
fn a_session_that_the_customer_never_entered_has_expired() {
    let report = FaceReport {
        started: false,
        ..report(
            &SessionStatus::Incomplete,
            &Liveness::Missing,
            &FaceConfirmation::Missing,
            &CodeResult::Missing,
        )
    };
    let decision = decide_face(&report, RequiredAnalyses::default());
    assert_eq!(decision, FaceDecision::Retry(StepFailure::SessionExpired));
}

#[test]
fn required_analyses_are_awaited_and_never_assumed_clear() {
    let good = |video, deepfake| FaceReport {
        video,
        deepfake,
        ..report(
            &SessionStatus::Complete,
            &Liveness::Detected,
            &FaceConfirmation::Confirmed,
            &CodeResult::Verified,
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
        assert_eq!(decide_face(&good(video, deepfake), both), expected);
    }
}
