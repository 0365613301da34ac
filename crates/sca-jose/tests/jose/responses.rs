//! Responses: the form of the token. `response_headers.rs` tests the header.

use sca_jose::{Exchange, JoseError, MAX_TOKEN_LENGTH, MessageFlaw};

use crate::{
    fixtures::{hex, hex_array, json, public_key},
    native_cipher::{NativeContentKey, PinnedCipher},
    sending::encrypt,
    tokens::{self, decode, encode},
};

pub const KEY: [u8; 32] = [0x42; 32];
pub const REQUEST_IV: [u8; 12] = [0x11; 12];
pub const RESPONSE_IV: [u8; 12] = [0x22; 12];
pub const HEADER: &[u8] = br#"{"enc":"A256GCM","alg":"dir"}"#;
const DOCUMENT: &[u8] = br#"{"oneTimeTokenProperties":{"challenges":[],"validity":3600}}"#;

/// The exchange of a request that was sent with [`KEY`] and [`REQUEST_IV`].
pub fn exchange(cipher: &PinnedCipher) -> Exchange<NativeContentKey> {
    pollster::block_on(encrypt(cipher, &public_key("test-key-2048"), b"{}"))
        .unwrap()
        .1
}

fn valid() -> String {
    tokens::direct(HEADER, &KEY, &RESPONSE_IV, DOCUMENT)
}

/// Asserts that `response` is refused for `flaw`, and whether the cipher was called.
fn assert_refused(name: &str, response: &str, flaw: MessageFlaw) {
    let cipher = PinnedCipher::new(KEY, REQUEST_IV);
    let refused = pollster::block_on(exchange(&cipher).open(response)).err();
    assert!(
        refused == Some(JoseError::Failed(flaw)),
        "{name}: expected {flaw:?}, got {:?}",
        refused.map(flaw_of)
    );
    assert_eq!(
        cipher.times_opened(),
        usize::from(flaw == MessageFlaw::Cipher),
        "{name}: calls to the cipher"
    );
}

fn flaw_of(error: JoseError) -> String {
    match error {
        JoseError::Failed(flaw) => format!("{flaw:?}"),
        JoseError::KeyRefused(flaw) => format!("{flaw:?}"),
        _ => unreachable!("no third kind"),
    }
}

#[test]
fn the_response_vector_of_wise_is_opened() {
    let vector = json("wise_dir_vector.json");
    let cipher = PinnedCipher::new(hex_array(&vector["cek_hex"]), REQUEST_IV);
    let response = &vector["response"];
    let opened = pollster::block_on(exchange(&cipher).open(response["jwe"].as_str().unwrap())).unwrap();
    assert_eq!(opened.as_slice(), response["plaintext"].as_str().unwrap().as_bytes());
    let [header, _, iv, ..] = tokens::segments(response["jwe"].as_str().unwrap());
    assert_eq!(decode(&header), response["header"].as_str().unwrap().as_bytes());
    assert_eq!(decode(&iv), hex(&response["iv_hex"]));
}

#[test]
fn the_vectors_of_two_other_libraries_are_opened() {
    for file in ["dir_by_npm_jose.json", "dir_by_josekit.json"] {
        for row in crate::fixtures::rows(&json(file), "responses") {
            let key = hex_array(&row["content_key_hex"]);
            let response = row["jwe"].as_str().unwrap();
            let opened = pollster::block_on(exchange(&PinnedCipher::new(key, REQUEST_IV)).open(response)).unwrap();
            assert_eq!(opened.as_slice(), hex(&row["plaintext_hex"]), "{file}: {response}");
            assert_eq!(
                crate::provider::open(&key, response),
                hex(&row["plaintext_hex"]),
                "{file}: josekit agrees"
            );
        }
    }
}

#[test]
fn a_valid_response_is_opened_once() {
    let cipher = PinnedCipher::new(KEY, REQUEST_IV);
    let opened = pollster::block_on(exchange(&cipher).open(&valid())).unwrap();
    assert_eq!(opened.as_slice(), DOCUMENT);
    assert_eq!(cipher.times_opened(), 1);
}

#[test]
fn bytes_that_are_not_text_come_back_as_they_are() {
    let response = tokens::direct(HEADER, &KEY, &RESPONSE_IV, b"\xff\x00\xc3");
    let opened = pollster::block_on(exchange(&PinnedCipher::new(KEY, REQUEST_IV)).open(&response)).unwrap();
    assert_eq!(opened.as_slice(), b"\xff\x00\xc3");
}

#[test]
fn another_number_of_segments_is_refused() {
    let [header, _, iv, ciphertext, tag] = tokens::segments(&valid());
    let rows = [
        ("nothing", String::new()),
        ("plain JSON", r#"{"message":"An unexpected error occurred"}"#.to_owned()),
        ("no tag and no separator", format!("{header}..{iv}.{ciphertext}")),
        ("no ciphertext and no separator", format!("{header}..{iv}.{tag}")),
        ("no vector and no separator", format!("{header}..{ciphertext}.{tag}")),
        (
            "no key segment and no separator",
            format!("{header}.{iv}.{ciphertext}.{tag}"),
        ),
        ("no header and no separator", format!(".{iv}.{ciphertext}.{tag}")),
        ("a sixth segment", format!("{}.AAAA", valid())),
        ("an empty sixth segment", format!("{}.", valid())),
        ("an empty segment in front", format!(".{}", valid())),
        ("ten thousand dots", ".".repeat(10_000)),
        (
            "the JSON serialisation",
            format!(r#"{{"protected":"{header}","iv":"{iv}","ciphertext":"{ciphertext}","tag":"{tag}"}}"#),
        ),
    ];
    for (name, token) in rows {
        assert_refused(name, &token, MessageFlaw::SegmentCount);
    }
}

#[test]
fn a_segment_that_is_missing_or_too_much_is_refused() {
    let [header, _, iv, ciphertext, tag] = tokens::segments(&valid());
    let rows = [
        (
            "no header",
            format!("..{iv}.{ciphertext}.{tag}"),
            MessageFlaw::HeaderNotJson,
        ),
        (
            "no vector",
            format!("{header}...{ciphertext}.{tag}"),
            MessageFlaw::IvLength,
        ),
        ("no ciphertext", format!("{header}..{iv}..{tag}"), MessageFlaw::Cipher),
        (
            "no tag",
            format!("{header}..{iv}.{ciphertext}."),
            MessageFlaw::TagLength,
        ),
        (
            "a key where none belongs",
            format!("{header}.AAAA.{iv}.{ciphertext}.{tag}"),
            MessageFlaw::EncryptedKeyPresent,
        ),
        (
            "a key that is no base64url",
            format!("{header}.=.{iv}.{ciphertext}.{tag}"),
            MessageFlaw::EncryptedKeyPresent,
        ),
        (
            "a blank for a key",
            format!("{header}. .{iv}.{ciphertext}.{tag}"),
            MessageFlaw::EncryptedKeyPresent,
        ),
    ];
    for (name, token, flaw) in rows {
        assert_refused(name, &token, flaw);
    }
}

#[test]
fn every_other_length_of_vector_and_tag_is_refused() {
    let [header, _, iv, ciphertext, tag] = tokens::segments(&valid());
    for length in (0..12).chain([13, 16, 24]) {
        let iv = encode(&vec![0x22; length]);
        assert_refused(
            "vector",
            &format!("{header}..{iv}.{ciphertext}.{tag}"),
            MessageFlaw::IvLength,
        );
    }
    let tag = decode(&tag);
    for length in 0..16 {
        let tag = encode(&tag[..length]);
        assert_refused(
            "short tag",
            &format!("{header}..{iv}.{ciphertext}.{tag}"),
            MessageFlaw::TagLength,
        );
    }
    for extra in [1, 2, 16] {
        let tag = encode(&[tag.as_slice(), &vec![0; extra]].concat());
        assert_refused(
            "long tag",
            &format!("{header}..{iv}.{ciphertext}.{tag}"),
            MessageFlaw::TagLength,
        );
    }
}

/// A cipher that gets ciphertext and tag in one piece cannot see the border between them: WebCrypto opens all of these.
#[test]
fn bytes_moved_across_the_border_of_ciphertext_and_tag_are_refused() {
    let [header, _, iv, ciphertext, tag] = tokens::segments(&valid());
    let joined = [decode(&ciphertext), decode(&tag)].concat();
    let border = decode(&ciphertext).len();
    for moved in 1..=16 {
        for border in [border + moved, border - moved] {
            let (ciphertext, tag) = joined.split_at(border);
            let token = format!("{header}..{iv}.{}.{}", encode(ciphertext), encode(tag));
            assert_refused(&format!("border at {border}"), &token, MessageFlaw::TagLength);
        }
    }
}

#[test]
fn a_spelling_that_is_not_canonical_base64url_is_refused() {
    type Respell = fn(&str) -> String;
    let spellings: [(&str, Respell); 10] = [
        ("padded once", |segment| format!("{segment}=")),
        ("padded twice", |segment| format!("{segment}==")),
        ("a blank in front", |segment| format!(" {segment}")),
        ("a blank behind", |segment| format!("{segment} ")),
        ("a line break behind", |segment| format!("{segment}\n")),
        ("a tab inside", |segment| {
            format!("{}\t{}", &segment[..4], &segment[4..])
        }),
        ("standard alphabet", |segment| format!("+/{}", &segment[2..])),
        ("a character too many for any length", |segment| {
            format!("{segment}{}", "A".repeat((5 - segment.len() % 4) % 4))
        }),
        ("not ASCII", |segment| format!("{}\u{ff21}", &segment[1..])),
        ("a NUL", |segment| format!("{}\0", &segment[1..])),
    ];
    // A document whose length leaves unused bits in the last character.
    let token = tokens::direct(HEADER, &KEY, &RESPONSE_IV, b"{\"a\":1}");
    let segments = tokens::segments(&token);
    for (name, respell) in spellings {
        for position in [0, 2, 3, 4] {
            let mut changed = segments.clone();
            changed[position] = respell(&changed[position]);
            assert_refused(
                &format!("{name}, segment {position}"),
                &changed.join("."),
                MessageFlaw::Encoding,
            );
        }
    }
}

#[test]
fn unused_bits_in_the_last_character_are_refused() {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let header = br#"{"enc":"A256GCM","alg":"dir" }"#;
    let mut tried = 0;
    for header in [header.as_slice(), HEADER, br#"{"enc":"A256GCM","alg":"dir"  }"#] {
        for plaintext in [b"1".as_slice(), b"12"] {
            let segments = tokens::segments(&tokens::direct(header, &KEY, &RESPONSE_IV, plaintext));
            for (position, segment) in segments.iter().enumerate() {
                let unused_bits = match segment.len() % 4 {
                    2 => 4,
                    3 => 2,
                    _ => continue,
                };
                let last = ALPHABET.find(&segment[segment.len() - 1..]).unwrap();
                for bits in 1..1 << unused_bits {
                    let mut changed = segments.clone();
                    changed[position].pop();
                    changed[position].push_str(&ALPHABET[last + bits..=last + bits]);
                    assert_refused(
                        &format!("segment {position}, +{bits}"),
                        &changed.join("."),
                        MessageFlaw::Encoding,
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 60);
}

#[test]
fn the_vector_of_the_request_is_refused() {
    let response = tokens::direct(HEADER, &KEY, &REQUEST_IV, DOCUMENT);
    assert_refused("reused vector", &response, MessageFlaw::IvReused);
}

#[test]
fn another_key_vector_header_ciphertext_or_tag_is_refused() {
    let other_key = tokens::direct(HEADER, &[0x43; 32], &RESPONSE_IV, DOCUMENT);
    assert_refused("under another key", &other_key, MessageFlaw::Cipher);
    let valid = tokens::segments(&valid());
    let replacements = [
        (0, encode(br#"{"alg":"dir","enc":"A256GCM"}"#)),
        (2, encode(&[0x23; 12])),
        (3, encode(&[0; 61])),
        (3, String::new()),
        (4, encode(&[0; 16])),
    ];
    for (position, replacement) in replacements {
        let mut changed = valid.clone();
        changed[position] = replacement;
        assert_refused(
            &format!("segment {position} replaced"),
            &changed.join("."),
            MessageFlaw::Cipher,
        );
    }
}

#[test]
fn the_request_itself_is_no_response() {
    let cipher = PinnedCipher::new(KEY, REQUEST_IV);
    let (request, exchange) = pollster::block_on(encrypt(&cipher, &public_key("test-key-2048"), b"{}")).unwrap();
    let refused = pollster::block_on(exchange.open(&request)).unwrap_err();
    assert!(refused == JoseError::Failed(MessageFlaw::HeaderAlgorithm));
}

#[test]
fn a_response_of_the_greatest_length_is_opened_and_a_longer_one_is_not() {
    let overhead = tokens::direct(HEADER, &KEY, &RESPONSE_IV, b"").len();
    let most = (MAX_TOKEN_LENGTH - overhead) / 4 * 3;
    let fits = tokens::direct(HEADER, &KEY, &RESPONSE_IV, &vec![b'x'; most]);
    let opened = pollster::block_on(exchange(&PinnedCipher::new(KEY, REQUEST_IV)).open(&fits)).unwrap();
    assert_eq!(opened.len(), most);
    let longer = tokens::direct(HEADER, &KEY, &RESPONSE_IV, &vec![b'x'; most + 3]);
    assert_refused("64 KiB and a little", &longer, MessageFlaw::TooLong);
    assert_refused("50 MB", &"A".repeat(50_000_000), MessageFlaw::TooLong);
}

/// The forms of the RFCs' own examples, which use related algorithms: RFC 7516 appendix A.1 and RFC 7520 sections 5.2 and 5.6.
#[test]
fn the_algorithms_of_the_rfc_examples_are_refused() {
    let rows = [
        (
            "RFC 7516 A.1",
            r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#,
            MessageFlaw::HeaderAlgorithm,
        ),
        (
            "RFC 7520 5.2",
            r#"{"alg":"RSA-OAEP","kid":"samwise.gamgee@hobbiton.example","enc":"A256GCM"}"#,
            MessageFlaw::HeaderAlgorithm,
        ),
        (
            "RFC 7520 5.6",
            r#"{"alg":"dir","kid":"77c7e2b8-6e13-45cf-8672-617b5b45243a","enc":"A128GCM"}"#,
            MessageFlaw::HeaderEncryption,
        ),
    ];
    for (name, header, flaw) in rows {
        assert_refused(
            name,
            &tokens::direct(header.as_bytes(), &KEY, &RESPONSE_IV, DOCUMENT),
            flaw,
        );
    }
}
