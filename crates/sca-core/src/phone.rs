//! Phone numbers, and the ports for them: the partner verifies a number, and the provider registers it.

use std::{
    fmt::{self, Debug},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{
    PhoneId, RemoveOutcome, Secret, VerificationId,
    provider::{Answer, EnrolmentSession},
};

/// A phone number in international form (ITU-T E.164): `+` and 7 to 15 digits. `Debug` hides it, and drop wipes it.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(Zeroizing<String>);

impl PhoneNumber {
    /// Reads a number. `None` unless it is `+` and 7 to 15 ASCII digits, the first of which is not zero.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let is_number =
            (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The number. A caller that copies it has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The number with asterisks for all but its last four characters, or its last two where it has fewer than ten digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let shown = if self.0.len() > 10 { 4 } else { 2 };
        let hidden = self.0.len().saturating_sub(shown);
        let tail = self.0.get(hidden..).unwrap_or_default();
        format!("{}{tail}", "*".repeat(hidden))
    }
}

impl Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PhoneNumber(hidden)")
    }
}

/// The partner's own step that shows that a number is the customer's: it sends a code and checks it. The backend knows no code.
pub trait PhoneVerification: Debug + Send + Sync {
    /// The total timeout of one call.
    fn call_timeout(&self) -> Duration;

    /// Has a code sent to a number.
    fn start<'a>(&'a self, request: &'a CodeRequest<'a>) -> Answer<'a, CodeSendOutcome>;

    /// Checks a code.
    fn check<'a>(&'a self, verification: &'a VerificationId, code: &'a Secret) -> Answer<'a, CodeCheck>;
}

/// A code that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct CodeRequest<'a> {
    /// The enrolment's id.
    pub enrolment: &'a str,
    /// The partner's id of the customer.
    pub customer: &'a str,
    /// The number.
    pub number: &'a PhoneNumber,
}

/// The partner's answer to a request for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeSendOutcome {
    /// The partner sent it.
    Sent {
        /// The partner's id of the verification.
        verification: VerificationId,
        /// How long the code is accepted, where the partner says.
        lifetime: Option<Duration>,
    },
    /// The partner cannot send a code to this number.
    Unreachable,
}

/// The partner's answer to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeCheck {
    /// The code is correct.
    Correct,
    /// The code is wrong.
    Wrong,
    /// The code has expired, or was tried too often.
    Expired,
}

/// A provider at which the partner registers the phone numbers of its customers.
pub trait PhoneEnrolment: Debug + Send + Sync {
    /// Whether the provider's calls about phone numbers can be made for a customer: they may contain the customer's user id.
    fn serves(&self, user: Option<&str>) -> bool;

    /// Whether [`list_phones`](Self::list_phones) has a call. Nothing is called.
    fn lists_phones(&self) -> bool;

    /// Registers a number.
    fn create_phone<'a>(&'a self, session: &'a EnrolmentSession, number: &'a PhoneNumber) -> Answer<'a, PhoneOutcome>;

    /// Changes a number in one step. `None` where the provider has no call for it.
    fn update_phone<'a>(
        &'a self,
        session: &'a EnrolmentSession,
        phone: &'a PhoneId,
        number: &'a PhoneNumber,
    ) -> Option<Answer<'a, PhoneOutcome>>;

    /// The registered numbers. `None` where the provider has no call for it.
    fn list_phones<'a>(&'a self, session: &'a EnrolmentSession) -> Option<Answer<'a, Vec<RegisteredPhone>>>;

    /// Removes a number.
    fn remove_phone<'a>(&'a self, session: &'a EnrolmentSession, phone: &'a PhoneId) -> Answer<'a, RemoveOutcome>;
}

/// A number as the provider lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredPhone {
    /// The provider's id of it.
    pub id: PhoneId,
    /// The number.
    pub number: PhoneNumber,
}

/// The outcome of a call that registers or changes a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneOutcome {
    /// The number is registered under this id.
    Registered(PhoneId),
    /// Nothing has changed: the customer has a number.
    AlreadyRegistered,
    /// Nothing has changed: another customer has this number.
    Repeated,
    /// Nothing has changed: the provider rejected the call.
    Rejected,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_international_and_hidden_but_for_its_end() {
        for (text, masked) in [
            ("+6588888888", "*******8888"),
            ("+491711234567", "*********4567"),
            ("+29912345", "*******45"),
            ("+1234567", "******67"),
        ] {
            let number = PhoneNumber::new(text).unwrap();
            assert_eq!(number.masked(), masked);
            assert!(!format!("{number:?}").contains(text));
        }
        for text in [
            "",
            "+",
            "6588888888",
            "+65 8888 8888",
            "+123456",
            "+1234567890123456",
            "+0588888888",
            "+٦٥٨٨٨٨٨٨٨٨",
        ] {
            assert!(PhoneNumber::new(text).is_none(), "{text}");
        }
    }
}
