use sca_protocol::StepFailure;

use crate::{Analysis, CodeResult, FaceConfirmation, FaceReport, Liveness, SessionStatus};

/// The decision about a transfer, from the report of a face session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceDecision {
    /// The transfer may be executed.
    Authorise,
    /// The transfer must not be executed.
    Block(BlockReason),
    /// The session failed without a decision. The customer may try again.
    Retry(StepFailure),
    /// There is no decision yet.
    Pending(PendingOn),
}

/// Why a transfer is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockReason {
    /// A presentation attack or deepfake was detected, or signs of coercion.
    NotVerified,
    /// The customer denied the transfer.
    Denied,
    /// The customer gave no clear answer.
    Unclear,
    /// The code was wrong.
    CodeFailed,
    /// The customer cancelled the code.
    CodeCancelled,
    /// The session's data does not match the transfer (dynamic linking).
    Changed,
    /// A required analysis ended without a result.
    NotAnalysed,
}

/// What a pending decision waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingOn {
    /// The customer. A session with an unknown status counts as one in progress.
    Customer,
    /// Analyses. The customer has finished.
    Analyses,
}

/// The result of the dynamic linking check (Delegated Regulation (EU) 2018/389, article 5): whether the session is for the transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCheck {
    /// The provider returned all data of the transfer unchanged.
    Match,
    /// Data is missing or differs.
    Mismatch,
}

/// The analyses that have to be clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequiredAnalyses {
    /// The video analysis: signs of coercion.
    pub video: bool,
    /// The deepfake analysis.
    pub deepfake: bool,
}

/// Decides about a transfer. `Authorise` requires all of this: the session is complete and linked to this transfer, liveness was
/// detected, the customer confirmed and entered the code, no analysis is suspicious or pending, and the required analyses are clear.
///
/// A session in progress is pending, unless fraud was detected. In an ended session the most severe finding decides: a customer who
/// denied the transfer, or a detected fraud, gets no retry when the session broke off later.
#[must_use]
pub fn decide_face(report: &FaceReport, required: RequiredAnalyses) -> FaceDecision {
    let fraud_detected =
        report.liveness == Liveness::Deepfake || [report.video, report.deepfake].contains(&Analysis::Suspicious);
    let complete = match report.status {
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) if fraud_detected => {
            return FaceDecision::Block(BlockReason::NotVerified);
        }
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => {
            return FaceDecision::Pending(PendingOn::Customer);
        }
        SessionStatus::Complete => true,
        SessionStatus::Incomplete => false,
    };
    // A missing part means that the customer left, or that the provider lost it.
    let missing = FaceDecision::Retry(match (complete, report.started) {
        (true, _) => StepFailure::Inconclusive,
        (false, true) => StepFailure::Abandoned,
        (false, false) => StepFailure::SessionExpired,
    });
    if report.link_check == LinkCheck::Mismatch {
        return FaceDecision::Block(BlockReason::Changed);
    }
    if [report.video, report.deepfake].contains(&Analysis::Suspicious) {
        return FaceDecision::Block(BlockReason::NotVerified);
    }
    let denied = report.confirmation == FaceConfirmation::Denied;
    match report.liveness {
        Liveness::Deepfake => return FaceDecision::Block(BlockReason::NotVerified),
        Liveness::Detected => {}
        Liveness::NoFace | Liveness::Inconclusive | Liveness::Other(_) | Liveness::Missing if denied => {}
        Liveness::NoFace => return FaceDecision::Retry(StepFailure::NoFace),
        Liveness::Inconclusive | Liveness::Other(_) => return FaceDecision::Retry(StepFailure::Inconclusive),
        Liveness::Missing => return missing,
    }
    match report.confirmation {
        FaceConfirmation::Confirmed => {}
        FaceConfirmation::Denied => return FaceDecision::Block(BlockReason::Denied),
        FaceConfirmation::Stalled => return FaceDecision::Block(BlockReason::Unclear),
        FaceConfirmation::Other(_) => return FaceDecision::Retry(StepFailure::Inconclusive),
        FaceConfirmation::Missing => return missing,
    }
    match report.code {
        CodeResult::Verified => {}
        CodeResult::Failed => return FaceDecision::Block(BlockReason::CodeFailed),
        CodeResult::Cancelled => return FaceDecision::Block(BlockReason::CodeCancelled),
        CodeResult::NotDelivered | CodeResult::Error => return FaceDecision::Retry(StepFailure::CodeNotDelivered),
        CodeResult::Other(_) => return FaceDecision::Retry(StepFailure::Inconclusive),
        CodeResult::Missing => return missing,
    }
    if !complete {
        return missing;
    }
    // A pending analysis was switched on at the provider, so it counts as required.
    let analyses = [(report.video, required.video), (report.deepfake, required.deepfake)];
    let needed = || {
        let needed = analyses
            .iter()
            .filter(|(analysis, required)| *required || *analysis == Analysis::Pending);
        needed.map(|(analysis, _)| *analysis)
    };
    if needed().any(|analysis| analysis == Analysis::Failed) {
        return FaceDecision::Block(BlockReason::NotAnalysed);
    }
    if needed().all(|analysis| analysis == Analysis::Clear) {
        FaceDecision::Authorise
    } else {
        FaceDecision::Pending(PendingOn::Analyses)
    }
}
