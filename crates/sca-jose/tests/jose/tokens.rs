//! Splits tokens, and builds wrong ones.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_jose::IV_LENGTH;

pub fn segments(token: &str) -> [String; 5] {
    token
        .split('.')
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

pub fn decode(segment: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(segment).unwrap()
}

pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// A direct-encrypted token with any header, and a tag that matches it.
pub fn direct(header: &[u8], key: &[u8; 32], iv: &[u8; IV_LENGTH], plaintext: &[u8]) -> String {
    let header = encode(header);
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(
            iv.into(),
            Payload {
                msg: plaintext,
                aad: header.as_bytes(),
            },
        )
        .unwrap();
    let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
    format!("{header}..{}.{}.{}", encode(iv), encode(ciphertext), encode(tag))
}
