//! Standard Webhooks, the receiver's half.

use axum::http::HeaderMap;
use base64ct::{Base64, Encoding};
use openssl::memcmp;

use crate::hmac::hmac;

/// Older or newer than this, in seconds, and a message is refused.
const TOLERANCE: i64 = 300;

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    Headers,
    Timestamp,
    Signature,
}

impl SignatureError {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Headers => "webhook-id, webhook-timestamp or webhook-signature is missing",
            Self::Timestamp => "webhook-timestamp is no time, or too far from now",
            Self::Signature => "no signature is of a secret known here",
        }
    }
}

/// The message's id, when one of its signatures is of one of these secrets and its time is now.
pub(crate) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[String], now: i64) -> Result<String, SignatureError> {
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
    if now.saturating_sub(at).saturating_abs() > TOLERANCE {
        return Err(SignatureError::Timestamp);
    }
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    let known = secrets.iter().any(|secret| is_signed(secret, &message, signatures));
    if known {
        Ok(id.to_owned())
    } else {
        Err(SignatureError::Signature)
    }
}

fn is_signed(secret: &str, message: &[u8], signatures: &str) -> bool {
    let Ok(key) = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap_or(secret)) else {
        return false;
    };
    let Ok(expected) = hmac(&key, message) else {
        return false;
    };
    signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(|signature| Base64::decode_vec(signature).ok())
        .any(|signature| signature.len() == expected.len() && memcmp::eq(&signature, &expected))
}
