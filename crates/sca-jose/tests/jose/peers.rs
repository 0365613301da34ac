//! Whole exchanges with an independent peer.

use sca_jose::PublicKey;

use crate::{
    fixtures::{KEY_NAMES, hex, json, public_key, rows},
    native_cipher::NativeCipher,
    provider,
    sending::encrypt,
    tokens,
};

#[test]
fn josekit_reads_our_request_and_we_read_its_response() {
    for name in KEY_NAMES {
        let recipient = public_key(name);
        for length in [0, 1, 14, 15, 16, 17, 255, 4096] {
            let plaintext = vec![b'7'; length];
            let (request, exchange) = pollster::block_on(encrypt(&NativeCipher, &recipient, &plaintext)).unwrap();
            let received = provider::receive(name, &request);
            assert_eq!(received.plaintext, plaintext, "{name}, {length} bytes");
            let response = provider::respond(&received.content_key, b"{\"message\":\"got it\"}");
            let opened = pollster::block_on(exchange.open(&response)).unwrap();
            assert_eq!(opened.as_slice(), b"{\"message\":\"got it\"}", "{name}, {length} bytes");
        }
    }
}

#[test]
fn a_response_with_informing_header_members_is_read() {
    let recipient = public_key("test-key-2048");
    let (request, exchange) = pollster::block_on(encrypt(&NativeCipher, &recipient, b"{}")).unwrap();
    let key = provider::receive("test-key-2048", &request).content_key;
    let header = r#"{"alg":"dir","enc":"A256GCM","kid":"4f9c","cty":"application/json","url":"/v2/x"}"#;
    let opened = pollster::block_on(exchange.open(&provider::respond_under(header, &key, b"yes"))).unwrap();
    assert_eq!(opened.as_slice(), b"yes");
}

#[test]
fn the_response_to_another_request_is_refused() {
    let recipient = public_key("test-key-2048");
    let (first, _) = pollster::block_on(encrypt(&NativeCipher, &recipient, b"{}")).unwrap();
    let (_, second) = pollster::block_on(encrypt(&NativeCipher, &recipient, b"{}")).unwrap();
    let response = provider::respond(&provider::receive("test-key-2048", &first).content_key, b"{}");
    assert!(pollster::block_on(second.open(&response)).is_err());
}

#[test]
fn a_key_made_by_josekit_is_read_and_used() {
    let pair = josekit::jwe::RSA_OAEP_256
        .key_pair_from_pem(crate::fixtures::text("test-key-3072.pem"))
        .unwrap();
    let recipient = PublicKey::from_spki_der(&pair.to_der_public_key()).unwrap();
    let (request, _) = pollster::block_on(encrypt(&NativeCipher, &recipient, b"{\"pin\":\"0000\"}")).unwrap();
    assert_eq!(
        provider::receive("test-key-3072", &request).plaintext,
        b"{\"pin\":\"0000\"}"
    );
}

/// npm `jose` made these requests; ours have the same header and the same segment lengths, and josekit reads both.
#[test]
fn our_requests_have_the_shape_of_those_of_npm_jose() {
    for row in rows(&json("requests_by_npm_jose.json"), "requests") {
        let (name, theirs) = (row["key"].as_str().unwrap(), row["jwe"].as_str().unwrap());
        let plaintext = hex(&row["plaintext_hex"]);
        assert_eq!(provider::receive(name, theirs).plaintext, plaintext);
        let (ours, _) = pollster::block_on(encrypt(&NativeCipher, &public_key(name), &plaintext)).unwrap();
        let lengths = |token: &str| tokens::segments(token).map(|segment| segment.len());
        assert_eq!(tokens::segments(&ours)[0], tokens::segments(theirs)[0]);
        assert_eq!(lengths(&ours), lengths(theirs));
    }
}
