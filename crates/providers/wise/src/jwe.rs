//! The shape of an encrypted PIN: a compact JWE (RFC 7516, section 7.1). Only the browser and the provider can decrypt it.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::IgnoredAny;

/// The base64url lengths of a 12-byte IV and a 16-byte tag.
const IV_LENGTH: usize = 16;
const TAG_LENGTH: usize = 22;

/// The maximum length in bytes. A PIN that is encrypted to a key of 8192 bits has a quarter of it.
pub(super) const MAX_LENGTH: usize = 8 * 1024;

/// Whether a text has the shape of a compact JWE: five parts of base64url. The encrypted key may be empty (`dir`), the
/// others may not.
pub(super) fn is_compact(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, _, iv, ciphertext, tag] = parts.as_slice() else {
        return false;
    };
    text.len() <= MAX_LENGTH
        && [header, iv, ciphertext, tag].iter().all(|part| !part.is_empty())
        && parts.iter().all(|part| {
            part.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

/// The members that the protected header may have. Others, and duplicates, are refused.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    enc: String,
    #[serde(rename = "kid")]
    _kid: Option<IgnoredAny>,
    #[serde(rename = "typ")]
    _typ: Option<IgnoredAny>,
    #[serde(rename = "cty")]
    _cty: Option<IgnoredAny>,
}

/// Whether a text has the shape of an encrypted PIN: RSA-OAEP-256 and A256GCM, and parts of the lengths that follow. The provider might
/// count a PIN in another encryption as an attempt and still answer with an error.
pub(super) fn is_entry(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, key, iv, _, tag] = parts.as_slice() else {
        return false;
    };
    let header = Base64UrlUnpadded::decode_vec(header).ok();
    is_compact(text)
        && !key.is_empty()
        && iv.len() == IV_LENGTH
        && tag.len() == TAG_LENGTH
        && header
            .and_then(|header| serde_json::from_slice::<Header>(&header).ok())
            .is_some_and(|header| header.alg == "RSA-OAEP-256" && header.enc == "A256GCM")
}

#[cfg(test)]
mod tests {
    use super::is_compact;

    #[test]
    fn five_parts_and_nothing_else() {
        assert!(is_compact("a.b.c.d.e"));
        assert!(is_compact("a..c.d.e"));
        for text in [
            "",
            "....",
            "a.b.c.d",
            "a.b.c.d.e.f",
            "a.b.c.d.e=",
            "a.b.c .d.e",
            "{\"pin\":\"1234\"}",
            "1234",
        ] {
            assert!(!is_compact(text), "{text}");
        }
        assert!(!is_compact(&format!("a.b.c.{}.e", "d".repeat(super::MAX_LENGTH))));
    }
}
