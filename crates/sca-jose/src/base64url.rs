//! Base64url as JOSE has it (RFC 7515 section 2): URL-safe alphabet, no padding, no whitespace, and of the several
//! spellings that decode to the same bytes only the canonical one.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding};

/// The bytes that `text` spells, or nothing if it is not canonical base64url.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// The one spelling of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// How many characters [`encode`] needs for `length` bytes.
pub(crate) fn encoded_length(length: usize) -> usize {
    length.saturating_mul(4).div_ceil(3)
}
