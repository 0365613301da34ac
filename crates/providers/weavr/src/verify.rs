use http::{Method, StatusCode};
use zeroize::Zeroizing;

use super::{
    ChallengeId, ChallengeTarget, Channel, Endpoints, Weavr,
    call::{JSON, Response},
    code::ErrorCode,
    resource::{ResourceId, ResourceType},
};
use sca_core::{InvalidResponse, ProviderError, provider::is_otp, secret::Secret};

/// The result of verifying a code: <https://docs.weavr.io/payment-run/changelog/limited-otp-retries>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyResult {
    /// The code is correct. The caller has to read the target for its state.
    Accepted,
    /// The code is wrong.
    Wrong,
    /// The code is wrong, and the next attempt is the last.
    WrongLastAttemptLeft,
    /// The code is wrong, and no attempt is left. The target is rejected: the caller has to read it.
    LimitReached,
    /// The code has expired. Another can be sent.
    CodeExpired,
    /// The target does not wait for this code: it was confirmed, rejected or cancelled, or a newer code was sent. The caller has to read
    /// it.
    NotPending,
    /// The target was exempted and executed. The caller has to read it.
    Exempt,
    /// The session is stepped up already.
    AlreadyVerified,
    /// The customer has not enrolled the channel.
    NotSetUp,
    /// The channel has no codes, or is not supported for this operation.
    NotSupported,
    /// The code is not six digits. It was not verified, and no attempt was used.
    Malformed,
    /// The challenge or the target does not exist or is not the customer's.
    NotFound,
    /// Another error code.
    Refused(ErrorCode),
}

impl Weavr {
    /// Submits a code. `challenge` is the newest id that [`issue`](Self::issue) returned, if it returned one.
    ///
    /// # Errors
    /// When there is no usable response; [`ProviderError::Malformed`] when a challenge's id is required and missing.
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
        // A code has six digits: <https://docs.weavr.io/apis/authentication/challenges/>.
        if !is_otp(code.expose()) {
            return Ok(VerifyResult::Malformed);
        }
        match target {
            ChallengeTarget::Resources { kind, ids } => match self.endpoints {
                Endpoints::Current => {
                    let challenge = challenge.ok_or(ProviderError::Malformed)?;
                    let path = format!("/challenges/{}/otp/SMS/verify", challenge.as_str());
                    self.submit(token, "weavr-verify", &path, body(code, Some(*kind))).await
                }
                Endpoints::Deprecated => self.verify_each(token, *kind, ids, code).await,
            },
            ChallengeTarget::StepUp => {
                let path = "/stepup/challenges/otp/SMS/verify";
                self.submit(token, "weavr-stepup-verify", path, body(code, None)).await
            }
            ChallengeTarget::PayeeBatch(batch) => {
                let path = format!("/beneficiaries/batch/{}/challenges/otp/SMS/verify", batch.as_str());
                self.submit(token, "weavr-payees-verify", &path, body(code, None)).await
            }
        }
    }

    async fn submit(
        &self,
        token: &Secret,
        operation: &'static str,
        path: &str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<VerifyResult, ProviderError> {
        let call = self.request(operation, Method::POST, path, token)?.body(JSON, body);
        match self.send(call).await? {
            // A step-up has no other result, so only the documented status is a success.
            Response::Success(answer) if answer.status == StatusCode::NO_CONTENT => Ok(VerifyResult::Accepted),
            Response::Success(answer) => Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16()))),
            Response::Conflict(code) => Ok(verify_result(code)),
            Response::BadRequest(_) => Ok(VerifyResult::Malformed),
            Response::NotFound => Ok(VerifyResult::NotFound),
        }
    }

    /// Submits the code for each resource. A resource that is not pending is skipped if another one is; any other error ends the loop.
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
            match self.submit(token, "weavr-verify", &path, body(code, None)).await? {
                VerifyResult::Accepted => overall = VerifyResult::Accepted,
                skipped @ (VerifyResult::NotPending | VerifyResult::Exempt) => {
                    if overall == VerifyResult::NotPending {
                        overall = skipped;
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

/// The body, built without a serializer, so that no other buffer has a copy of the code.
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

fn verify_result(code: ErrorCode) -> VerifyResult {
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
        // Not documented for verifying a code.
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
    fn every_documented_error_code_is_mapped_and_none_is_a_success() {
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
            assert_eq!(verify_result(ErrorCode::from_name(code)), expected, "{code}");
        }
        for code in ["VERIFIED", "TAKEN", "", "RETRY_IN_15SEC", "NO_ERROR"] {
            assert!(
                matches!(verify_result(ErrorCode::from_name(code)), VerifyResult::Refused(_)),
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
            assert_eq!(is_otp(text), taken, "{text}");
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
