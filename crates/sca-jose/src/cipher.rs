//! The port to the implementation of the cryptography.

use alloc::vec::Vec;
use core::{error::Error, fmt, future::Future};

use zeroize::Zeroizing;

use crate::PublicKey;

/// Bytes of an initialisation vector: 96 bits (RFC 7518 section 5.3).
pub const IV_LENGTH: usize = 12;

/// Bytes of an authentication tag: 128 bits (RFC 7518 section 5.3).
pub const TAG_LENGTH: usize = 16;

/// Encrypts one message to a recipient under a key of its own making.
///
/// Only an implementation handles key bytes and random numbers. It must
///
/// - draw a fresh 256-bit content key and a fresh 96-bit initialisation vector from a cryptographically secure
///   generator on every call, and fail if it has none;
/// - wrap the content key with RSA-OAEP, SHA-256 as hash and as MGF1 hash, empty label;
/// - encrypt with AES-256-GCM, 128-bit tag;
/// - wipe every copy of the content key's bytes before it returns, on failure too.
///
/// The import of the recipient's key is a call of its own, so that it can complete before there is anything to encrypt.
///
/// The futures need not be `Send`: a browser has one thread.
pub trait Cipher {
    /// The content key as this cipher keeps it.
    type ContentKey: ContentKey;
    /// The recipient's key as this cipher keeps it, for any number of messages. Nothing secret.
    type RecipientKey;

    /// Imports the recipient's key.
    fn import_key(&self, recipient: &PublicKey) -> impl Future<Output = Result<Self::RecipientKey, CipherError>>;

    /// Encrypts `plaintext` and authenticates `authenticated` with it, under a content key that is wrapped to
    /// `recipient` and handed back for the response.
    fn seal(
        &self,
        recipient: &Self::RecipientKey,
        authenticated: &[u8],
        plaintext: &[u8],
    ) -> impl Future<Output = Result<Sealed<Self::ContentKey>, CipherError>>;
}

/// A content key that can open one response and cannot be read. Dropping it must leave no bytes behind.
pub trait ContentKey {
    /// Decrypts with AES-256-GCM. `ciphertext_and_tag` ends with the 128-bit tag and is never shorter than it;
    /// `authenticated` is the additional authenticated data. The error gives no reason.
    fn open(
        self,
        iv: &[u8; IV_LENGTH],
        authenticated: &[u8],
        ciphertext_and_tag: &[u8],
    ) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, CipherError>>;
}

/// What [`Cipher::seal`] gives back.
pub struct Sealed<K> {
    /// The key that opens the response.
    pub content_key: K,
    /// The content key wrapped to the recipient: exactly as many bytes as the recipient's modulus.
    pub encrypted_key: Vec<u8>,
    /// The initialisation vector of this message.
    pub iv: [u8; IV_LENGTH],
    /// The ciphertext, exactly as long as the plaintext, followed by the tag.
    pub ciphertext_and_tag: Vec<u8>,
}

impl<K> fmt::Debug for Sealed<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealed")
    }
}

/// The cipher failed. The error has no details: they would help an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CipherError;

impl fmt::Display for CipherError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the cipher failed")
    }
}

impl Error for CipherError {}
