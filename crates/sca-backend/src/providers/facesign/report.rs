//! A session as FaceSign tells it. Read with tolerance: members may be missing, doubled or new. Believed with none: what is not known
//! is kept as it came and is no good to anybody.

use std::collections::BTreeMap;

use serde_json::Value;

use sca_core::{Analysis, CodeResult, FaceConfirmation, FaceReport, LinkCheck, Liveness, SessionStatus};

use super::flow::{node, outcome};

/// The most characters of an unknown name that are kept.
const LONGEST_NAME: usize = 64;

/// A session as FaceSign reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// FaceSign's id of it.
    pub id: String,
    /// Its state.
    pub status: SessionStatus,
    /// Whether the customer has ever been in it.
    pub started: bool,
    /// What it was made for, as FaceSign repeats it.
    pub bound: DynamicLink,
    /// The liveness node.
    pub liveness: Liveness,
    /// The node that reads the transfer out.
    pub confirmation: FaceConfirmation,
    /// The node of the one-time code.
    pub code: CodeResult,
    /// The video analysis.
    pub video: Analysis,
    /// The deepfake analysis.
    pub deepfake: Analysis,
}

/// What a session was made for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DynamicLink {
    /// Our reference.
    pub reference: Option<String>,
    /// What we froze. Values that are no text are kept as JSON.
    pub metadata: BTreeMap<String, String>,
    /// Where the code was to go.
    pub email: Option<String>,
    /// Where codes went, where FaceSign says so.
    pub codes_sent_to: Vec<String>,
}

impl std::fmt::Debug for DynamicLink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "DynamicLink({:?}, {} values)",
            self.reference,
            self.metadata.len()
        )
    }
}

impl Session {
    /// The report for the decision, with the result of the check against what was sent.
    #[must_use]
    pub fn report(self, link_check: LinkCheck) -> FaceReport {
        FaceReport {
            status: self.status,
            started: self.started,
            link_check,
            liveness: self.liveness,
            confirmation: self.confirmation,
            code: self.code,
            video: self.video,
            deepfake: self.deepfake,
        }
    }

    /// Reads `{"session": {…}}`. `None` when there is no session in it, or one without id or status.
    #[must_use]
    pub fn read(document: &Value) -> Option<Self> {
        let session = document.get("session")?;
        let text = |name: &str| session.get(name).and_then(Value::as_str);
        let report = session.get("report").unwrap_or(&Value::Null);
        let reports = report.get("nodeReports").and_then(Value::as_array);
        let reports = reports.map(Vec::as_slice).unwrap_or_default();
        let said = |id, kind| last(reports, id, kind);
        Some(Self {
            id: text("id")?.to_owned(),
            status: status(text("status")?),
            started: session.get("startedAt").is_some_and(|at| !at.is_null()) || !reports.is_empty(),
            bound: bound(session, reports),
            // Whoever was once seen through or once said no stays so, whatever a second round in the same session gives.
            liveness: match said(node::LIVENESS, "liveness_detection") {
                Said::Nothing | Said::Outcome(_) | Said::Unreadable
                    if ever(reports, node::LIVENESS, &["deepfakeDetected"]) =>
                {
                    Liveness::Deepfake
                }
                Said::Nothing => Liveness::Missing,
                Said::Outcome("livenessDetected") => Liveness::Detected,
                Said::Outcome("noFace") => Liveness::NoFace,
                Said::Outcome("inconclusive") => Liveness::Inconclusive,
                Said::Outcome(other) => Liveness::Other(keep(other)),
                Said::Unreadable => Liveness::Other(keep("unreadable")),
            },
            // By type the outcome is the node that the conversation went to; some answers name the outcome itself.
            confirmation: match said(node::CONFIRM, "conversation") {
                Said::Nothing | Said::Outcome(_) | Said::Unreadable
                    if ever(reports, node::CONFIRM, &[node::DENIED, outcome::DENIED]) =>
                {
                    FaceConfirmation::Denied
                }
                Said::Nothing => FaceConfirmation::Missing,
                Said::Outcome(node::CODE | outcome::CONFIRMED) => FaceConfirmation::Confirmed,
                Said::Outcome(node::STALLED | outcome::STALLED) => FaceConfirmation::Stalled,
                Said::Outcome(other) => FaceConfirmation::Other(keep(other)),
                Said::Unreadable => FaceConfirmation::Other(keep("unreadable")),
            },
            code: match said(node::CODE, "two_factor_email") {
                Said::Nothing => CodeResult::Missing,
                Said::Outcome("verified") => CodeResult::Verified,
                Said::Outcome("delivery_failed") => CodeResult::NotDelivered,
                Said::Outcome("failed_unverified") => CodeResult::Failed,
                Said::Outcome("cancelled") => CodeResult::Cancelled,
                Said::Outcome("error") => CodeResult::Error,
                Said::Outcome(other) => CodeResult::Other(keep(other)),
                Said::Unreadable => CodeResult::Other(keep("unreadable")),
            },
            video: video(report),
            deepfake: deepfake(report),
        })
    }
}

fn status(name: &str) -> SessionStatus {
    match name {
        "created" => SessionStatus::Created,
        "inProgress" => SessionStatus::InProgress,
        "complete" => SessionStatus::Complete,
        "incomplete" => SessionStatus::Incomplete,
        other => SessionStatus::Other(keep(other)),
    }
}

fn bound(session: &Value, reports: &[Value]) -> DynamicLink {
    let settings = session.get("settings").unwrap_or(&Value::Null);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let metadata = settings.get("metadata").and_then(Value::as_object);
    let sent_to = reports
        .iter()
        .filter(|report| report.get("nodeId").and_then(Value::as_str) == Some(node::CODE))
        .filter_map(|report| report.pointer("/report/email").and_then(text));
    DynamicLink {
        reference: settings.get("clientReferenceId").and_then(text),
        metadata: metadata
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), text(value).unwrap_or_else(|| value.to_string())))
            .collect(),
        email: settings.pointer("/providedData/email").and_then(text),
        codes_sent_to: sent_to.collect(),
    }
}

/// Whether any report of a node says one of these.
fn ever(reports: &[Value], id: &str, outcomes: &[&str]) -> bool {
    reports.iter().any(|report| {
        let is_of_node = report.get("nodeId").and_then(Value::as_str) == Some(id);
        let said = report.get("outcome").and_then(Value::as_str);
        is_of_node && said.is_some_and(|said| outcomes.contains(&said))
    })
}

/// What the reports say about a node.
enum Said<'a> {
    Nothing,
    Outcome(&'a str),
    /// The report is of another type, has no outcome, or says two things at one time.
    Unreadable,
}

/// The last report of a node by its time: a flow may have come by more than once.
fn last<'a>(reports: &'a [Value], id: &str, kind: &str) -> Said<'a> {
    let text = |report: &'a Value, name: &str| report.get(name).and_then(Value::as_str);
    let of_node: Vec<&Value> = reports
        .iter()
        .filter(|report| text(report, "nodeId") == Some(id))
        .collect();
    let time = |report: &Value| report.get("createdAt").and_then(Value::as_u64);
    let latest = match of_node.as_slice() {
        [] => return Said::Nothing,
        [only] => vec![*only],
        several => {
            if several.iter().any(|report| time(report).is_none()) {
                return Said::Unreadable;
            }
            let end = several.iter().filter_map(|report| time(report)).max();
            several.iter().copied().filter(|report| time(report) == end).collect()
        }
    };
    if latest.iter().any(|report| text(report, "type") != Some(kind)) {
        return Said::Unreadable;
    }
    let mut outcomes = latest.iter().map(|report| text(report, "outcome"));
    match outcomes.next().flatten() {
        Some(first) if outcomes.all(|other| other == Some(first)) => Said::Outcome(first),
        Some(_) | None => Said::Unreadable,
    }
}

/// `videoAIAnalysis`: criteria with an evaluation each. One that is very risky is enough, whatever the status says.
fn video(report: &Value) -> Analysis {
    let criteria = report.get("videoAIAnalysis").and_then(Value::as_object);
    let evaluations: Vec<Option<&str>> = criteria
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter(|value| value.is_object())
        .map(|criterion| criterion.get("evaluation").and_then(Value::as_str))
        .collect();
    if evaluations.contains(&Some("highFraudRisk")) {
        return Analysis::Suspicious;
    }
    let all_known = evaluations
        .iter()
        .all(|evaluation| matches!(evaluation, Some("normal" | "suspicious")));
    match report.get("videoAIAnalysisStatus").and_then(Value::as_str) {
        Some("pending") => Analysis::Pending,
        Some("completed" | "succeeded") if !evaluations.is_empty() && all_known => Analysis::Clear,
        Some("completed" | "succeeded" | "failed" | "timedOut") => Analysis::Failed,
        Some(_) | None => Analysis::NotReported,
    }
}

/// `deepfakeDetection`: a verdict. A bad one is enough, whatever the status says; a good one needs a status that goes with it.
fn deepfake(report: &Value) -> Analysis {
    let verdict = report.pointer("/deepfakeDetection/verdict").and_then(Value::as_str);
    let state = report.pointer("/deepfakeDetectionStatus/state").and_then(Value::as_str);
    match (verdict, state) {
        (Some("manipulated"), _) => Analysis::Suspicious,
        (_, Some("pending")) => Analysis::Pending,
        (Some("authentic"), Some("succeeded")) => Analysis::Clear,
        (_, Some("succeeded" | "failed" | "timed_out")) => Analysis::Failed,
        (_, Some(_) | None) => Analysis::NotReported,
    }
}

fn keep(name: &str) -> Box<str> {
    name.chars().take(LONGEST_NAME).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(node_reports: Value) -> Session {
        let session = json!({"id": "s1", "status": "complete", "report": {"nodeReports": node_reports}});
        Session::read(&json!({ "session": session })).unwrap()
    }

    fn liveness(at: Value, outcome: &str) -> Value {
        json!({"type": "liveness_detection", "nodeId": "liveness", "createdAt": at, "outcome": outcome})
    }

    #[test]
    fn the_last_report_of_a_node_counts_wherever_it_stands() {
        let first = liveness(json!(1), "noFace");
        let second = liveness(json!(2), "livenessDetected");
        for list in [json!([first, second]), json!([second, first])] {
            assert_eq!(report(list).liveness, Liveness::Detected);
        }
    }

    #[test]
    fn whoever_was_seen_through_or_said_no_stays_so() {
        let good = liveness(json!(2), "livenessDetected");
        for time in [json!(1), json!(3), json!(null)] {
            let bad = liveness(time, "deepfakeDetected");
            for list in [json!([bad, good]), json!([good, bad])] {
                assert_eq!(report(list).liveness, Liveness::Deepfake);
            }
        }
        let said = |at: u64, outcome: &str| json!({"type": "conversation", "nodeId": "confirm_transfer", "createdAt": at, "outcome": outcome});
        for no in ["denied", "closing_denied"] {
            let list = json!([said(1, no), said(2, "confirmed")]);
            assert_eq!(report(list).confirmation, FaceConfirmation::Denied);
        }
    }

    #[test]
    fn reports_that_contradict_each_other_say_nothing() {
        for other in [
            liveness(json!(2), "noFace"),
            liveness(json!(null), "livenessDetected"),
            liveness(json!("3"), "livenessDetected"),
            json!({"type": "conversation", "nodeId": "liveness", "createdAt": 3, "outcome": "livenessDetected"}),
            json!({"type": "liveness_detection", "nodeId": "liveness", "createdAt": 3}),
            json!({"nodeId": "liveness", "createdAt": 3, "outcome": "livenessDetected"}),
        ] {
            let good = liveness(json!(2), "livenessDetected");
            let read = report(json!([good, other])).liveness;
            assert!(matches!(read, Liveness::Other(_)), "{other}: {read:?}");
        }
        let twice = report(json!([
            liveness(json!(2), "livenessDetected"),
            liveness(json!(2), "livenessDetected")
        ]));
        assert_eq!(twice.liveness, Liveness::Detected);
    }

    #[test]
    fn what_is_not_as_described_is_as_good_as_missing() {
        for node_reports in [
            json!(null),
            json!({}),
            json!("liveness"),
            json!([null, 7, {}, {"nodeId": 7}]),
        ] {
            let read = report(node_reports);
            assert_eq!(
                (read.liveness, read.confirmation, read.code),
                (Liveness::Missing, FaceConfirmation::Missing, CodeResult::Missing)
            );
        }
        for document in [
            json!({}),
            json!({"session": null}),
            json!({"id": "s1", "status": "complete"}),
            json!({"session": {"id": "s1"}}),
            json!({"session": {"status": "complete"}}),
            json!({"session": {"id": 1, "status": "complete"}}),
        ] {
            assert_eq!(Session::read(&document), None, "{document}");
        }
    }

    #[test]
    fn a_conversation_is_read_by_where_it_went_and_by_its_own_name() {
        for (outcome, read) in [
            ("email_otp", FaceConfirmation::Confirmed),
            ("confirmed", FaceConfirmation::Confirmed),
            ("closing_denied", FaceConfirmation::Denied),
            ("denied", FaceConfirmation::Denied),
            ("closing_stall", FaceConfirmation::Stalled),
            ("stall", FaceConfirmation::Stalled),
            ("closing", FaceConfirmation::Other("closing".into())),
            ("CONFIRMED", FaceConfirmation::Other("CONFIRMED".into())),
        ] {
            let said =
                json!([{"type": "conversation", "nodeId": "confirm_transfer", "createdAt": 1, "outcome": outcome}]);
            assert_eq!(report(said).confirmation, read, "{outcome}");
        }
    }

    #[test]
    fn unknown_names_are_kept_and_cut() {
        let said = report(json!([liveness(json!(1), &"x".repeat(1000))]));
        assert_eq!(said.liveness, Liveness::Other("x".repeat(64).into()));
    }

    #[test]
    fn analyses_are_clear_only_when_they_say_so_and_ended_well() {
        let analyses = |report: Value| {
            let session = json!({"session": {"id": "s1", "status": "complete", "report": report}});
            let read = Session::read(&session).unwrap();
            (read.video, read.deepfake)
        };
        let film = |evaluation: &str| json!({"lipSyncAccuracy": {"evaluation": evaluation}, "riskyIndicators": []});
        for (report, expected) in [
            (json!({}), Analysis::NotReported),
            (json!({"videoAIAnalysisStatus": "notRequested"}), Analysis::NotReported),
            (json!({"videoAIAnalysisStatus": "invented"}), Analysis::NotReported),
            (json!({"videoAIAnalysis": film("normal")}), Analysis::NotReported),
            (
                json!({"videoAIAnalysisStatus": "pending", "videoAIAnalysis": film("normal")}),
                Analysis::Pending,
            ),
            (
                json!({"videoAIAnalysisStatus": "completed", "videoAIAnalysis": film("normal")}),
                Analysis::Clear,
            ),
            (
                json!({"videoAIAnalysisStatus": "succeeded", "videoAIAnalysis": film("suspicious")}),
                Analysis::Clear,
            ),
            (
                json!({"videoAIAnalysisStatus": "succeeded", "videoAIAnalysis": film("invented")}),
                Analysis::Failed,
            ),
            (
                json!({"videoAIAnalysisStatus": "succeeded", "videoAIAnalysis": {}}),
                Analysis::Failed,
            ),
            (json!({"videoAIAnalysisStatus": "completed"}), Analysis::Failed),
            (json!({"videoAIAnalysisStatus": "failed"}), Analysis::Failed),
            (json!({"videoAIAnalysisStatus": "timedOut"}), Analysis::Failed),
            (
                json!({"videoAIAnalysisStatus": "pending", "videoAIAnalysis": film("highFraudRisk")}),
                Analysis::Suspicious,
            ),
        ] {
            assert_eq!(analyses(report.clone()).0, expected, "{report}");
        }
        for (report, expected) in [
            (json!({}), Analysis::NotReported),
            (
                json!({"deepfakeDetection": {"verdict": "authentic"}}),
                Analysis::NotReported,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "pending"}}),
                Analysis::Pending,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "pending"}, "deepfakeDetection": {"verdict": "authentic"}}),
                Analysis::Pending,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "succeeded"}, "deepfakeDetection": {"verdict": "authentic"}}),
                Analysis::Clear,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "succeeded"}, "deepfakeDetection": {"verdict": "unknown"}}),
                Analysis::Failed,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "timed_out"}, "deepfakeDetection": {"verdict": "authentic"}}),
                Analysis::Failed,
            ),
            (
                json!({"deepfakeDetectionStatus": {"state": "invented"}}),
                Analysis::NotReported,
            ),
            (
                json!({"deepfakeDetection": {"verdict": "manipulated"}}),
                Analysis::Suspicious,
            ),
        ] {
            assert_eq!(analyses(report.clone()).1, expected, "{report}");
        }
    }
}
