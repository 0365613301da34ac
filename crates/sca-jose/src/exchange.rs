//! One request and its response.

use alloc::{string::String, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

use crate::{
    Cipher, ContentKey, IV_LENGTH, JoseError, MessageFlaw, Recipient, Sealed, TAG_LENGTH, base64, compact::Segments,
    header,
};

/// The longest token written or read, in characters: 64 KiB. A PIN needs half a kilobyte.
pub const MAX_TOKEN_LENGTH: usize = 64 * 1024;

/// Encrypts `plaintext` to `recipient` and keeps what opens the response.
///
/// The token is the bare HTTP body of a direct-encrypted call. Its protected header is exactly
/// `{"enc":"A256GCM","alg":"RSA-OAEP-256"}`, with a `kid` after that if the key was made by
/// [`PublicKey::sending_key_id`](crate::PublicKey::sending_key_id).
///
/// # Errors
///
/// [`JoseError::Failed`] if the token would be longer than [`MAX_TOKEN_LENGTH`] or the cipher failed.
pub async fn encrypt<C: Cipher>(
    cipher: &C,
    recipient: &Recipient<C::RecipientKey>,
    plaintext: &[u8],
) -> Result<(String, Exchange<C::ContentKey>), JoseError> {
    if token_length(recipient, plaintext) > MAX_TOKEN_LENGTH {
        return Err(JoseError::Failed(MessageFlaw::TooLong));
    }
    let sealed = cipher
        .seal(&recipient.key, recipient.header.as_bytes(), plaintext)
        .await
        .map_err(|_| JoseError::Failed(MessageFlaw::Cipher))?;
    let token = join(recipient, &sealed, plaintext).ok_or(JoseError::Failed(MessageFlaw::CipherResult))?;
    Ok((
        token,
        Exchange {
            content_key: sealed.content_key,
            request_iv: sealed.iv,
        },
    ))
}

fn token_length<R>(recipient: &Recipient<R>, plaintext: &[u8]) -> usize {
    let dots = 4_usize;
    [recipient.modulus_length, IV_LENGTH, plaintext.len(), TAG_LENGTH]
        .into_iter()
        .map(base64::encoded_length)
        .fold(recipient.header.len().saturating_add(dots), usize::saturating_add)
}

/// The token. `None` if the cipher's lengths are not those of the algorithms.
fn join<R, K>(recipient: &Recipient<R>, sealed: &Sealed<K>, plaintext: &[u8]) -> Option<String> {
    let (ciphertext, tag) = sealed.ciphertext_and_tag.split_last_chunk::<TAG_LENGTH>()?;
    let as_asked = ciphertext.len() == plaintext.len() && sealed.encrypted_key.len() == recipient.modulus_length;
    as_asked.then(|| {
        Segments {
            header: &recipient.header,
            encrypted_key: &base64::encode_url(&sealed.encrypted_key),
            iv: &base64::encode_url(&sealed.iv),
            ciphertext: &base64::encode_url(ciphertext),
            tag: &base64::encode_url(tag),
        }
        .join()
    })
}

/// A request that was sent. It can open one response, with its own content key.
///
/// Drop it when the response is not encrypted: an empty one, or a plain error document.
#[must_use = "the exchange holds the only key that opens the response"]
pub struct Exchange<K> {
    content_key: K,
    request_iv: [u8; IV_LENGTH],
}

impl<K: ContentKey> Exchange<K> {
    /// Decrypts the response to this request. `response` is the token alone, with nothing before or after it, not even
    /// a line break.
    ///
    /// The plaintext may be any bytes, not necessarily UTF-8. It is wiped when dropped.
    ///
    /// # Errors
    ///
    /// [`JoseError::Failed`] for everything that is not a message of this exchange. A second attempt is not possible: the content
    /// key is dropped.
    pub async fn open(self, response: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let Response {
            iv,
            authenticated,
            ciphertext_and_tag,
        } = Response::read(response, &self.request_iv).map_err(JoseError::Failed)?;
        self.content_key
            .open(&iv, authenticated, &ciphertext_and_tag)
            .await
            .map_err(|_| JoseError::Failed(MessageFlaw::Cipher))
    }
}

impl<K> fmt::Debug for Exchange<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Exchange")
    }
}

/// A response that passed every check that needs no key.
struct Response<'a> {
    iv: [u8; IV_LENGTH],
    /// The header segment as received, encoded (RFC 7516 section 5.2, step 14).
    authenticated: &'a [u8],
    ciphertext_and_tag: Vec<u8>,
}

impl<'a> Response<'a> {
    fn read(token: &'a str, request_iv: &[u8; IV_LENGTH]) -> Result<Self, MessageFlaw> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(MessageFlaw::TooLong);
        }
        let segments = Segments::split(token).ok_or(MessageFlaw::SegmentCount)?;
        header::check_response(segments.header)?;
        if !segments.encrypted_key.is_empty() {
            return Err(MessageFlaw::EncryptedKeyPresent);
        }
        let iv = <[u8; IV_LENGTH]>::try_from(decode(segments.iv)?).map_err(|_| MessageFlaw::IvLength)?;
        if iv == *request_iv {
            return Err(MessageFlaw::IvReused);
        }
        let mut ciphertext_and_tag = decode(segments.ciphertext)?;
        let tag = <[u8; TAG_LENGTH]>::try_from(decode(segments.tag)?).map_err(|_| MessageFlaw::TagLength)?;
        ciphertext_and_tag.extend_from_slice(&tag);
        Ok(Self {
            iv,
            authenticated: segments.header.as_bytes(),
            ciphertext_and_tag,
        })
    }
}

fn decode(segment: &str) -> Result<Vec<u8>, MessageFlaw> {
    base64::decode_url(segment).ok_or(MessageFlaw::Encoding)
}
