//! Random ids and secrets.

use base64ct::{Base64UrlUnpadded, Encoding};
use sca_protocol::api::SECRET_INFIX;
use zeroize::Zeroizing;

use sca_core::secret::Secret;

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomnessError;

/// A client secret for an approval: its id, and 256 random bits (`sca_protocol::api::approval_of`).
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn client_secret(id: &str) -> Result<Secret, RandomnessError> {
    let bytes = Zeroizing::new(bytes::<32>()?);
    let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes));
    Ok(Secret::new(format!("{id}{SECRET_INFIX}{}", &*encoded)))
}

/// A public id: a prefix and 128 random bits in base64url.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn name(prefix: &str) -> Result<String, RandomnessError> {
    Ok(format!("{prefix}{}", Base64UrlUnpadded::encode_string(&bytes::<16>()?)))
}

/// Random bytes.
///
/// # Errors
/// When the operating system gives none.
pub fn bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], RandomnessError> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| RandomnessError)?;
    Ok(bytes)
}
