//! Notices: messages on a screen besides its question.

use crate::{Factor, PageFactors, Timestamp, factor::Handling};

/// A message to the customer, shown as text and announced by a screen reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The PIN or code was wrong. At one attempt left the widget warns the customer.
    Wrong {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
    },
    /// The code has expired, or a newer one has been sent.
    CodeExpired,
    /// The provider has blocked the factor for a while.
    Blocked(Factor),
    /// The customer has not set the factor up.
    NotSetUp(Factor),
    /// The code or request could not be sent, or the session could not be opened.
    NotDelivered(Factor),
    /// The request on the phone was not answered in time.
    RequestExpired,
    /// Another code is on its way, and earlier ones no longer work.
    Sent(Factor),
    /// The PIN or code did not get through to the provider, so it could not count.
    NotReceived,
    /// What was submitted brought no answer. The provider may have counted it as an attempt.
    NoAnswer,
    /// The frame reported that the customer is done, or the customer left it, but the session is still open: they can
    /// continue.
    NotFinished,
    /// The surrounding page removed the frame. The session is still open.
    FrameLost,
    /// The origin of the provider's page is not on the list, so the widget does not show the page.
    FrameNotAllowed,
    /// The server asks to wait until then; browser clock.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// This browser cannot encrypt, or the key it was given is not safe to use.
    CannotEncrypt,
    /// This browser cannot prove to be a device of the customer.
    Device(DeviceNotice),
    /// A scan of the customer's face did not clear the challenge.
    FaceScan(FaceNotice),
    /// Repeated answers were about another approval and were refused.
    OtherApproval,
}

/// Why this browser cannot prove to be a device of the customer. It is not offered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceNotice {
    /// It keeps no key of the customer, for instance since the site's data was deleted. No attempt was used.
    KeyMissing(PageFactors),
    /// The provider did not recognise its fingerprint.
    NotRecognised {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
        /// Only a build with the factor has such a notice.
        here: PageFactors,
    },
}

/// Why a scan of the customer's face did not clear the challenge. Another one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaceNotice {
    /// The host's SDK made none. No attempt was used.
    NotScanned(PageFactors),
    /// It shows no living person, or not the customer.
    NotRecognised {
        /// How many attempts are left, if the backend says.
        attempts_left: Option<u8>,
        /// Only a build with the factor has such a notice.
        here: PageFactors,
    },
}

impl Notice {
    /// What was to be submitted did not arrive. Only a customer who entered something is asked to enter it again.
    pub(super) fn not_received(factor: &Factor) -> Self {
        match factor.handling() {
            Handling::Device(_) | Handling::FaceScan(_) => Self::NotDelivered(factor.clone()),
            Handling::Secret | Handling::Code | Handling::Frame(_) | Handling::Phone | Handling::Unsupported => {
                Self::NotReceived
            }
        }
    }

    /// What was to be submitted could not be encrypted.
    pub(super) fn cannot_encrypt(factor: &Factor) -> Self {
        match factor.handling() {
            Handling::Device(_) | Handling::FaceScan(_) => Self::NotDelivered(factor.clone()),
            Handling::Secret | Handling::Code | Handling::Frame(_) | Handling::Phone | Handling::Unsupported => {
                Self::CannotEncrypt
            }
        }
    }
}
