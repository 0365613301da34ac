use std::{fmt, sync::Arc};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce, Payload},
};
use base64ct::{Base64, Encoding};
use zeroize::{Zeroize, Zeroizing};

use super::StoreError;
use sca_core::secret::{Fingerprint, Secret};
use sca_runtime::random::{self, RandomnessError};

/// Encrypts columns with secrets or personal data: AES-256-GCM (NIST SP 800-38D) with a random nonce for each value. The column and
/// row are authenticated data, so that a sealed value cannot be moved.
#[derive(Clone)]
pub struct Sealer {
    cipher: Arc<Aes256Gcm>,
    digest_key: Arc<Zeroizing<[u8; 32]>>,
}

/// The configured keys, newest first. They seal the database's own key and nothing else.
#[derive(Clone)]
pub struct EncryptionKeys {
    newest: Key,
    older: Vec<Key>,
}

/// 32 bytes.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// The database's own key.
pub(super) struct DataKey {
    pub(super) key: Key,
    /// Whether it was sealed under the newest configured key.
    pub(super) is_newest: bool,
}

/// The text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 32 bytes in base64; `openssl rand -base64 32` makes a key")]
pub struct KeyError;

const NONCE_LENGTH: usize = 12;
/// What the database's own key is sealed for.
const DATA_KEY: &str = "data-key";

impl EncryptionKeys {
    /// Keys of 32 bytes in base64. `older` ones open what was sealed under them, until the newest has taken their place.
    ///
    /// # Errors
    /// When a text is something else.
    pub fn from_base64<'a>(newest: &str, older: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        Ok(Self {
            newest: decode(newest)?,
            older: older.into_iter().map(decode).collect::<Result<_, _>>()?,
        })
    }

    /// A random key that is lost with the process.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn ephemeral() -> Result<Self, RandomnessError> {
        Ok(Self {
            newest: Zeroizing::new(random::bytes()?),
            older: Vec::new(),
        })
    }

    pub(super) fn oldest(&self) -> &Key {
        self.older.last().unwrap_or(&self.newest)
    }

    pub(super) fn seal(&self, key: &Key) -> Result<Vec<u8>, StoreError> {
        Sealer::new(&self.newest).seal(DATA_KEY, key.as_slice())
    }

    pub(super) fn open(&self, sealed: &[u8]) -> Result<DataKey, StoreError> {
        let open = |key: &Key| -> Option<Key> {
            let opened = Sealer::new(key).open(DATA_KEY, sealed).ok()?;
            let mut key = Key::default();
            (opened.len() == key.len()).then(|| key.copy_from_slice(&opened))?;
            Some(key)
        };
        let newest = open(&self.newest).map(|key| (key, true));
        let opened = newest.or_else(|| self.older.iter().find_map(open).map(|key| (key, false)));
        let (key, is_newest) = opened.ok_or(StoreError::Sealed)?;
        Ok(DataKey { key, is_newest })
    }
}

impl fmt::Debug for EncryptionKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptionKeys(hidden)")
    }
}

fn decode(text: &str) -> Result<Key, KeyError> {
    let mut key = Key::default();
    let decoded = Base64::decode(text.trim(), &mut *key).map_err(|_| KeyError)?;
    if decoded.len() == 32 { Ok(key) } else { Err(KeyError) }
}

impl Sealer {
    pub(super) fn new(key: &Key) -> Self {
        // One derived key for each purpose.
        let mut sealing = Fingerprint::keyed(key, &[b"sealing"]).into_bytes();
        let cipher = Arc::new(Aes256Gcm::new(&sealing.into()));
        sealing.zeroize();
        let digest_key = Arc::new(Zeroizing::new(Fingerprint::keyed(key, &[b"digests"]).into_bytes()));
        Self { cipher, digest_key }
    }

    /// Seals a value for a place, such as `approval/<id>/access-token`. It opens only for the same place.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE_LENGTH] = random::bytes()?;
        let payload = Payload {
            msg: value,
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload)
            .map_err(|_| StoreError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a value that was sealed for a place.
    ///
    /// # Errors
    /// When it was sealed under another key or for another place, or was changed.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(StoreError::Sealed)?;
        let payload = Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        self.cipher
            .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::Sealed)
    }

    /// Opens a text that was sealed for a place.
    ///
    /// # Errors
    /// As [`open`](Self::open), or when it is not UTF-8.
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<Secret, StoreError> {
        let opened = self.open(place, sealed)?;
        let text = std::str::from_utf8(&opened).map_err(|_| StoreError::Sealed)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// A keyed digest (HMAC-SHA-256), for values that could be guessed from a plain digest.
    #[must_use]
    pub fn digest(&self, parts: &[&[u8]]) -> Fingerprint {
        Fingerprint::keyed(&self.digest_key, parts)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealer(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random_sealer() -> Sealer {
        Sealer::new(&Zeroizing::new(random::bytes().unwrap()))
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs_and_unchanged() {
        let sealer = random_sealer();
        let mut sealed = sealer.seal("a/token", b"secret").unwrap();
        assert_eq!(sealer.open("a/token", &sealed).unwrap().as_slice(), b"secret");
        assert!(sealer.open("b/token", &sealed).is_err());
        assert!(random_sealer().open("a/token", &sealed).is_err());
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_ne!(sealed, sealer.seal("a/token", b"secret").unwrap());
        sealed[20] ^= 1;
        assert!(sealer.open("a/token", &sealed).is_err());
        assert!(sealer.open("a/token", b"short").is_err());
    }

    #[test]
    fn keys_are_thirty_two_bytes() {
        for text in ["", "AAAA", "not base64!", &"A".repeat(64)] {
            assert!(EncryptionKeys::from_base64(text, []).is_err(), "{text}");
        }
        assert!(EncryptionKeys::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", []).is_ok());
    }
}
