//! The contract between the widget and the backend for an enrolment: the customer sets up, changes and removes factors.
//!
//! The rules of [`api`](crate::api) hold here as well. The bearer token is the client secret of the enrolment, `enr_…_secret_…`.
//! A secret of another enrolment, and one of an enrolment that has ended or expired, is
//! [`Unauthorized`](crate::api::ProblemCode::Unauthorized).
//!
//! A PIN or a device fingerprint is in a body only as ciphertext for the provider. The backend stores neither, nor does it store a phone
//! number in full, a code, or the scan of a face.

use zeroize::Zeroizing;

use crate::{
    Factor, PlainText, Timestamp, api::write_text, face_scan::FaceScan, hidden_text::hidden_text, open_enum::open_enum,
};

/// What every enrolment's id begins with.
pub const ID_PREFIX: &str = "enr_";
/// The path of all enrolments. The enrolment's id follows, then one of the suffixes below.
pub const ENROLMENTS: &str = "/v1/enrolment/";
/// `GET`: reads the enrolment. Answers an [`Enrolment`].
pub const ENROLMENT: &str = "";
/// `GET`: the provider's public key for PINs and device fingerprints. Answers an [`EncryptionKey`](crate::api::EncryptionKey).
pub const ENCRYPTION_KEY: &str = "/encryption-key";
/// `POST` [`EncryptedPin`]: sets a PIN. Answers [`Enrolled`].
pub const PIN: &str = "/pin";
/// `POST` [`EncryptedPin`]: replaces the PIN. A provider may have to remove the old PIN before it can set the new one. If the second
/// half fails, the verdict says so: [`ReplacementFailed`](EnrolmentVerdict::ReplacementFailed) or
/// [`ReplacementUnknown`](EnrolmentVerdict::ReplacementUnknown). Answers [`Enrolled`].
pub const PIN_CHANGE: &str = "/pin/change";
/// `POST` without a body: removes the PIN. Answers [`Enrolled`].
pub const PIN_REMOVE: &str = "/pin/remove";
/// `POST` [`NewDevice`]: enrols this device. Answers [`Enrolled`]. The path of one device begins with this, a slash, and its id.
pub const DEVICES: &str = "/devices";
/// `POST` without a body, after a device: removes it. Answers [`Enrolled`].
pub const DEVICE_REMOVE: &str = "/remove";
/// `POST` without a body, after the id of the device that was just enrolled: records the id. Only needed when the answer to
/// [`DEVICES`] has [`relayed`](Enrolled::relayed), in which the provider names the id to the widget alone; without it, the device cannot
/// be removed. Answers the [`Enrolment`].
pub const DEVICE_RECORD: &str = "/record";
/// `POST` [`NewPhone`]: checks a phone number, and has the partner send a code to it. Answers [`Enrolled`].
pub const PHONE: &str = "/phone";
/// `POST` [`PhoneCode`]: checks the code, and registers the number at the provider. Answers [`Enrolled`].
pub const PHONE_VERIFY: &str = "/phone/verify";
/// `POST` [`PhoneCode`]: checks the code, and replaces the number at the provider. A provider may have to remove the old number before it
/// can register the new one: see [`ReplacementFailed`](EnrolmentVerdict::ReplacementFailed) and
/// [`ReplacementUnknown`](EnrolmentVerdict::ReplacementUnknown). Answers [`Enrolled`].
pub const PHONE_CHANGE: &str = "/phone/change";
/// `POST` without a body: removes the phone number. Answers [`Enrolled`].
pub const PHONE_REMOVE: &str = "/phone/remove";
/// `POST` without a body: a token for one scan of a face. Answers a [`FaceSessionToken`](crate::face_scan::FaceSessionToken).
pub const FACE_SESSION: &str = "/face/session";
/// `POST` [`NewFace`]: enrols a face. Answers [`FaceEnrolled`].
pub const FACE: &str = "/face";
/// `POST` without a body: removes the face. Answers [`Enrolled`].
pub const FACE_REMOVE: &str = "/face/remove";
/// `POST` without a body: ends the enrolment. Answers the [`Enrolment`].
pub const END: &str = "/end";
/// The maximum length of a device's name, in characters.
pub const MAX_DEVICE_NAME: usize = 60;
/// The maximum length of a phone number as it is typed, in characters.
pub const MAX_PHONE_INPUT: usize = 40;

/// A snapshot of one enrolment. One with a lower `version` than another is out of date.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// The enrolment's id. Not a secret: it grants no access.
    pub id: String,
    /// Grows with every change.
    pub version: u64,
    /// The server's clock when the backend took this snapshot.
    pub server_time: Timestamp,
    /// When the enrolment ends by itself; server clock.
    pub expires_at: Timestamp,
    /// Whether the enrolment is open.
    pub status: EnrolmentStatus,
    /// The factors that can be enrolled, in the order in which they are offered.
    pub factors: Vec<FactorReport>,
    /// The customer's devices that the backend has enrolled, the oldest first. A provider may limit their number, for example to three.
    pub devices: Vec<EnrolledDevice>,
    /// The name under which a browser keeps this customer's key for the factor `device`. The same in every enrolment and approval of the
    /// customer. Not a secret, and says nothing about the customer.
    pub browser_key: String,
    /// What becomes of a new PIN that is easy to guess.
    pub weak_pins: WeakPins,
    /// The customer's phone number, where there is one that can be replaced and removed.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub phone: Option<EnrolledPhone>,
    /// The code that was sent to a phone number, while it can be entered.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub phone_code: Option<PhoneCodeDelivery>,
}

open_enum! {
    /// What becomes of a new PIN that is easy to guess, by the partner's policy. The backend never sees a PIN, so the widget enforces this.
    /// An unknown policy counts as [`Refused`](Self::Refused).
    WeakPins {
        /// The customer is warned.
        Warned = "warned",
        /// It is not accepted.
        Refused = "refused",
    }
}

open_enum! {
    /// Whether an enrolment is open. An unknown status does not count as open.
    EnrolmentStatus {
        /// The customer can enrol and remove factors.
        Open = "open",
        /// It was ended, or it has expired.
        Ended = "ended",
    }
}

/// A factor, and whether the customer has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorReport {
    /// The factor. `sms` stands for the phone number, to which every kind of code is sent.
    pub factor: Factor,
    /// What kind of factor it is.
    pub kind: FactorKind,
    /// Whether the customer has it.
    pub state: FactorState,
    /// From when on it can be used, while it is too new; server clock. Absent when it does not wait, or nothing is known of a wait.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub usable_from: Option<Timestamp>,
}

open_enum! {
    /// The three kinds of factors (Directive (EU) 2015/2366, article 4(30)). Strong authentication takes two of different kinds.
    FactorKind {
        /// Something that only the customer knows.
        Knowledge = "knowledge",
        /// Something that only the customer has.
        Possession = "possession",
        /// Something that the customer is.
        Inherence = "inherence",
    }
}

open_enum! {
    /// Whether a customer has a factor. An unknown state counts as [`Unknown`](Self::Unknown).
    FactorState {
        /// The customer has it.
        Enrolled = "enrolled",
        /// The customer does not have it.
        NotEnrolled = "not-enrolled",
        /// Not known: nothing has shown it yet, a call is in flight, or the answer to a call was lost.
        Unknown = "unknown",
    }
}

/// A device that the customer has enrolled. Its fingerprint is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolledDevice {
    /// The provider's id of it.
    pub id: String,
    /// The name that the customer knows it by.
    pub name: PlainText,
    /// When it was enrolled; server clock.
    pub created_at: Timestamp,
    /// From when on it can be used, while it waits; server clock. The same for all devices, because the backend cannot tell which of them
    /// answers a challenge.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub usable_from: Option<Timestamp>,
}

/// A phone number that is registered at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolledPhone {
    /// The number, with all but its last two to four digits hidden: `*********8888`. Absent where it was registered elsewhere.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub number: Option<String>,
    /// When the backend registered it; server clock. Absent where it was registered elsewhere.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub created_at: Option<Timestamp>,
}

/// A code that the partner sent to a phone number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneCodeDelivery {
    /// The number, with all but its last two to four digits hidden.
    pub number: String,
    /// When the next code may be requested; server clock.
    pub resend_at: Timestamp,
    /// Until when the code is accepted; server clock.
    pub expires_at: Timestamp,
    /// How many more times a code can be entered.
    pub checks_left: u8,
    /// Whether the right code was entered, so that only the provider's call is left. Then the number is registered with any code.
    pub verified: bool,
}

/// A phone number to verify.
///
/// In JSON: `{"number": "0171 1234567", "country": "DE"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPhone {
    /// The number as the customer typed it: at most 40 characters. Digits of any script, spaces, brackets and hyphens.
    pub number: Hidden,
    /// The country that the customer picked (ISO 3166-1 alpha-2; `XK` for Kosovo).
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$"))]
    pub country: String,
}

/// The code that was sent to a phone number. The number is repeated, because the backend does not store it.
///
/// In JSON: `{"number": "0171 1234567", "country": "DE", "code": "123456"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneCode {
    /// The same number as when the code was sent.
    pub number: Hidden,
    /// The same country.
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$"))]
    pub country: String,
    /// The code as the customer typed it: 4 to 10 digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 4, max_length = 10, pattern = "^[0-9]+$"))]
    pub code: Hidden,
}

/// A face to enrol.
///
/// In JSON: `{"scan": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewFace {
    /// The scan.
    pub scan: FaceScan,
}

hidden_text! {
    /// What a customer typed. Never in a log, and wiped from memory after use.
    Hidden
}

/// A PIN to set.
///
/// In JSON: `{"jwe": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EncryptedPin {
    /// The PIN as a compact JWE, encrypted to the provider's key.
    pub jwe: Ciphertext,
}

/// A device to enrol.
///
/// In JSON: `{"jwe": "…", "name": "…"}`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewDevice {
    /// The device's fingerprint as a compact JWE, encrypted to the provider's key.
    pub jwe: Ciphertext,
    /// The name that the customer knows the device by.
    #[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 1, max_length = 60))]
    pub name: PlainText,
}

/// The body of an [`EncryptedPin`]. Wiped when dropped.
#[must_use]
pub fn write_pin(jwe: &str) -> Zeroizing<String> {
    let mut body = Zeroizing::new(String::with_capacity(jwe.len() + 20));
    body.push_str("{\"jwe\":");
    write_text(&mut body, jwe);
    body.push('}');
    body
}

/// The body of a [`NewDevice`]. Wiped when dropped.
#[must_use]
pub fn write_new_device(jwe: &str, name: &PlainText) -> Zeroizing<String> {
    let mut body = write_pin(jwe);
    body.pop();
    body.push_str(",\"name\":");
    write_text(&mut body, name.as_str());
    body.push('}');
    body
}

/// The body of a [`NewPhone`]. Wiped when dropped.
#[must_use]
pub fn write_new_phone(phone: &NewPhone) -> Zeroizing<String> {
    phone_body(phone, 0)
}

/// The body of a [`NewPhone`], with room for further bytes: a body that grew would leave a copy behind that is not wiped.
fn phone_body(phone: &NewPhone, more: usize) -> Zeroizing<String> {
    let texts = phone.number.as_str().len() + phone.country.len();
    // An escaped character has six bytes; the names and signs have 26.
    let mut body = Zeroizing::new(String::with_capacity(texts * 6 + 26 + more));
    body.push_str("{\"number\":");
    write_text(&mut body, phone.number.as_str());
    body.push_str(",\"country\":");
    write_text(&mut body, &phone.country);
    body.push('}');
    body
}

/// The body of a [`PhoneCode`], for a number that a code was sent to. Wiped when dropped.
#[must_use]
pub fn write_phone_code(phone: &NewPhone, code: &Hidden) -> Zeroizing<String> {
    let mut body = phone_body(phone, code.as_str().len() * 6 + 10);
    body.pop();
    body.push_str(",\"code\":");
    write_text(&mut body, code.as_str());
    body.push('}');
    body
}

hidden_text! {
    /// A compact JWE for the provider. Never in a log, and wiped from memory after use.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")
    )]
    Ciphertext
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NewDevice(hidden)")
    }
}

/// The provider's verdict on a call, and the enrolment after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// The provider's verdict.
    pub verdict: EnrolmentVerdict,
    /// The provider's encrypted answer, byte for byte. Only the widget holds its key.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub relayed: Option<String>,
    /// The enrolment after the call.
    pub enrolment: Enrolment,
}

/// The verdict on the scan of a face, and the enrolment after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaceEnrolled {
    /// The verdict.
    pub verdict: EnrolmentVerdict,
    /// The face server's result for the capture's SDK, which shows the customer how the scan went. Opaque.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub scan_result: Option<String>,
    /// The enrolment after the call.
    pub enrolment: Enrolment,
}

open_enum! {
    /// The provider's verdict on a call of an enrolment. An unknown verdict does not count as done: the widget reads the enrolment.
    EnrolmentVerdict {
        /// The factor is enrolled.
        Enrolled = "enrolled",
        /// Nothing has changed: the customer has a PIN, or this device is enrolled.
        AlreadyEnrolled = "already-enrolled",
        /// Nothing has changed: the provider enrols no further device.
        LimitReached = "limit-reached",
        /// The factor is removed.
        Removed = "removed",
        /// The customer did not have the factor.
        NotEnrolled = "not-enrolled",
        /// The provider could not decrypt. Fetch the key again and encrypt once more.
        KeyStale = "key-stale",
        /// Nothing has changed: the provider rejected the call.
        Rejected = "rejected",
        /// The old PIN or phone number is removed and the new one is not set: the customer has none.
        ReplacementFailed = "replacement-failed",
        /// The old PIN or phone number is removed. Whether the new one is set is not known.
        ReplacementUnknown = "replacement-unknown",
        /// The new phone number is registered. Whether the old one is removed is not known.
        OldNumberUnknown = "old-number-unknown",
        /// The text is no phone number of the country at which a person can be reached. No code was sent.
        NumberInvalid = "number-invalid",
        /// The number has too few digits for the country. No code was sent.
        NumberTooShort = "number-too-short",
        /// The number has too many digits for the country. No code was sent.
        NumberTooLong = "number-too-long",
        /// The number begins with the calling code of another country than the one that was picked. No code was sent.
        NumberOfOtherCountry = "number-of-other-country",
        /// The partner cannot send a code to this number.
        NumberUnreachable = "number-unreachable",
        /// Nothing has changed: another customer of the provider has this phone number.
        NumberRepeated = "number-repeated",
        /// The partner sent a code to the number.
        CodeSent = "code-sent",
        /// The code is wrong. Nothing was registered.
        CodeWrong = "code-wrong",
        /// No code for this number can be entered: it has expired, was entered wrongly too often, or was sent to another number. Request
        /// a new one.
        CodeExpired = "code-expired",
        /// No further code is sent in this enrolment.
        CodeLimitReached = "code-limit-reached",
        /// The scan does not show a living person, or failed another check of its own. Nothing was enrolled.
        ScanRejected = "scan-rejected",
        /// The scan shows another face than the one that is enrolled. Nothing has changed.
        NoMatch = "no-match",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that grew would leave a copy of the number or the code behind.
    #[test]
    fn a_body_with_a_number_and_a_code_does_not_grow() {
        for (number, code) in [
            ("0171 1234567", "123456"),
            (&*"\u{1}".repeat(MAX_PHONE_INPUT), &*"\u{1}".repeat(10)),
            (&*"\u{1D7D9}".repeat(MAX_PHONE_INPUT), "123456"),
        ] {
            let phone = NewPhone {
                number: Hidden::new(number.into()),
                country: "DE".into(),
            };
            let most = |texts: usize, names: usize| texts * 6 + names;
            let body = write_new_phone(&phone);
            let capacity = most(number.len() + 2, 26);
            assert!(body.len() <= capacity && body.capacity() == capacity, "{}", body.len());
            let body = write_phone_code(&phone, &Hidden::new(code.into()));
            let capacity = most(number.len() + 2 + code.len(), 36);
            assert!(body.len() <= capacity && body.capacity() == capacity, "{}", body.len());
        }
    }
}
