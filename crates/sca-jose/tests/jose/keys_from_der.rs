//! Keys that come as a SubjectPublicKeyInfo.

use base64ct::{Base64, Encoding};
use sca_jose::{JoseError, KeyFlaw, PublicKey};

use crate::fixtures::{KEY_NAMES, json, public_key, rows, spki_der, text};

/// Where the parts of a 2048-bit key's DER start.
const ALGORITHM: usize = 4;
const BITS: usize = 19;
const NUMBERS: usize = 24;
const MODULUS: usize = 28;

fn flaw<T>(read: Result<T, JoseError>) -> Option<KeyFlaw> {
    match read {
        Ok(_) => None,
        Err(JoseError::KeyRefused(flaw)) => Some(flaw),
        Err(other) => panic!("{other:?}"),
    }
}

fn der() -> Vec<u8> {
    public_key("test-key-2048").to_spki_der()
}

#[test]
fn keys_written_by_openssl_are_read_and_written_back() {
    for (name, modulus_length) in KEY_NAMES.into_iter().zip([256, 384, 512]) {
        let key = public_key(name);
        assert_eq!(key.modulus().len(), modulus_length);
        assert_eq!(key.exponent(), 65537);
        assert_eq!(key.key_id(), None);
        assert_eq!(
            Base64::encode_string(&key.to_spki_der()),
            text(&format!("{name}.spki.b64"))
        );
    }
}

#[test]
fn base64_must_be_standard_padded_and_on_one_line() {
    let good = text("test-key-2048.spki.b64");
    assert!(good.contains('+') && good.contains('/'));
    // 294 bytes are 392 characters without padding, so pad another way: one byte more is refused as DER, not as base64.
    let longer = Base64::encode_string(&[der(), vec![0]].concat());
    assert!(longer.ends_with("=="));
    assert_eq!(
        flaw(PublicKey::from_base64_spki(&longer)),
        Some(KeyFlaw::NotSubjectPublicKeyInfo)
    );
    let rows = [
        ("URL-safe", good.replace('+', "-").replace('/', "_")),
        ("unpadded", longer.trim_end_matches('=').to_owned()),
        ("half padded", longer[..longer.len() - 1].to_owned()),
        ("padded too much", format!("{good}====")),
        ("unused bits set", longer.replace("AA==", "AB==")),
        ("a line break at the end", format!("{good}\n")),
        (
            "lines of 64",
            good.as_bytes()
                .chunks(64)
                .map(|line| str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\n"),
        ),
        (
            "a PEM",
            format!("-----BEGIN PUBLIC KEY-----\n{good}\n-----END PUBLIC KEY-----\n"),
        ),
    ];
    for (name, text) in rows {
        assert_eq!(
            flaw(PublicKey::from_base64_spki(&text)),
            Some(KeyFlaw::Encoding),
            "{name}"
        );
    }
    assert_eq!(
        flaw(PublicKey::from_base64_spki("")),
        Some(KeyFlaw::NotSubjectPublicKeyInfo)
    );
    assert_eq!(
        flaw(PublicKey::from_base64_spki(&"A".repeat(1424))),
        Some(KeyFlaw::TooLong)
    );
}

#[test]
fn the_largest_key_fits() {
    let largest = PublicKey::from_spki_der(&spki_der(&[0xff; 1024], &[0xff; 4])).unwrap();
    let text = Base64::encode_string(&largest.to_spki_der());
    assert_eq!(text.len(), 1420);
    assert_eq!(PublicKey::from_base64_spki(&text).unwrap(), largest);
}

#[test]
fn numbers_are_accepted_or_refused_as_listed() {
    let document = json("public_keys.json");
    for row in rows(&document, "cases") {
        let number = |name: &str| {
            let text = row["set"][name].as_str().or(document["base"][name].as_str());
            crate::tokens::decode(text.unwrap())
        };
        let found = flaw(PublicKey::from_spki_der(&spki_der(&number("n"), &number("e"))));
        let found = found.map(|flaw| format!("{flaw:?}"));
        assert_eq!(found.as_deref(), row["flaw"].as_str(), "{}", row["name"]);
    }
}

#[test]
fn a_key_identifier_is_short_plain_text() {
    let named = |key_id: &str| public_key("test-key-2048").with_key_id(key_id);
    assert_eq!(named("test-key-2048").unwrap().key_id(), Some("test-key-2048"));
    for key_id in ["", "a\",\"zip\":\"DEF", "a\nb", "a\\b", &"a".repeat(129)] {
        assert_eq!(flaw(named(key_id)), Some(KeyFlaw::KeyId), "{key_id:?}");
    }
}

#[test]
fn der_of_any_other_shape_is_refused() {
    let splice = |position: usize, removed: usize, inserted: &[u8]| {
        let mut der = der();
        der.splice(position..position + removed, inserted.iter().copied());
        der
    };
    let mut unused_bits = der();
    unused_bits[NUMBERS - 1] = 1;
    let p256 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIDyd/28E8A4+m0BM6g5GSF/QXU+dV35hqLe9kfSO49ZL\
        gNnqgM3nHhzLsU7EsPRPMzcAJS68eTSr1npXE96O6Q==";
    let rows = [
        ("nothing", Vec::new()),
        ("something after the key", [der(), vec![0]].concat()),
        ("another tag", splice(0, 1, &[0x31])),
        ("length in three bytes", splice(1, 3, &[0x83, 0, 1, 0x22])),
        ("indefinite length", splice(1, 3, &[0x80])),
        (
            "parameters missing",
            splice(
                ALGORITHM,
                15,
                &[&[0x30, 11], &der()[ALGORITHM + 2..ALGORITHM + 13]].concat(),
            ),
        ),
        ("RSASSA-PSS", splice(ALGORITHM + 12, 1, &[0x0a])),
        ("RSAES-OAEP", splice(ALGORITHM + 12, 1, &[0x07])),
        ("an elliptic curve", Base64::decode_vec(p256).unwrap()),
        ("unused bits", unused_bits),
        ("the bare RSAPublicKey", der()[NUMBERS..].to_vec()),
        ("bit string as octet string", splice(BITS, 1, &[0x04])),
        ("a negative modulus", splice(MODULUS, 5, &[0x02, 0x82, 1, 0])),
        (
            "a modulus with two zero bytes",
            splice(MODULUS, 5, &[0x02, 0x82, 1, 2, 0, 0]),
        ),
    ];
    for (name, der) in rows {
        assert_eq!(
            flaw(PublicKey::from_spki_der(&der)),
            Some(KeyFlaw::NotSubjectPublicKeyInfo),
            "{name}"
        );
    }
}

#[test]
fn every_shorter_key_is_refused() {
    let der = der();
    for length in 0..der.len() {
        assert!(
            flaw(PublicKey::from_spki_der(&der[..length])).is_some(),
            "{length} bytes"
        );
    }
}

/// There is one encoding of each key: whatever is read is written back byte for byte.
#[test]
fn no_changed_byte_reads_as_the_same_key() {
    let original = der();
    for position in 0..original.len() {
        for change in [0x01, 0x02, 0x40, 0x80, 0xff] {
            let mut der = original.clone();
            der[position] ^= change;
            if let Ok(key) = PublicKey::from_spki_der(&der) {
                assert_eq!(key.to_spki_der(), der);
                assert_ne!(key, public_key("test-key-2048"));
            }
        }
    }
}

#[test]
fn the_bounds_hold_for_der_too() {
    let modulus_end = MODULUS + 4 + 257;
    let mut even = der();
    even[modulus_end - 1] &= 0xfe;
    assert_eq!(flaw(PublicKey::from_spki_der(&even)), Some(KeyFlaw::ModulusEven));
    let mut exponent_three = der();
    exponent_three.truncate(modulus_end);
    exponent_three.extend([0x02, 0x03, 0, 0, 3]);
    assert_eq!(flaw(PublicKey::from_spki_der(&exponent_three)), Some(KeyFlaw::Exponent));
    let mut even_exponent = der();
    *even_exponent.last_mut().unwrap() = 0;
    assert_eq!(flaw(PublicKey::from_spki_der(&even_exponent)), Some(KeyFlaw::Exponent));
    let short = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC8yarb+gs034iAZxFs8ZEBdBC2Fjow3ewTW7Cg86XU3wsjPp78iVcw+2xJf6GdroSGPwott/fm\
        RQAQu0gnj9L5UjId8nTqduNOIzRSUncp0+eqU8kfgwhzB2WsZQtSRSq8HTktk1IPWXPb7+z/d1wgddWh7hxtav6eehmAugK33QIDAQAB";
    assert_eq!(flaw(PublicKey::from_base64_spki(short)), Some(KeyFlaw::ModulusSize));
}

#[test]
fn key_identifiers_are_plain_and_short() {
    let identified = |key_id: &str| flaw(public_key("test-key-2048").with_key_id(key_id));
    for accepted in [
        "4f9c2d3e-1b7a-4c1d-9e55-0d6a3f1b2c4d",
        "k",
        "urn:example:key#1",
        &"k".repeat(128),
    ] {
        assert_eq!(identified(accepted), None, "{accepted}");
    }
    for refused in [
        "",
        " ",
        "a b",
        "a\"b",
        "a\\b",
        "a\nb",
        "ключ",
        "\u{7f}",
        &"k".repeat(129),
    ] {
        assert_eq!(identified(refused), Some(KeyFlaw::KeyId), "{refused:?}");
    }
}
