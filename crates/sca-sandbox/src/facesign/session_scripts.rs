//! Session scripts: whole sessions run without a browser, one for each row of a partner's decision matrix.

use serde::Deserialize;
use serde_json::{Value, json};

use super::analysis::Analysis;
use super::behaviour::{Deepfake, Video};
use super::flow::{Kind, Node};
use super::flow_runner::StepError;
use super::session::{Session, Status};

/// A flow that takes more steps is a loop.
const MAX_STEPS: usize = 64;

/// How a session proceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SessionScript {
    /// Every step succeeds.
    Verified,
    /// Liveness detects a deepfake.
    Deepfake,
    /// Liveness detects no face.
    NoFace,
    /// Liveness is inconclusive.
    Inconclusive,
    /// The customer denies the transfer.
    Denied,
    /// The customer's answer is not clear.
    Stalled,
    /// Wrong codes.
    CodeFailed,
    /// The message with the code is not delivered.
    CodeNotDelivered,
    /// The customer cancels the code step.
    CodeCancelled,
    /// The code step fails with an error.
    CodeError,
    /// The page is opened and abandoned.
    Abandoned,
    /// The page is never opened.
    Expired,
    /// Every step succeeds; the later deepfake detection reports a manipulation.
    DeepfakeVerdict,
    /// Every step succeeds; the later video analysis reports a high fraud risk.
    HighFraudRisk,
    /// Every step succeeds; the later video analysis reports something suspicious.
    Suspicious,
    /// Every step succeeds; the later video analysis fails.
    AnalysisFailed,
    /// Liveness reports an outcome that is not documented.
    UnknownOutcome,
    /// Every step succeeds; the liveness report is missing.
    MissingReport,
    /// Every step succeeds; a report of a node outside the flow is added.
    ExtraReport,
    /// Liveness detects no face first and a live face later.
    Looped,
    /// Liveness detects a live face first and a deepfake later; the other steps succeed.
    LoopedBad,
    /// Every step succeeds; the status is a value of an older list.
    UnknownStatus,
}

/// The customer's answer to the question whether they approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Confirmed,
    Denied,
    Stalled,
}

impl SessionScript {
    fn liveness(self) -> &'static str {
        if self == Self::Deepfake {
            "deepfakeDetected"
        } else if self == Self::NoFace {
            "noFace"
        } else if self == Self::Inconclusive {
            "inconclusive"
        } else if self == Self::UnknownOutcome {
            "captureUnavailable"
        } else {
            "livenessDetected"
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
    /// Plays a script, from wherever the session is to its end.
    pub(crate) fn run_script(
        &mut self,
        script: SessionScript,
        reason: Option<&str>,
        now: i64,
    ) -> Result<(), StepError> {
        if self.status.is_over() {
            return Err(StepError::NotInProgress);
        }
        if script == SessionScript::Expired {
            self.expire(now);
            self.finish(Status::Incomplete, now);
            return Ok(());
        }
        self.prepare(script);
        if self.status == Status::Created {
            self.open(now);
        }
        if script == SessionScript::Abandoned {
            self.finish(Status::Incomplete, now);
            return Ok(());
        }
        for _ in 0..MAX_STEPS {
            let Some(node) = self.current().filter(|_| self.status == Status::InProgress) else {
                break;
            };
            self.run_node(script, &node, reason, now)?;
        }
        self.finish(Status::Complete, now);
        Ok(())
    }

    /// Sets what has to be set before the session completes.
    fn prepare(&mut self, script: SessionScript) {
        if script == SessionScript::DeepfakeVerdict {
            self.behaviour.deepfake = Deepfake::Manipulated;
            self.deepfake = Analysis::Pending(None);
        } else if script == SessionScript::HighFraudRisk {
            self.behaviour.video = Video::HighFraudRisk;
        } else if script == SessionScript::Suspicious {
            self.behaviour.video = Video::Suspicious;
        } else if script == SessionScript::AnalysisFailed {
            self.behaviour.video = Video::Failed;
        } else if script == SessionScript::UnknownStatus {
            self.patch = Some(json!({"status": "canceled"}));
        }
    }

    fn run_node(
        &mut self,
        script: SessionScript,
        node: &Node,
        reason: Option<&str>,
        now: i64,
    ) -> Result<(), StepError> {
        let report = |kind: &str, outcome: &str| json!({"type": kind, "nodeId": node.id, "outcome": outcome});
        match node.kind {
            Kind::Liveness => {
                if script == SessionScript::Looped {
                    self.report(report(&node.type_name, "noFace"), now);
                }
                self.step(Some(script.liveness()), reason, now)?;
                if script == SessionScript::LoopedBad {
                    self.report(report(&node.type_name, "deepfakeDetected"), now);
                } else if script == SessionScript::MissingReport {
                    self.node_reports
                        .retain(|report| report.get("nodeId") != Some(&Value::from(node.id.clone())));
                } else if script == SessionScript::ExtraReport {
                    self.report(
                        json!({"type": "retina_scan", "nodeId": "surprise", "outcome": "seen"}),
                        now,
                    );
                }
                Ok(())
            }
            Kind::Code => self.step(Some(script.code()), None, now),
            Kind::Conversation => self.step(reply_outcome(node, script.reply()), None, now),
            Kind::Start | Kind::End | Kind::Other => {
                let first = node.edges.first().map(|edge| edge.outcome.as_str());
                self.step(first, None, now)
            }
        }
    }
}

/// The outcome of a conversation that means this reply: by its name, otherwise by its position.
fn reply_outcome(node: &Node, reply: Reply) -> Option<&str> {
    if node.edges.len() < 2 {
        return node.edges.first().map(|edge| edge.outcome.as_str());
    }
    let (name, position) = match reply {
        Reply::Confirmed => ("confirm", 0),
        Reply::Denied => ("den", 1),
        Reply::Stalled => ("stall", 2),
    };
    node.edges
        .iter()
        .find(|edge| edge.outcome.starts_with(name))
        .or_else(|| node.edges.get(position))
        .map(|edge| edge.outcome.as_str())
}
