//! Compact JWE for secrets that only the provider may read: a PIN or a device fingerprint, encrypted where it was typed.
//!
//! One exchange is two messages under one content key:
//!
//! - the request, key-encrypted: `alg` `RSA-OAEP-256`, `enc` `A256GCM`, a fresh 256-bit content key for every message;
//! - the response, direct-encrypted: `alg` `dir`, `enc` `A256GCM`, under the content key of its request
//!   (RFC 7516; RFC 7518 sections 4.3, 4.5 and 5.3; Wise calls it "JWE direct encryption").
//!
//! No other algorithm is compiled in. The cipher itself is a port, [`Cipher`]: in the browser it is WebCrypto, in tests a
//! native library. WebCrypto encrypts to a 1024-bit key, and accepts a token in which half of the tag's bytes were moved to
//! the ciphertext. So this crate checks all that needs no key before it calls the cipher: the recipient's key
//! ([`PublicKey`]), the number and lengths of the segments, canonical base64url, and the header.
//!
//! ```
//! use sca_jose::{Cipher, JoseError, PublicKey, Recipient, encrypt};
//!
//! /// Sends a PIN and reads the answer; `post` is the HTTP call.
//! async fn verify_pin(
//!     cipher: &impl Cipher,
//!     provider_key: &PublicKey,
//!     pin_document: &[u8],
//!     post: impl AsyncFnOnce(String) -> String,
//! ) -> Result<(), JoseError> {
//!     // Once for any number of messages, if possible before the first one.
//!     let recipient = Recipient::prepare(cipher, provider_key).await?;
//!     let (token, exchange) = encrypt(cipher, &recipient, pin_document).await?;
//!     let answer = post(token).await;
//!     let document = exchange.open(&answer).await?;
//!     // `document` is wiped when it is dropped.
//! #   drop(document);
//!     Ok(())
//! }
//! ```

#![no_std]

extern crate alloc;

mod base64;
mod cipher;
mod compact;
mod error;
mod exchange;
mod header;
mod json;
mod public_key;
mod recipient;

pub use cipher::{Cipher, CipherError, ContentKey, IV_LENGTH, Sealed, TAG_LENGTH};
pub use error::{JoseError, KeyFlaw, MessageFlaw};
pub use exchange::{Exchange, MAX_TOKEN_LENGTH, encrypt};
pub use public_key::PublicKey;
pub use recipient::Recipient;
