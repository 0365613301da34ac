//! The compact serialisation (RFC 7516 section 7.1): five segments joined by dots.

use alloc::string::String;

/// The segments of a token, still encoded.
pub(crate) struct Segments<'a> {
    pub(crate) header: &'a str,
    pub(crate) encrypted_key: &'a str,
    pub(crate) iv: &'a str,
    pub(crate) ciphertext: &'a str,
    pub(crate) tag: &'a str,
}

impl<'a> Segments<'a> {
    /// Splits `token`. `None` unless it has five segments.
    pub(crate) fn split(token: &'a str) -> Option<Self> {
        let mut segments = token.split('.');
        let split = Self {
            header: segments.next()?,
            encrypted_key: segments.next()?,
            iv: segments.next()?,
            ciphertext: segments.next()?,
            tag: segments.next()?,
        };
        segments.next().is_none().then_some(split)
    }

    /// The token that these segments make.
    pub(crate) fn join(&self) -> String {
        [self.header, self.encrypted_key, self.iv, self.ciphertext, self.tag].join(".")
    }
}
