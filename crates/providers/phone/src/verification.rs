//! The code step of the partner's server: it sends a code to a number, and checks it. The contract is in `docs/integration.md`.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use sca_core::{
    CodeCheck, CodeRequest, CodeSendOutcome, InvalidResponse, PhoneVerification, ProviderError, Secret, VerificationId,
    provider::Answer,
};
use sca_provider_http::{Call, ProviderHttp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const JSON: &str = "application/json";

/// The partner's server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PartnerVerification {
    start: Target,
    check: Target,
    secret: Secret,
}

/// A URL of the partner's server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) http: ProviderHttp,
    pub(crate) path: String,
}

#[derive(Serialize)]
struct StartBody<'a> {
    enrolment: &'a str,
    customer: &'a str,
    number: &'a str,
}

#[derive(Serialize)]
struct CheckBody<'a> {
    verification: &'a str,
    code: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    verification: String,
    #[serde(default)]
    expires_in_seconds: Option<u32>,
}

#[derive(Deserialize)]
struct Checked {
    result: String,
}

impl PartnerVerification {
    pub(crate) fn new(start: Target, check: Target, secret: Secret) -> Self {
        Self { start, check, secret }
    }

    async fn call<T: Serialize>(
        &self,
        operation: &'static str,
        target: &Target,
        body: &T,
    ) -> Result<sca_provider_http::Answer, ProviderError> {
        // A buffer that grew would leave a copy of the number or the code behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
        serde_json::to_writer(&mut *bytes, body).map_err(|_| ProviderError::Malformed)?;
        let call = Call::new(operation, Method::POST, target.path.clone())
            .bearer(&self.secret)
            // The secret is the backend's own.
            .map_err(|_| ProviderError::ClientRefused(401))?
            .header(header::ACCEPT, HeaderValue::from_static(JSON))
            .body(JSON, bytes);
        let answer = target
            .http
            .call(call)
            .await
            .map_err(ProviderError::of_own_credentials)?;
        match answer.status {
            StatusCode::FORBIDDEN => Err(ProviderError::ClientRefused(403)),
            _ => Ok(answer),
        }
    }
}

impl PhoneVerification for PartnerVerification {
    fn call_timeout(&self) -> Duration {
        self.start.http.total()
    }

    fn start<'a>(&'a self, request: &'a CodeRequest<'a>) -> Answer<'a, CodeSendOutcome> {
        Box::pin(async move {
            let body = StartBody {
                enrolment: request.enrolment,
                customer: request.customer,
                number: request.number.expose(),
            };
            let answer = self.call("start", &self.start, &body).await?;
            match answer.status {
                StatusCode::OK | StatusCode::CREATED => {
                    read_started(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))
                }
                StatusCode::UNPROCESSABLE_ENTITY => Ok(CodeSendOutcome::Unreachable),
                status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
            }
        })
    }

    fn check<'a>(&'a self, verification: &'a VerificationId, code: &'a Secret) -> Answer<'a, CodeCheck> {
        Box::pin(async move {
            let body = CheckBody {
                verification: verification.as_str(),
                code: code.expose(),
            };
            let answer = self.call("check", &self.check, &body).await?;
            match answer.status {
                StatusCode::OK => read_checked(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body)),
                // The partner no longer knows the verification.
                StatusCode::NOT_FOUND | StatusCode::GONE => Ok(CodeCheck::Expired),
                status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
            }
        })
    }
}

fn read_started(body: &[u8]) -> Option<CodeSendOutcome> {
    let started: Started = serde_json::from_slice(body).ok()?;
    Some(CodeSendOutcome::Sent {
        verification: VerificationId::new(&started.verification)?,
        lifetime: started
            .expires_in_seconds
            .map(|seconds| Duration::from_secs(seconds.into())),
    })
}

/// An unknown result is no result, and never a correct code.
fn read_checked(body: &[u8]) -> Option<CodeCheck> {
    let checked: Checked = serde_json::from_slice(body).ok()?;
    match checked.result.as_str() {
        "correct" => Some(CodeCheck::Correct),
        "wrong" => Some(CodeCheck::Wrong),
        "expired" => Some(CodeCheck::Expired),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_correct_is_a_correct_code() {
        for (body, expected) in [
            (r#"{"result":"correct"}"#, Some(CodeCheck::Correct)),
            (r#"{"result":"wrong","more":1}"#, Some(CodeCheck::Wrong)),
            (r#"{"result":"expired"}"#, Some(CodeCheck::Expired)),
            (r#"{"result":"Correct"}"#, None),
            (r#"{"result":"ok"}"#, None),
            (r#"{"result":true}"#, None),
            ("{}", None),
            ("", None),
            ("<html>", None),
        ] {
            assert_eq!(read_checked(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_verification_without_a_usable_id_is_none() {
        let sent = |seconds: Option<u64>| CodeSendOutcome::Sent {
            verification: VerificationId::new("ver_1").unwrap(),
            lifetime: seconds.map(Duration::from_secs),
        };
        for (body, expected) in [
            (r#"{"verification":"ver_1"}"#, Some(sent(None))),
            (
                r#"{"verification":"ver_1","expiresInSeconds":60}"#,
                Some(sent(Some(60))),
            ),
            (r#"{"verification":""}"#, None),
            (r#"{"verification":"a b"}"#, None),
            (r#"{"verification":"ver_1","expiresInSeconds":-1}"#, None),
            ("{}", None),
        ] {
            assert_eq!(read_started(body.as_bytes()), expected, "{body}");
        }
    }
}
