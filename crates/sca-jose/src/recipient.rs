//! A recipient that messages can be encrypted to at once.

use alloc::string::String;
use core::fmt;

use crate::{Cipher, JoseError, MessageFlaw, PublicKey, header};

/// A recipient whose key a [`Cipher`] has taken in: what can be done before there is a message is done.
///
/// It holds nothing secret, and serves any number of messages: each has a content key of its own.
pub struct Recipient<R> {
    pub(crate) key: R,
    /// The header segment of every message to this recipient.
    pub(crate) header: String,
    pub(crate) modulus_length: usize,
}

impl<R> Recipient<R> {
    /// Has the cipher take in a key.
    ///
    /// # Errors
    ///
    /// [`JoseError::Failed`] if the cipher did not.
    pub async fn prepare<C: Cipher<RecipientKey = R>>(cipher: &C, key: &PublicKey) -> Result<Self, JoseError> {
        Ok(Self {
            key: cipher
                .import_key(key)
                .await
                .map_err(|_| JoseError::Failed(MessageFlaw::Cipher))?,
            header: header::of_request(key),
            modulus_length: key.modulus().len(),
        })
    }
}

impl<R> fmt::Debug for Recipient<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recipient")
    }
}
