//! Notices: messages on a screen besides its question.

use super::state::Change;
use crate::Timestamp;

/// What is wrong with a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberFlaw {
    /// It is no number of the country at which a person can be reached.
    Invalid,
    /// It has too few digits.
    TooShort,
    /// It has too many digits.
    TooLong,
    /// It begins with the calling code of another country.
    OtherCountry,
    /// The partner cannot send a code to it.
    Unreachable,
}

/// A message to the customer, shown as text and announced by a screen reader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// The provider has made the change.
    Changed(Change),
    /// Nothing has changed: the customer has a PIN, or this device is enrolled.
    AlreadyEnrolled(Change),
    /// Nothing has changed: the customer did not have it.
    NotEnrolled(Change),
    /// Nothing has changed: one of the devices has to be removed first.
    LimitReached,
    /// Nothing has changed: the provider rejected it.
    Rejected(Change),
    /// The old PIN or number is removed and the new one is not set: the customer has none.
    ReplacementFailed(Change),
    /// The old PIN or number is removed. Whether the new one is set is not known.
    ReplacementUnknown(Change),
    /// The new phone number is registered. Whether the old one is removed is not known.
    OldNumberUnknown,
    /// Nothing was sent: something is wrong with the phone number.
    Number(NumberFlaw),
    /// Nothing has changed: another customer of the provider has this phone number.
    NumberRepeated,
    /// A code is on its way.
    CodeSent,
    /// The code is wrong.
    CodeWrong,
    /// No code for this number can be entered any more. A new one can be requested.
    CodeExpired,
    /// No further code is sent in this enrolment.
    CodeLimitReached,
    /// The answer was lost: whether a code was sent is not known.
    CodeUnknown,
    /// The answer was lost: whether the provider has made the change is not known.
    OutcomeUnknown(Change),
    /// Nothing has changed: the call did not leave this browser.
    NotSent,
    /// Nothing has changed, since something else has, for instance in another tab. The overview is new.
    ChangedElsewhere,
    /// The two PINs differ.
    PinsDiffer,
    /// The PIN is easy to guess, and the partner does not accept such a PIN.
    WeakPin,
    /// The server asks to wait until then; browser clock.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// This browser cannot encrypt, or the key it was given is not safe to use. Nothing has changed.
    CannotEncrypt,
    /// This browser does not let us keep a key. Nothing has changed.
    KeyRefused,
    /// The host's SDK made no scan of the customer's face. Nothing has changed.
    NotScanned,
    /// The scan shows no living person, or failed another check of its own. Nothing has changed.
    ScanRejected,
    /// The scan shows another face than the one that is enrolled. Nothing has changed.
    NoMatch,
}
