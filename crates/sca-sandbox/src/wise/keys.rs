//! Wise's key pairs for [encrypted payloads](https://docs.wise.com/guides/developer/auth-and-security/jose-jwe): generated,
//! served, rotated, and used for decryption.

use std::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use josekit::jwe::alg::rsaes::RsaesJweDecrypter;
use josekit::jwe::{self, Dir, JweDecrypter, JweHeader, RSA_OAEP_256};
use josekit::jwk::KeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Size of Wise's RSA key, as its samples show it.
const RSA_BITS: u32 = 2048;
/// Bytes of the content key and of the initialisation vector and the tag of A256GCM.
const CONTENT_KEY_BYTES: usize = 32;
const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// OpenSSL could not generate or use a key.
#[derive(Debug)]
pub struct KeyError(pub(super) josekit::JoseError);

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the encryption library failed")
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// One version of Wise's key.
#[derive(Clone)]
pub(crate) struct KeyVersion {
    version: u32,
    id: Uuid,
    decrypter: RsaesJweDecrypter,
    /// Standard base64 of the DER SubjectPublicKeyInfo.
    public_key: String,
}

impl fmt::Debug for KeyVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeyVersion")
            .field("version", &self.version)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The versions that Wise still decrypts with; the last one is the newest.
#[derive(Clone, Debug)]
pub(crate) struct KeyRing {
    newest: KeyVersion,
    older: Vec<KeyVersion>,
}

/// Why an encrypted body could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// It is not a compact JWE as Wise documents it. The text names the reason.
    Malformed(&'static str),
    /// It is a well-formed JWE, but no key decrypts it.
    Undecryptable,
}

/// A decrypted body, with the content key that the response is encrypted with.
pub(crate) struct Opened {
    pub(crate) plaintext: Vec<u8>,
    content_key: Vec<u8>,
}

impl KeyVersion {
    fn generate(version: u32) -> Result<Self, KeyError> {
        let pair = RSA_OAEP_256.generate_key_pair(RSA_BITS).map_err(KeyError)?;
        let decrypter = RSA_OAEP_256
            .decrypter_from_der(pair.to_der_private_key())
            .map_err(KeyError)?;
        Ok(Self {
            version,
            id: Uuid::new_v4(),
            decrypter,
            public_key: Base64::encode_string(&pair.to_der_public_key()),
        })
    }

    /// The key in JSON, as the key endpoint returns it.
    pub(crate) fn to_json(&self) -> Value {
        key_json(self.id, self.version, &self.public_key)
    }

    fn open(&self, token: &CompactToken<'_>) -> Option<Opened> {
        // josekit returns the plaintext but not the content key, so the key is unwrapped separately.
        let (plaintext, header) = jwe::deserialize_compact(token.text, &self.decrypter).ok()?;
        let content_key = self
            .decrypter
            .decrypt(Some(&token.encrypted_key), &jwe::enc::A256GCM, &header)
            .ok()?
            .into_owned();
        (content_key.len() == CONTENT_KEY_BYTES).then_some(Opened { plaintext, content_key })
    }
}

fn key_json(id: Uuid, version: u32, public_key: &str) -> Value {
    json!({
        "keyId": id,
        "version": version,
        "keyMaterial": {"algorithm": "RSA_OAEP_256", "keyMaterial": public_key},
        "scope": "PAYLOAD_ENCRYPTION",
    })
}

impl KeyRing {
    /// A ring with one fresh key, version 1.
    pub(crate) fn generate() -> Result<Self, KeyError> {
        Ok(Self {
            newest: KeyVersion::generate(1)?,
            older: Vec::new(),
        })
    }

    /// Generates a new newest key. The older keys are used for decryption only if they are kept.
    pub(crate) fn rotate(&mut self, keep_old: bool) -> Result<&KeyVersion, KeyError> {
        let next = KeyVersion::generate(self.newest.version.saturating_add(1))?;
        let old = std::mem::replace(&mut self.newest, next);
        if keep_old {
            self.older.push(old);
        } else {
            self.older.clear();
        }
        Ok(&self.newest)
    }

    /// The newest version, or the given one if it is still in use.
    pub(crate) fn find(&self, version: Option<u32>) -> Option<&KeyVersion> {
        match version {
            None => Some(&self.newest),
            Some(version) => std::iter::once(&self.newest)
                .chain(&self.older)
                .find(|key| key.version == version),
        }
    }

    /// Decrypts a compact JWE with the newest key that can.
    pub(crate) fn open(&self, text: &str) -> Result<Opened, OpenError> {
        let token = CompactToken::parse(text)?;
        std::iter::once(&self.newest)
            .chain(self.older.iter().rev())
            .find_map(|key| key.open(&token))
            .ok_or(OpenError::Undecryptable)
    }

    /// The response of the key endpoint with a key of the same size that decrypts nothing.
    pub(crate) fn foreign_key_json(&self) -> Result<Value, KeyError> {
        let foreign = KeyVersion::generate(self.newest.version)?;
        Ok(foreign.to_json())
    }

    /// The response of the key endpoint with a 1024-bit key, which a client has to refuse.
    pub(crate) fn weak_key_json(&self) -> Result<Value, KeyError> {
        let weak = RsaKeyPair::generate(1024).map_err(KeyError)?;
        Ok(key_json(
            Uuid::new_v4(),
            self.newest.version,
            &Base64::encode_string(&weak.to_der_public_key()),
        ))
    }
}

impl Opened {
    /// Encrypts a response directly with the request's content key (`dir`,
    /// [RFC 7518 section 4.5](https://www.rfc-editor.org/rfc/rfc7518#section-4.5)).
    pub(crate) fn seal(&self, plaintext: &[u8]) -> Result<String, KeyError> {
        let encrypter = Dir.encrypter_from_bytes(&self.content_key).map_err(KeyError)?;
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        jwe::serialize_compact(plaintext, &header, &encrypter).map_err(KeyError)
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Opened(hidden)")
    }
}

/// A compact JWE ([RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)) in the documented form; nothing is decrypted yet.
struct CompactToken<'a> {
    text: &'a str,
    encrypted_key: Vec<u8>,
}

impl<'a> CompactToken<'a> {
    fn parse(text: &'a str) -> Result<Self, OpenError> {
        let mut parts = text.split('.');
        let (Some(header), Some(key), Some(iv), Some(ciphertext), Some(tag), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(OpenError::Malformed("A compact JWE has five parts"));
        };
        let decode = |part: &str| {
            Base64UrlUnpadded::decode_vec(part).map_err(|_| OpenError::Malformed("A part is not base64url"))
        };
        let header: Map<String, Value> = serde_json::from_slice(&decode(header)?)
            .map_err(|_| OpenError::Malformed("The protected header is not a JSON object"))?;
        let claims = |name: &str, value: &str| header.get(name).and_then(Value::as_str) == Some(value);
        if !claims("alg", "RSA-OAEP-256") {
            return Err(OpenError::Malformed("The only supported alg is RSA-OAEP-256"));
        }
        if !claims("enc", "A256GCM") {
            return Err(OpenError::Malformed("The only supported enc is A256GCM"));
        }
        if header.contains_key("crit") || header.contains_key("zip") {
            return Err(OpenError::Malformed("Neither crit nor zip is supported"));
        }
        if decode(iv)?.len() != IV_BYTES || decode(tag)?.len() != TAG_BYTES {
            return Err(OpenError::Malformed(
                "The initialisation vector has 12 bytes and the tag 16",
            ));
        }
        decode(ciphertext)?;
        let encrypted_key = decode(key)?;
        if encrypted_key.is_empty() {
            return Err(OpenError::Malformed("The encrypted key is missing"));
        }
        Ok(Self { text, encrypted_key })
    }
}
