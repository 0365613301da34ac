//! Prints vectors for `tests/fixtures/jose`, whose README.md says how they are used:
//! `vectors responses` the file made by josekit, `vectors requests COUNT` requests made by this crate, one a line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "borrows the support of the tests, and not all of it"
)]

#[path = "../tests/jose/fixtures.rs"]
mod fixtures;
#[path = "../tests/jose/native_cipher.rs"]
mod native_cipher;
#[path = "../tests/jose/provider.rs"]
mod provider;
#[path = "../tests/jose/sending.rs"]
mod sending;
#[path = "../tests/jose/tokens.rs"]
mod tokens;

use std::io::Write;

use aes_gcm::aead::{OsRng, rand_core::RngCore};
use sending::encrypt;
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut output = std::io::stdout().lock();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["responses"] => writeln!(output, "{:#}", responses()).unwrap(),
        ["requests", count] => {
            for number in 0..count.parse().unwrap() {
                writeln!(output, "{}", request(number)).unwrap();
            }
        }
        _ => panic!("say `responses` or `requests COUNT`"),
    }
}

fn responses() -> Value {
    let documents = [
        String::new(),
        r#"{"message":"jose-playground-response-Grüße 🔑","method":"POST"}"#.to_owned(),
        r#"{"oneTimeTokenProperties":{"oneTimeToken":"0f1e2d3c-4b5a-4968-8778-695a4b3c2d1e","validity":3600}}"#
            .to_owned(),
    ];
    let plaintexts = documents
        .into_iter()
        .map(String::into_bytes)
        .chain([15, 16, 17, 255, 4096].map(random));
    let responses: Vec<Value> = plaintexts
        .map(|plaintext| {
            let key: [u8; 32] = random(32).try_into().unwrap();
            let jwe = provider::respond(&key, &plaintext);
            json!({ "content_key_hex": hex(&key), "plaintext_hex": hex(&plaintext), "jwe": jwe })
        })
        .collect();
    json!({ "made_by": "josekit 0.10.3", "responses": responses })
}

fn request(number: usize) -> Value {
    let key = fixtures::KEY_NAMES[number % fixtures::KEY_NAMES.len()];
    let plaintext = random(number % 300);
    let cipher = native_cipher::NativeCipher;
    let (jwe, _) = pollster::block_on(encrypt(&cipher, &fixtures::public_key(key), &plaintext)).unwrap();
    json!({ "key": key, "plaintext_hex": hex(&plaintext), "jwe": jwe })
}

fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
