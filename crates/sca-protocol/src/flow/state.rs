//! The state of a flow.

use super::{
    camera::Camera,
    effect::{Attempt, OnScreen},
    notice::Notice,
};
use crate::{
    Action, Approval, FaceSession as HostedSession, Factor, HostedChallenges, Origin, Outcome, PageFactors, Reason,
    SessionUrl, Timestamp, api::shown_text,
};

/// One widget's flow. Holds no PIN or code: digits pass through in an event and leave in an effect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    pub(super) phase: Phase,
    /// The approval that the client secret is for. A snapshot of any other is refused.
    pub(super) id: String,
    /// Where frames may come from.
    pub(super) frame_origins: Vec<Origin>,
    /// What is known about the camera.
    pub(super) camera: Camera,
    /// Whether this browser could not prove to be a device of the customer.
    pub(super) device_failed: Option<PageFactors>,
    /// Whether the host can scan a face.
    pub(super) face_capture: Option<PageFactors>,
    /// The newest snapshot.
    pub(super) approval: Option<Approval>,
    /// What is approved, as it was first shown. It never changes: the flow refuses a snapshot with another action. The last screen
    /// still shows it, though a settled snapshot no longer has it.
    pub(super) action: Option<Action>,
    /// Browser time minus server time, in milliseconds.
    pub(super) clock_offset: i64,
    pub(super) notice: Option<Notice>,
    /// The end of the server's `Retry-After`; browser clock.
    pub(super) not_before: Option<Timestamp>,
    /// Until when it sends no other code. The last one can be entered meanwhile.
    pub(super) no_code_before: Option<Timestamp>,
    /// The number of the last call.
    pub(super) last_attempt: Attempt,
    /// A poll that is in progress, whatever the phase.
    pub(super) poll: Option<Poll>,
    /// Whether the stream of changes is open, as far as the flow knows.
    pub(super) listening: bool,
    /// How many polls in a row brought no change; the next pause is longer.
    pub(super) idle_polls: u8,
}

/// A poll of the approval that is in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Poll {
    pub(super) attempt: Attempt,
    /// Whether it began after `expires_at`, so that its answer tells whether the approval has expired.
    pub(super) at_end: bool,
}

/// How the customer stops the approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stop {
    /// The customer cancels it.
    Cancel,
    /// The customer says that the action is not theirs.
    Deny,
}

impl Stop {
    /// How the approval ends by it, as far as the flow can tell without the backend's answer.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Cancel => Outcome::Cancelled,
            Self::Deny => Outcome::Declined(Some(Reason::Denied)),
        }
    }
}

/// What the flow is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Not opened yet.
    New,
    /// The first read.
    Opening { failures: u8 },
    /// The customer is asked which factor to use.
    Choosing { challenge_id: String },
    /// A code or a request is being sent, or a session opened.
    Starting {
        attempt: Attempt,
        challenge_id: String,
        factor: Factor,
        purpose: StartPurpose,
    },
    /// The customer is asked for digits.
    Entering { challenge_id: String, factor: Factor },
    /// The flow waits for the answer to the request on the customer's phone.
    Waiting { challenge_id: String, factor: Factor },
    /// The customer is at a hosted challenge.
    Hosted {
        challenge_id: String,
        factor: Factor,
        stage: HostedPhase,
        here: HostedChallenges,
    },
    /// The host's SDK scans the customer's face. Nothing has been submitted yet.
    Scanning {
        attempt: Attempt,
        challenge_id: String,
        here: PageFactors,
    },
    /// A PIN, a code, a fingerprint or a scan is being submitted.
    Submitting {
        attempt: Attempt,
        challenge_id: String,
        factor: Factor,
    },
    /// The outcome of a call is not known: the flow polls the backend before it repeats anything.
    Checking { pending: PendingCheck, failures: u8 },
    /// All challenges are cleared and the backend has not settled the approval yet.
    Settling,
    /// Several calls in a row did not reach the server; the customer is asked whether to retry.
    Unreachable,
    /// None of the challenge's factors can be used here.
    CannotBeDoneHere { challenge_id: String },
    /// The approval is being cancelled at the backend.
    Cancelling { attempt: Attempt, refusals: u8, stop: Stop },
    /// It is over.
    Done(Outcome),
}

/// The purpose of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum StartPurpose {
    /// The first code, or a request to the phone.
    First,
    /// Another code, which replaces the last one.
    Another,
    /// A session to show in the frame.
    Frame(HostedChallenges),
    /// A session to open in another tab.
    OtherTab(HostedChallenges),
}

/// The stage of a hosted challenge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum HostedPhase {
    /// It is explained to the customer; nothing is open.
    Explaining,
    /// The session's page is in the frame.
    Shown { session: HostedSession, loading: Loading },
    /// The session's page is in another tab.
    Elsewhere { url: SessionUrl },
}

/// Whether anything has loaded in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Loading {
    /// Not yet. With the deadline; browser clock.
    UnderWay {
        late_at: Timestamp,
    },
    Late,
    Done,
}

/// The call whose outcome is being checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum PendingCheck {
    /// A verification attempt.
    Submit { challenge_id: String, factor: Factor },
    /// A start: of a code, a request or a session.
    Start {
        challenge_id: String,
        factor: Factor,
        purpose: StartPurpose,
    },
    /// A session that the frame reports as over; browser clock.
    Frame {
        challenge_id: String,
        factor: Factor,
        check_until: Timestamp,
        here: HostedChallenges,
    },
    /// A cancellation that may have come too late. `refusals` counts how often the backend has refused it: the provider is then
    /// judging an earlier PIN or code, and the flow no longer reports `cancelled` by itself.
    Cancel { refusals: u8, stop: Stop },
}

impl Flow {
    /// A flow for the approval of this id that waits for [`Event::Opened`](super::Event::Opened) and shows frames from these
    /// origins alone.
    #[must_use]
    pub fn new(id: String, frame_origins: Vec<Origin>) -> Self {
        Self {
            phase: Phase::New,
            id,
            frame_origins,
            camera: Camera::Unknown,
            device_failed: None,
            face_capture: None,
            approval: None,
            action: None,
            clock_offset: 0,
            notice: None,
            not_before: None,
            no_code_before: None,
            last_attempt: Attempt(0),
            poll: None,
            listening: false,
            idle_polls: 0,
        }
    }

    /// Whether the flow is over.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Done(_))
    }

    /// Whether the customer has cancelled and the backend has not answered yet.
    pub(super) fn is_stopping(&self) -> bool {
        matches!(
            self.phase,
            Phase::Cancelling { .. }
                | Phase::Checking {
                    pending: PendingCheck::Cancel { .. },
                    ..
                }
        )
    }

    /// The approval's id, once the backend has sent a snapshot.
    #[must_use]
    pub fn approval_id(&self) -> Option<&str> {
        self.approval.as_ref().map(|approval| approval.id.as_str())
    }

    /// Whether a snapshot is of another approval, or has another action than was shown.
    #[inline(never)]
    pub(super) fn is_foreign(&self, approval: &Approval) -> bool {
        let text = |action: &Action| shown_text(&self.id, action);
        let actions = self.action.as_ref().zip(approval.action.as_ref());
        approval.id != self.id || actions.is_some_and(|(shown, received)| text(shown) != text(received))
    }

    /// What the screen shows of the action, while the customer can start or submit a factor: goes with each such call.
    #[must_use]
    #[inline(never)]
    pub fn on_screen(&self) -> Option<OnScreen> {
        let approval = self.approval.as_ref()?;
        Some(OnScreen {
            version: approval.version,
            text: shown_text(&self.id, approval.action.as_ref()?),
        })
    }

    /// When the approval ends; browser clock.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.approval.as_ref().map(|approval| self.local(approval.expires_at))
    }

    /// A server time on the browser's clock.
    pub(super) fn local(&self, server: Timestamp) -> Timestamp {
        Timestamp(server.0.saturating_add_signed(self.clock_offset))
    }
}
