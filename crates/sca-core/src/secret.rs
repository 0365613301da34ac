//! Text that no output shows and that is wiped when it is dropped.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// An access token, a one-time token, a client secret, an API key: shown to nobody, wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text. Whoever copies it wipes the copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Tells the secret in an answer to the one that it is for: with `#[serde(serialize_with = "Secret::tell")]`.
    ///
    /// # Errors
    /// When the serialiser fails.
    pub fn tell<S: serde::Serializer>(secret: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    /// As [`tell`](Self::tell), for an answer that may have none: with `#[serde(serialize_with = "Secret::tell_if_any")]`.
    ///
    /// # Errors
    /// When the serialiser fails.
    pub fn tell_if_any<S: serde::Serializer>(secret: &Option<Self>, serializer: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(secret) => Self::tell(secret, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// The SHA-256 of the text, for looking it up without keeping it. Only for secrets that cannot be guessed.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        Fingerprint::of(&[self.0.as_bytes()])
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

/// A 256-bit digest that stands for something that is not kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The SHA-256 of the parts, each preceded by its length so that no two lists of parts read the same.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(length_of(part));
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// As [`of`](Self::of), under a key: for values that could be guessed, such as a code of six digits.
    #[must_use]
    pub fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> Self {
        // A key shorter than the hash's block is filled up with zeros (RFC 2104).
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

    /// The first bits as text: enough to follow something through the logs, too few to stand for it.
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
    fn nothing_prints_a_secret() {
        let secret = Secret::new("appr_abc_secret_abc".into());
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
    }

    #[test]
    fn parts_cannot_be_shifted() {
        assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
        assert_ne!(
            Fingerprint::keyed(&[0; 32], &[b"1"]),
            Fingerprint::keyed(&[1; 32], &[b"1"])
        );
    }
}
