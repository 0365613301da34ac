//! The protected header: written for a request, checked on a response.

use alloc::string::String;

use crate::{
    MessageFlaw, PublicKey, base64,
    json::{Object, Value},
};

/// The longest header accepted, in bytes of JSON.
const MAX_HEADER_LENGTH: usize = 4096;

/// The header segment of a request to `recipient`: the two algorithms, and the key's identifier if the key asks for it.
pub(crate) fn of_request(recipient: &PublicKey) -> String {
    let mut json = String::from(r#"{"enc":"A256GCM","alg":"RSA-OAEP-256""#);
    if let Some(key_id) = recipient.key_id_to_send() {
        // A key identifier needs no JSON escapes: `PublicKey` checks that.
        json.push_str(r#","kid":""#);
        json.push_str(key_id);
        json.push('"');
    }
    json.push('}');
    base64::encode_url(json.as_bytes())
}

/// Accepts the header segment of a response if it means `dir` with `A256GCM` and has no member that changes how the
/// message is processed. Other members, such as `kid`, are ignored (RFC 7516 section 4).
pub(crate) fn check_response(segment: &str) -> Result<(), MessageFlaw> {
    if segment.len() > base64::encoded_length(MAX_HEADER_LENGTH) {
        return Err(MessageFlaw::HeaderTooLong);
    }
    let json = base64::decode_url(segment).ok_or(MessageFlaw::Encoding)?;
    let header = Object::parse(&json).ok_or(MessageFlaw::HeaderNotJson)?;
    if header.has("crit") || header.has("zip") {
        return Err(MessageFlaw::HeaderExtension);
    }
    if header.get("alg").and_then(Value::text) != Some("dir") {
        return Err(MessageFlaw::HeaderAlgorithm);
    }
    if header.get("enc").and_then(Value::text) != Some("A256GCM") {
        return Err(MessageFlaw::HeaderEncryption);
    }
    Ok(())
}
