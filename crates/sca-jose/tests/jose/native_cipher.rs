//! The port, implemented with RustCrypto.

use std::{cell::Cell, rc::Rc};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, OsRng, Payload, rand_core::RngCore},
};
use rsa::{BigUint, Oaep, RsaPublicKey, sha2::Sha256};
use sca_jose::{Cipher, CipherError, ContentKey, IV_LENGTH, PublicKey, Sealed};
use zeroize::Zeroizing;

/// A correct implementation: fresh keys from the operating system's generator, wrapped to the recipient.
pub struct NativeCipher;

impl Cipher for NativeCipher {
    type ContentKey = NativeContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        Ok(recipient.clone())
    }

    async fn seal(
        &self,
        recipient: &PublicKey,
        authenticated: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed<NativeContentKey>, CipherError> {
        let mut key = Zeroizing::new([0; 32]);
        let mut iv = [0; IV_LENGTH];
        OsRng.try_fill_bytes(key.as_mut_slice()).map_err(|_| CipherError)?;
        OsRng.try_fill_bytes(&mut iv).map_err(|_| CipherError)?;
        Ok(Sealed {
            encrypted_key: wrap(recipient, &key)?,
            iv,
            ciphertext_and_tag: seal(&key, &iv, authenticated, plaintext)?,
            content_key: NativeContentKey {
                key,
                opened: Rc::default(),
            },
        })
    }
}

/// A cipher with a fixed key and vector, which opens prepared responses. Its requests have zeros as key segment, since they are
/// never sent. It counts the responses that reach it.
pub struct PinnedCipher {
    key: [u8; 32],
    iv: [u8; IV_LENGTH],
    opened: Rc<Cell<usize>>,
}

impl PinnedCipher {
    pub fn new(key: [u8; 32], iv: [u8; IV_LENGTH]) -> Self {
        Self {
            key,
            iv,
            opened: Rc::default(),
        }
    }

    /// How many responses this cipher's content keys were asked to open.
    pub fn times_opened(&self) -> usize {
        self.opened.get()
    }
}

impl Cipher for PinnedCipher {
    type ContentKey = NativeContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        Ok(recipient.clone())
    }

    async fn seal(
        &self,
        recipient: &PublicKey,
        authenticated: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed<NativeContentKey>, CipherError> {
        Ok(Sealed {
            encrypted_key: vec![0; recipient.modulus().len()],
            iv: self.iv,
            ciphertext_and_tag: seal(&self.key, &self.iv, authenticated, plaintext)?,
            content_key: NativeContentKey {
                key: Zeroizing::new(self.key),
                opened: Rc::clone(&self.opened),
            },
        })
    }
}

pub struct NativeContentKey {
    key: Zeroizing<[u8; 32]>,
    opened: Rc<Cell<usize>>,
}

impl NativeContentKey {
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(key),
            opened: Rc::default(),
        }
    }
}

impl ContentKey for NativeContentKey {
    async fn open(
        self,
        iv: &[u8; IV_LENGTH],
        authenticated: &[u8],
        ciphertext_and_tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        self.opened.set(self.opened.get() + 1);
        aes_256_gcm(&self.key)
            .decrypt(
                iv.into(),
                Payload {
                    msg: ciphertext_and_tag,
                    aad: authenticated,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| CipherError)
    }
}

fn seal(key: &[u8; 32], iv: &[u8; IV_LENGTH], authenticated: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CipherError> {
    aes_256_gcm(key)
        .encrypt(
            iv.into(),
            Payload {
                msg: plaintext,
                aad: authenticated,
            },
        )
        .map_err(|_| CipherError)
}

fn aes_256_gcm(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(key.into())
}

fn wrap(recipient: &PublicKey, key: &[u8; 32]) -> Result<Vec<u8>, CipherError> {
    let modulus = BigUint::from_bytes_be(recipient.modulus());
    RsaPublicKey::new_with_max_size(modulus, recipient.exponent().into(), 8192)
        .and_then(|recipient| recipient.encrypt(&mut OsRng, Oaep::new::<Sha256>(), key))
        .map_err(|_| CipherError)
}
