//! A recipient whose key is imported.

use alloc::string::String;
use core::fmt;

use crate::{Cipher, JoseError, MessageFlaw, PublicKey, header};

/// A recipient whose key a [`Cipher`] has imported, before there is a message.
///
/// It holds nothing secret and serves any number of messages. Each message has a content key of its own.
pub struct Recipient<R> {
    pub(crate) key: R,
    /// The header segment of every message to this recipient.
    pub(crate) header: String,
    pub(crate) modulus_length: usize,
}

impl<R> Recipient<R> {
    /// Imports a key into the cipher.
    ///
    /// # Errors
    ///
    /// [`JoseError::Failed`] if the cipher did not import it.
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
