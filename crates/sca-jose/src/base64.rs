//! Base64 in the two alphabets that keys and tokens use. Only the canonical encoding is accepted, without whitespace.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding};

/// Decodes base64url without padding, as JOSE uses it (RFC 7515 section 2).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Decodes standard base64 with padding (RFC 4648 section 4). It translates the text to base64url first: a second decoder
/// would cost the widget 3 KB for one key.
pub(crate) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len().checked_sub(digits.len())?;
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let url_safe: Option<String> = digits
        .chars()
        .map(|digit| match digit {
            '+' => Some('-'),
            '/' => Some('_'),
            '-' | '_' => None,
            other => Some(other),
        })
        .collect();
    decode_url(&url_safe?)
}

/// Encodes `bytes` as base64url without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// How many characters [`encode_url`] needs for `length` bytes.
pub(crate) fn encoded_length(length: usize) -> usize {
    length.saturating_mul(4).div_ceil(3)
}
