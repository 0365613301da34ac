//! What a face session showed, in the words of the decision. A provider's adapter fills it in.

use super::LinkCheck;

/// The report of a face session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceReport {
    /// The session's state.
    pub status: SessionStatus,
    /// Whether the customer has ever been in the session.
    pub started: bool,
    /// Whether the session is for the transfer that is to be decided (dynamic linking).
    pub link_check: LinkCheck,
    /// Whether a living person was in front of the camera.
    pub liveness: Liveness,
    /// What the customer answered when the transfer was read out.
    pub confirmation: FaceConfirmation,
    /// The result of the one-time code.
    pub code: CodeResult,
    /// The video analysis: signs of coercion, mostly.
    pub video: Analysis,
    /// The presentation attack analysis (ISO/IEC 30107): whether the picture is a deepfake.
    pub deepfake: Analysis,
}

/// Where a session stands. Only `Complete` and `Incomplete` are ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStatus {
    /// Nobody has opened it.
    Created,
    /// Somebody is in it.
    InProgress,
    /// An end node was reached. Which way, the reports say.
    Complete,
    /// It ended elsewhere.
    Incomplete,
    /// Something else.
    Other(Box<str>),
}

/// What the look at a person gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It did not come to it.
    Missing,
    /// A living person.
    Detected,
    /// A picture that was made.
    Deepfake,
    /// Nobody.
    NoFace,
    /// No verdict.
    Inconclusive,
    /// Something else.
    Other(Box<str>),
}

/// What the customer said to the transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceConfirmation {
    /// It did not come to it.
    Missing,
    /// Yes.
    Confirmed,
    /// No.
    Denied,
    /// Nothing clear.
    Stalled,
    /// Something else.
    Other(Box<str>),
}

/// What became of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeResult {
    /// It did not come to it.
    Missing,
    /// It was right.
    Verified,
    /// It could not be sent.
    NotDelivered,
    /// It was wrong.
    Failed,
    /// The customer stopped.
    Cancelled,
    /// FaceSign failed.
    Error,
    /// Something else.
    Other(Box<str>),
}

/// What an analysis gave that runs after the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analysis {
    /// Nothing is said about it, or nothing that we know.
    NotReported,
    /// It is under way.
    Pending,
    /// It found nothing.
    Clear,
    /// It found what it looks for.
    Suspicious,
    /// It ended without a result.
    Failed,
}
