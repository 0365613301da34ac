//! The export of a 3D FaceMap for another organisation, encrypted to its public key.
//!
//! The form of a real export is proprietary. A simulated one is the Base64 text of a compact JWE
//! ([RFC 7516](https://www.rfc-editor.org/rfc/rfc7516)): `RSA-OAEP-256` with `A256GCM`, and the JSON object `{"person":"..."}` as
//! content. Two exports of one FaceMap differ.

use base64ct::{Base64, Encoding};
use josekit::jwe::{self, JweHeader, RSA_OAEP_256};
use serde_json::json;

/// Why nothing was exported.
#[derive(Debug)]
pub(super) enum ExportError {
    /// The key is no RSA key of at least 2048 bits in PEM.
    Key(josekit::JoseError),
    /// OpenSSL failed.
    Encryption(josekit::JoseError),
}

/// Exports the FaceMap of a person.
pub(super) fn export(person: &str, public_key: &str) -> Result<String, ExportError> {
    let encrypter = RSA_OAEP_256.encrypter_from_pem(public_key).map_err(ExportError::Key)?;
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    let content = json!({"person": person}).to_string();
    let exported = jwe::serialize_compact(content.as_bytes(), &header, &encrypter).map_err(ExportError::Encryption)?;
    Ok(Base64::encode_string(exported.as_bytes()))
}
