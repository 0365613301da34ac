//! Encrypts the first message to a recipient.

use sca_jose::{Cipher, Exchange, JoseError, PublicKey, Recipient};

/// Prepares the recipient and encrypts one message to it.
pub async fn encrypt<C: Cipher>(
    cipher: &C,
    key: &PublicKey,
    plaintext: &[u8],
) -> Result<(String, Exchange<C::ContentKey>), JoseError> {
    let recipient = Recipient::prepare(cipher, key).await?;
    sca_jose::encrypt(cipher, &recipient, plaintext).await
}
