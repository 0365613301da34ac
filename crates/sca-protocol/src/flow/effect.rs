//! What a flow wants done.

use crate::{Factor, Origin, Outcome, Timestamp, entry::Digits};

/// The number of one call. An answer that carries a number other than the one waited for belongs to a call that was
/// superseded or given up, and is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u32);

/// What is on the screen while the customer acts. It goes with the call, so that what they do counts for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnScreen {
    /// The version of the snapshot.
    pub version: u64,
    /// All that is shown of what is approved, and for which approval ([`shown_text`](crate::api::shown_text)).
    pub text: String,
}

/// Something to do. Performing an effect never blocks the flow: what comes of it returns as an event.
#[derive(Debug)]
pub enum Effect {
    /// Read the approval.
    ReadApproval(Attempt),
    /// Listen for changes of the approval until told to stop. One stream at a time.
    Listen,
    /// Stop listening.
    StopListening,
    /// Have a code or a request to the phone sent, or a session opened.
    StartFactor {
        /// The call's number.
        attempt: Attempt,
        /// The challenge's id.
        challenge_id: String,
        /// The factor.
        factor: Factor,
    },
    /// Encrypt a PIN to the provider's key and hand it in. When the provider could not decrypt, fetch the key again and
    /// do so once more.
    SubmitPin {
        /// The call's number.
        attempt: Attempt,
        /// The challenge's id.
        challenge_id: String,
        /// The PIN.
        pin: Digits,
    },
    /// Hand in a code.
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
        /// Whose frame it is for.
        origin: Origin,
    },
    /// Tell the backend that the customer stopped.
    CancelApproval(Attempt),
    /// Stop waiting for a call's answer.
    Abandon(Attempt),
    /// Wait until a point in time; browser clock. A new wait with the same timer takes the place of the old one.
    Wait(Timer, Timestamp),
    /// Tell the page how it ended. Comes once, and nothing comes after it.
    Settle(Outcome),
}

/// Which wait is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The end of the approval.
    Expiry,
    /// The next poll of the backend.
    Poll,
    /// Something should have loaded in the frame by then; after that, the end of its session.
    Frame,
    /// The request on the phone is over by then.
    Request,
}
