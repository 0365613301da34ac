//! What can happen to a flow.

use super::{
    camera::Camera,
    effect::{Attempt, Timer},
};
use crate::{Approval, Factor, api::Verified, entry::Digits};

/// What happened: something the customer did, an answer to an effect, or a change in the world around.
#[derive(Debug)]
pub enum Event {
    /// The widget has appeared.
    Opened,

    // The customer
    /// Chose how to take the challenge, or what to do in place of waiting for the phone.
    FactorChosen(Factor),
    /// Wants to take the challenge another way.
    OtherFactorWanted,
    /// Entered all digits of a PIN.
    PinEntered(Digits),
    /// Entered all digits of a code.
    CodeEntered(Digits),
    /// Wants another code sent the same way.
    ResendWanted,
    /// Wants to show the face, here.
    FrameWanted,
    /// Wants to show it in another tab, or has taken the link there.
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
    /// The camera was looked at.
    CameraPermissionChanged(Camera),
    /// Something has loaded in the frame; it may be an error page.
    FrameLoaded,
    /// The frame says that the customer is done. A hint that anybody may have sent: it leads to a look at the backend and to
    /// nothing else.
    FrameFinished,
    /// The page around has taken the frame away.
    FrameLost,

    // The world
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
    /// It may have been carried out: the connection broke, the time was up, or the answer could not be read.
    OutcomeUnknown,
    /// The server refused it for now; nothing was carried out.
    NotYet {
        /// In how many milliseconds to try again.
        retry_after: u64,
    },
    /// The server refused it as things stand: the approval has moved on.
    OutOfDate,
    /// The answer told of another approval, or of another action: it was refused.
    OtherApproval,
    /// The server refused it since the customer was shown something else than what is approved. Nothing was carried out.
    ShownMismatch,
    /// The client secret names nothing, or nothing any more.
    AccessEnded,
    /// The customer's session with the provider has ended.
    SessionEnded,
    /// The browser or the provider's key does not allow encryption. Trying again does not help.
    CannotEncrypt,
}
