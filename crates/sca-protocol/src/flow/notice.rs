//! What a screen has to say besides what it asks.

use crate::{Factor, Timestamp};

/// Something to tell the customer, in text and by a screen reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The entry was wrong. With the number of entries left, where the backend told it; at one the customer is warned.
    Wrong {
        /// How many are left.
        attempts_left: Option<u8>,
    },
    /// The code is too old, or another was sent since.
    CodeExpired,
    /// The factor is blocked by the provider for a while.
    Blocked(Factor),
    /// The customer has not set the factor up.
    NotSetUp(Factor),
    /// The code or request could not be sent, or the session not opened.
    NotDelivered(Factor),
    /// The request on the phone was not answered in time.
    RequestExpired,
    /// Another code is on its way, and earlier ones no longer work.
    Sent(Factor),
    /// The connection broke and the entry did not arrive; nothing was lost.
    NotReceived,
    /// The frame said that the customer is done, or they said so by leaving it, and the session is still open: they can go
    /// on where they were.
    NotFinished,
    /// The page around took the frame away. The session is still open.
    FrameLost,
    /// The backend names a page at an origin that is not on the list: it is not shown.
    FrameNotAllowed,
    /// The server asks to wait until then; browser clock.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// This browser cannot encrypt, or the key it was given is not safe to use.
    CannotEncrypt,
    /// What was answered, again and again, was about another approval: it was refused.
    OtherApproval,
}
