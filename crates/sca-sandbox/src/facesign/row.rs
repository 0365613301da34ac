//! Whole sessions at once: the rows of a partner's decision matrix, played without a browser.

use serde::Deserialize;
use serde_json::{Value, json};

use super::behaviour::{Deepfake, Video};
use super::flow::{Kind, Node};
use super::session::{Session, Status};
use super::walk::StepError;

/// More steps than this is a flow that goes round in circles.
const MOST_STEPS: usize = 64;

/// How a session goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Row {
    /// Everything as it should be.
    Verified,
    /// Liveness sees a deepfake.
    Deepfake,
    /// Liveness sees no face.
    NoFace,
    /// Liveness comes to no verdict.
    Inconclusive,
    /// The customer says that the transfer is not theirs.
    Denied,
    /// The customer gives no clear answer.
    Stalled,
    /// Wrong codes.
    CodeFailed,
    /// The code's message could not be delivered.
    CodeNotDelivered,
    /// The customer gives up at the code.
    CodeCancelled,
    /// The code step breaks.
    CodeError,
    /// The page is opened and left.
    Abandoned,
    /// The page is never opened.
    Expired,
    /// All well, but the later deepfake detection says manipulated.
    DeepfakeVerdict,
    /// All well, but the later video analysis says high fraud risk.
    HighFraudRisk,
    /// All well, but the later video analysis says suspicious.
    Suspicious,
    /// All well, but the later video analysis fails.
    AnalysisFailed,
    /// Liveness says something that no document knows.
    UnknownOutcome,
    /// All well, but the liveness report is missing.
    MissingReport,
    /// All well, and reports of nodes that nobody asked for.
    ExtraReport,
    /// Liveness saw no face first and a live one later.
    Looped,
    /// Liveness saw a live face first and a deepfake later; the rest is well.
    LoopedBad,
    /// All well, but the status is a word of an older list.
    UnknownStatus,
}

/// The customer's answer to what is to be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Confirmed,
    Denied,
    Stalled,
}

impl Row {
    fn liveness(self) -> &'static str {
        match self {
            Self::Deepfake => "deepfakeDetected",
            Self::NoFace => "noFace",
            Self::Inconclusive => "inconclusive",
            Self::UnknownOutcome => "captureUnavailable",
            Self::Verified
            | Self::Denied
            | Self::Stalled
            | Self::CodeFailed
            | Self::CodeNotDelivered
            | Self::CodeCancelled
            | Self::CodeError
            | Self::Abandoned
            | Self::Expired
            | Self::DeepfakeVerdict
            | Self::HighFraudRisk
            | Self::Suspicious
            | Self::AnalysisFailed
            | Self::MissingReport
            | Self::ExtraReport
            | Self::Looped
            | Self::LoopedBad
            | Self::UnknownStatus => "livenessDetected",
        }
    }

    fn reply(self) -> Reply {
        if self == Self::Denied {
            Reply::Denied
        } else if self == Self::Stalled {
            Reply::Stalled
        } else {
            Reply::Confirmed
        }
    }

    fn code(self) -> &'static str {
        if self == Self::CodeFailed {
            "failed_unverified"
        } else if self == Self::CodeNotDelivered {
            "delivery_failed"
        } else if self == Self::CodeCancelled {
            "cancelled"
        } else if self == Self::CodeError {
            "error"
        } else {
            "verified"
        }
    }
}

impl Session {
    /// Plays a row, from wherever the session is to its end.
    pub(crate) fn play(&mut self, row: Row, reason: Option<&str>, now: i64) -> Result<(), StepError> {
        if self.status.is_over() {
            return Err(StepError::NotInProgress);
        }
        if row == Row::Expired {
            self.expire(now);
            self.finish(Status::Incomplete, now);
            return Ok(());
        }
        self.prepare(row);
        if self.status == Status::Created {
            self.open(now);
        }
        if row == Row::Abandoned {
            self.finish(Status::Incomplete, now);
            return Ok(());
        }
        for _ in 0..MOST_STEPS {
            let Some(node) = self.current().filter(|_| self.status == Status::InProgress) else {
                break;
            };
            self.play_node(row, &node, reason, now)?;
        }
        self.finish(Status::Complete, now);
        Ok(())
    }

    /// What has to be set before the session completes.
    fn prepare(&mut self, row: Row) {
        if row == Row::DeepfakeVerdict {
            self.behaviour.deepfake = Deepfake::Manipulated;
            self.deepfake = super::analysis::Analysis::Pending(None);
        } else if row == Row::HighFraudRisk {
            self.behaviour.video = Video::HighFraudRisk;
        } else if row == Row::Suspicious {
            self.behaviour.video = Video::Suspicious;
        } else if row == Row::AnalysisFailed {
            self.behaviour.video = Video::Failed;
        } else if row == Row::UnknownStatus {
            self.patch = Some(json!({"status": "canceled"}));
        }
    }

    fn play_node(&mut self, row: Row, node: &Node, reason: Option<&str>, now: i64) -> Result<(), StepError> {
        let report = |kind: &str, outcome: &str| json!({"type": kind, "nodeId": node.id, "outcome": outcome});
        match node.kind {
            Kind::Liveness => {
                if row == Row::Looped {
                    self.report(report(&node.type_name, "noFace"), now);
                }
                self.step(Some(row.liveness()), reason, now)?;
                if row == Row::LoopedBad {
                    self.report(report(&node.type_name, "deepfakeDetected"), now);
                } else if row == Row::MissingReport {
                    self.node_reports
                        .retain(|report| report.get("nodeId") != Some(&Value::from(node.id.clone())));
                } else if row == Row::ExtraReport {
                    self.report(
                        json!({"type": "retina_scan", "nodeId": "surprise", "outcome": "seen"}),
                        now,
                    );
                }
                Ok(())
            }
            Kind::Code => self.step(Some(row.code()), None, now),
            Kind::Conversation => self.step(reply_outcome(node, row.reply()), None, now),
            Kind::Start | Kind::End | Kind::Other => {
                let first = node.edges.first().map(|edge| edge.outcome.as_str());
                self.step(first, None, now)
            }
        }
    }
}

/// The outcome of a conversation that means this reply: by its name, else by its place.
fn reply_outcome(node: &Node, reply: Reply) -> Option<&str> {
    if node.edges.len() < 2 {
        return node.edges.first().map(|edge| edge.outcome.as_str());
    }
    let (name, place) = match reply {
        Reply::Confirmed => ("confirm", 0),
        Reply::Denied => ("den", 1),
        Reply::Stalled => ("stall", 2),
    };
    node.edges
        .iter()
        .find(|edge| edge.outcome.starts_with(name))
        .or_else(|| node.edges.get(place))
        .map(|edge| edge.outcome.as_str())
}
