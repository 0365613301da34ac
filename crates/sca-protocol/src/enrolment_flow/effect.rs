//! The effects of an enrolment's flow: what the driver has to do.

use super::{
    Attempt,
    state::{EnrolmentEnd, NumberPurpose, PinPurpose},
};
use crate::{PlainText, Timestamp, enrolment_api::Hidden, entry::Digits};

/// Something for the driver to do. It never blocks the flow: the result returns as an event.
#[derive(Debug)]
pub enum Effect {
    /// Read the enrolment.
    ReadEnrolment(Attempt),
    /// Look up the key that this browser keeps under that name, without making one.
    LookUpKey(String),
    /// Encrypt a PIN to the provider's key and submit it. If the provider could not decrypt it, fetch the key again and submit once more.
    SubmitPin {
        /// The call's number.
        attempt: Attempt,
        /// Whether it is the first PIN or replaces one.
        purpose: PinPurpose,
        /// The PIN.
        pin: Digits,
    },
    /// Have the provider remove the PIN.
    RemovePin(Attempt),
    /// Make a key if this browser keeps none, derive the device fingerprint from it, encrypt that as a PIN, and submit it.
    EnrolDevice {
        /// The call's number.
        attempt: Attempt,
        /// The name of the browser's key.
        key: String,
        /// The name that the customer will know the device by.
        name: PlainText,
    },
    /// Have the provider remove a device. If it is this browser's, and the provider no longer has it, remove the key as well.
    RemoveDevice {
        /// The call's number.
        attempt: Attempt,
        /// The provider's id of the device.
        device: String,
        /// The name of the browser's key, if the device is this browser.
        key: Option<String>,
    },
    /// Have the partner send a code to a phone number, and keep the number until the code was submitted or another number is entered.
    SendCode {
        /// The call's number.
        attempt: Attempt,
        /// The number as it was typed.
        number: Hidden,
        /// Its country.
        country: String,
    },
    /// Have the partner send another code to the number that is kept.
    SendCodeAgain(Attempt),
    /// Submit a code for the number that is kept.
    SubmitCode {
        /// The call's number.
        attempt: Attempt,
        /// Whether it is the first number or replaces one.
        purpose: NumberPurpose,
        /// The code.
        code: Hidden,
    },
    /// Have the provider remove the phone number.
    RemovePhone(Attempt),
    /// Have the host's SDK scan the customer's face. When it has, report [`FaceScanned`](super::Event::FaceScanned) and submit the scan.
    EnrolFace(Attempt),
    /// Stop the scan of the customer's face.
    AbandonScan,
    /// Have the provider remove the face.
    RemoveFace(Attempt),
    /// End the enrolment at the backend.
    EndEnrolment(Attempt),
    /// Wait until a point in time; browser clock. A new wait replaces an earlier one of the same timer.
    Wait(Timer, Timestamp),
    /// Report the end to the page. The last effect, once.
    Settle(EnrolmentEnd),
}

/// Which wait is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// The end of the enrolment.
    Expiry,
    /// The next read, after one that failed.
    Retry,
}
