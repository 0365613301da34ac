//! Secrets, which are never printed and are wiped on drop, and digests that stand for values that are not stored.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// A secret text: an access token, a one-time token, a client secret or an API key. `Debug` hides it, and drop wipes it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes ownership of the text.
    #[must_use]
    pub fn new(mut text: String) -> Self {
        // Shrinking the text to its length could move it, and would leave the old copy in memory.
        let exact: Box<str> = text.as_str().into();
        text.zeroize();
        Self(SecretString::from(exact))
    }

    /// The text. A caller that copies it has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Serializes the text itself, for a response to the owner of the secret: use with
    /// `#[serde(serialize_with = "Secret::serialize_exposed")]`.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize_exposed<S: serde::Serializer>(secret: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    /// As [`serialize_exposed`](Self::serialize_exposed), for an answer that may have none: with `#[serde(serialize_with = "Secret::serialize_exposed_option")]`.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize_exposed_option<S: serde::Serializer>(
        secret: &Option<Self>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => Self::serialize_exposed(secret, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// The SHA-256 of the text, to find a row without storing the text. Only for secrets of high entropy.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        Fingerprint::of(&[self.expose().as_bytes()])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as serde::Deserialize>::deserialize(deserializer).map(Self::new)
    }
}

/// A 256-bit digest of a value that is not stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The SHA-256 of the parts, each preceded by its length (8 bytes, big endian), so that different lists of parts have different
    /// input.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(length_of(part));
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// As [`of`](Self::of), but the HMAC-SHA256 (RFC 2104) under a key: for values of low entropy, such as a code of six digits.
    #[must_use]
    pub fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> Self {
        // RFC 2104, section 2: a key shorter than the hash's block is padded with zeros.
        let mut block = Zeroizing::new([0_u8; 64]);
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*block).into());
        for part in parts {
            mac.update(&length_of(part));
            mac.update(part);
        }
        Self(mac.finalize().into_bytes().into())
    }

    /// The digest's 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The 32 bytes.
    #[must_use]
    pub fn into_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The first 48 bits in base64url, 8 characters: enough to correlate log lines, too few to identify the value.
    #[must_use]
    pub fn short(&self) -> String {
        self.0
            .get(..6)
            .map(Base64UrlUnpadded::encode_string)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({}…)", self.short())
    }
}

impl TryFrom<&[u8]> for Fingerprint {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map(<[u8]>::len);
        match decoded {
            Ok(32) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(serde::de::Error::custom("a digest has 32 bytes")),
        }
    }
}

fn length_of(part: &[u8]) -> [u8; 8] {
    u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_a_secret() {
        let secret = Secret::new("appr_abc_secret_abc".into());
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
    }

    #[test]
    fn moving_bytes_between_parts_changes_the_digest() {
        assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
        assert_ne!(
            Fingerprint::keyed(&[0; 32], &[b"1"]),
            Fingerprint::keyed(&[1; 32], &[b"1"])
        );
    }
}
