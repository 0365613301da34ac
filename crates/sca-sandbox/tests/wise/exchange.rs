//! The browser's side of an encrypted call, done with josekit.

use base64ct::{Base64UrlUnpadded, Encoding};
use josekit::jwe::{self, Dir, JweContentEncryption, JweEncrypter, JweHeader, RSA_OAEP_256};
use reqwest::RequestBuilder;
use serde_json::Value;
use uuid::Uuid;

pub(crate) const REQUEST_HEADER: &str = r#"{"enc":"A256GCM","alg":"RSA-OAEP-256"}"#;

/// One request's JWE and the content key that its sender keeps.
pub(crate) struct Exchange {
    pub(crate) jwe: String,
    content_key: Vec<u8>,
}

impl Exchange {
    pub(crate) fn new(public_key: &[u8], payload: &Value) -> Self {
        Self::with_header(public_key, payload, REQUEST_HEADER)
    }

    /// josekit keeps the content key to itself when it makes a token, so the token is put together from its parts.
    pub(crate) fn with_header(public_key: &[u8], payload: &Value, header: &str) -> Self {
        let content_key = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        let iv = &Uuid::new_v4().into_bytes()[..12];
        let unused = JweHeader::new();
        let encrypter = RSA_OAEP_256.encrypter_from_der(public_key).unwrap();
        let wrapped_key = encrypter
            .encrypt(&content_key, &unused, &mut JweHeader::new())
            .unwrap()
            .unwrap();
        let header = Base64UrlUnpadded::encode_string(header.as_bytes());
        let (ciphertext, tag) = jwe::enc::A256GCM
            .encrypt(
                &content_key,
                Some(iv),
                payload.to_string().as_bytes(),
                header.as_bytes(),
            )
            .unwrap();
        let encode = Base64UrlUnpadded::encode_string;
        let jwe = [
            header,
            encode(&wrapped_key),
            encode(iv),
            encode(&ciphertext),
            encode(&tag.unwrap()),
        ]
        .join(".");
        Self { jwe, content_key }
    }

    pub(crate) fn open(&self, jwe: &str) -> Value {
        let parts: Vec<&str> = jwe.split('.').collect();
        assert_eq!(parts.len(), 5);
        assert_eq!(parts[1], "", "a direct answer carries no key");
        assert_ne!(
            parts[2],
            self.jwe.split('.').nth(2).unwrap(),
            "one key must not see one IV twice"
        );
        let decrypter = Dir.decrypter_from_bytes(&self.content_key).unwrap();
        let (plaintext, header) = jwe::deserialize_compact(jwe, &decrypter).unwrap();
        assert_eq!(header.content_encryption(), Some("A256GCM"));
        serde_json::from_slice(&plaintext).unwrap()
    }
}

pub(crate) fn with_jose_headers(request: RequestBuilder) -> RequestBuilder {
    request
        .header("Content-Type", "application/jose+json")
        .header("Accept", "application/jose+json")
        .header("X-TW-JOSE-Method", "jwe")
        .header("Accept-Encoding", "identity")
        .header("Content-Encoding", "identity")
}
