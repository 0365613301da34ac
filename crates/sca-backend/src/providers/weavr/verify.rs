use axum::http::{Method, StatusCode};
use zeroize::Zeroizing;

use super::{
    ChallengeId, ChallengeTarget, Channel, Endpoints, Weavr,
    call::{JSON, Said},
    code::ErrorCode,
    resource::{ResourceId, ResourceType},
};
use crate::providers::{InvalidResponse, ProviderError};
use sca_core::secret::Secret;

/// How many digits a code has.
const CODE_DIGITS: usize = 6;

/// What Weavr said to a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyResult {
    /// It was taken. What became of what it confirms, reading that says.
    Accepted,
    /// It is wrong.
    Wrong,
    /// It is wrong, and the next one is the last.
    WrongLastAttemptLeft,
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
    /// Weavr does not know the challenge or its target, or not as the customer's.
    NotFound,
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
        target: &ChallengeTarget,
        channel: Channel,
        challenge: Option<&ChallengeId>,
        code: &Secret,
    ) -> Result<VerifyResult, ProviderError> {
        match channel {
            Channel::Sms => {}
            Channel::Authy | Channel::Biometric => return Ok(VerifyResult::NotSupported),
        }
        if !is_code(code.expose()) {
            return Ok(VerifyResult::Malformed);
        }
        match target {
            ChallengeTarget::Resources { kind, ids } => match self.endpoints {
                Endpoints::Current => {
                    let challenge = challenge.ok_or(ProviderError::Malformed)?;
                    let path = format!("/challenges/{}/otp/SMS/verify", challenge.as_str());
                    self.put(token, "weavr-verify", &path, body(code, Some(*kind))).await
                }
                Endpoints::Deprecated => self.verify_each(token, *kind, ids, code).await,
            },
            ChallengeTarget::StepUp => {
                let path = "/stepup/challenges/otp/SMS/verify";
                self.put(token, "weavr-stepup-verify", path, body(code, None)).await
            }
            ChallengeTarget::PayeeBatch(batch) => {
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
    ) -> Result<VerifyResult, ProviderError> {
        let call = self.request(operation, Method::POST, path, token)?.body(JSON, body);
        match self.ask(call).await? {
            // For a step-up this is all that is ever said: the one answer that counts is the documented one.
            Said::Done(answer) if answer.status == StatusCode::NO_CONTENT => Ok(VerifyResult::Accepted),
            Said::Done(answer) => Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16()))),
            Said::Conflict(code) => Ok(meaning(code)),
            Said::Syntax(_) => Ok(VerifyResult::Malformed),
            Said::Missing => Ok(VerifyResult::NotFound),
        }
    }

    /// The same code for each. One that no longer waits is passed over as long as another does; any other refusal ends it.
    async fn verify_each(
        &self,
        token: &Secret,
        kind: ResourceType,
        ids: &[ResourceId],
        code: &Secret,
    ) -> Result<VerifyResult, ProviderError> {
        let mut overall = VerifyResult::NotPending;
        for id in ids {
            let path = format!("/{}/{}/challenges/otp/SMS/verify", kind.as_str(), id.as_str());
            match self.put(token, "weavr-verify", &path, body(code, None)).await? {
                VerifyResult::Accepted => overall = VerifyResult::Accepted,
                passed_over @ (VerifyResult::NotPending | VerifyResult::Exempt) => {
                    if overall == VerifyResult::NotPending {
                        overall = passed_over;
                    }
                }
                refusal @ (VerifyResult::Wrong
                | VerifyResult::WrongLastAttemptLeft
                | VerifyResult::LimitReached
                | VerifyResult::CodeExpired
                | VerifyResult::AlreadyVerified
                | VerifyResult::NotSetUp
                | VerifyResult::NotSupported
                | VerifyResult::Malformed
                | VerifyResult::NotFound
                | VerifyResult::Refused(_)) => return Ok(refusal),
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

fn meaning(code: ErrorCode) -> VerifyResult {
    match code {
        ErrorCode::CodeInvalid => VerifyResult::Wrong,
        ErrorCode::OneRemaining => VerifyResult::WrongLastAttemptLeft,
        ErrorCode::LimitExceeded => VerifyResult::LimitReached,
        ErrorCode::CodeExpired => VerifyResult::CodeExpired,
        ErrorCode::StateInvalid | ErrorCode::ChallengeNotPending => VerifyResult::NotPending,
        ErrorCode::ExemptionApplied => VerifyResult::Exempt,
        ErrorCode::AlreadyVerified => VerifyResult::AlreadyVerified,
        ErrorCode::ChannelNotRegistered => VerifyResult::NotSetUp,
        ErrorCode::ChannelNotSupported => VerifyResult::NotSupported,
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
        | ErrorCode::Other(_)) => VerifyResult::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_documented_word_has_a_meaning_and_none_is_a_success() {
        for (code, expected) in [
            ("STATE_INVALID", VerifyResult::NotPending),
            ("CHALLENGE_NOT_PENDING", VerifyResult::NotPending),
            ("CHANNEL_NOT_SUPPORTED", VerifyResult::NotSupported),
            ("CHANNEL_NOT_REGISTERED", VerifyResult::NotSetUp),
            ("VERIFICATION_CODE_EXPIRED", VerifyResult::CodeExpired),
            ("VERIFICATION_CODE_INVALID", VerifyResult::Wrong),
            ("ONE_CHALLENGE_LIMIT_REMAINING", VerifyResult::WrongLastAttemptLeft),
            ("CHALLENGE_LIMIT_EXCEEDED", VerifyResult::LimitReached),
            ("SCA_EXEMPTION_APPLIED", VerifyResult::Exempt),
            ("ALREADY_VERIFIED", VerifyResult::AlreadyVerified),
        ] {
            assert_eq!(meaning(ErrorCode::from_name(code)), expected, "{code}");
        }
        for code in ["VERIFIED", "TAKEN", "", "RETRY_IN_15SEC", "NO_ERROR"] {
            assert!(
                matches!(meaning(ErrorCode::from_name(code)), VerifyResult::Refused(_)),
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
