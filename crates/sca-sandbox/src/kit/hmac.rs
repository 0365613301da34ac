//! HMAC-SHA256, which signs the webhooks of every provider.

use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// HMAC-SHA256: 32 bytes.
///
/// # Errors
/// When OpenSSL cannot use the key.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
    let key = PKey::hmac(key)?;
    Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(message)
}

/// A signature as text, or an empty text when OpenSSL fails. The failure is logged.
pub(crate) fn sign(key: &str, message: &str, encode: fn(&[u8]) -> String) -> String {
    match hmac_sha256(key.as_bytes(), message.as_bytes()) {
        Ok(signature) => encode(&signature),
        Err(error) => {
            tracing::error!(%error, "OpenSSL did not sign");
            String::new()
        }
    }
}
