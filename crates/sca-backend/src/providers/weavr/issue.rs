use axum::http::{Method, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    ChallengeId, ChallengeTarget, Channel, Endpoints, Weavr,
    call::{JSON, Said},
    code::ErrorCode,
    resource::{ResourceId, ResourceType},
    values,
};
use crate::providers::{InvalidResponse, ProviderError};
use sca_core::secret::Secret;

/// What came of asking for a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueResult {
    /// A code or a request is on its way. Codes that were sent before are dead.
    Issued {
        /// What to verify under; where Weavr gives no name, none is needed.
        challenge: Option<ChallengeId>,
    },
    /// It does not wait for confirmation: it was confirmed, rejected or cancelled, or a request to the phone is still open. Read it.
    NotPending,
    /// It was carried out without confirmation in the meantime. Read it.
    Exempt,
    /// The customer has not set the channel up.
    NotSetUp,
    /// The channel cannot be used for this.
    NotSupported,
    /// No text can be sent to the customer's number.
    NumberInvalid,
    /// No text can be sent to the number's country.
    CountryNotSupported,
    /// The last code was sent less than fifteen seconds ago.
    TooEarly,
    /// No more codes are sent. Whatever is to be confirmed has to be made anew; for a step-up, the customer signs in again.
    LimitReached,
    /// Weavr does not know one of the correlation_keys, or not as the customer's.
    NotFound,
    /// Something else, which is not a success.
    Refused(ErrorCode),
}

impl Weavr {
    /// Has a code or a request sent. The newest challenge is the one that counts. `idempotency_ref` names this very attempt; the
    /// deprecated endpoints for transfers and sends and those for payees take none, so a repeat sends again.
    ///
    /// # Errors
    /// When Weavr does not say what came of it.
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
                    let call = self
                        .request("weavr-issue", Method::POST, &path, token)?
                        .once(idempotency_ref)?
                        .body(JSON, resources(*kind, ids));
                    let said = self.ask(call).await?;
                    read(said, Answers::Name)
                }
                Endpoints::Deprecated => self.issue_each(token, *kind, ids, channel).await,
            },
            ChallengeTarget::StepUp => {
                let path = format!("/stepup/challenges/{}", channel.path());
                let call = self
                    .request("weavr-stepup", Method::POST, &path, token)?
                    .once(idempotency_ref)?;
                let said = self.ask(call).await?;
                match channel {
                    // The third code of a session: 409 in the specification, 400 in the changelog.
                    Channel::Sms => match said {
                        Said::Syntax(Some(ErrorCode::InvalidRequest)) => Ok(IssueResult::LimitReached),
                        Said::Syntax(_) | Said::Done(_) | Said::Conflict(_) | Said::Missing => {
                            read(said, Answers::Nothing)
                        }
                    },
                    Channel::Authy | Channel::Biometric => read(said, Answers::Name),
                }
            }
            ChallengeTarget::PayeeBatch(batch) => {
                let path = format!("/beneficiaries/batch/{}/challenges/{}", batch.as_str(), channel.path());
                let call = self.request("weavr-payees", Method::POST, &path, token)?;
                read(self.ask(call).await?, Answers::Nothing)
            }
        }
    }

    /// A challenge for each. One that no longer waits is passed over as long as another does; any other refusal ends it.
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
            match read(self.ask(call).await?, Answers::Nothing)? {
                issued @ IssueResult::Issued { .. } => overall = issued,
                passed_over @ (IssueResult::NotPending | IssueResult::Exempt) => {
                    if overall == IssueResult::NotPending {
                        overall = passed_over;
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

/// Whether an endpoint names the challenge that it made.
#[derive(Clone, Copy)]
enum Answers {
    Name,
    Nothing,
}

fn read(said: Said, answers: Answers) -> Result<IssueResult, ProviderError> {
    match said {
        Said::Done(answer) => {
            let challenge = match answers {
                Answers::Name if answer.status == StatusCode::OK => Some(challenge(&answer.body)?),
                Answers::Name => return Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16()))),
                Answers::Nothing => None,
            };
            Ok(IssueResult::Issued { challenge })
        }
        Said::Conflict(code) => Ok(meaning(code)),
        Said::Syntax(_) => Err(ProviderError::Unusable(InvalidResponse::Status(400))),
        Said::Missing => Ok(IssueResult::NotFound),
    }
}

/// `{"scaChallengeId": "115"}`, and for a step-up `{"id": "115"}`.
fn challenge(body: &[u8]) -> Result<ChallengeId, ProviderError> {
    let document: Value = serde_json::from_slice(body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body))?;
    let name = document.get("scaChallengeId").or_else(|| document.get("id"));
    name.and_then(values::id)
        .and_then(|name| ChallengeId::new(&name))
        .ok_or(ProviderError::Unusable(InvalidResponse::Body))
}

fn meaning(code: ErrorCode) -> IssueResult {
    match code {
        ErrorCode::StateInvalid | ErrorCode::ChallengeNotPending => IssueResult::NotPending,
        ErrorCode::ExemptionApplied => IssueResult::Exempt,
        ErrorCode::ChannelNotRegistered => IssueResult::NotSetUp,
        ErrorCode::ChannelNotSupported => IssueResult::NotSupported,
        ErrorCode::NumberInvalid => IssueResult::NumberInvalid,
        ErrorCode::CountryNotSupported => IssueResult::CountryNotSupported,
        ErrorCode::RetryLater => IssueResult::TooEarly,
        ErrorCode::LimitExceeded => IssueResult::LimitReached,
        // Not documented where a challenge is asked for.
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
    fn every_documented_word_has_a_meaning_and_none_but_success_is_one() {
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
            assert_eq!(meaning(ErrorCode::from_name(code)), expected, "{code}");
        }
        for code in ["VERIFIED", "OK", "", "state_invalid", "VERIFICATION_CODE_INVALID"] {
            assert!(
                matches!(meaning(ErrorCode::from_name(code)), IssueResult::Refused(_)),
                "{code}"
            );
        }
    }

    #[test]
    fn a_challenge_has_a_name_in_either_member() {
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
