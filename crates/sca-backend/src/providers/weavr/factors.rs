//! The ways that a customer has set up to confirm things, and setting them up.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::{
    Channel, Weavr,
    call::{JSON, Said},
    code::ErrorCode,
    open_names::names,
    verify::{body, is_code},
};
use crate::providers::{InvalidResponse, ProviderError};
use sca_core::secret::Secret;

names! {
    /// The channel of a way to confirm things, which may be one that is not known here.
    ChannelName {
        /// A code by text message.
        Sms = "SMS",
        /// The Authy app.
        Authy = "AUTHY",
        /// A fingerprint or face in the embedder's own app.
        Biometric = "BIOMETRIC",
    }
}

names! {
    /// Whether a way can be used.
    FactorStatus {
        /// Not yet: the customer has begun to set it up.
        PendingVerification = "PENDING_VERIFICATION",
        /// Yes.
        Active = "ACTIVE",
        /// No.
        Inactive = "INACTIVE",
    }
}

/// One way that a customer has to confirm things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorState {
    /// Over which channel.
    pub channel: ChannelName,
    /// Whether it can be used.
    pub status: FactorStatus,
}

impl FactorState {
    /// The channel, when it can be used and is known here.
    #[must_use]
    pub fn active(&self) -> Option<Channel> {
        match self.status {
            FactorStatus::Active => self.channel.known(),
            FactorStatus::PendingVerification | FactorStatus::Inactive | FactorStatus::Other(_) => None,
        }
    }
}

impl ChannelName {
    /// The channel, when it is known here.
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

/// What came of beginning to set a way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnrolResult {
    /// A code or a request is on its way to the customer.
    Started,
    /// It is set up already.
    AlreadySetUp,
    /// It cannot be set up from here, or not by customers of this kind.
    NotSupported,
    /// Not yet; Weavr has to make it ready first.
    NotReady,
    /// Weavr has no number of the customer's.
    NumberMissing,
    /// No text can be sent to the customer's number.
    NumberInvalid,
    /// No text can be sent to the number's country.
    CountryNotSupported,
    /// The customer has chosen no passcode yet.
    PasscodeMissing,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// It was tried too often.
    LimitReached,
    /// Weavr does not know it.
    NotFound,
    /// Something else, which is not a success.
    Refused(ErrorCode),
}

/// What Weavr said to the code that ends setting a way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyEnrolmentResult {
    /// It was taken: the way can be used, and the customer's session is stepped up.
    Accepted,
    /// It is wrong.
    Wrong,
    /// It is wrong, and the next one is the last.
    WrongLastAttemptLeft,
    /// No more tries.
    LimitReached,
    /// The code is too old.
    CodeExpired,
    /// Nothing waits for a code.
    NotPending,
    /// It is set up already.
    AlreadySetUp,
    /// It cannot be set up from here, or not by customers of this kind.
    NotSupported,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// Not six digits. It was not looked at.
    Malformed,
    /// Weavr does not know it.
    NotFound,
    /// Something else, which is not a success.
    Refused(ErrorCode),
}

/// What came of giving a way up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnlinkResult {
    /// The customer no longer has it.
    Unlinked,
    /// The customer did not have it.
    NotSetUp,
    /// It cannot be given up.
    NotSupported,
    /// The customer's credentials are inactive.
    CredentialsInactive,
    /// Something else, which is not a success.
    Refused(ErrorCode),
}

impl Weavr {
    /// The ways that the customer has set up or begun to.
    ///
    /// # Errors
    /// When Weavr does not say.
    pub async fn factors(&self, token: &Secret) -> Result<Vec<FactorState>, ProviderError> {
        let call = self.request("weavr-factors", Method::GET, "/authentication_factors", token)?;
        match self.ask(call).await? {
            Said::Done(answer) => read(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body)),
            Said::Conflict(_) => Err(status(409)),
            Said::Syntax(_) => Err(status(400)),
            Said::Missing => Err(status(404)),
        }
    }

    /// Begins to set a way up: a code for [`Channel::Sms`], a request in the app for [`Channel::Authy`]. [`Channel::Biometric`] is
    /// set up on the phone alone.
    ///
    /// # Errors
    /// When Weavr does not say what came of it; [`ProviderError::StepUpRequired`] where the session has to be stepped up first.
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
        let call = self
            .request("weavr-enrol", Method::POST, &path, token)?
            .once(idempotency_ref)?;
        match self.ask(call).await? {
            Said::Done(answer) => done(answer.status).map(|()| EnrolResult::Started),
            Said::Conflict(code) => Ok(enrolling(code)),
            Said::Syntax(_) => Err(status(400)),
            Said::Missing => Ok(EnrolResult::NotFound),
        }
    }

    /// Ends setting codes by text message up.
    ///
    /// # Errors
    /// When Weavr does not say what came of it.
    pub async fn verify_enrolment(
        &self,
        token: &Secret,
        code: &Secret,
    ) -> Result<VerifyEnrolmentResult, ProviderError> {
        if !is_code(code.expose()) {
            return Ok(VerifyEnrolmentResult::Malformed);
        }
        let path = "/authentication_factors/otp/SMS/verify";
        let call = self
            .request("weavr-enrol-verify", Method::POST, path, token)?
            .body(JSON, body(code, None));
        match self.ask(call).await? {
            Said::Done(answer) => done(answer.status).map(|()| VerifyEnrolmentResult::Accepted),
            Said::Conflict(code) => Ok(verifying(code)),
            Said::Syntax(_) => Ok(VerifyEnrolmentResult::Malformed),
            Said::Missing => Ok(VerifyEnrolmentResult::NotFound),
        }
    }

    /// Gives a way up. Codes by text message cannot be.
    ///
    /// # Errors
    /// When Weavr does not say what came of it; [`ProviderError::StepUpRequired`] unless the session is stepped up.
    pub async fn unlink(&self, token: &Secret, channel: Channel) -> Result<UnlinkResult, ProviderError> {
        let path = match channel {
            Channel::Authy | Channel::Biometric => format!("/authentication_factors/{}", channel.path()),
            Channel::Sms => return Ok(UnlinkResult::NotSupported),
        };
        let call = self.request("weavr-unlink", Method::DELETE, &path, token)?;
        match self.ask(call).await? {
            Said::Done(answer) => done(answer.status).map(|()| UnlinkResult::Unlinked),
            Said::Conflict(code) => Ok(unlinking(code)),
            Said::Syntax(_) => Err(status(400)),
            Said::Missing => Ok(UnlinkResult::NotSetUp),
        }
    }
}

fn status(status: u16) -> ProviderError {
    ProviderError::Unusable(InvalidResponse::Status(status))
}

/// The one answer that is documented.
fn done(answered: StatusCode) -> Result<(), ProviderError> {
    if answered == StatusCode::NO_CONTENT {
        Ok(())
    } else {
        Err(status(answered.as_u16()))
    }
}

/// `{"factors": [{"type", "status", "channel"}]}`. `None` unless every one can be read: a way that is left out would look like one
/// that was never set up.
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

fn enrolling(code: ErrorCode) -> EnrolResult {
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
        // Not documented where something is set up.
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

fn verifying(code: ErrorCode) -> VerifyEnrolmentResult {
    match code {
        ErrorCode::CodeInvalid => VerifyEnrolmentResult::Wrong,
        ErrorCode::OneRemaining => VerifyEnrolmentResult::WrongLastAttemptLeft,
        ErrorCode::LimitExceeded => VerifyEnrolmentResult::LimitReached,
        ErrorCode::CodeExpired => VerifyEnrolmentResult::CodeExpired,
        ErrorCode::StateInvalid => VerifyEnrolmentResult::NotPending,
        ErrorCode::ChannelAlreadyRegistered => VerifyEnrolmentResult::AlreadySetUp,
        ErrorCode::ChannelNotSupported | ErrorCode::EnrolmentNotSupported => VerifyEnrolmentResult::NotSupported,
        ErrorCode::CredentialsInactive => VerifyEnrolmentResult::CredentialsInactive,
        // Not documented where the code of an enrolment is verified.
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

fn unlinking(code: ErrorCode) -> UnlinkResult {
    match code {
        ErrorCode::ChannelNotRegistered => UnlinkResult::NotSetUp,
        ErrorCode::CredentialsInactive => UnlinkResult::CredentialsInactive,
        // Not documented where something is given up.
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
    fn only_what_is_active_and_known_can_be_offered() {
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
    fn every_documented_word_has_a_meaning_and_none_is_a_success() {
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
            assert_eq!(enrolling(ErrorCode::from_name(code)), expected, "{code}");
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
            assert_eq!(verifying(ErrorCode::from_name(code)), expected, "{code}");
        }
        let given_up = |code| unlinking(ErrorCode::from_name(code));
        assert_eq!(given_up("CHANNEL_NOT_REGISTERED"), UnlinkResult::NotSetUp);
        assert_eq!(given_up("CREDENTIALS_INACTIVE"), UnlinkResult::CredentialsInactive);
        for code in ["ACTIVE", "", "SOMETHING_NEW"] {
            let code = ErrorCode::from_name(code);
            assert_eq!(enrolling(code.clone()), EnrolResult::Refused(code.clone()));
            assert_eq!(verifying(code.clone()), VerifyEnrolmentResult::Refused(code.clone()));
            assert_eq!(unlinking(code.clone()), UnlinkResult::Refused(code));
        }
    }
}
