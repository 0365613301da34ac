//! A deception that is seen at any time, also after the approval has ended: whoever is seen through cannot make it unseen by stopping.

use sca_protocol::{Millis, Reason, Status};
use serde::{Deserialize, Serialize};

use super::{BlockReason, FaceDecision, Record, RequiredAnalyses, news::is_suspicious};
use crate::provider::facesign::report::{Analysis, SessionReport, SessionStatus};

/// A deception that was seen after the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// What was seen.
    pub reason: Reason,
    /// When.
    pub at: Millis,
}

impl FaceDecision {
    /// Why somebody may be deceiving, if that is what was seen.
    #[must_use]
    pub fn alarm(&self) -> Option<BlockReason> {
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
    pub fn raise_alarm(&mut self, reason: BlockReason, now: Millis) -> bool {
        if self.is_suspicious() {
            return false;
        }
        if self.is_settled() {
            let (_, reason) = reason.end();
            self.progress.face.alarm = reason.map(|reason| Alarm { reason, at: now });
        } else {
            self.block(reason, now);
        }
        true
    }

    /// Whether somebody was seen through.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let declined = self.status == Status::Declined && self.reason.as_ref().is_some_and(is_suspicious);
        declined || self.progress.face.alarm.is_some()
    }

    /// Whether no further version of the same transfer may be held: this one is being carried out, its customer says that it is not
    /// theirs, or somebody was seen through.
    #[must_use]
    pub fn is_the_last_version(&self) -> bool {
        let denied = self.status == Status::Declined && self.reason == Some(Reason::Denied);
        self.status == Status::Approved || denied || self.is_suspicious()
    }
}

/// Whether nothing more can be heard of a session: it has ended, and so have the analyses that were begun or are needed.
#[must_use]
pub fn is_seen_out(report: &SessionReport, required: RequiredAnalyses) -> bool {
    let waits = |analysis: Analysis, required: bool| match analysis {
        Analysis::Pending => true,
        Analysis::Untold => required,
        Analysis::Clear | Analysis::Alarming | Analysis::Unfinished => false,
    };
    // Of a session that broke off nothing may ever be analysed.
    let needed = match report.status {
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => return false,
        SessionStatus::Complete => required,
        SessionStatus::Incomplete => RequiredAnalyses::default(),
    };
    !waits(report.video, needed.video) && !waits(report.deepfake, needed.deepfake)
}
