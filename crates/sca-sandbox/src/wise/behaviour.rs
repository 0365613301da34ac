//! The switches: what Wise's documentation leaves open, or documents in more than one way.

use serde::{Deserialize, Serialize};

/// How Wise behaves towards one customer. Set through `PUT /control/behaviour` and
/// `PUT /control/customers/{userId}/behaviour`; a field left out has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// The body of the 403 that refuses a protected call.
    pub(crate) refusal_body: RefusalBody,
    /// How the challenges of a one-time token are shown.
    pub(crate) delivery: Delivery,
    /// The challenges a protected call needs, in order.
    pub(crate) challenges: Vec<Factor>,
    /// The response to a protected call while the PIN is blocked.
    pub(crate) blocked_creation: BlockedCreation,
    /// The response to a one-time token that is unknown, used or expired.
    pub(crate) unknown_one_time_token: UnknownOneTimeToken,
    /// The body of the 400 for a wrong PIN.
    pub(crate) wrong_pin_body: WrongPinBody,
    /// The status for a wrong phone code.
    pub(crate) wrong_code_status: WrongCodeStatus,
    /// The form of the successful response to an encrypted PIN verification.
    pub(crate) verify_answer: VerifyAnswer,
    /// Whether 400 and 404 responses to encrypted calls are encrypted as well.
    pub(crate) encrypt_errors: bool,
    /// When low-risk calls need no approval for five minutes.
    pub(crate) low_risk_window: LowRiskWindow,
    /// Lifetime of a one-time token, in seconds.
    pub(crate) one_time_token_seconds: u32,
    /// Whether `validity` is the time left (true) or always the whole lifetime (false).
    pub(crate) validity_counts_down: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            refusal_body: RefusalBody::Empty,
            delivery: Delivery::Listed,
            challenges: vec![Factor::Pin, Factor::Phone],
            blocked_creation: BlockedCreation::TooManyRequests,
            unknown_one_time_token: UnknownOneTimeToken::NotFound,
            wrong_pin_body: WrongPinBody::Empty,
            wrong_code_status: WrongCodeStatus::BadRequest,
            verify_answer: VerifyAnswer::Encrypted,
            encrypt_errors: false,
            low_risk_window: LowRiskWindow::SessionOnly,
            one_time_token_seconds: 3600,
            validity_counts_down: true,
        }
    }
}

/// The four bodies observed on a refusal. The headers are the same with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RefusalBody {
    /// No body.
    Empty,
    /// JSON with `"error":"Forbidden"` and the path.
    Forbidden,
    /// JSON with `"error":"unauthorized"` and no path.
    Unauthorized,
    /// A code as plain text.
    Text,
}

/// How challenges are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Delivery {
    /// One at a time: only the next open one is shown.
    Sequential,
    /// All, with `passed` flags.
    Listed,
    /// Only the first of the customer's challenges is required.
    SingleFactor,
    /// As listed, but the first one has an undocumented primary type, with the documented one as its alternative.
    UnknownFirst,
    /// As listed, but without `required`, `alternatives` and `viewData` everywhere.
    Flat,
}

/// A challenge that can be required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Factor {
    /// The PIN: knowledge.
    Pin,
    /// A code by SMS, or by WhatsApp or voice call instead: possession.
    Phone,
}

/// The response to a protected call while the PIN is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BlockedCreation {
    /// 429 with `Retry-After`.
    TooManyRequests,
    /// 403 with the result header and no token.
    Forbidden,
}

/// The response to a one-time token that is unknown, used or expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum UnknownOneTimeToken {
    /// 404 with the code `ott.not.found`.
    NotFound,
    /// 403 with the same body.
    Forbidden,
}

/// The body of the 400 for a wrong PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WrongPinBody {
    /// No body, as documented.
    Empty,
    /// JSON with the code `pin.verification.failed`.
    Coded,
}

/// The status for a wrong phone code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WrongCodeStatus {
    /// 400.
    BadRequest,
    /// 403.
    Forbidden,
    /// 422.
    Unprocessable,
}

/// The form of the response to a successful PIN verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum VerifyAnswer {
    /// A JWE with the content type `application/jose+json`.
    Encrypted,
    /// A JWE with the content type `application/json`, as in the newer reference.
    EncryptedCalledJson,
    /// Plain JSON.
    PlainJson,
}

/// When low-risk calls need no approval for five minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LowRiskWindow {
    /// After a cleared SCA session.
    SessionOnly,
    /// After any cleared one-time token, as documented.
    AnyApproval,
    /// Never.
    Never,
}
