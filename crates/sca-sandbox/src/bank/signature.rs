//! Verifying [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! signatures.

use axum::http::HeaderMap;
use base64ct::{Base64, Encoding};
use jiff::Timestamp;
use openssl::memcmp;

use crate::kit::hmac::hmac_sha256;

/// A message is refused when its time differs by more seconds from the real time.
const TOLERANCE_SECONDS: i64 = 300;

/// Why a signature is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureError {
    Headers,
    Timestamp,
    Signature,
}

impl SignatureError {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Headers => "webhook-id, webhook-timestamp or webhook-signature is missing",
            Self::Timestamp => "webhook-timestamp is no time, or too far from now",
            Self::Signature => "no signature is of a secret known here",
        }
    }
}

/// Verifies a message: one signature has to match one of the secrets. Returns the webhook id.
pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[String]) -> Result<String, SignatureError> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .filter(|value| !value.is_empty())
            .ok_or(SignatureError::Headers)
    };
    let id = header("webhook-id")?;
    let timestamp = header("webhook-timestamp")?;
    let signatures = header("webhook-signature")?;
    let at: i64 = timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
    if Timestamp::now().as_second().saturating_sub(at).saturating_abs() > TOLERANCE_SECONDS {
        return Err(SignatureError::Timestamp);
    }
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    if secrets.iter().any(|secret| is_signed(secret, &message, signatures)) {
        Ok(id.to_owned())
    } else {
        Err(SignatureError::Signature)
    }
}

fn is_signed(secret: &str, message: &[u8], signatures: &str) -> bool {
    let Ok(key) = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap_or(secret)) else {
        return false;
    };
    let Ok(expected) = hmac_sha256(&key, message) else {
        return false;
    };
    signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|signature| Base64::decode_vec(signature).ok())
        .any(|signature| signature.len() == expected.len() && memcmp::eq(&signature, &expected))
}
