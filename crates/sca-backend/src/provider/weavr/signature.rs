//! Whether a webhook is Weavr's: `signature-v2` is base64 of an HMAC-SHA256 under an api-key over `call-ref`, the body's bytes as they
//! came and `published-timestamp`, with nothing between them. `signature` covers the time alone and is not looked at.
//!
//! With nothing between them, bytes could move from one part to the next under the same signature. None can here: the time is digits
//! and a body is JSON that ends in a brace; a `call-ref` with the beginning of a body leaves a body that is no JSON, for which no event
//! is read.

use axum::http::{HeaderMap, HeaderName};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sca_protocol::Millis;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::secret::Secret;

/// The header with the signature.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature-v2");
/// The header with the name of the event, the same in every repeat.
pub const CALL_REF: HeaderName = HeaderName::from_static("call-ref");
/// The header with the time in milliseconds.
pub const PUBLISHED: HeaderName = HeaderName::from_static("published-timestamp");

/// How long ago an event may have been published, in milliseconds. Weavr repeats what was not taken after 10, 60, 360, 2160 and 12960
/// seconds, which is over four hours in all, and does not say whether a repeat has a time of its own. A webhook that comes a second time is
/// known by its `call-ref`, so a wide window lets nothing in twice.
pub const OLDEST: u64 = 6 * 3_600_000;

/// How far ahead of ours Weavr's clock may be, in milliseconds.
pub const AHEAD: u64 = 300_000;

/// The most bytes of a `call-ref`.
const LONGEST_CALL_REF: usize = 255;

/// The name of an event, the same in every repeat of it: `call-ref`, or without one a digest of the body, which brings its own time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallRef(String);

impl CallRef {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A webhook is not Weavr's, or not one of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature.
    #[error("there is no signature")]
    Missing,
    /// A header is missing, doubled or not as described.
    #[error("the headers are not as described")]
    Malformed,
    /// Its time is too far from ours.
    #[error("the time is too far from ours")]
    Stale,
    /// It was not made with a key of ours over these bytes.
    #[error("the signature does not fit")]
    Wrong,
}

/// Checks that an event came from Weavr, and gives its name. Every key is tried, in a time that says nothing about which of them fits.
///
/// # Errors
/// Says what is wrong; the sender is told only that something is.
pub fn verify(keys: &[Secret], headers: &HeaderMap, body: &[u8], now: Millis) -> Result<CallRef, SignatureError> {
    let signature = only(headers, &SIGNATURE)?.ok_or(SignatureError::Missing)?;
    let signature = read_signature(signature).ok_or(SignatureError::Malformed)?;
    let published = only(headers, &PUBLISHED)?.ok_or(SignatureError::Malformed)?;
    let at = read_time(published).ok_or(SignatureError::Malformed)?;
    let call_ref = only(headers, &CALL_REF)?.unwrap_or_default();
    if call_ref.len() > LONGEST_CALL_REF {
        return Err(SignatureError::Malformed);
    }
    let mut fits = Choice::from(0);
    for key in keys {
        if let Some(expected) = sign(key, &[call_ref.as_bytes(), body, published.as_bytes()]) {
            fits |= expected.ct_eq(&signature);
        }
    }
    if !bool::from(fits) {
        return Err(SignatureError::Wrong);
    }
    if at.until(now) > OLDEST || now.until(at) > AHEAD {
        return Err(SignatureError::Stale);
    }
    Ok(if call_ref.is_empty() {
        let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(body));
        CallRef(format!("body-{digest}"))
    } else {
        CallRef(call_ref.to_owned())
    })
}

/// A header that stands there once or not at all, and is plain text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (values.next(), value.to_str()) {
        (None, Ok(text)) => Ok(Some(text)),
        (Some(_), _) | (None, Err(_)) => Err(SignatureError::Malformed),
    }
}

/// `None` never: HMAC takes a key of any length (RFC 2104).
fn sign(key: &Secret, parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose().as_bytes()).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

fn read_signature(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    let decoded = Base64::decode(text, &mut bytes).ok()?;
    (decoded.len() == 32).then_some(bytes)
}

/// Milliseconds as plain digits.
fn read_time(text: &str) -> Option<Millis> {
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?.map(Millis)
}
