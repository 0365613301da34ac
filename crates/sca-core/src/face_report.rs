//! The report of a face session, in the terms of the decision. The provider's adapter translates it.

use super::LinkCheck;

/// The report of a face session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceReport {
    /// The session's state.
    pub status: SessionStatus,
    /// Whether the customer entered the session.
    pub started: bool,
    /// Whether the session's data matches the transfer (dynamic linking).
    pub link_check: LinkCheck,
    /// The liveness detection.
    pub liveness: Liveness,
    /// The customer's answer when the transfer was read out.
    pub confirmation: FaceConfirmation,
    /// The result of the one-time code.
    pub code: CodeResult,
    /// The video analysis: signs of coercion.
    pub video: Analysis,
    /// The deepfake analysis (presentation attack detection, ISO/IEC 30107).
    pub deepfake: Analysis,
}

/// The status of a session. Only `Complete` and `Incomplete` are final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// The customer has not entered it.
    Created,
    /// The customer is in it.
    InProgress,
    /// The flow reached its end. The other parts of the report give the result.
    Complete,
    /// It ended before the end of the flow.
    Incomplete,
    /// An unknown name of the provider's.
    Other(Box<str>),
}

/// The result of the liveness detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Not reported: the session did not reach it.
    Missing,
    /// A live person.
    Detected,
    /// A presentation attack or deepfake.
    Deepfake,
    /// No face.
    NoFace,
    /// No verdict.
    Inconclusive,
    /// An unknown name of the provider's.
    Other(Box<str>),
}

/// The customer's answer about the transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceConfirmation {
    /// Not reported: the session did not reach it.
    Missing,
    /// The customer confirmed it.
    Confirmed,
    /// The customer denied it.
    Denied,
    /// The customer gave no clear answer.
    Stalled,
    /// An unknown name of the provider's.
    Other(Box<str>),
}

/// The result of the one-time code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeResult {
    /// Not reported: the session did not reach it.
    Missing,
    /// It was correct.
    Verified,
    /// It could not be sent.
    NotDelivered,
    /// It was wrong, or not entered.
    Failed,
    /// The customer cancelled.
    Cancelled,
    /// The provider failed.
    Error,
    /// An unknown name of the provider's.
    Other(Box<str>),
}

/// The result of an analysis, which runs after the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analysis {
    /// Not reported, or an unknown status.
    NotReported,
    /// In progress.
    Pending,
    /// No fraud signal.
    Clear,
    /// A fraud signal.
    Suspicious,
    /// Ended without a result.
    Failed,
}
