//! The header of a response.

use sca_jose::{JoseError, MessageFlaw};

use crate::{
    fixtures::{json, rows},
    native_cipher::PinnedCipher,
    responses::{KEY, REQUEST_IV, RESPONSE_IV, exchange},
    tokens,
};

/// Every response here is encrypted correctly under its header, so only the header can be the reason for a refusal.
#[test]
fn headers_are_accepted_or_refused_as_listed() {
    for row in rows(&json("response_headers.json"), "cases") {
        let name = row["name"].as_str().unwrap();
        let response = tokens::direct(row["header"].as_str().unwrap().as_bytes(), &KEY, &RESPONSE_IV, b"{}");
        let cipher = PinnedCipher::new(KEY, REQUEST_IV);
        let flaw = match pollster::block_on(exchange(&cipher).open(&response)) {
            Ok(_) => None,
            Err(JoseError::Failed(flaw)) => Some(format!("{flaw:?}")),
            Err(other) => panic!("{name}: {other:?}"),
        };
        assert_eq!(flaw.as_deref(), row["flaw"].as_str(), "{name}");
        assert_eq!(
            cipher.times_opened(),
            usize::from(flaw.is_none()),
            "{name}: calls to the cipher"
        );
    }
}

#[test]
fn a_header_that_is_not_utf8_is_refused() {
    for header in [
        b"{\"enc\":\"A256GCM\",\"alg\":\"dir\",\"kid\":\"\xff\"}".as_slice(),
        b"\xff\xfe{\0}\0",
    ] {
        let response = tokens::direct(header, &KEY, &RESPONSE_IV, b"{}");
        let refused = pollster::block_on(exchange(&PinnedCipher::new(KEY, REQUEST_IV)).open(&response)).unwrap_err();
        assert!(refused == JoseError::Failed(MessageFlaw::HeaderNotJson));
    }
}

#[test]
fn a_header_of_a_megabyte_is_refused_by_its_length() {
    let header = format!(r#"{{"enc":"A256GCM","alg":"dir","kid":"{}"}}"#, "k".repeat(1_000_000));
    let response = tokens::direct(header.as_bytes(), &KEY, &RESPONSE_IV, b"{}");
    let refused = pollster::block_on(exchange(&PinnedCipher::new(KEY, REQUEST_IV)).open(&response)).unwrap_err();
    assert!(refused == JoseError::Failed(MessageFlaw::TooLong));
}
