//! Fraud signals. They are kept even when they arrive after settlement: a customer who cancels does not discard them.

use sca_protocol::{Reason, Status, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BlockReason, FaceDecision, Record, RequiredAnalyses, outbound_event::is_fraud_reason};
use crate::{Analysis, FaceReport, SessionStatus};

/// A fraud signal that arrived after settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FraudSignal {
    /// What was detected.
    pub reason: Reason,
    /// When it was observed.
    pub at: Timestamp,
}

impl FaceDecision {
    /// The reason to suspect fraud, if the decision has one.
    #[must_use]
    pub fn fraud_signal(&self) -> Option<BlockReason> {
        match self {
            Self::Block(reason @ (BlockReason::NotVerified | BlockReason::Changed)) => Some(*reason),
            Self::Block(
                BlockReason::Denied
                | BlockReason::Unclear
                | BlockReason::CodeFailed
                | BlockReason::CodeCancelled
                | BlockReason::NotAnalysed,
            )
            | Self::Authorise
            | Self::Retry(_)
            | Self::Pending(_) => None,
        }
    }
}

impl Record {
    /// Records a fraud signal. It settles a pending approval. A settled one keeps its status, and the signal is added. True when the
    /// approval had no fraud signal before.
    pub fn report_fraud_signal(&mut self, reason: BlockReason, now: Timestamp) -> bool {
        if self.is_fraud_suspected() {
            return false;
        }
        if self.is_settled() {
            let (_, reason) = reason.settlement();
            self.progress.face.fraud_signal = reason.map(|reason| FraudSignal { reason, at: now });
        } else {
            self.block(reason, now);
        }
        true
    }

    /// Whether a fraud signal was recorded.
    #[must_use]
    pub fn is_fraud_suspected(&self) -> bool {
        let declined = self.status == Status::Declined && self.reason.as_ref().is_some_and(is_fraud_reason);
        declined || self.progress.face.fraud_signal.is_some()
    }

    /// Whether no other version of the same transfer may be held: this one is approved, the customer denied it, or fraud is suspected.
    #[must_use]
    pub fn rules_out_other_versions(&self) -> bool {
        let denied = self.status == Status::Declined && self.reason == Some(Reason::Denied);
        self.status == Status::Approved || denied || self.is_fraud_suspected()
    }
}

/// Whether the report is final: the session has ended, and so have its pending and its required analyses.
#[must_use]
pub fn is_final_report(report: &FaceReport, required: RequiredAnalyses) -> bool {
    let is_open = |analysis: Analysis, required: bool| match analysis {
        Analysis::Pending => true,
        Analysis::NotReported => required,
        Analysis::Clear | Analysis::Suspicious | Analysis::Failed => false,
    };
    // An incomplete session may never be analysed.
    let needed = match report.status {
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => return false,
        SessionStatus::Complete => required,
        SessionStatus::Incomplete => RequiredAnalyses::default(),
    };
    !is_open(report.video, needed.video) && !is_open(report.deepfake, needed.deepfake)
}
