//! Errors: two variants for callers, and the failed check for our own logs.

use core::fmt;

/// Why encryption or decryption failed.
///
/// `Display` and `Debug` show only which of the two variants it is: nothing distinguishes a wrong tag from a wrong header.
/// The flaw inside is for our own logs and for tests. It names a check and contains no byte of key, message or provider
/// text. Do not pass it on to a page.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoseError {
    /// The recipient's key was refused before its first use, so nothing was encrypted or sent. Fetch the key again once. If
    /// that one is refused too, the operator has to act.
    KeyRefused(KeyFlaw),
    /// A message could not be encrypted or decrypted. Never send the same token again: encrypt again, with a fresh content
    /// key. A response that could not be opened says nothing about the provider's decision: read the status.
    Failed(MessageFlaw),
}

impl fmt::Display for JoseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KeyRefused(_) => "the recipient's encryption key was refused",
            Self::Failed(_) => "the message could not be encrypted or decrypted",
        })
    }
}

impl fmt::Debug for JoseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KeyRefused(_) => "KeyRefused",
            Self::Failed(_) => "Failed",
        })
    }
}

impl core::error::Error for JoseError {}

/// The check that a recipient's key did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFlaw {
    /// Longer than any key this crate accepts could be.
    TooLong,
    /// Not canonical standard base64 with padding.
    Encoding,
    /// Not the DER of an RSA SubjectPublicKeyInfo (RFC 5280 section 4.1, RFC 8017 appendix A.1), byte for byte.
    NotSubjectPublicKeyInfo,
    /// The modulus is shorter than 2048 or longer than 8192 bits, or starts with a zero byte.
    ModulusSize,
    /// The modulus is even, so it is no product of two large primes.
    ModulusEven,
    /// The modulus has the shape of the factorable moduli of CVE-2017-15361 ("ROCA").
    ModulusWeak,
    /// The exponent is even, below 65537 or above 32 bits.
    Exponent,
    /// The key identifier is empty, longer than 128 characters, or holds more than plain ASCII.
    KeyId,
}

/// The check that a message did not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageFlaw {
    /// Longer than [`MAX_TOKEN_LENGTH`](crate::MAX_TOKEN_LENGTH).
    TooLong,
    /// Not five segments.
    SegmentCount,
    /// A segment is not canonical base64url.
    Encoding,
    /// The protected header is longer than 4096 bytes.
    HeaderTooLong,
    /// The protected header is not one JSON object with unique member names, or is too deep.
    HeaderNotJson,
    /// `alg` is not `dir`.
    HeaderAlgorithm,
    /// `enc` is not `A256GCM`.
    HeaderEncryption,
    /// `crit` or `zip` is present: we understand no extension, and compression leaks lengths.
    HeaderExtension,
    /// The encrypted-key segment is not empty, as direct encryption has it.
    EncryptedKeyPresent,
    /// The initialisation vector is not 96 bits.
    IvLength,
    /// The initialisation vector is that of the request: used twice under one key it gives the key stream away.
    IvReused,
    /// The authentication tag is not 128 bits.
    TagLength,
    /// The cipher failed, for example because it is not available or because the tag does not match.
    Cipher,
    /// The cipher returned wrong lengths, so its result was not used.
    CipherResult,
}
