//! What can happen to an enrolment's flow.

use super::{Attempt, Failure, NoScan, browser_key::BrowserKey, effect::Timer, state::Question};
use crate::{
    PlainText,
    enrolment_api::{Enrolled, Enrolment, Hidden},
    entry::Digits,
};

/// What happened: an action of the customer, the result of an effect, or a change in the environment.
#[derive(Debug)]
pub enum Event {
    /// The widget has appeared.
    Opened,

    // The customer
    /// Wants to set, change or remove a factor.
    QuestionWanted(Question),
    /// Wants to return to the overview.
    BackWanted,
    /// Entered a new PIN twice.
    PinChosen {
        /// The PIN.
        pin: Digits,
        /// The same again.
        again: Digits,
    },
    /// Named this device, and wants it enrolled.
    DeviceNamed(PlainText),
    /// Entered a phone number and picked its country (ISO 3166-1 alpha-2).
    NumberEntered {
        /// The number as it was typed.
        number: Hidden,
        /// The country.
        country: String,
    },
    /// Entered the code that was sent to the number.
    CodeEntered(Hidden),
    /// Wants another code for the same number.
    NewCodeWanted,
    /// Wants their face scanned.
    ScanWanted,
    /// Confirmed the removal that the screen asks about.
    RemovalConfirmed,
    /// Wants to try again after the server could not be reached.
    RetryWanted,
    /// Is done.
    DoneWanted,

    // Results of effects, with the number of their attempt
    /// The enrolment was read.
    EnrolmentRead(Attempt, Enrolment),
    /// The enrolment could not be read.
    ReadFailed(Attempt, Failure),
    /// The provider has answered a call.
    Answered(Attempt, Enrolled),
    /// A call has no usable answer, as far as the driver knows.
    CallFailed(Attempt, Failure),
    /// This browser cannot make or use a key. Nothing was sent.
    KeyRefused(Attempt),
    /// The host's SDK has scanned the customer's face, and the scan is being submitted.
    FaceScanned(Attempt),
    /// There is no scan of the customer's face. Nothing was submitted.
    FaceNotScanned(Attempt, NoScan),
    /// The key that this browser keeps was looked up.
    KeyLookedUp(BrowserKey),
    /// The backend has answered the end, or cannot be reached: the enrolment ends by itself then.
    Ended(Attempt),

    // The environment
    /// A wait is over.
    WaitOver(Timer),
    /// The page is visible or online again, after it may have been suspended.
    Resumed,
}
