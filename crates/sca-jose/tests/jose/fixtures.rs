//! The files under `tests/fixtures/jose`; its README.md says where they come from.

use std::{fs, path::PathBuf};

use sca_jose::PublicKey;
use serde_json::Value;

pub const KEY_NAMES: [&str; 3] = ["test-key-2048", "test-key-3072", "test-key-4096"];

pub fn text(name: &str) -> String {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/jose"));
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

/// The rows of a fixture, of which there must be some.
pub fn rows(document: &Value, list: &str) -> Vec<Value> {
    let rows = document[list].as_array().unwrap().clone();
    assert!(!rows.is_empty());
    rows
}

pub fn public_key(name: &str) -> PublicKey {
    PublicKey::from_base64_spki(&text(&format!("{name}.spki.b64"))).unwrap()
}

pub fn hex(text: &Value) -> Vec<u8> {
    let digits: Vec<u32> = text
        .as_str()
        .unwrap()
        .chars()
        .map(|digit| digit.to_digit(16).unwrap())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

pub fn hex_array<const N: usize>(text: &Value) -> [u8; N] {
    hex(text).try_into().unwrap()
}
