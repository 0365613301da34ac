//! What can happen to a flow.

use super::{
    camera::Camera,
    effect::{Attempt, Timer},
};
use crate::{Approval, Factor, PageFactors, api::Verified, entry::Digits};

/// What happened: an action of the customer, the result of an effect, or a change in the environment.
#[derive(Debug)]
pub enum Event {
    /// The widget has appeared.
    Opened,

    // The customer
    /// Chose a factor, or a code instead of waiting for the phone.
    FactorChosen(Factor),
    /// Wants to use another factor.
    OtherFactorWanted,
    /// Entered all digits of a PIN.
    PinEntered(Digits),
    /// Entered all digits of a code.
    CodeEntered(Digits),
    /// Wants another code sent the same way.
    ResendWanted,
    /// Wants the provider's page in a frame on this page.
    FrameWanted,
    /// Wants the provider's page in another tab, or has followed the link to it.
    TabWanted,
    /// Wants to try again after the server could not be reached.
    RetryWanted,
    /// Wants to stop.
    CancelWanted,
    /// Says that the action is not theirs.
    DenyWanted,

    // Results of effects, with the number of their attempt
    /// The approval was read.
    ApprovalRead(Attempt, Approval),
    /// The approval could not be read.
    ReadFailed(Attempt, Failure),
    /// The provider sent a code or a request, or the backend opened a session.
    Started(Attempt, Approval),
    /// The start failed, as far as the driver knows.
    StartFailed(Attempt, Failure),
    /// The provider verified the PIN or code.
    Verified(Attempt, Verified),
    /// The provider did not judge the PIN or code, as far as the driver knows.
    VerifyFailed(Attempt, Failure),
    /// This browser keeps no key of the customer, so no fingerprint was submitted.
    DeviceKeyMissing(Attempt, PageFactors),
    /// The host's SDK has scanned the customer's face, and the scan is being submitted.
    FaceScanned(Attempt, PageFactors),
    /// There is no scan of the customer's face, so nothing was submitted.
    FaceNotScanned(Attempt, NoScan, PageFactors),
    /// The backend has answered the cancellation or denial.
    Cancelled(Attempt, Approval),
    /// The cancellation or denial failed.
    CancelFailed(Attempt, Failure),

    // The frame and the camera
    /// What is known about the camera has changed.
    CameraPermissionChanged(Camera),
    /// Something has loaded in the frame; it may be an error page.
    FrameLoaded,
    /// The frame reports that the customer is done. It is a hint that any script may forge: it causes one poll of the backend
    /// and nothing else.
    FrameFinished,
    /// The surrounding page has removed the frame.
    FrameLost,

    // The environment
    /// The backend sent a new snapshot.
    ApprovalChanged(Approval),
    /// The stream of changes has ended or could not be opened.
    ListeningEnded,
    /// A wait is over.
    WaitOver(Timer),
    /// The page is visible or online again, after it may have been suspended.
    Resumed,
}

/// Why there is no scan of the customer's face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoScan {
    /// The customer has ended the capture.
    Cancelled,
    /// The host's SDK could not capture the face.
    Failed,
}

/// Why a call brought no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// It never left the browser: nothing has happened on the server.
    NotSent,
    /// It may have been executed: the connection broke, the call timed out, or the answer could not be read.
    OutcomeUnknown,
    /// The server refused it for now; nothing was executed.
    NotYet {
        /// How long to wait before a retry, in milliseconds.
        retry_after: u64,
    },
    /// The server refused it, since the approval has changed.
    OutOfDate,
    /// The answer was about another approval or another action, and was refused.
    OtherApproval,
    /// The server refused it, since the customer was shown something else than is being approved. Nothing was executed.
    ShownMismatch,
    /// The client secret is invalid, or no longer valid.
    AccessEnded,
    /// The customer's session with the provider has ended.
    SessionEnded,
    /// The browser or the provider's key does not allow encryption. Trying again does not help.
    CannotEncrypt,
}
