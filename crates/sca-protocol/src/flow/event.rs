//! What can happen to a flow.

use super::{
    camera::Camera,
    effect::{Attempt, Timer},
};
use crate::{Approval, Factor, api::Verified, entry::Digits};

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
    /// Wants the provider's page in a frame here.
    FrameWanted,
    /// Wants the provider's page in another tab, or has followed the link to it.
    TabWanted,
    /// Wants to try again after the server could not be reached.
    RetryWanted,
    /// Wants to stop.
    CancelWanted,

    // Answers to effects, by the number of the attempt they belong to
    /// The approval was read.
    ApprovalRead(Attempt, Approval),
    /// The approval could not be read.
    ReadFailed(Attempt, Failure),
    /// A code or a request was sent, or a session opened.
    Started(Attempt, Approval),
    /// Neither was done, as far as one can tell.
    StartFailed(Attempt, Failure),
    /// The entry was judged.
    Verified(Attempt, Verified),
    /// The entry was not judged, as far as one can tell.
    VerifyFailed(Attempt, Failure),
    /// The backend took note that the customer stopped.
    Cancelled(Attempt, Approval),
    /// It could not be told.
    CancelFailed(Attempt, Failure),

    // The frame and the camera
    /// What is known about the camera has changed.
    CameraPermissionChanged(Camera),
    /// Something has loaded in the frame; it may be an error page.
    FrameLoaded,
    /// The frame says that the customer is done. A hint that anybody may have sent: it leads to one poll of the backend
    /// and to nothing else.
    FrameFinished,
    /// The page around has taken the frame away.
    FrameLost,

    // The environment
    /// The backend told of a change.
    ApprovalChanged(Approval),
    /// The stream of changes has ended or could not be opened.
    ListeningEnded,
    /// A wait is over.
    WaitOver(Timer),
    /// The page is in view or connected again, after it may have slept.
    Resumed,
}

/// Why a call brought no answer that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// It never left the browser: nothing has happened on the server.
    NotSent,
    /// It may have been executed: the connection broke, the time was up, or the answer could not be read.
    OutcomeUnknown,
    /// The server refused it for now; nothing was executed.
    NotYet {
        /// In how many milliseconds to try again.
        retry_after: u64,
    },
    /// The server refused it as things stand: the approval has moved on.
    OutOfDate,
    /// The answer told of another approval, or of another action: it was refused.
    OtherApproval,
    /// The server refused it since the customer was shown something else than what is approved. Nothing was executed.
    ShownMismatch,
    /// The client secret names nothing, or nothing any more.
    AccessEnded,
    /// The customer's session with the provider has ended.
    SessionEnded,
    /// The browser or the provider's key does not allow encryption. Trying again does not help.
    CannotEncrypt,
}
