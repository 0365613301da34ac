use http::{Method, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    ChallengeId, ChallengeTarget, Channel, Endpoints, Weavr,
    call::{JSON, Response, idempotent},
    code::ErrorCode,
    resource::{ResourceId, ResourceType},
    values,
};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};

/// The result of issuing a challenge: <https://docs.weavr.io/apis/authentication/challenges/>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueResult {
    /// Weavr sent a code or a push request. Earlier codes are no longer valid.
    Issued {
        /// The challenge's id. `None` where the endpoint returns none; its verification needs none.
        challenge: Option<ChallengeId>,
    },
    /// The target is not pending: it was confirmed, rejected or cancelled, or a push request is open. The caller has to read it.
    NotPending,
    /// The target was exempted and executed. The caller has to read it.
    Exempt,
    /// The customer has not enrolled the channel.
    NotSetUp,
    /// The channel is not supported for this operation.
    NotSupported,
    /// No text message can be sent to the customer's number.
    NumberInvalid,
    /// No text message can be sent to the country of the number.
    CountryNotSupported,
    /// The last code was sent less than 15 seconds ago: <https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds>.
    TooEarly,
    /// Weavr sends no more codes. The resource has to be created again; for a step-up the customer has to sign in again.
    LimitReached,
    /// A resource does not exist or is not the customer's.
    NotFound,
    /// Another error code.
    Refused(ErrorCode),
}

impl Weavr {
    /// Issues a challenge. Only the newest one is valid. `idempotency_ref` is the idempotency key. The deprecated endpoints and those for
    /// payee batches accept none, so that a retry sends another code.
    ///
    /// # Errors
    /// When there is no usable response.
    pub async fn issue(
        &self,
        token: &Secret,
        target: &ChallengeTarget,
        channel: Channel,
        idempotency_ref: &str,
    ) -> Result<IssueResult, ProviderError> {
        match target {
            ChallengeTarget::Resources { kind, ids } => match self.endpoints {
                Endpoints::Current => {
                    let path = format!("/challenges/{}", channel.path());
                    let call = idempotent(
                        self.request("weavr-issue", Method::POST, &path, token)?,
                        idempotency_ref,
                    )?
                    .body(JSON, resources(*kind, ids));
                    let response = self.send(call).await?;
                    parse(response, ResponseBody::ChallengeId)
                }
                Endpoints::Deprecated => self.issue_each(token, *kind, ids, channel).await,
            },
            ChallengeTarget::StepUp => {
                let path = format!("/stepup/challenges/{}", channel.path());
                let call = idempotent(
                    self.request("weavr-stepup", Method::POST, &path, token)?,
                    idempotency_ref,
                )?;
                let response = self.send(call).await?;
                match channel {
                    // The third code of a session is a 409 in the OpenAPI document, and a 400 in the changelog:
                    // https://docs.weavr.io/payment-run/changelog/stepup-retry-15seconds
                    Channel::Sms => match response {
                        Response::BadRequest(Some(ErrorCode::InvalidRequest)) => Ok(IssueResult::LimitReached),
                        Response::BadRequest(_) | Response::Success(_) | Response::Conflict(_) | Response::NotFound => {
                            parse(response, ResponseBody::Empty)
                        }
                    },
                    Channel::Authy | Channel::Biometric => parse(response, ResponseBody::ChallengeId),
                }
            }
            ChallengeTarget::PayeeBatch(batch) => {
                let path = format!("/beneficiaries/batch/{}/challenges/{}", batch.as_str(), channel.path());
                let call = self.request("weavr-payees", Method::POST, &path, token)?;
                parse(self.send(call).await?, ResponseBody::Empty)
            }
        }
    }

    /// Issues one challenge for each resource. A resource that is not pending is skipped if another one is; any other error ends the loop.
    async fn issue_each(
        &self,
        token: &Secret,
        kind: ResourceType,
        ids: &[ResourceId],
        channel: Channel,
    ) -> Result<IssueResult, ProviderError> {
        let mut overall = IssueResult::NotPending;
        for id in ids {
            let path = format!("/{}/{}/challenges/{}", kind.as_str(), id.as_str(), channel.path());
            let call = self.request("weavr-issue", Method::POST, &path, token)?;
            match parse(self.send(call).await?, ResponseBody::Empty)? {
                issued @ IssueResult::Issued { .. } => overall = issued,
                skipped @ (IssueResult::NotPending | IssueResult::Exempt) => {
                    if overall == IssueResult::NotPending {
                        overall = skipped;
                    }
                }
                refusal @ (IssueResult::NotSetUp
                | IssueResult::NotSupported
                | IssueResult::NumberInvalid
                | IssueResult::CountryNotSupported
                | IssueResult::TooEarly
                | IssueResult::LimitReached
                | IssueResult::NotFound
                | IssueResult::Refused(_)) => return Ok(refusal),
            }
        }
        Ok(overall)
    }
}

fn resources(kind: ResourceType, ids: &[ResourceId]) -> Zeroizing<Vec<u8>> {
    let ids: Vec<&str> = ids.iter().map(ResourceId::as_str).collect();
    let body = serde_json::json!({"resourceType": kind.as_str(), "resourceIds": ids});
    Zeroizing::new(body.to_string().into_bytes())
}

/// Whether an endpoint returns the challenge's id.
#[derive(Clone, Copy)]
enum ResponseBody {
    ChallengeId,
    Empty,
}

fn parse(response: Response, body: ResponseBody) -> Result<IssueResult, ProviderError> {
    match response {
        Response::Success(answer) => {
            let challenge = match body {
                ResponseBody::ChallengeId if answer.status == StatusCode::OK => Some(challenge(&answer.body)?),
                ResponseBody::ChallengeId => {
                    return Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16())));
                }
                ResponseBody::Empty => None,
            };
            Ok(IssueResult::Issued { challenge })
        }
        Response::Conflict(code) => Ok(issue_result(code)),
        Response::BadRequest(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        Response::NotFound => Ok(IssueResult::NotFound),
    }
}

/// Parses `{"scaChallengeId": "115"}`, or for a step-up `{"id": "115"}`.
fn challenge(body: &[u8]) -> Result<ChallengeId, ProviderError> {
    let document: Value = serde_json::from_slice(body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body))?;
    let id = document.get("scaChallengeId").or_else(|| document.get("id"));
    id.and_then(values::id)
        .and_then(|id| ChallengeId::new(&id))
        .ok_or(ProviderError::Unusable(InvalidResponse::Body))
}

fn issue_result(code: ErrorCode) -> IssueResult {
    match code {
        ErrorCode::StateInvalid | ErrorCode::ChallengeNotPending => IssueResult::NotPending,
        ErrorCode::ExemptionApplied => IssueResult::Exempt,
        ErrorCode::ChannelNotRegistered => IssueResult::NotSetUp,
        ErrorCode::ChannelNotSupported => IssueResult::NotSupported,
        ErrorCode::NumberInvalid => IssueResult::NumberInvalid,
        ErrorCode::CountryNotSupported => IssueResult::CountryNotSupported,
        ErrorCode::RetryLater => IssueResult::TooEarly,
        ErrorCode::LimitExceeded => IssueResult::LimitReached,
        // Not documented for issuing a challenge.
        code @ (ErrorCode::ChannelAlreadyRegistered
        | ErrorCode::ChannelNotReady
        | ErrorCode::OneRemaining
        | ErrorCode::CodeInvalid
        | ErrorCode::CodeExpired
        | ErrorCode::AlreadyVerified
        | ErrorCode::NumberNotAvailable
        | ErrorCode::CredentialsInactive
        | ErrorCode::EnrolmentNotSupported
        | ErrorCode::PasscodeNotSet
        | ErrorCode::EnrolmentLimitExceeded
        | ErrorCode::InvalidRequest
        | ErrorCode::StepUpRequired
        | ErrorCode::AccessTokenRequired
        | ErrorCode::InsufficientPermissions
        | ErrorCode::Other(_)) => IssueResult::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_error_code_is_mapped_and_none_is_a_success() {
        for (code, expected) in [
            ("STATE_INVALID", IssueResult::NotPending),
            ("SCA_EXEMPTION_APPLIED", IssueResult::Exempt),
            ("CHANNEL_NOT_SUPPORTED", IssueResult::NotSupported),
            ("CHANNEL_NOT_REGISTERED", IssueResult::NotSetUp),
            ("MOBILE_NUMBER_INVALID", IssueResult::NumberInvalid),
            ("MOBILE_COUNTRY_NOT_SUPPORTED", IssueResult::CountryNotSupported),
            ("RETRY_IN_15SEC", IssueResult::TooEarly),
            ("CHALLENGE_LIMIT_EXCEEDED", IssueResult::LimitReached),
        ] {
            assert_eq!(issue_result(ErrorCode::from_name(code)), expected, "{code}");
        }
        for code in ["VERIFIED", "OK", "", "state_invalid", "VERIFICATION_CODE_INVALID"] {
            assert!(
                matches!(issue_result(ErrorCode::from_name(code)), IssueResult::Refused(_)),
                "{code}"
            );
        }
    }

    #[test]
    fn the_challenge_id_is_parsed_from_either_member() {
        for body in [
            r#"{"scaChallengeId":"115"}"#,
            r#"{"id":"115"}"#,
            r#"{"scaChallengeId":115}"#,
            r#"{"scaChallengeId":{"type":"x","id":"115"}}"#,
        ] {
            assert_eq!(challenge(body.as_bytes()).unwrap().as_str(), "115", "{body}");
        }
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"scaChallengeId":""}"#,
            r#"{"scaChallengeId":"../1"}"#,
            "<html>",
        ] {
            assert_eq!(
                challenge(body.as_bytes()),
                Err(ProviderError::Unusable(InvalidResponse::Body)),
                "{body}"
            );
        }
    }
}
