//! Weavr's error codes: <https://api.weavr.io/products/multi/openapi/confirmation-challenges>.

use serde_json::Value;

use super::open_names::names;

names! {
    /// The error code of a 409, and of some 403 and 400.
    ErrorCode {
        /// The target does not wait for this.
        StateInvalid = "STATE_INVALID",
        /// A send does not wait for a challenge.
        ChallengeNotPending = "CHALLENGE_NOT_PENDING",
        /// The target was exempted and executed without confirmation.
        ExemptionApplied = "SCA_EXEMPTION_APPLIED",
        /// The channel is not supported for this operation.
        ChannelNotSupported = "CHANNEL_NOT_SUPPORTED",
        /// The customer has not enrolled the channel.
        ChannelNotRegistered = "CHANNEL_NOT_REGISTERED",
        /// The customer has enrolled the channel already.
        ChannelAlreadyRegistered = "CHANNEL_ALREADY_REGISTERED",
        /// The channel cannot be enrolled yet.
        ChannelNotReady = "CHANNEL_NOT_READY",
        /// The last code was sent less than 15 seconds ago: <https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds>.
        RetryLater = "RETRY_IN_15SEC",
        /// No more codes, or no more attempts: <https://docs.weavr.io/payment-run/changelog/limited-otp-retries>.
        LimitExceeded = "CHALLENGE_LIMIT_EXCEEDED",
        /// The code was wrong, and one attempt is left: <https://docs.weavr.io/payment-run/changelog/limited-otp-retries>.
        OneRemaining = "ONE_CHALLENGE_LIMIT_REMAINING",
        /// The code was wrong.
        CodeInvalid = "VERIFICATION_CODE_INVALID",
        /// The code has expired.
        CodeExpired = "VERIFICATION_CODE_EXPIRED",
        /// The session is stepped up already.
        AlreadyVerified = "ALREADY_VERIFIED",
        /// No text message can be sent to the customer's number.
        NumberInvalid = "MOBILE_NUMBER_INVALID",
        /// Weavr has no phone number of the customer.
        NumberNotAvailable = "MOBILE_NUMBER_NOT_AVAILABLE",
        /// No text message can be sent to the country of the number.
        CountryNotSupported = "MOBILE_COUNTRY_NOT_SUPPORTED",
        /// The customer's credentials are inactive.
        CredentialsInactive = "CREDENTIALS_INACTIVE",
        /// Customers of this type cannot enrol it.
        EnrolmentNotSupported = "TYPE_DOES_NOT_SUPPORT_ENROLMENT",
        /// The customer has chosen no passcode yet.
        PasscodeNotSet = "PASSCODE_NOT_SET",
        /// Too many enrolments.
        EnrolmentLimitExceeded = "ENROLMENT_LIMIT_EXCEEDED",
        /// With 400: the third code of one session (<https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds>).
        InvalidRequest = "INVALID_REQUEST",
        /// With 403: the customer's session has to be stepped up first.
        StepUpRequired = "STEP_UP_REQUIRED",
        /// With 403: another type of token is required.
        AccessTokenRequired = "ACCESS_TOKEN_REQUIRED",
        /// With 403: the customer has no permission.
        InsufficientPermissions = "INSUFFICIENT_PERMISSIONS",
    }
}

/// Parses the error code from any of the members that deployments use. Where the documentation and the service spell a code differently,
/// both spellings are accepted. `None` without a code.
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

/// Whether a text is a code: capital letters, digits and underscores. Some deployments put prose in the same member.
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
    fn both_spellings_and_every_member_of_a_code_are_parsed() {
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
    fn a_long_code_is_truncated() {
        let body = format!(r#"{{"errorCode":"{}"}}"#, "A".repeat(10_000));
        assert_eq!(read(body.as_bytes()).unwrap().as_str().len(), 64);
    }

    proptest! {
        /// The parsed code occurs in the body, or is an alternative spelling.
        #[test]
        fn every_parsed_code_occurs_in_the_body(document in crate::arbitrary_json::json()) {
            let body = document.to_string();
            if let Some(code) = read(body.as_bytes()) {
                let spelled = code.as_str().to_owned();
                let known = body.contains(&spelled) || code == ErrorCode::RetryLater || code == ErrorCode::LimitExceeded;
                prop_assert!(known, "{} in {}", spelled, body);
            }
        }
    }
}
