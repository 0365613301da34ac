//! The recipient's key, and the checks that it has to pass before a secret is encrypted to it.

mod roca;
mod spki;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use crate::{JoseError, KeyFlaw};

/// RFC 7518 section 4.3 requires at least 2048 bits.
const MIN_MODULUS_BITS: usize = 2048;
/// A limit on the cipher's work, which grows with the cube of this number.
const MAX_MODULUS_BITS: usize = 8192;
/// The fourth Fermat prime. Many implementations were vulnerable with smaller exponents.
const MIN_EXPONENT: u32 = 65537;
/// Enough for a UUID, a thumbprint or a URI.
const MAX_KEY_ID_LENGTH: usize = 128;

/// An RSA public key that passed all checks. Its modulus is odd, has 2048 to 8192 bits and is not one of the factorable ones
/// of CVE-2017-15361. Its exponent is odd, at least 65537 and at most 32 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Big-endian, without leading zero bytes.
    modulus: Vec<u8>,
    exponent: u32,
    key_id: Option<String>,
    sends_key_id: bool,
}

impl PublicKey {
    /// Reads a key as Wise serves it in `keyMaterial.keyMaterial`: the DER of a SubjectPublicKeyInfo in standard, padded
    /// base64 on one line.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyRefused`], with the first [`KeyFlaw`] that was found.
    pub fn from_base64_spki(text: &str) -> Result<Self, JoseError> {
        spki::from_base64(text).map_err(JoseError::KeyRefused)
    }

    /// Reads the DER of a SubjectPublicKeyInfo (RFC 5280 section 4.1) with the algorithm `rsaEncryption`.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyRefused`], with the first [`KeyFlaw`] that was found.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, JoseError> {
        spki::decode(der).map_err(JoseError::KeyRefused)
    }

    /// The same key under the identifier that its provider gave it, for instance Wise's `keyId`.
    ///
    /// # Errors
    ///
    /// [`JoseError::KeyRefused`] if the identifier is empty, longer than 128 characters, or holds a quotation mark, a backslash
    /// or anything but visible ASCII.
    pub fn with_key_id(self, key_id: &str) -> Result<Self, JoseError> {
        self.identified(key_id).map_err(JoseError::KeyRefused)
    }

    /// The same key, naming its identifier as `kid` in the header of every message encrypted to it. Without this, or
    /// without an identifier, the header has no `kid`: Wise's direct encryption has none.
    #[must_use]
    pub fn sending_key_id(self) -> Self {
        Self {
            sends_key_id: true,
            ..self
        }
    }

    /// The key's identifier, if it came with one or was given one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The modulus, big-endian, first byte not zero. A wrapped content key has exactly this length.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        self.exponent
    }

    /// The key as the DER of a SubjectPublicKeyInfo, which is what WebCrypto imports as `spki`.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        spki::encode(&self.modulus, self.exponent)
    }

    pub(crate) fn key_id_to_send(&self) -> Option<&str> {
        self.key_id().filter(|_| self.sends_key_id)
    }

    /// The key with this modulus and exponent, both big-endian and without leading zero bytes.
    fn new(modulus: Vec<u8>, exponent: &[u8]) -> Result<Self, KeyFlaw> {
        let (first, last) = modulus.first().zip(modulus.last()).ok_or(KeyFlaw::ModulusSize)?;
        if *first == 0 || !(MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits(&modulus, *first)) {
            return Err(KeyFlaw::ModulusSize);
        }
        if is_even(*last) {
            return Err(KeyFlaw::ModulusEven);
        }
        if roca::is_weak(&modulus) {
            return Err(KeyFlaw::ModulusWeak);
        }
        let exponent = exponent_value(exponent).ok_or(KeyFlaw::Exponent)?;
        Ok(Self {
            modulus,
            exponent,
            key_id: None,
            sends_key_id: false,
        })
    }

    fn identified(self, key_id: &str) -> Result<Self, KeyFlaw> {
        let plain = key_id
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if key_id.is_empty() || key_id.len() > MAX_KEY_ID_LENGTH || !plain {
            return Err(KeyFlaw::KeyId);
        }
        Ok(Self {
            key_id: Some(key_id.to_owned()),
            ..self
        })
    }
}

/// The length in bits of the number `bytes`, which starts with the byte `first`.
fn bits(bytes: &[u8], first: u8) -> usize {
    let unused = usize::try_from(first.leading_zeros()).unwrap_or(0);
    bytes.len().saturating_mul(8).saturating_sub(unused)
}

fn is_even(last_byte: u8) -> bool {
    last_byte & 1 == 0
}

fn exponent_value(bytes: &[u8]) -> Option<u32> {
    if bytes.first() == Some(&0) || bytes.len() > 4 {
        return None;
    }
    let value = bytes.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    (value >= MIN_EXPONENT && value % 2 == 1).then_some(value)
}
