//! The switches: what Wise's documentation leaves open, or documents inconsistently.

use crate::kit::switches::{settings, switches};

settings! {
    /// How Wise behaves towards one customer.
    struct Behaviour {
        refusal_body: RefusalBody,
        delivery: Delivery,
        /// The challenges a protected call needs, in order.
        challenges: Vec<Factor> = vec![Factor::Pin, Factor::Phone],
        device_alternatives: Alternatives,
        face_alternatives: Alternatives,
        blocked_creation: BlockedCreation,
        unknown_one_time_token: UnknownOneTimeToken,
        wrong_pin_body: WrongPinBody,
        missing_face_map: MissingFaceMap,
        wrong_code_status: WrongCodeStatus,
        verify_answer: VerifyAnswer,
        /// Whether 400 and 404 responses to encrypted calls are encrypted as well.
        encrypt_errors: bool = false,
        low_risk_window: LowRiskWindow,
        /// Lifetime of a one-time token, in seconds.
        one_time_token_seconds: u32 = 3600,
        /// Whether `validity` is the time left (true) or always the whole lifetime (false).
        validity_counts_down: bool = true,
    }
}

switches! {
    /// The body of the 403 that refuses a protected call: the four that were observed. The headers are the same with each.
    enum RefusalBody {
        /// No body.
        Empty,
        /// JSON with `"error":"Forbidden"` and the path.
        Forbidden,
        /// JSON with `"error":"unauthorized"` and no path.
        Unauthorized,
        /// A code as plain text.
        Text,
    }

    /// How the challenges of a one-time token are shown.
    enum Delivery {
        /// All, with `passed` flags.
        Listed,
        /// One at a time: only the next open one is shown.
        Sequential,
        /// Only the first of the customer's challenges is required.
        SingleFactor,
        /// As listed, but the first one has an undocumented primary type, with the documented one as its alternative.
        UnknownFirst,
        /// As listed, but without `required`, `alternatives` and `viewData` everywhere.
        Flat,
    }

    /// A challenge that can be required.
    enum Factor {
        /// The PIN: knowledge.
        Pin,
        /// A code by SMS, or by WhatsApp or voice call instead: possession.
        Phone,
        /// A device fingerprint: possession.
        Device,
        /// A face map: inherence.
        Face,
    }

    /// What passes the challenge for a device fingerprint or a face instead.
    enum Alternatives {
        /// Nothing.
        None,
        /// A code by SMS, WhatsApp or voice call.
        Phone,
    }

    /// The response to a protected call while a factor is blocked.
    enum BlockedCreation {
        /// 429 with `Retry-After`.
        TooManyRequests,
        /// 403 with the result header and no token.
        Forbidden,
    }

    /// The response to a one-time token that is unknown, used or expired.
    enum UnknownOneTimeToken {
        /// 404 with the code `ott.not.found`.
        NotFound,
        /// 403 with the same body.
        Forbidden,
    }

    /// The body of the 400 for a wrong PIN, device fingerprint or face map.
    enum WrongPinBody {
        /// No body, as documented.
        Empty,
        /// JSON with the code `pin.verification.failed`, `device.fingerprint.verification.failed` or
        /// `facemap.verification.failed`.
        Coded,
    }

    /// The status for a face map of a customer who has none enrolled. The reference lists no 404 for this call.
    enum MissingFaceMap {
        /// 400 with the code `facemap.not.setup`.
        BadRequest,
        /// 404 with the same code.
        NotFound,
    }

    /// The status for a wrong phone code.
    enum WrongCodeStatus {
        /// 400.
        BadRequest,
        /// 403.
        Forbidden,
        /// 422.
        Unprocessable,
    }

    /// The form of the response to an encrypted call that succeeds, for example to the right PIN.
    enum VerifyAnswer {
        /// A JWE with the content type `application/jose+json`.
        Encrypted,
        /// A JWE with the content type `application/json`, as in the newer reference.
        EncryptedCalledJson,
        /// Plain JSON.
        PlainJson,
    }

    /// When low-risk calls need no approval for five minutes.
    enum LowRiskWindow {
        /// After a cleared SCA session.
        SessionOnly,
        /// After any cleared one-time token, as documented.
        AnyApproval,
        /// Never.
        Never,
    }
}
