//! The contract between the widget and the backend.
//!
//! Every call carries `Authorization: Bearer <client secret>`. Its path names the approval, so that a cache that ignores headers
//! cannot answer for one approval with another. Bodies are JSON. Calls that change something are `POST` and carry an
//! `Idempotency-Key`: the backend executes the same key and body once and repeats its first answer. Errors are RFC 9457 problem
//! documents (`application/problem+json`) with a stable `code`.

use crate::{Action, Approval, Factor, PlainText, Statement, entry::Digits, open_enum::open_enum};
use zeroize::Zeroizing;

/// The path of all approvals. The approval's id follows, then one of the suffixes below.
pub const APPROVALS: &str = "/v1/approval/";
/// `GET`: reads the approval. Answers an [`Approval`].
pub const APPROVAL: &str = "";
/// `GET`: a stream of server-sent events, each named [`EVENT_APPROVAL`] with an [`Approval`] as data. The backend sends one at
/// once, one for each change, and a comment at least every 15 seconds. The stream ends when the approval is settled.
pub const EVENTS: &str = "/events";
/// `POST` [`Start`]: the provider sends a code or a request to the customer's phone, or the backend opens a session at FaceSign.
/// A request that is still open is not sent again. An open session is returned again, with a URL that is still valid. Answers
/// the [`Approval`] with the delivery or the session.
pub const START: &str = "/start";
/// `POST` [`Verify`]: submits a PIN or code. Answers [`Verified`].
pub const VERIFY: &str = "/verify";
/// `POST` without a body: cancels the approval. Answers the [`Approval`], which may have been settled otherwise before.
pub const CANCEL: &str = "/cancel";
/// `POST` without a body: declines the approval, because the customer says that the action is not theirs. Answers as [`CANCEL`].
pub const DENY: &str = "/deny";
/// `GET`: the provider's public key for PINs and fingerprints of devices. Answers an [`EncryptionKey`].
pub const ENCRYPTION_KEY: &str = "/encryption-key";
/// The text between the approval's id and the random part of a client secret: `appr_…_secret_…`.
pub const SECRET_INFIX: &str = "_secret_";
/// The name of the events that carry an approval.
pub const EVENT_APPROVAL: &str = "approval";
/// The header that names an attempt: 16 to 64 letters, digits, hyphens or underscores.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The id of the approval or enrolment that a client secret is for. `None` when the text is not a client secret.
#[must_use]
pub fn approval_of(client_secret: &str) -> Option<&str> {
    // `split_once` would add the standard library's substring search: half a kilobyte of the download.
    let mut places = client_secret.as_bytes().windows(SECRET_INFIX.len());
    let id = client_secret.get(..places.position(|place| place == SECRET_INFIX.as_bytes())?)?;
    (!id.is_empty() && id.len() + SECRET_INFIX.len() < client_secret.len()).then_some(id)
}

/// What the payer saw while acting. It goes with every `Start` and `Verify`. The backend refuses a call with another digest
/// than its own before it calls the provider, and stores this as evidence (Delegated Regulation (EU) 2018/389, article 5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shown {
    /// The approval's id.
    pub approval: String,
    /// The version of the snapshot that the screen showed.
    pub version: u64,
    /// The SHA-256 of the text that the widget showed, in UTF-8, as 64 lower-case hexadecimal digits.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]+$")
    )]
    pub digest: String,
}

/// All that the widget shows a payer of an action, with the approval's id, as one text. Two actions never give the same text,
/// since a [`PlainText`] holds no line break.
///
/// Lines, each with a line feed at its end: `sca-shown-1`, the approval's id, the action's kind; for a statement account, first
/// and last day; for each payment minor units, currency, payee, account tail, reference; for each payee name and account tail; for
/// access what it is opened to.
/// An absent value is an empty line.
#[must_use]
#[inline(never)]
pub fn shown_text(approval: &str, action: &Action) -> String {
    let mut text = String::new();
    lines(&mut text, &["sca-shown-1", approval]);
    match action {
        Action::Statement(Statement { account, from, to }) => {
            lines(&mut text, &["statement", account.as_str(), from.as_str(), to.as_str()]);
        }
        Action::Payments(payments) => {
            lines(&mut text, &["payments"]);
            for payment in payments.as_slice() {
                let (minor, currency) = (payment.amount.minor().to_string(), payment.amount.currency());
                let (tail, reference) = (or_nothing(&payment.account_tail), or_nothing(&payment.reference));
                let payee = payment.payee.as_str();
                lines(&mut text, &[&minor, currency.as_str(), payee, tail, reference]);
            }
        }
        Action::Payees(payees) => {
            lines(&mut text, &["payees"]);
            for payee in payees.as_slice() {
                lines(&mut text, &[payee.name.as_str(), or_nothing(&payee.account_tail)]);
            }
        }
        Action::Access(access) => lines(&mut text, &["access", access.as_str()]),
    }
    text
}

fn lines(text: &mut String, lines: &[&str]) {
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
}

fn or_nothing(text: &Option<PlainText>) -> &str {
    text.as_ref().map_or("", PlainText::as_str)
}

/// Asks the backend to have a code or a request sent, or to open a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Start {
    /// The challenge's id.
    pub challenge: String,
    /// The factor that is to clear the challenge.
    pub factor: Factor,
    /// What the payer saw.
    pub shown: Shown,
}

/// Submits what the customer entered.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verify {
    /// The challenge's id.
    pub challenge: String,
    /// The factor that the PIN or code is for.
    pub factor: Factor,
    /// What the payer saw.
    pub shown: Shown,
    /// The PIN or code.
    pub entry: Entry,
}

/// What the customer entered: a PIN only as ciphertext for the provider, a code as digits.
///
/// In JSON, an object with one member: `{"jwe": "…"}` or `{"code": "123456"}`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Entry {
    /// A PIN, or the fingerprint of a device, as a compact JWE, encrypted to the provider's key.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::enrolment_api::Ciphertext))]
    Jwe(String),
    /// The digits of the code that the provider sent.
    #[cfg_attr(feature = "openapi", schema(value_type = OneTimeCode))]
    Code(String),
}

/// The schema of a one-time code: six digits.
#[cfg(feature = "openapi")]
#[derive(Debug)]
enum OneTimeCode {}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for OneTimeCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A one-time code: six digits."))
            .min_length(Some(6))
            .max_length(Some(6))
            .pattern(Some("^[0-9]{6}$"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for OneTimeCode {}

impl zeroize::ZeroizeOnDrop for Entry {}

impl Drop for Entry {
    fn drop(&mut self) {
        match self {
            Self::Jwe(text) | Self::Code(text) => zeroize::Zeroize::zeroize(text),
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Jwe(_) => "Jwe(hidden)",
            Self::Code(_) => "Code(hidden)",
        })
    }
}

impl std::fmt::Debug for Verify {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Verify({}, {:?}, hidden)", self.challenge, self.factor)
    }
}

/// The provider's verdict on a verification attempt, and the approval after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// The provider's verdict.
    pub verdict: Verdict,
    /// The provider's encrypted answer to a PIN, byte for byte. Only the widget holds its key.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub relayed: Option<String>,
    /// The approval, as the backend read it from the provider after the attempt.
    pub approval: Approval,
}

open_enum! {
    /// The provider's verdict on a PIN or code. An unknown verdict does not count as accepted: the widget reads the approval.
    Verdict {
        /// The challenge is cleared.
        Accepted = "accepted",
        /// The PIN or code is wrong.
        Refused = "refused",
        /// The provider has blocked the factor for a while.
        Blocked = "blocked",
        /// The customer has not set the factor up.
        NotSetUp = "not-set-up",
        /// The code has expired, or a newer one has been sent.
        CodeExpired = "code-expired",
        /// The provider could not decrypt the PIN and did not judge it. Fetch the key again and encrypt once more.
        KeyStale = "key-stale",
    }
}

/// The provider's public key, to which the widget encrypts PINs and the fingerprints of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EncryptionKey {
    /// The provider's id for the key, if it has one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// The RSA key as a DER SubjectPublicKeyInfo in standard base64.
    pub spki: String,
}

/// The members of a problem document that the widget acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct Problem {
    /// What is wrong.
    pub code: ProblemCode,
    /// Seconds to wait before a retry, if a retry helps: the same number as in the `Retry-After` header (RFC 9110, section 10.2.3).
    #[cfg_attr(
        feature = "serde",
        serde(rename = "retryAfter", default, skip_serializing_if = "Option::is_none")
    )]
    pub retry_after_seconds: Option<u64>,
}

open_enum! {
    /// Why a call failed. Stable: callers branch on it. Each says what the caller does next.
    ProblemCode {
        /// 400: the body, a header or a parameter is invalid. Fix the request; do not retry.
        InvalidRequest = "invalid-request",
        /// 400: a `POST` has no `Idempotency-Key`. Fix the request; do not retry.
        IdempotencyKeyMissing = "idempotency-key-missing",
        /// 401: the client secret or API key is invalid, its approval ended too long ago, or its enrolment is over. Stop.
        Unauthorized = "unauthorized",
        /// 403: the page's origin is not in the allow-list. Stop.
        OriginNotAllowed = "origin-not-allowed",
        /// 404: the resource does not exist. Stop.
        NotFound = "not-found",
        /// 405: the path does not support this method. Fix the request; do not retry.
        MethodNotAllowed = "method-not-allowed",
        /// 408: the body did not arrive in time. Retry.
        RequestTimeout = "request-timeout",
        /// 409: the approval has ended and accepts no further call. Read it.
        ApprovalSettled = "approval-settled",
        /// 409: what the payer was shown is not what is approved. The provider was not called. Stop.
        ShownMismatch = "shown-mismatch",
        /// 409: another call for this approval is in flight. Read the approval, then retry.
        RequestInProgress = "request-in-progress",
        /// 409: none of the resources waits for an approval. Read them from the provider.
        NoPendingPayment = "no-pending-payment",
        /// 409: the customer has no active factor. Have one enrolled first.
        FactorNotSetUp = "factor-not-set-up",
        /// 409: the provider no longer accepts the customer's session. Stop; the customer signs in again.
        ProviderSessionEnded = "provider-session-ended",
        /// 409, partner API only: the transfer's version conflicts with what the backend holds. Read the transfer.
        TransferChanged = "transfer-changed",
        /// 409: the customer has to be authenticated first, for example because the provider wants the session stepped up, or because
        /// an enrolment has no approval of its own. Start a step-up or an SCA session first.
        StepUpRequired = "step-up-required",
        /// 413: the body is too large. Fix the request; do not retry.
        PayloadTooLarge = "payload-too-large",
        /// 415: the body is not JSON. Fix the request; do not retry.
        UnsupportedMediaType = "unsupported-media-type",
        /// 422: the idempotency key was used for another body. Fix the request; do not retry.
        IdempotencyKeyReused = "idempotency-key-reused",
        /// 422: the challenge or factor cannot be used now. Read the approval.
        FactorNotAvailable = "factor-not-available",
        /// 422: the customer has set the factor up so recently that it cannot be used yet. The provider was not called. Use another factor.
        FactorCoolingOff = "factor-cooling-off",
        /// 429: too many calls, or a code requested too early. Wait for `retryAfter`, then retry.
        TooManyRequests = "too-many-requests",
        /// 429, enrolments only: the enrolment has made as many calls as it may. The provider was not called, and a retry does not help. The
        /// partner's server begins another enrolment.
        EnrolmentLimitReached = "enrolment-limit-reached",
        /// 500: the backend failed. Read the approval, then retry.
        Internal = "internal",
        /// 502: the provider gave no usable answer; the call may have been executed. Read the approval, then retry.
        ProviderError = "provider-error",
        /// 503: the backend is stopping or overloaded. Retry.
        ServiceUnavailable = "service-unavailable",
        /// 504: the provider did not answer in time; the call may have been executed. Read the approval, then retry.
        ProviderTimeout = "provider-timeout",
    }
}

/// The body of a [`Start`], without `shown`.
#[must_use]
pub fn write_start(challenge: &str, factor: &Factor) -> Zeroizing<String> {
    let mut body = open_body(challenge, factor, 0);
    body.push('}');
    body
}

/// The body of a [`Verify`] with a compact JWE, without `shown`.
#[must_use]
pub fn write_verify_jwe(challenge: &str, factor: &Factor, jwe: &str) -> Zeroizing<String> {
    let mut body = open_body(challenge, factor, jwe.len());
    body.push_str(",\"entry\":{\"jwe\":");
    write_text(&mut body, jwe);
    body.push_str("}}");
    body
}

/// The body of a [`Verify`] with a code, without `shown`. Wiped when dropped.
#[must_use]
pub fn write_verify_code(challenge: &str, factor: &Factor, code: &Digits) -> Zeroizing<String> {
    let mut body = open_body(challenge, factor, code.expose().len());
    body.push_str(",\"entry\":{\"code\":\"");
    for digit in code.expose() {
        body.push(char::from(*digit));
    }
    body.push_str("\"}}");
    body
}

/// A body with [`Shown`] added. Neither the id, as a client secret has it, nor the hexadecimal digest needs escaping. Wiped when
/// dropped. The buffer is allocated at its final size, so that no copy of a code stays behind.
#[must_use]
pub fn write_shown(approval: &str, version: u64, digest: &str, body: &str) -> Zeroizing<String> {
    let version = version.to_string();
    let rest = body.get(1..).unwrap_or_default();
    let parts = [
        "{\"shown\":{\"approval\":\"",
        approval,
        "\",\"digest\":\"",
        digest,
        "\",\"version\":",
        &version,
        "},",
        rest,
    ];
    parts.concat().into()
}

/// The start of a body, with room for the rest: a buffer that grew would leave a copy of the code behind.
#[inline(never)]
fn open_body(challenge: &str, factor: &Factor, rest: usize) -> Zeroizing<String> {
    let texts = challenge.len() + factor.as_str().len();
    let mut body = Zeroizing::new(String::with_capacity(texts * 6 + rest + 80));
    body.push_str("{\"challenge\":");
    write_text(&mut body, challenge);
    body.push_str(",\"factor\":");
    write_text(&mut body, factor.as_str());
    body
}

/// A JSON string (RFC 8259, section 7).
#[inline(never)]
pub(crate) fn write_text(body: &mut String, text: &str) {
    body.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                body.push('\\');
                body.push(character);
            }
            '\u{0}'..='\u{1F}' => {
                body.push_str("\\u00");
                let code = u32::from(character);
                body.extend(
                    [code >> 4, code & 15]
                        .into_iter()
                        .filter_map(|digit| char::from_digit(digit, 16)),
                );
            }
            other => body.push(other),
        }
    }
    body.push('"');
}
