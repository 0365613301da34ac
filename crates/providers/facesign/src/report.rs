//! The parser of a session: <https://docs.facesign.ai/docs/api-reference/getSession>. It tolerates missing, duplicate and new members.
//! Unknown names are kept, and never authorise a transfer.

use std::collections::BTreeMap;

use serde_json::Value;

use sca_core::{Analysis, CodeResult, FaceConfirmation, FaceReport, LinkCheck, Liveness, SessionStatus};

use super::flow::{node, outcome};

/// The number of characters that are kept of an unknown name.
const LONGEST_NAME: usize = 64;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// FaceSign's id of it.
    pub id: String,
    /// Its state.
    pub status: SessionStatus,
    /// Whether the customer has ever been in it.
    pub started: bool,
    /// The data that it was opened with, as FaceSign returns it.
    pub bound: DynamicLink,
    /// The liveness node.
    pub liveness: Liveness,
    /// The conversation node that reads the transfer out.
    pub confirmation: FaceConfirmation,
    /// The node of the one-time code.
    pub code: CodeResult,
    /// The video analysis.
    pub video: Analysis,
    /// The deepfake analysis.
    pub deepfake: Analysis,
}

/// The data that a session was opened with (dynamic linking).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DynamicLink {
    /// The backend's reference.
    pub reference: Option<String>,
    /// The metadata. A value that is not a text is kept as JSON.
    pub metadata: BTreeMap<String, String>,
    /// The e-mail address for the code.
    pub email: Option<String>,
    /// The addresses that codes were sent to, where FaceSign reports them.
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
    /// The report for the decision, with the result of the dynamic linking check.
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

    /// Parses `{"session": {…}}`. `None` without a session, or without its id or status.
    #[must_use]
    pub fn read(document: &Value) -> Option<Self> {
        let session = document.get("session")?;
        let text = |name: &str| session.get(name).and_then(Value::as_str);
        let report = session.get("report").unwrap_or(&Value::Null);
        let reports = report.get("nodeReports").and_then(Value::as_array);
        let reports = reports.map(Vec::as_slice).unwrap_or_default();
        let outcome_of = |id, kind| latest_outcome(reports, id, kind);
        Some(Self {
            id: text("id")?.to_owned(),
            status: status(text("status")?),
            started: session.get("startedAt").is_some_and(|at| !at.is_null()) || !reports.is_empty(),
            bound: bound(session, reports),
            // One report of a deepfake, or of a denial, is final: a later report of the same node does not override it.
            liveness: match outcome_of(node::LIVENESS, "liveness_detection") {
                NodeOutcome::Missing | NodeOutcome::Reported(_) | NodeOutcome::Unreadable
                    if has_outcome(reports, node::LIVENESS, &["deepfakeDetected"]) =>
                {
                    Liveness::Deepfake
                }
                NodeOutcome::Missing => Liveness::Missing,
                NodeOutcome::Reported("livenessDetected") => Liveness::Detected,
                NodeOutcome::Reported("noFace") => Liveness::NoFace,
                NodeOutcome::Reported("inconclusive") => Liveness::Inconclusive,
                NodeOutcome::Reported(other) => Liveness::Other(truncated(other)),
                NodeOutcome::Unreadable => Liveness::Other(truncated("unreadable")),
            },
            // The outcome is the id of the target node, in some responses that of the outcome itself:
            // https://docs.facesign.ai/docs/reference/node-reference
            confirmation: match outcome_of(node::CONFIRM, "conversation") {
                NodeOutcome::Missing | NodeOutcome::Reported(_) | NodeOutcome::Unreadable
                    if has_outcome(reports, node::CONFIRM, &[node::DENIED, outcome::DENIED]) =>
                {
                    FaceConfirmation::Denied
                }
                NodeOutcome::Missing => FaceConfirmation::Missing,
                NodeOutcome::Reported(node::CODE | outcome::CONFIRMED) => FaceConfirmation::Confirmed,
                NodeOutcome::Reported(node::STALLED | outcome::STALLED) => FaceConfirmation::Stalled,
                NodeOutcome::Reported(other) => FaceConfirmation::Other(truncated(other)),
                NodeOutcome::Unreadable => FaceConfirmation::Other(truncated("unreadable")),
            },
            code: match outcome_of(node::CODE, "two_factor_email") {
                NodeOutcome::Missing => CodeResult::Missing,
                NodeOutcome::Reported("verified") => CodeResult::Verified,
                NodeOutcome::Reported("delivery_failed") => CodeResult::NotDelivered,
                NodeOutcome::Reported("failed_unverified") => CodeResult::Failed,
                NodeOutcome::Reported("cancelled") => CodeResult::Cancelled,
                NodeOutcome::Reported("error") => CodeResult::Error,
                NodeOutcome::Reported(other) => CodeResult::Other(truncated(other)),
                NodeOutcome::Unreadable => CodeResult::Other(truncated("unreadable")),
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
        other => SessionStatus::Other(truncated(other)),
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

/// Whether any report of a node has one of these outcomes.
fn has_outcome(reports: &[Value], id: &str, outcomes: &[&str]) -> bool {
    reports.iter().any(|report| {
        let is_of_node = report.get("nodeId").and_then(Value::as_str) == Some(id);
        let outcome = report.get("outcome").and_then(Value::as_str);
        is_of_node && outcome.is_some_and(|outcome| outcomes.contains(&outcome))
    })
}

/// The outcome of a node.
enum NodeOutcome<'a> {
    Missing,
    Reported(&'a str),
    /// The report has another type or no outcome, or several reports contradict each other.
    Unreadable,
}

/// The outcome in the latest report of a node. A flow can pass a node more than once.
fn latest_outcome<'a>(reports: &'a [Value], id: &str, kind: &str) -> NodeOutcome<'a> {
    let text = |report: &'a Value, name: &str| report.get(name).and_then(Value::as_str);
    let of_node: Vec<&Value> = reports
        .iter()
        .filter(|report| text(report, "nodeId") == Some(id))
        .collect();
    let time = |report: &Value| report.get("createdAt").and_then(Value::as_u64);
    let latest = match of_node.as_slice() {
        [] => return NodeOutcome::Missing,
        [only] => vec![*only],
        several => {
            if several.iter().any(|report| time(report).is_none()) {
                return NodeOutcome::Unreadable;
            }
            let end = several.iter().filter_map(|report| time(report)).max();
            several.iter().copied().filter(|report| time(report) == end).collect()
        }
    };
    if latest.iter().any(|report| text(report, "type") != Some(kind)) {
        return NodeOutcome::Unreadable;
    }
    let mut outcomes = latest.iter().map(|report| text(report, "outcome"));
    match outcomes.next().flatten() {
        Some(first) if outcomes.all(|other| other == Some(first)) => NodeOutcome::Reported(first),
        Some(_) | None => NodeOutcome::Unreadable,
    }
}

/// `videoAIAnalysis`: an evaluation for each criterion. One `highFraudRisk` is a fraud signal, whatever the status. The members are
/// declared in <https://github.com/facesignai/facesign-api>.
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

/// `deepfakeDetection`: a verdict. `manipulated` is a fraud signal, whatever the status. `authentic` counts only with status `succeeded`.
/// The members are declared in <https://github.com/facesignai/facesign-api>.
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

fn truncated(name: &str) -> Box<str> {
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
    fn the_latest_report_of_a_node_counts_in_any_position() {
        let first = liveness(json!(1), "noFace");
        let second = liveness(json!(2), "livenessDetected");
        for list in [json!([first, second]), json!([second, first])] {
            assert_eq!(report(list).liveness, Liveness::Detected);
        }
    }

    #[test]
    fn a_deepfake_and_a_denial_are_final() {
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
    fn contradictory_reports_are_unreadable() {
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
    fn malformed_reports_count_as_missing() {
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
    fn a_conversation_outcome_is_a_target_node_or_an_outcome_id() {
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
    fn unknown_names_are_kept_and_truncated() {
        let said = report(json!([liveness(json!(1), &"x".repeat(1000))]));
        assert_eq!(said.liveness, Liveness::Other("x".repeat(64).into()));
    }

    #[test]
    fn analyses_are_clear_only_with_a_clear_result_and_a_success_status() {
        let analyses = |report: Value| {
            let session = json!({"session": {"id": "s1", "status": "complete", "report": report}});
            let read = Session::read(&session).unwrap();
            (read.video, read.deepfake)
        };
        let video = |evaluation: &str| json!({"lipSyncAccuracy": {"evaluation": evaluation}, "riskyIndicators": []});
        for (report, expected) in [
            (json!({}), Analysis::NotReported),
            (json!({"videoAIAnalysisStatus": "notRequested"}), Analysis::NotReported),
            (json!({"videoAIAnalysisStatus": "invented"}), Analysis::NotReported),
            (json!({"videoAIAnalysis": video("normal")}), Analysis::NotReported),
            (
                json!({"videoAIAnalysisStatus": "pending", "videoAIAnalysis": video("normal")}),
                Analysis::Pending,
            ),
            (
                json!({"videoAIAnalysisStatus": "completed", "videoAIAnalysis": video("normal")}),
                Analysis::Clear,
            ),
            (
                json!({"videoAIAnalysisStatus": "succeeded", "videoAIAnalysis": video("suspicious")}),
                Analysis::Clear,
            ),
            (
                json!({"videoAIAnalysisStatus": "succeeded", "videoAIAnalysis": video("invented")}),
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
                json!({"videoAIAnalysisStatus": "pending", "videoAIAnalysis": video("highFraudRisk")}),
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
