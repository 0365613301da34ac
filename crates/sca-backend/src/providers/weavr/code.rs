//! The words that Weavr refuses with.

use serde_json::Value;

use super::open_names::names;

names! {
    /// Why Weavr did not do what it was asked for (409, and 403 or 400 in places).
    ErrorCode {
        /// Nothing waits for this any more, or not yet.
        StateInvalid = "STATE_INVALID",
        /// The same, about a send.
        ChallengeNotPending = "CHALLENGE_NOT_PENDING",
        /// It was carried out without confirmation in the meantime.
        ExemptionApplied = "SCA_EXEMPTION_APPLIED",
        /// The channel cannot be used for this.
        ChannelNotSupported = "CHANNEL_NOT_SUPPORTED",
        /// The customer has not set the channel up.
        ChannelNotRegistered = "CHANNEL_NOT_REGISTERED",
        /// The customer has set the channel up already.
        ChannelAlreadyRegistered = "CHANNEL_ALREADY_REGISTERED",
        /// The channel cannot be set up yet.
        ChannelNotReady = "CHANNEL_NOT_READY",
        /// The last code was sent less than fifteen seconds ago.
        RetryLater = "RETRY_IN_15SEC",
        /// No more codes, or no more tries.
        LimitExceeded = "CHALLENGE_LIMIT_EXCEEDED",
        /// The code was wrong, and the next one is the last.
        OneRemaining = "ONE_CHALLENGE_LIMIT_REMAINING",
        /// The code was wrong.
        CodeInvalid = "VERIFICATION_CODE_INVALID",
        /// The code is too old.
        CodeExpired = "VERIFICATION_CODE_EXPIRED",
        /// The session was stepped up before.
        AlreadyVerified = "ALREADY_VERIFIED",
        /// No text can be sent to the customer's number.
        NumberInvalid = "MOBILE_NUMBER_INVALID",
        /// Weavr has no number of the customer's.
        NumberNotAvailable = "MOBILE_NUMBER_NOT_AVAILABLE",
        /// No text can be sent to the number's country.
        CountryNotSupported = "MOBILE_COUNTRY_NOT_SUPPORTED",
        /// The customer's credentials are inactive.
        CredentialsInactive = "CREDENTIALS_INACTIVE",
        /// Customers of this kind cannot set it up.
        EnrolmentNotSupported = "TYPE_DOES_NOT_SUPPORT_ENROLMENT",
        /// The customer has chosen no passcode yet.
        PasscodeNotSet = "PASSCODE_NOT_SET",
        /// It was set up too often.
        EnrolmentLimitExceeded = "ENROLMENT_LIMIT_EXCEEDED",
        /// With 400: the third code of one session, as the changelog has it.
        InvalidRequest = "INVALID_REQUEST",
        /// With 403: the customer's session has to be stepped up first.
        StepUpRequired = "STEP_UP_REQUIRED",
        /// With 403: a token of another kind is needed.
        AccessTokenRequired = "ACCESS_TOKEN_REQUIRED",
        /// With 403: the customer may not do this.
        InsufficientPermissions = "INSUFFICIENT_PERMISSIONS",
    }
}

/// The code of a refusal, in either member that has been seen to hold it. Where a document and the service spell one word in two
/// ways, both are read. `None` when there is none.
pub(super) fn read(body: &[u8]) -> Option<ErrorCode> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let name = ["errorCode", "code", "message"]
        .iter()
        .filter_map(|member| document.get(*member)?.as_str())
        .find(|text| is_name(text))?;
    Some(match name {
        "CHALLENGE_LIMIT_EXCEED" => ErrorCode::LimitExceeded,
        early if early.starts_with("RETRY_IN_") => ErrorCode::RetryLater,
        other => ErrorCode::from_name(other),
    })
}

/// Capital letters, digits and underscores: prose is no name.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_spellings_and_every_place_of_a_code_are_read() {
        for (body, expected) in [
            (r#"{"errorCode":"STATE_INVALID"}"#, ErrorCode::StateInvalid),
            (r#"{"message":"STEP_UP_REQUIRED"}"#, ErrorCode::StepUpRequired),
            (
                r#"{"code":"STATE_INVALID","message":"It does not wait."}"#,
                ErrorCode::StateInvalid,
            ),
            (
                r#"{"message":"Not now.","errorCode":"STATE_INVALID"}"#,
                ErrorCode::StateInvalid,
            ),
            (r#"{"errorCode":"RETRY_IN_15SEC"}"#, ErrorCode::RetryLater),
            (r#"{"errorCode":"RETRY_IN_15_SECS"}"#, ErrorCode::RetryLater),
            (r#"{"errorCode":"CHALLENGE_LIMIT_EXCEEDED"}"#, ErrorCode::LimitExceeded),
            (r#"{"errorCode":"CHALLENGE_LIMIT_EXCEED"}"#, ErrorCode::LimitExceeded),
            (
                r#"{"errorCode":"SOMETHING_NEW"}"#,
                ErrorCode::Other("SOMETHING_NEW".into()),
            ),
        ] {
            assert_eq!(read(body.as_bytes()), Some(expected), "{body}");
        }
        for body in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"errorCode":null}"#,
            r#"{"errorCode":409}"#,
            r#"{"message":"request.verificationCode: size must be between 6 and 6"}"#,
            r#"{"errorCode":"state_invalid"}"#,
        ] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_long_code_is_kept_short() {
        let body = format!(r#"{{"errorCode":"{}"}}"#, "A".repeat(10_000));
        assert_eq!(read(body.as_bytes()).unwrap().as_str().len(), 64);
    }

    proptest! {
        /// Whatever the body, no code is made up: what is read stands in it.
        #[test]
        fn no_code_is_made_up(document in crate::providers::weavr::arbitrary_json::json()) {
            let body = document.to_string();
            if let Some(code) = read(body.as_bytes()) {
                let spelled = code.as_str().to_owned();
                let known = body.contains(&spelled) || code == ErrorCode::RetryLater || code == ErrorCode::LimitExceeded;
                prop_assert!(known, "{} in {}", spelled, body);
            }
        }
    }
}
