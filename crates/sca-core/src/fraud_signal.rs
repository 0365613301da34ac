//! A deception that is seen at any time, also after the approval has ended: whoever is seen through cannot make it unseen by stopping.

use sca_protocol::{Reason, Status, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BlockReason, FaceDecision, Record, RequiredAnalyses, outbound_event::is_suspicious};
use crate::{Analysis, FaceReport, SessionStatus};

/// A deception that was seen after the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FraudSignal {
    /// What was seen.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
}

impl FaceDecision {
    /// Why somebody may be deceiving, if that is what was seen.
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
    /// Somebody was seen through. An open approval ends with that; of one that has ended it is noted, and how it ended stays. True when
    /// that is news.
    pub fn report_fraud_signal(&mut self, reason: BlockReason, now: Timestamp) -> bool {
        if self.is_suspicious() {
            return false;
        }
        if self.is_settled() {
            let (_, reason) = reason.end();
            self.progress.face.fraud_signal = reason.map(|reason| FraudSignal { reason, at: now });
        } else {
            self.block(reason, now);
        }
        true
    }

    /// Whether somebody was seen through.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let declined = self.status == Status::Declined && self.reason.as_ref().is_some_and(is_suspicious);
        declined || self.progress.face.fraud_signal.is_some()
    }

    /// Whether no further version of the same transfer may be held: this one is being carried out, its customer says that it is not
    /// theirs, or somebody was seen through.
    #[must_use]
    pub fn rules_out_other_versions(&self) -> bool {
        let denied = self.status == Status::Declined && self.reason == Some(Reason::Denied);
        self.status == Status::Approved || denied || self.is_suspicious()
    }
}

/// Whether nothing more can be heard of a session: it has ended, and so have the analyses that were begun or are needed.
#[must_use]
pub fn is_final_report(report: &FaceReport, required: RequiredAnalyses) -> bool {
    let waits = |analysis: Analysis, required: bool| match analysis {
        Analysis::Pending => true,
        Analysis::NotReported => required,
        Analysis::Clear | Analysis::Suspicious | Analysis::Failed => false,
    };
    // Of a session that broke off nothing may ever be analysed.
    let needed = match report.status {
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => return false,
        SessionStatus::Complete => required,
        SessionStatus::Incomplete => RequiredAnalyses::default(),
    };
    !waits(report.video, needed.video) && !waits(report.deepfake, needed.deepfake)
}
