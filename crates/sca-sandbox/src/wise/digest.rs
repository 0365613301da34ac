//! Digests of what identifies a customer, so that no log, response or debug output can contain the value itself.

use std::fmt;

use openssl::sha::sha256;

/// SHA-256 of a device fingerprint, or of the identity that a face map has.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(value: &str) -> Self {
        Self(sha256(value.as_bytes()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digest(hidden)")
    }
}
