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

/// The DER of a SubjectPublicKeyInfo with these numbers, both big-endian, however short or long they are.
pub fn spki_der(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] = [48, 13, 6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1, 5, 0];
    let integer = |number: &[u8]| {
        let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) {
            &[0]
        } else {
            &[]
        };
        der_element(0x02, &[sign, number].concat())
    };
    let numbers = der_element(0x30, &[integer(modulus), integer(exponent)].concat());
    let bits = der_element(0x03, &[&[0], numbers.as_slice()].concat());
    der_element(0x30, &[RSA_ENCRYPTION.as_slice(), &bits].concat())
}

fn der_element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head: &[u8] = match (high, low) {
        (0, 0..=0x7f) => &[tag, low],
        (0, _) => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, content].concat()
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
