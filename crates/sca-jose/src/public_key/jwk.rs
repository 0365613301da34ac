//! A key as JSON.

use alloc::vec::Vec;

use super::PublicKey;
use crate::{
    KeyFlaw, base64,
    json::{Object, Value},
};

/// In bytes: room for an 8192-bit key and the certificate chain that some providers add.
const MAX_LENGTH: usize = 16 * 1024;

/// Members of private RSA keys and of symmetric keys (RFC 7518 sections 6.3.2 and 6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

pub(super) fn parse(json: &str) -> Result<PublicKey, KeyFlaw> {
    if json.len() > MAX_LENGTH {
        return Err(KeyFlaw::TooLong);
    }
    let members = Object::parse(json.as_bytes()).ok_or(KeyFlaw::NotJson)?;
    if PRIVATE_MEMBERS.iter().any(|name| members.has(name)) {
        return Err(KeyFlaw::PrivateMember);
    }
    if members.get("kty").and_then(Value::text) != Some("RSA") {
        return Err(KeyFlaw::KeyType);
    }
    if members.get("use").is_some_and(|value| value.text() != Some("enc")) {
        return Err(KeyFlaw::Use);
    }
    if members.get("alg").and_then(Value::text) != Some("RSA-OAEP-256") {
        return Err(KeyFlaw::Algorithm);
    }
    if members.get("key_ops").is_some_and(|value| !allow_encryption(value)) {
        return Err(KeyFlaw::Operations);
    }
    let key = PublicKey::new(
        number(&members, "n", KeyFlaw::ModulusSize)?,
        &number(&members, "e", KeyFlaw::Exponent)?,
    )?;
    match members.get("kid") {
        None => Ok(key),
        Some(key_id) => key.identified(key_id.text().ok_or(KeyFlaw::KeyId)?),
    }
}

/// Whether `key_ops` names `encrypt` once, and beside it at most the other thing that a public RSA key can do to a
/// secret, `wrapKey` (RFC 7517 section 4.3: no repetition, no unrelated operations).
fn allow_encryption(operations: &Value) -> bool {
    let Some(operations) = operations.list() else {
        return false;
    };
    let count = |wanted| {
        operations
            .iter()
            .filter(|operation| operation.text() == Some(wanted))
            .count()
    };
    let (encrypt, wrap) = (count("encrypt"), count("wrapKey"));
    encrypt == 1 && wrap <= 1 && encrypt + wrap == operations.len()
}

/// The big-endian number in the member called `name`.
fn number(members: &Object, name: &str, missing: KeyFlaw) -> Result<Vec<u8>, KeyFlaw> {
    let text = members.get(name).and_then(Value::text).ok_or(missing)?;
    base64::decode_url(text).ok_or(KeyFlaw::Encoding)
}
