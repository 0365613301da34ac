use axum::http::{Method, StatusCode};
use zeroize::Zeroizing;

use super::{
    ChallengeId, Channel, Endpoints, Subject, Weavr,
    call::{JSON, Said},
    code::ErrorCode,
    resource::{ResourceId, ResourceType},
};
use crate::{
    provider::{Flaw, ProviderError},
    secret::Secret,
};

/// How many digits a code has.
const CODE_DIGITS: usize = 6;

/// What Weavr said to a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verifying {
    /// It was taken. What became of what it confirms, reading that says.
    Taken,
    /// It is wrong.
    Wrong,
    /// It is wrong, and the next one is the last.
    WrongOneLeft,
    /// It is wrong, and was the last; or others were before it. What it was for is rejected: read it.
    LimitReached,
    /// The code is too old; another can be sent.
    CodeExpired,
    /// Nothing waits for this code: it was confirmed, rejected or cancelled, or a newer code was sent. Read it.
    NotPending,
    /// It was carried out without confirmation in the meantime. Read it.
    Exempt,
    /// The session was stepped up before.
    AlreadyVerified,
    /// The customer has not set the channel up.
    NotSetUp,
    /// There are no codes on this channel, or not for this.
    NotSupported,
    /// Not six digits. It was not looked at, and no try was used.
    Malformed,
    /// Weavr does not know the challenge or its subject, or not as the customer's.
    Missing,
    /// Something else, which is not a success.
    Refused(ErrorCode),
}

impl Weavr {
    /// Puts a code before Weavr. `challenge` is the newest that [`issue`](Self::issue) gave, if it gave one.
    ///
    /// # Errors
    /// When Weavr does not say what came of it; [`ProviderError::Malformed`] when a challenge's name is needed and there is none.
    pub async fn verify(
        &self,
        token: &Secret,
        subject: &Subject,
        channel: Channel,
        challenge: Option<&ChallengeId>,
        code: &Secret,
    ) -> Result<Verifying, ProviderError> {
        match channel {
            Channel::Sms => {}
            Channel::Authy | Channel::Biometric => return Ok(Verifying::NotSupported),
        }
        if !is_code(code.expose()) {
            return Ok(Verifying::Malformed);
        }
        match subject {
            Subject::Resources { kind, ids } => match self.endpoints {
                Endpoints::Current => {
                    let challenge = challenge.ok_or(ProviderError::Malformed)?;
                    let path = format!("/challenges/{}/otp/SMS/verify", challenge.as_str());
                    self.put(token, "weavr-verify", &path, body(code, Some(*kind))).await
                }
                Endpoints::Deprecated => self.verify_each(token, *kind, ids, code).await,
            },
            Subject::StepUp => {
                let path = "/stepup/challenges/otp/SMS/verify";
                self.put(token, "weavr-stepup-verify", path, body(code, None)).await
            }
            Subject::PayeeBatch(batch) => {
                let path = format!("/beneficiaries/batch/{}/challenges/otp/SMS/verify", batch.as_str());
                self.put(token, "weavr-payees-verify", &path, body(code, None)).await
            }
        }
    }

    async fn put(
        &self,
        token: &Secret,
        operation: &'static str,
        path: &str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Verifying, ProviderError> {
        let call = self.request(operation, Method::POST, path, token)?.body(JSON, body);
        match self.ask(call).await? {
            // For a step-up this is all that is ever said: the one answer that counts is the documented one.
            Said::Done(answer) if answer.status == StatusCode::NO_CONTENT => Ok(Verifying::Taken),
            Said::Done(answer) => Err(ProviderError::Unusable(Flaw::Status(answer.status.as_u16()))),
            Said::Conflict(code) => Ok(meaning(code)),
            Said::Syntax(_) => Ok(Verifying::Malformed),
            Said::Missing => Ok(Verifying::Missing),
        }
    }

    /// The same code for each. One that no longer waits is passed over as long as another does; any other refusal ends it.
    async fn verify_each(
        &self,
        token: &Secret,
        kind: ResourceType,
        ids: &[ResourceId],
        code: &Secret,
    ) -> Result<Verifying, ProviderError> {
        let mut overall = Verifying::NotPending;
        for id in ids {
            let path = format!("/{}/{}/challenges/otp/SMS/verify", kind.as_str(), id.as_str());
            match self.put(token, "weavr-verify", &path, body(code, None)).await? {
                Verifying::Taken => overall = Verifying::Taken,
                passed_over @ (Verifying::NotPending | Verifying::Exempt) => {
                    if overall == Verifying::NotPending {
                        overall = passed_over;
                    }
                }
                refusal @ (Verifying::Wrong
                | Verifying::WrongOneLeft
                | Verifying::LimitReached
                | Verifying::CodeExpired
                | Verifying::AlreadyVerified
                | Verifying::NotSetUp
                | Verifying::NotSupported
                | Verifying::Malformed
                | Verifying::Missing
                | Verifying::Refused(_)) => return Ok(refusal),
            }
        }
        Ok(overall)
    }
}

/// Whether a text is a code: six digits of ASCII, which nothing has to be escaped for.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == CODE_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Written by hand, so that the code stands nowhere else.
pub(super) fn body(code: &Secret, kind: Option<ResourceType>) -> Zeroizing<Vec<u8>> {
    let mut body = Zeroizing::new(Vec::with_capacity(96));
    body.extend_from_slice(b"{\"verificationCode\":\"");
    body.extend_from_slice(code.expose().as_bytes());
    if let Some(kind) = kind {
        body.extend_from_slice(b"\",\"resourceType\":\"");
        body.extend_from_slice(kind.as_str().as_bytes());
    }
    body.extend_from_slice(b"\"}");
    body
}

fn meaning(code: ErrorCode) -> Verifying {
    match code {
        ErrorCode::CodeInvalid => Verifying::Wrong,
        ErrorCode::OneRemaining => Verifying::WrongOneLeft,
        ErrorCode::LimitExceeded => Verifying::LimitReached,
        ErrorCode::CodeExpired => Verifying::CodeExpired,
        ErrorCode::StateInvalid | ErrorCode::ChallengeNotPending => Verifying::NotPending,
        ErrorCode::ExemptionApplied => Verifying::Exempt,
        ErrorCode::AlreadyVerified => Verifying::AlreadyVerified,
        ErrorCode::ChannelNotRegistered => Verifying::NotSetUp,
        ErrorCode::ChannelNotSupported => Verifying::NotSupported,
        // Not documented where a code is verified.
        code @ (ErrorCode::ChannelAlreadyRegistered
        | ErrorCode::ChannelNotReady
        | ErrorCode::RetryLater
        | ErrorCode::NumberInvalid
        | ErrorCode::NumberNotAvailable
        | ErrorCode::CountryNotSupported
        | ErrorCode::CredentialsInactive
        | ErrorCode::EnrolmentNotSupported
        | ErrorCode::PasscodeNotSet
        | ErrorCode::EnrolmentLimitExceeded
        | ErrorCode::InvalidRequest
        | ErrorCode::StepUpRequired
        | ErrorCode::AccessTokenRequired
        | ErrorCode::InsufficientPermissions
        | ErrorCode::Other(_)) => Verifying::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_documented_word_has_a_meaning_and_none_is_a_success() {
        for (code, expected) in [
            ("STATE_INVALID", Verifying::NotPending),
            ("CHALLENGE_NOT_PENDING", Verifying::NotPending),
            ("CHANNEL_NOT_SUPPORTED", Verifying::NotSupported),
            ("CHANNEL_NOT_REGISTERED", Verifying::NotSetUp),
            ("VERIFICATION_CODE_EXPIRED", Verifying::CodeExpired),
            ("VERIFICATION_CODE_INVALID", Verifying::Wrong),
            ("ONE_CHALLENGE_LIMIT_REMAINING", Verifying::WrongOneLeft),
            ("CHALLENGE_LIMIT_EXCEEDED", Verifying::LimitReached),
            ("SCA_EXEMPTION_APPLIED", Verifying::Exempt),
            ("ALREADY_VERIFIED", Verifying::AlreadyVerified),
        ] {
            assert_eq!(meaning(ErrorCode::from_name(code)), expected, "{code}");
        }
        for code in ["VERIFIED", "TAKEN", "", "RETRY_IN_15SEC", "NO_ERROR"] {
            assert!(
                matches!(meaning(ErrorCode::from_name(code)), Verifying::Refused(_)),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_is_six_digits_and_the_body_is_json() {
        for (text, taken) in [
            ("123456", true),
            ("12345", false),
            ("1234567", false),
            ("12345a", false),
            ("12345\"", false),
            ("１２３", false),
            ("", false),
        ] {
            assert_eq!(is_code(text), taken, "{text}");
        }
        let code = Secret::new("012345".into());
        let read = |kind| serde_json::from_slice::<Value>(&body(&code, kind)).unwrap();
        assert_eq!(read(None), json!({"verificationCode": "012345"}));
        assert_eq!(
            read(Some(ResourceType::Sends)),
            json!({"verificationCode": "012345", "resourceType": "sends"})
        );
    }
}
