use sca_protocol::StepFailure;

use crate::{Analysis, CodeResult, FaceConfirmation, FaceReport, Liveness, SessionStatus};

/// What a look at a session means for the transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceDecision {
    /// It may be carried out.
    Authorise,
    /// It may not.
    Block(BlockReason),
    /// This try came to nothing; another may be made.
    Retry(StepFailure),
    /// Nothing is decided.
    Pending(PendingOn),
}

/// Why a transfer may not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockReason {
    /// A picture that was made, or signs that somebody is forced.
    NotVerified,
    /// The customer says that it is not theirs.
    Denied,
    /// The customer gave no clear answer.
    Unclear,
    /// The code was wrong.
    CodeFailed,
    /// The customer stopped at the code.
    CodeCancelled,
    /// The session was not for this transfer, or not for what this transfer is.
    Changed,
    /// An analysis that is needed ended without a result.
    NotAnalysed,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingOn {
    /// The customer, or a word of FaceSign's that we know.
    Customer,
    /// Analyses: the customer is done.
    Analyses,
}

/// Whether a session is for the transfer that is to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkCheck {
    /// All that was frozen came back as it was.
    Match,
    /// Something is missing or differs.
    Mismatch,
}

/// Which analyses have to be clear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequiredAnalyses {
    /// Signs of coercion.
    pub video: bool,
    /// Pictures made by a machine.
    pub deepfake: bool,
}

/// Decides about a transfer. The one way to `Authorise`: the session is complete and for this transfer, a living person was there,
/// said yes and entered the code, no analysis is alarming or under way, and those that are required are clear.
///
/// Sessions that go on decide nothing, unless somebody was seen through. Of those that ended the worst is looked for first: whoever
/// said no or was seen through is not offered another try because the session broke off later.
#[must_use]
pub fn decide_face(report: &FaceReport, required: RequiredAnalyses) -> FaceDecision {
    let seen_through =
        report.liveness == Liveness::Deepfake || [report.video, report.deepfake].contains(&Analysis::Suspicious);
    let complete = match report.status {
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) if seen_through => {
            return FaceDecision::Block(BlockReason::NotVerified);
        }
        SessionStatus::Created | SessionStatus::InProgress | SessionStatus::Other(_) => {
            return FaceDecision::Pending(PendingOn::Customer);
        }
        SessionStatus::Complete => true,
        SessionStatus::Incomplete => false,
    };
    // What is missing was never said: the customer left, or FaceSign lost it.
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
    // One that is under way was switched on by somebody: it is waited for like those that we ask for.
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
