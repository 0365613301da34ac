//! What holds for any input.

use proptest::prelude::*;
use sca_jose::PublicKey;

use crate::{
    fixtures::{public_key, spki_der},
    native_cipher::{NativeCipher, PinnedCipher},
    provider,
    responses::{HEADER, KEY, REQUEST_IV, RESPONSE_IV, exchange},
    sending::encrypt,
    tokens,
};

fn opens(response: &str) -> bool {
    pollster::block_on(exchange(&PinnedCipher::new(KEY, REQUEST_IV)).open(response)).is_ok()
}

/// Every position, every printable character and a few that are not.
#[test]
fn no_single_changed_character_is_accepted() {
    let response = tokens::direct(HEADER, &KEY, &RESPONSE_IV, b"{\"ok\":1}");
    assert!(opens(&response));
    for (position, original) in response.char_indices() {
        for character in (' '..='~')
            .chain(['\0', '\n', '\t', '\u{e9}', '\u{ff0e}'])
            .filter(|other| *other != original)
        {
            let changed = format!("{}{character}{}", &response[..position], &response[position + 1..]);
            assert!(!opens(&changed), "{original:?} at {position} became {character:?}");
        }
        let shortened = format!("{}{}", &response[..position], &response[position + 1..]);
        assert!(!opens(&shortened), "{original:?} at {position} was left out");
    }
}

/// Text in which the characters that matter to a JSON parser are frequent.
fn hostile_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(r#"{"enc":"A256GCM","alg":"dir""#.to_owned()),
        Just(r#"{"kty":"RSA","alg":"RSA-OAEP-256","n":""#.to_owned()),
        Just(r#"\u"#.to_owned()),
        Just(r#"\ud83d\udd11"#.to_owned()),
        r#"[{}\[\]",:\\0-9a-f.eE+ truenlsAQ_-]{0,12}"#,
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_no_response(text in any::<String>()) {
        prop_assert!(!opens(&text));
    }

    #[test]
    fn any_five_segments_are_no_response(segments in prop::collection::vec("[A-Za-z0-9_=+/ -]{0,40}", 5)) {
        prop_assert!(!opens(&segments.join(".")));
    }

    #[test]
    fn any_header_is_read_or_refused(header in hostile_json()) {
        let response = tokens::direct(header.as_bytes(), &KEY, &RESPONSE_IV, b"{}");
        // What we accept, an ordinary JSON reader reads the same way.
        if opens(&response) {
            let header: serde_json::Value = serde_json::from_str(&header).unwrap();
            prop_assert_eq!(&header["alg"], "dir");
            prop_assert_eq!(&header["enc"], "A256GCM");
        }
    }

    #[test]
    fn any_text_is_read_as_a_key_or_refused(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        prop_assert!(PublicKey::from_base64_spki(&text).is_err());
        prop_assert!(PublicKey::from_spki_der(&bytes).is_err());
    }

    #[test]
    fn what_is_written_is_read_back(
        modulus in prop::collection::vec(any::<u8>(), 256..=1024),
        exponent in (65537_u32..).prop_map(|exponent| exponent | 1),
    ) {
        let mut modulus = modulus;
        modulus[0] |= 0x80;
        *modulus.last_mut().unwrap() |= 1;
        let significant = exponent.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        let key = PublicKey::from_spki_der(&spki_der(&modulus, &significant)).unwrap();
        prop_assert_eq!(key.modulus(), &modulus);
        prop_assert_eq!(key.exponent(), exponent);
        prop_assert_eq!(PublicKey::from_spki_der(&key.to_spki_der()).unwrap(), key);
    }

    #[test]
    fn any_plaintext_round_trips(
        request in prop::collection::vec(any::<u8>(), 0..2048),
        response in prop::collection::vec(any::<u8>(), 0..2048),
    ) {
        let recipient = public_key("test-key-2048");
        let (token, exchange) = pollster::block_on(encrypt(&NativeCipher, &recipient, &request)).unwrap();
        let received = provider::receive("test-key-2048", &token);
        prop_assert_eq!(received.plaintext, request);
        let answer = provider::respond(&received.content_key, &response);
        let opened = pollster::block_on(exchange.open(&answer)).unwrap();
        prop_assert_eq!(opened.as_slice(), &response);
    }
}
