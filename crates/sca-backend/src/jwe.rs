//! The outside of an encrypted PIN. Its inside is between the browser and the provider.

/// The most bytes that we take: a PIN encrypted to a key of 8192 bits is a quarter of this.
pub(crate) const MAX_LENGTH: usize = 8 * 1024;

/// Whether a text has the shape of a compact JWE: five parts of base64url. The encrypted key may be empty (`dir`), the
/// others may not.
pub(crate) fn is_compact(text: &str) -> bool {
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
