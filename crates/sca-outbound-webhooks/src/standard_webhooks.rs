//! Signatures of version 1 of the [Standard Webhooks] specification: HMAC-SHA256 over id, time and body.
//!
//! [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

use std::fmt;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use sca_core::secret::Secret;

const PREFIX: &str = "whsec_";
/// The lengths of a secret in bytes that the specification allows.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secrets of a receiver: one, or two during a rotation. Every message has a signature for each.
#[derive(Clone)]
pub struct SigningKeys(Vec<SigningKey>);

/// A secret, padded with zeros to the hash's block (RFC 2104).
#[derive(Clone)]
struct SigningKey(Zeroizing<[u8; 64]>);

/// The secrets are not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeysError {
    /// There is none.
    #[error("at least one secret is required")]
    None,
    /// A secret is not `whsec_` and 24 to 64 bytes in base64.
    #[error(
        "a secret is `whsec_` and 24 to 64 random bytes in base64; `echo whsec_$(openssl rand -base64 32)` makes one"
    )]
    Secret,
}

impl SigningKeys {
    /// Reads secrets, each `whsec_` and base64.
    ///
    /// # Errors
    /// When there is none, or one is not valid.
    pub fn new(secrets: &[Secret]) -> Result<Self, SigningKeysError> {
        if secrets.is_empty() {
            return Err(SigningKeysError::None);
        }
        secrets.iter().map(SigningKey::new).collect::<Result<_, _>>().map(Self)
    }

    /// The value of `webhook-signature`: one signature for each secret, with spaces between.
    ///
    /// `seconds` is the value of `webhook-timestamp`: when this is sent, since the Unix epoch.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let signatures: Vec<String> = self.0.iter().map(|key| key.sign(id, seconds, body)).collect();
        signatures.join(" ")
    }
}

impl SigningKey {
    fn new(secret: &Secret) -> Result<Self, SigningKeysError> {
        let encoded = secret.expose().strip_prefix(PREFIX).ok_or(SigningKeysError::Secret)?;
        let mut decoded = Zeroizing::new([0_u8; 64]);
        let length = Base64::decode(encoded, &mut *decoded)
            .map_err(|_| SigningKeysError::Secret)?
            .len();
        if LENGTHS.contains(&length) {
            Ok(Self(decoded))
        } else {
            Err(SigningKeysError::Secret)
        }
    }

    fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&(*self.0).into());
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn keys(secrets: &[&str]) -> Result<SigningKeys, SigningKeysError> {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new((*text).into())).collect();
        SigningKeys::new(&secrets)
    }

    #[test]
    fn the_published_example_comes_out() {
        let signature = keys(&[PUBLISHED]).unwrap().sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_secrets_are_exchanged_both_sign() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let alone = |secret| keys(&[secret]).unwrap().sign("id", 1, b"{}");
        let both = keys(&[PUBLISHED, other]).unwrap().sign("id", 1, b"{}");
        assert_eq!(both, format!("{} {}", alone(PUBLISHED), alone(other)));
    }

    #[test]
    fn id_time_and_body_are_all_signed() {
        let keys = keys(&[PUBLISHED]).unwrap();
        let signature = keys.sign("id", 12, b"{}");
        assert_ne!(signature, keys.sign("ie", 12, b"{}"));
        assert_ne!(signature, keys.sign("id", 13, b"{}"));
        assert_ne!(signature, keys.sign("id", 12, b"{ }"));
    }

    #[test]
    fn secrets_are_as_long_as_the_specification_wants_and_are_shown_to_nobody() {
        let of = |length| format!("whsec_{}", Base64::encode_string(&vec![7; length]));
        for (secret, taken) in [
            (of(23), false),
            (of(24), true),
            (of(64), true),
            (of(65), false),
            ("whsec_".into(), false),
            (PUBLISHED.replace("whsec_", ""), false),
            (PUBLISHED.replace('M', "!"), false),
        ] {
            assert_eq!(keys(&[&secret]).is_ok(), taken, "{secret}");
        }
        assert_eq!(keys(&[]).unwrap_err(), SigningKeysError::None);
        let shown = format!("{:?} {}", keys(&[PUBLISHED]).unwrap(), keys(&["canary"]).unwrap_err());
        assert!(!shown.contains("MfKQ") && !shown.contains("canary"), "{shown}");
    }
}
