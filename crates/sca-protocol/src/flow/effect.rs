//! The effects of a flow: what the driver has to do.

use crate::{Factor, HostedChallenges, Origin, Outcome, PageFactors, Timestamp, entry::Digits};

/// The number of one call. The flow drops an answer with another number than it waits for: that call was superseded or abandoned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u32);

/// What the screen shows while the customer acts. It goes with the call, which counts for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnScreen {
    /// The version of the snapshot.
    pub version: u64,
    /// All that the screen shows of the action, with the approval's id ([`shown_text`](crate::api::shown_text)).
    pub text: String,
}

/// A verification attempt with this browser's fingerprint.
#[derive(Debug)]
pub struct DeviceSubmission {
    /// The call's number.
    pub attempt: Attempt,
    /// The challenge's id.
    pub challenge_id: String,
    /// The name under which this browser keeps the customer's key, if it keeps one.
    pub browser_key: String,
    /// Only a build with the factor has such an effect.
    pub here: PageFactors,
}

/// A verification attempt with a scan of the customer's face.
#[derive(Debug)]
pub struct FaceSubmission {
    /// The call's number.
    pub attempt: Attempt,
    /// The challenge's id.
    pub challenge_id: String,
    /// Only a build with the factor has such an effect.
    pub here: PageFactors,
}

/// Something for the driver to do. It never blocks the flow: the result returns as an event.
#[derive(Debug)]
pub enum Effect {
    /// Read the approval.
    ReadApproval(Attempt),
    /// Listen for changes of the approval until [`StopListening`](Self::StopListening). One stream at a time.
    Listen,
    /// Stop listening.
    StopListening,
    /// Ask the backend to have a code or a request to the phone sent, or to open a session.
    StartFactor {
        /// The call's number.
        attempt: Attempt,
        /// The challenge's id.
        challenge_id: String,
        /// The factor.
        factor: Factor,
    },
    /// Encrypt a PIN to the provider's key and submit it. If the provider could not decrypt it, fetch the key again and
    /// submit once more.
    SubmitPin {
        /// The call's number.
        attempt: Attempt,
        /// The challenge's id.
        challenge_id: String,
        /// The PIN.
        pin: Digits,
    },
    /// Encrypt the fingerprint of this browser to the provider's key and submit it, like a PIN.
    SubmitDevice(DeviceSubmission),
    /// Have the host's SDK scan the customer's face. When it has, report [`FaceScanned`](super::Event::FaceScanned) and submit the scan.
    SubmitFace(FaceSubmission),
    /// Submit a code.
    SubmitCode {
        /// The call's number.
        attempt: Attempt,
        /// The challenge's id.
        challenge_id: String,
        /// How the code was sent.
        factor: Factor,
        /// The code.
        code: Digits,
    },
    /// Query the camera's permission and presence, without asking the customer for it.
    QueryCameraPermission {
        /// The origin of the frame that needs it.
        origin: Origin,
        /// Only a build that shows hosted challenges has such an effect.
        here: HostedChallenges,
    },
    /// Cancel the approval at the backend.
    CancelApproval(Attempt),
    /// Decline the approval at the backend, because the customer says that the action is not theirs.
    DenyApproval(Attempt),
    /// Stop waiting for a call's answer.
    Abandon(Attempt),
    /// Wait until a point in time; browser clock. A new wait replaces an earlier one of the same timer.
    Wait(Timer, Timestamp),
    /// Report the outcome to the page. The last effect, once.
    Settle(Outcome),
}

/// Which wait is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The end of the approval.
    Expiry,
    /// The next poll of the backend.
    Poll,
    /// The deadline of the frame's page to load; after that, the end of its session.
    Frame,
    /// The end of the request on the phone.
    Request,
}
