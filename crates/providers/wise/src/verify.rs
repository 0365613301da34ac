//! Submitting a verification attempt to Wise: a PIN (<https://docs.wise.com/api-reference/sca-pin/scapinverify>), the fingerprint of a
//! device (<https://docs.wise.com/api-reference/sca-device-fingerprints>) or a one-time code
//! (<https://docs.wise.com/api-reference/sca-otp>).

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use zeroize::Zeroizing;

use sca_core::provider::TokenSession;

use super::{
    ONE_TIME_TOKEN, Wise, jwe,
    paths::{Channel, ProfileId, SecretFactor},
    refusal,
};
use sca_core::{InvalidResponse, ProviderError, VerificationResult, VerificationVerdict};
use sca_provider_http::{Answer, Call, sensitive};

const JOSE: &str = "application/jose+json";
const JOSE_METHOD: HeaderName = HeaderName::from_static("x-tw-jose-method");

impl Wise {
    /// Submits an encrypted PIN or fingerprint unchanged. Only the browser can decrypt Wise's encrypted response:
    /// <https://docs.wise.com/guides/developer/auth-and-security/jose-jwe>.
    ///
    /// # Errors
    /// When Wise gives no verdict.
    pub async fn verify_secret(
        &self,
        session: &TokenSession,
        factor: SecretFactor,
        jwe: &str,
    ) -> Result<VerificationResult, ProviderError> {
        let profile = session.profile.as_deref().and_then(ProfileId::new);
        let path = self
            .paths
            .secret_verify(factor, profile.as_ref())
            .ok_or(ProviderError::Unusable(InvalidResponse::Status(404)))?;
        let operation = match factor {
            SecretFactor::Pin => "verify-pin",
            SecretFactor::DeviceFingerprint => "verify-device",
        };
        let call = encrypted(self.verification_call(operation, session, path)?, jwe);
        let answer = self.http.call(call).await?;
        let relayed = relayed(&answer.body);
        let verdict = match answer.status {
            StatusCode::INTERNAL_SERVER_ERROR if is_cannot_decrypt(&answer.body) => VerificationVerdict::CannotDecrypt,
            StatusCode::OK | StatusCode::CREATED if relayed.is_some() || is_json(&answer.body) => {
                VerificationVerdict::Accepted
            }
            _ => verdict_of(&answer)?,
        };
        Ok(VerificationResult { verdict, relayed })
    }

    /// Submits a one-time code.
    ///
    /// # Errors
    /// When Wise gives no verdict.
    pub async fn verify_code(
        &self,
        session: &TokenSession,
        channel: Channel,
        code: &str,
    ) -> Result<VerificationResult, ProviderError> {
        // A code is digits only, which need no JSON escapes.
        let mut body = Zeroizing::new(Vec::with_capacity(code.len() + 16));
        body.extend_from_slice(b"{\"otpCode\":\"");
        body.extend_from_slice(code.as_bytes());
        body.extend_from_slice(b"\"}");
        let call = self
            .verification_call("verify-code", session, self.paths.code_verify(channel))?
            .body("application/json", body);
        let answer = self.http.call(call).await?;
        let verdict = match answer.status {
            StatusCode::OK if is_json(&answer.body) => VerificationVerdict::Accepted,
            _ => verdict_of(&answer)?,
        };
        Ok(VerificationResult { verdict, relayed: None })
    }

    pub(super) fn verification_call(
        &self,
        operation: &'static str,
        session: &TokenSession,
        path: String,
    ) -> Result<Call, ProviderError> {
        let token = sensitive(session.one_time_token.expose()).ok_or(ProviderError::TokenRefused(400))?;
        Ok(Call::new(operation, Method::POST, path)
            .bearer(&session.access_token)?
            .header(ONE_TIME_TOKEN, token))
    }
}

/// The verdict of a status other than success. Wise documents 400 for a wrong and for a blocked PIN, and 404 for a PIN that is not set
/// up: <https://docs.wise.com/api-reference/sca-pin/scapinverify>; for a fingerprint the same. It documents no errors of one-time codes. The error codes in the body
/// decide where there are any.
pub(super) fn verdict_of(answer: &Answer) -> Result<VerificationVerdict, ProviderError> {
    let status = answer.status;
    if has_new_token(status, &answer.headers) {
        return Err(ProviderError::TokenRefused(status.as_u16()));
    }
    let codes = error_codes(&answer.body);
    let has = |part: &str| codes.iter().any(|code| code.contains(part));
    match status {
        StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => {
            Ok(if codes.iter().any(|code| code.starts_with("ott.")) {
                return Err(ProviderError::TokenRefused(status.as_u16()));
            } else if has("blocked") {
                VerificationVerdict::Blocked
            } else if has("expired") {
                VerificationVerdict::CodeExpired
            } else if has("not.triggered") {
                VerificationVerdict::CodeNotSent
            } else if has("not.setup") || status == StatusCode::NOT_FOUND {
                VerificationVerdict::NotSetUp
            } else {
                VerificationVerdict::Refused
            })
        }
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

pub(super) fn has_new_token(status: StatusCode, headers: &HeaderMap) -> bool {
    refusal::one_time_token(status, headers).is_some()
}

/// Adds an encrypted body, with the headers that Wise requires for it:
/// <https://docs.wise.com/guides/developer/auth-and-security/jose-jwe>.
pub(super) fn encrypted(call: Call, jwe: &str) -> Call {
    call.body(JOSE, Zeroizing::new(jwe.as_bytes().to_vec()))
        .header(header::ACCEPT, HeaderValue::from_static(JOSE))
        .header(header::CONTENT_ENCODING, HeaderValue::from_static("identity"))
        .header(JOSE_METHOD, HeaderValue::from_static("jwe"))
}

/// The encrypted response, where the body is a compact JWE (RFC 7516, section 7.1).
pub(super) fn relayed(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim_end();
    jwe::is_compact(text).then(|| text.to_owned())
}

pub(super) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}

/// Whether a 500 means a failed decryption: Wise then sends a message and a request id. A proxy's error page has neither. See
/// <https://docs.wise.com/guides/developer/auth-and-security/jose-jwe>.
pub(super) fn is_cannot_decrypt(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.get("message").is_some())
}

/// The error codes of a body such as `{"errors":[{"code":"pin.blocked"}]}`, in lower case:
/// <https://docs.wise.com/guides/developer/errors>.
pub(super) fn error_codes(body: &[u8]) -> Vec<String> {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let errors = document.get("errors").and_then(Value::as_array);
    errors
        .map(|errors| {
            errors
                .iter()
                .filter_map(|error| error.get("code")?.as_str())
                .map(str::to_ascii_lowercase)
                .collect()
        })
        .unwrap_or_default()
}
