//! The one DER encoding of an RSA key.
//!
//! The parser is lenient about the encoding of lengths and integers. It then encodes the key again and accepts it only if the
//! bytes are equal. So each key has one encoding, with nothing after it.

use alloc::vec::Vec;

use super::PublicKey;
use crate::{KeyFlaw, base64};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// `SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }` (RFC 8017 appendix A.1, RFC 3279 section 2.3.1).
const RSA_ENCRYPTION: [u8; 15] = [
    SEQUENCE, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0,
];

/// In characters: an 8192-bit key with a 32-bit exponent needs 1420.
const MAX_BASE64_LENGTH: usize = 1420;

pub(super) fn from_base64(text: &str) -> Result<PublicKey, KeyFlaw> {
    if text.len() > MAX_BASE64_LENGTH {
        return Err(KeyFlaw::TooLong);
    }
    decode(&base64::decode_standard(text).ok_or(KeyFlaw::Encoding)?)
}

pub(super) fn decode(der: &[u8]) -> Result<PublicKey, KeyFlaw> {
    let (modulus, exponent) = numbers(der).ok_or(KeyFlaw::NotSubjectPublicKeyInfo)?;
    let key = PublicKey::new(modulus.to_vec(), exponent)?;
    if key.to_spki_der() == der {
        Ok(key)
    } else {
        Err(KeyFlaw::NotSubjectPublicKeyInfo)
    }
}

pub(super) fn encode(modulus: &[u8], exponent: u32) -> Vec<u8> {
    let exponent = exponent.to_be_bytes();
    let numbers = element(SEQUENCE, &[integer(modulus), integer(unpadded(&exponent))].concat());
    let key = element(BIT_STRING, &[&[0], numbers.as_slice()].concat());
    element(SEQUENCE, &[RSA_ENCRYPTION.as_slice(), &key].concat())
}

/// Modulus and exponent, without the zero byte that marks them as positive.
fn numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (key, _) = content(SEQUENCE, der)?;
    let (bits, _) = content(BIT_STRING, key.strip_prefix(&RSA_ENCRYPTION)?)?;
    let (numbers, _) = content(SEQUENCE, bits.strip_prefix(&[0])?)?;
    let (modulus, rest) = content(INTEGER, numbers)?;
    let (exponent, _) = content(INTEGER, rest)?;
    Some((unpadded(modulus), unpadded(exponent)))
}

/// The content of the element in front, which must have this tag, and what follows it.
fn content(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [0x82, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        [0x81, length, rest @ ..] => (u16::from(*length), rest),
        [length @ 0..=0x7f, rest @ ..] => (u16::from(*length), rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

fn unpadded(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// A positive number: with a zero byte in front where the first bit would read as a sign.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) {
        &[0]
    } else {
        &[]
    };
    element(INTEGER, &[sign, number].concat())
}

/// An element of a key that is long enough: those that hold the modulus have more than 255 bytes and fewer than 1.1 KB, all
/// others fewer than 128. No other form of length occurs.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head: &[u8] = if high == 0 {
        &[tag, low]
    } else {
        &[tag, 0x82, high, low]
    };
    [head, content].concat()
}
