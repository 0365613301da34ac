//! A customer's authentication factors and their enrolment: <https://weavr-multi-api.redoc.ly/>, "authentication_factors".

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    Channel, Weavr,
    call::{JSON, Response, idempotent},
    code::ErrorCode,
    open_names::names,
    verify::body,
};
use sca_core::{InvalidResponse, ProviderError, provider::is_otp, secret::Secret};

names! {
    /// The name of a factor's channel.
    ChannelName {
        /// A one-time code by text message.
        Sms = "SMS",
        /// The Authy app.
        Authy = "AUTHY",
        /// The device's biometrics in the partner's app.
        Biometric = "BIOMETRIC",
    }
}

names! {
    /// The status of a factor.
    FactorStatus {
        /// The enrolment is not complete.
        PendingVerification = "PENDING_VERIFICATION",
        /// The customer can use it.
        Active = "ACTIVE",
        /// The customer cannot use it.
        Inactive = "INACTIVE",
    }
}

/// A factor of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorState {
    /// The channel.
    pub channel: ChannelName,
    /// The status.
    pub status: FactorStatus,
}

impl FactorState {
    /// The channel of an active factor; `None` for an inactive or unknown one.
    #[must_use]
    pub fn active(&self) -> Option<Channel> {
        match self.status {
            FactorStatus::Active => self.channel.known(),
            FactorStatus::PendingVerification | FactorStatus::Inactive | FactorStatus::Other(_) => None,
        }
    }
}

impl ChannelName {
    /// The channel; `None` for an unknown one.
    #[must_use]
    pub fn known(&self) -> Option<Channel> {
        match self {
            Self::Sms => Some(Channel::Sms),
            Self::Authy => Some(Channel::Authy),
            Self::Biometric => Some(Channel::Biometric),
            Self::Other(_) => None,
        }
    }
}

/// The result of starting an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnrolResult {
    /// Weavr sent the customer a code or a push request.
    Started,
    /// The factor is enrolled already.
    AlreadySetUp,
    /// The API or this type of customer cannot enrol the factor.
    NotSupported,
    /// The channel is not ready yet.
    NotReady,
    /// Weavr has no phone number of the customer.
    NumberMissing,
    /// No text message can be sent to the customer's number.
    NumberInvalid,
    /// No text message can be sent to the country of the number.
    CountryNotSupported,
    /// The customer has chosen no passcode yet.
    PasscodeMissing,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// Too many attempts.
    LimitReached,
    /// 404.
    NotFound,
    /// Another error code.
    Refused(ErrorCode),
}

/// The result of verifying an enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyEnrolmentResult {
    /// The code is correct: the factor is active, and the session is stepped up (<https://docs.weavr.io/blog/2024/03/26/v3.49/>).
    Accepted,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next attempt is the last.
    WrongLastAttemptLeft,
    /// No attempt is left.
    LimitReached,
    /// The code has expired.
    CodeExpired,
    /// No enrolment is pending.
    NotPending,
    /// The factor is enrolled already.
    AlreadySetUp,
    /// The API or this type of customer cannot enrol the factor.
    NotSupported,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// The code is not six digits. It was not verified.
    Malformed,
    /// 404.
    NotFound,
    /// Another error code.
    Refused(ErrorCode),
}

/// The result of removing a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnlinkResult {
    /// It was removed.
    Unlinked,
    /// The customer did not have it.
    NotSetUp,
    /// It cannot be removed.
    NotSupported,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// Another error code.
    Refused(ErrorCode),
}

impl Weavr {
    /// The factors that the customer has enrolled or has begun to enrol.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn factors(&self, token: &Secret) -> Result<Vec<FactorState>, ProviderError> {
        let call = self.request("weavr-factors", Method::GET, "/authentication_factors", token)?;
        match self.send(call).await? {
            Response::Success(answer) => read(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Response::Conflict(_) => Err(status(409)),
            Response::BadRequest(_) => Err(status(400)),
            Response::NotFound => Err(status(404)),
        }
    }

    /// Starts an enrolment: a code for [`Channel::Sms`], a push request for [`Channel::Authy`]. Only the partner's app can enrol
    /// [`Channel::Biometric`]: <https://docs.weavr.io/sdks/android/biometrics-challenges/>.
    ///
    /// # Errors
    /// When there is no usable response; [`ProviderError::StepUpRequired`] when the session has to be stepped up first.
    pub async fn enrol(
        &self,
        token: &Secret,
        channel: Channel,
        idempotency_ref: &str,
    ) -> Result<EnrolResult, ProviderError> {
        let path = match channel {
            Channel::Sms | Channel::Authy => format!("/authentication_factors/{}", channel.path()),
            Channel::Biometric => return Ok(EnrolResult::NotSupported),
        };
        let call = idempotent(
            self.request("weavr-enrol", Method::POST, &path, token)?,
            idempotency_ref,
        )?;
        match self.send(call).await? {
            Response::Success(answer) => expect_no_content(answer.status).map(|()| EnrolResult::Started),
            Response::Conflict(code) => Ok(enrol_result(code)),
            Response::BadRequest(_) => Err(status(400)),
            Response::NotFound => Ok(EnrolResult::NotFound),
        }
    }

    /// Verifies the enrolment of [`Channel::Sms`] with the code.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn verify_enrolment(
        &self,
        token: &Secret,
        code: &Secret,
    ) -> Result<VerifyEnrolmentResult, ProviderError> {
        if !is_otp(code.expose()) {
            return Ok(VerifyEnrolmentResult::Malformed);
        }
        let path = "/authentication_factors/otp/SMS/verify";
        let call = self
            .request("weavr-enrol-verify", Method::POST, path, token)?
            .body(JSON, body(code, None));
        match self.send(call).await? {
            Response::Success(answer) => expect_no_content(answer.status).map(|()| VerifyEnrolmentResult::Accepted),
            Response::Conflict(code) => Ok(verify_result(code)),
            Response::BadRequest(_) => Ok(VerifyEnrolmentResult::Malformed),
            Response::NotFound => Ok(VerifyEnrolmentResult::NotFound),
        }
    }

    /// Removes a factor. [`Channel::Sms`] cannot be removed.
    ///
    /// # Errors
    /// When there is no usable response; [`ProviderError::StepUpRequired`] unless the session is stepped up.
    pub async fn unlink(&self, token: &Secret, channel: Channel) -> Result<UnlinkResult, ProviderError> {
        let path = match channel {
            Channel::Authy | Channel::Biometric => format!("/authentication_factors/{}", channel.path()),
            Channel::Sms => return Ok(UnlinkResult::NotSupported),
        };
        let call = self.request("weavr-unlink", Method::DELETE, &path, token)?;
        match self.send(call).await? {
            Response::Success(answer) => expect_no_content(answer.status).map(|()| UnlinkResult::Unlinked),
            Response::Conflict(code) => Ok(unlink_result(code)),
            Response::BadRequest(_) => Err(status(400)),
            Response::NotFound => Ok(UnlinkResult::NotSetUp),
        }
    }
}

fn status(status: u16) -> ProviderError {
    ProviderError::Unusable(InvalidResponse::Status(status))
}

/// Accepts only 204, the documented success status.
fn expect_no_content(actual: StatusCode) -> Result<(), ProviderError> {
    if actual == StatusCode::NO_CONTENT {
        Ok(())
    } else {
        Err(status(actual.as_u16()))
    }
}

/// Parses `{"factors": [{"type", "status", "channel"}]}`. `None` unless every factor is readable, because an omitted one would look like
/// one that is not enrolled.
fn read(body: &[u8]) -> Option<Vec<FactorState>> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let factors = document.get("factors")?.as_array()?;
    factors.iter().map(factor).collect()
}

fn factor(value: &Value) -> Option<FactorState> {
    Some(FactorState {
        channel: ChannelName::from_name(value.get("channel")?.as_str()?),
        status: FactorStatus::from_name(value.get("status")?.as_str()?),
    })
}

fn enrol_result(code: ErrorCode) -> EnrolResult {
    match code {
        ErrorCode::ChannelAlreadyRegistered => EnrolResult::AlreadySetUp,
        ErrorCode::ChannelNotSupported | ErrorCode::EnrolmentNotSupported => EnrolResult::NotSupported,
        ErrorCode::ChannelNotReady => EnrolResult::NotReady,
        ErrorCode::NumberNotAvailable => EnrolResult::NumberMissing,
        ErrorCode::NumberInvalid => EnrolResult::NumberInvalid,
        ErrorCode::CountryNotSupported => EnrolResult::CountryNotSupported,
        ErrorCode::PasscodeNotSet => EnrolResult::PasscodeMissing,
        ErrorCode::CredentialsInactive => EnrolResult::CredentialsInactive,
        ErrorCode::LimitExceeded | ErrorCode::EnrolmentLimitExceeded => EnrolResult::LimitReached,
        // Not documented for the start of an enrolment.
        code @ (ErrorCode::StateInvalid
        | ErrorCode::ChallengeNotPending
        | ErrorCode::ExemptionApplied
        | ErrorCode::ChannelNotRegistered
        | ErrorCode::RetryLater
        | ErrorCode::OneRemaining
        | ErrorCode::CodeInvalid
        | ErrorCode::CodeExpired
        | ErrorCode::AlreadyVerified
        | ErrorCode::InvalidRequest
        | ErrorCode::StepUpRequired
        | ErrorCode::AccessTokenRequired
        | ErrorCode::InsufficientPermissions
        | ErrorCode::Other(_)) => EnrolResult::Refused(code),
    }
}

fn verify_result(code: ErrorCode) -> VerifyEnrolmentResult {
    match code {
        ErrorCode::CodeInvalid => VerifyEnrolmentResult::Wrong,
        ErrorCode::OneRemaining => VerifyEnrolmentResult::WrongLastAttemptLeft,
        ErrorCode::LimitExceeded => VerifyEnrolmentResult::LimitReached,
        ErrorCode::CodeExpired => VerifyEnrolmentResult::CodeExpired,
        ErrorCode::StateInvalid => VerifyEnrolmentResult::NotPending,
        ErrorCode::ChannelAlreadyRegistered => VerifyEnrolmentResult::AlreadySetUp,
        ErrorCode::ChannelNotSupported | ErrorCode::EnrolmentNotSupported => VerifyEnrolmentResult::NotSupported,
        ErrorCode::CredentialsInactive => VerifyEnrolmentResult::CredentialsInactive,
        // Not documented for the verification of an enrolment.
        code @ (ErrorCode::ChallengeNotPending
        | ErrorCode::ExemptionApplied
        | ErrorCode::ChannelNotRegistered
        | ErrorCode::ChannelNotReady
        | ErrorCode::RetryLater
        | ErrorCode::AlreadyVerified
        | ErrorCode::NumberInvalid
        | ErrorCode::NumberNotAvailable
        | ErrorCode::CountryNotSupported
        | ErrorCode::PasscodeNotSet
        | ErrorCode::EnrolmentLimitExceeded
        | ErrorCode::InvalidRequest
        | ErrorCode::StepUpRequired
        | ErrorCode::AccessTokenRequired
        | ErrorCode::InsufficientPermissions
        | ErrorCode::Other(_)) => VerifyEnrolmentResult::Refused(code),
    }
}

fn unlink_result(code: ErrorCode) -> UnlinkResult {
    match code {
        ErrorCode::ChannelNotRegistered => UnlinkResult::NotSetUp,
        ErrorCode::CredentialsInactive => UnlinkResult::CredentialsInactive,
        // Not documented for the removal of a factor.
        code @ (ErrorCode::StateInvalid
        | ErrorCode::ChallengeNotPending
        | ErrorCode::ExemptionApplied
        | ErrorCode::ChannelNotSupported
        | ErrorCode::ChannelAlreadyRegistered
        | ErrorCode::ChannelNotReady
        | ErrorCode::RetryLater
        | ErrorCode::LimitExceeded
        | ErrorCode::OneRemaining
        | ErrorCode::CodeInvalid
        | ErrorCode::CodeExpired
        | ErrorCode::AlreadyVerified
        | ErrorCode::NumberInvalid
        | ErrorCode::NumberNotAvailable
        | ErrorCode::CountryNotSupported
        | ErrorCode::EnrolmentNotSupported
        | ErrorCode::PasscodeNotSet
        | ErrorCode::EnrolmentLimitExceeded
        | ErrorCode::InvalidRequest
        | ErrorCode::StepUpRequired
        | ErrorCode::AccessTokenRequired
        | ErrorCode::InsufficientPermissions
        | ErrorCode::Other(_)) => UnlinkResult::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_active_and_known_factors_are_offered() {
        let body = br#"{"factors":[
            {"type":"OTP","status":"ACTIVE","channel":"SMS"},
            {"type":"PUSH","status":"PENDING_VERIFICATION","channel":"AUTHY"},
            {"type":"BIOMETRIC","status":"INACTIVE","channel":"BIOMETRIC"},
            {"type":"PUSH","status":"ACTIVE","channel":"PIGEON"},
            {"type":"BIOMETRIC","status":"VERIFIED","channel":"BIOMETRIC"}]}"#;
        let factors = read(body).unwrap();
        assert_eq!(factors.len(), 5);
        let active: Vec<_> = factors.iter().filter_map(FactorState::active).collect();
        assert_eq!(active, [Channel::Sms]);
        assert_eq!(read(br#"{"factors":[]}"#), Some(Vec::new()));
        for body in [
            "{}",
            "[]",
            "",
            r#"{"factors":{}}"#,
            r#"{"factors":[{"channel":"SMS"}]}"#,
            r#"{"factors":[null]}"#,
        ] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn every_documented_error_code_is_mapped_and_none_is_a_success() {
        for (code, expected) in [
            ("CHANNEL_NOT_SUPPORTED", EnrolResult::NotSupported),
            ("CHANNEL_ALREADY_REGISTERED", EnrolResult::AlreadySetUp),
            ("CHANNEL_NOT_READY", EnrolResult::NotReady),
            ("MOBILE_NUMBER_NOT_AVAILABLE", EnrolResult::NumberMissing),
            ("MOBILE_NUMBER_INVALID", EnrolResult::NumberInvalid),
            ("MOBILE_COUNTRY_NOT_SUPPORTED", EnrolResult::CountryNotSupported),
            ("CREDENTIALS_INACTIVE", EnrolResult::CredentialsInactive),
            ("TYPE_DOES_NOT_SUPPORT_ENROLMENT", EnrolResult::NotSupported),
            ("CHALLENGE_LIMIT_EXCEEDED", EnrolResult::LimitReached),
            ("PASSCODE_NOT_SET", EnrolResult::PasscodeMissing),
            ("ENROLMENT_LIMIT_EXCEEDED", EnrolResult::LimitReached),
        ] {
            assert_eq!(enrol_result(ErrorCode::from_name(code)), expected, "{code}");
        }
        for (code, expected) in [
            ("CHANNEL_NOT_SUPPORTED", VerifyEnrolmentResult::NotSupported),
            ("CHANNEL_ALREADY_REGISTERED", VerifyEnrolmentResult::AlreadySetUp),
            ("VERIFICATION_CODE_EXPIRED", VerifyEnrolmentResult::CodeExpired),
            ("VERIFICATION_CODE_INVALID", VerifyEnrolmentResult::Wrong),
            ("CREDENTIALS_INACTIVE", VerifyEnrolmentResult::CredentialsInactive),
            ("CHALLENGE_LIMIT_EXCEEDED", VerifyEnrolmentResult::LimitReached),
            (
                "ONE_CHALLENGE_LIMIT_REMAINING",
                VerifyEnrolmentResult::WrongLastAttemptLeft,
            ),
            ("STATE_INVALID", VerifyEnrolmentResult::NotPending),
            ("TYPE_DOES_NOT_SUPPORT_ENROLMENT", VerifyEnrolmentResult::NotSupported),
        ] {
            assert_eq!(verify_result(ErrorCode::from_name(code)), expected, "{code}");
        }
        let unlinked = |code| unlink_result(ErrorCode::from_name(code));
        assert_eq!(unlinked("CHANNEL_NOT_REGISTERED"), UnlinkResult::NotSetUp);
        assert_eq!(unlinked("CREDENTIALS_INACTIVE"), UnlinkResult::CredentialsInactive);
        for code in ["ACTIVE", "", "SOMETHING_NEW"] {
            let code = ErrorCode::from_name(code);
            assert_eq!(enrol_result(code.clone()), EnrolResult::Refused(code.clone()));
            assert_eq!(
                verify_result(code.clone()),
                VerifyEnrolmentResult::Refused(code.clone())
            );
            assert_eq!(unlink_result(code.clone()), UnlinkResult::Refused(code));
        }
    }
}
