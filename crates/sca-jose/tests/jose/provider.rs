//! The other side of an exchange, played by josekit, which shares no code with the crate or with the tests' cipher.

use josekit::jwe::{self, Dir, JweDecrypter, JweHeader, RSA_OAEP_256, enc::A256GCM};

use crate::{
    fixtures,
    tokens::{self, decode},
};

/// What the provider finds in a request.
pub struct Received {
    pub content_key: [u8; 32],
    pub plaintext: Vec<u8>,
    pub header: String,
}

/// Opens a request with the private half of the test key called `key_name`.
pub fn receive(key_name: &str, request: &str) -> Received {
    let decrypter = RSA_OAEP_256
        .decrypter_from_pem(fixtures::text(&format!("{key_name}.pem")))
        .unwrap();
    let (plaintext, header) = jwe::deserialize_compact(request, &decrypter).unwrap();
    let [header_segment, encrypted_key, ..] = tokens::segments(request);
    let content_key = decrypter
        .decrypt(Some(&decode(&encrypted_key)), &A256GCM, &header)
        .unwrap();
    Received {
        content_key: content_key.as_ref().try_into().unwrap(),
        plaintext,
        header: String::from_utf8(decode(&header_segment)).unwrap(),
    }
}

/// A response to the request that had this content key.
pub fn respond(content_key: &[u8; 32], plaintext: &[u8]) -> String {
    respond_under(r#"{"enc":"A256GCM","alg":"dir"}"#, content_key, plaintext)
}

/// A response that says `A256GCM` and `dir` among other things. josekit writes the header's members in its own order.
pub fn respond_under(header: &str, content_key: &[u8; 32], plaintext: &[u8]) -> String {
    let header = JweHeader::from_bytes(header.as_bytes()).unwrap();
    jwe::serialize_compact(plaintext, &header, &Dir.encrypter_from_bytes(content_key).unwrap()).unwrap()
}

/// Opens a response as josekit would.
pub fn open(content_key: &[u8; 32], response: &str) -> Vec<u8> {
    jwe::deserialize_compact(response, &Dir.decrypter_from_bytes(content_key).unwrap())
        .unwrap()
        .0
}
