//! Keys that come as JSON Web Keys.

use sca_jose::{JoseError, KeyFlaw, PublicKey};
use serde_json::Value;

use crate::fixtures::{json, public_key, rows, text};

fn flaw(jwk: &str) -> Option<KeyFlaw> {
    match PublicKey::from_jwk(jwk) {
        Ok(_) => None,
        Err(JoseError::KeyRefused(flaw)) => Some(flaw),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_accepted_or_refused_as_listed() {
    let document = json("public_keys.json");
    for row in rows(&document, "cases") {
        let mut jwk = document["base"].as_object().unwrap().clone();
        for (name, value) in row["set"].as_object().into_iter().flatten() {
            jwk.insert(name.clone(), value.clone());
        }
        for name in row["remove"].as_array().into_iter().flatten() {
            jwk.remove(name.as_str().unwrap()).unwrap();
        }
        let found = flaw(&Value::from(jwk).to_string()).map(|flaw| format!("{flaw:?}"));
        assert_eq!(found.as_deref(), row["flaw"].as_str(), "{}", row["name"]);
    }
}

#[test]
fn a_key_is_the_same_from_json_and_from_der() {
    let jwk = json("public_keys.json")["base"].to_string();
    let key = PublicKey::from_jwk(&jwk).unwrap();
    assert_eq!(key, public_key("test-key-2048").with_key_id("test-key-2048").unwrap());
    assert_eq!(key.key_id(), Some("test-key-2048"));
}

#[test]
fn json_that_can_be_read_two_ways_is_refused() {
    let members = json("public_keys.json")["base"].to_string();
    let members = members.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let good = format!("{{{members}}}");
    assert_eq!(flaw(&good), None);
    let rows = [
        ("kid twice", format!(r#"{{{members},"kid":"other"}}"#)),
        ("alg twice", format!(r#"{{{members},"alg":"RSA-OAEP-256"}}"#)),
        ("n twice", format!(r#"{{"n":"AQAB",{members}}}"#)),
        (
            "use twice, one with an escape",
            format!(r#"{{{members},"\u0075se":"sig"}}"#),
        ),
        ("a list of one key", format!("[{good}]")),
        ("two keys after each other", format!("{good}{good}")),
        ("text after the key", format!("{good};")),
        ("nothing", String::new()),
        ("a PEM", text("test-key-2048.pem")),
        (
            "a list too deep",
            format!(r#"{{{members},"x":{}{}}}"#, "[".repeat(16), "]".repeat(16)),
        ),
    ];
    for (name, jwk) in rows {
        assert_eq!(flaw(&jwk), Some(KeyFlaw::NotJson), "{name}");
    }
}

#[test]
fn a_set_of_keys_is_no_key() {
    let set = format!(r#"{{"keys":[{}]}}"#, json("public_keys.json")["base"]);
    assert_eq!(flaw(&set), Some(KeyFlaw::KeyType));
}

#[test]
fn a_private_key_is_refused_whole() {
    let pair = josekit::jwe::RSA_OAEP_256
        .key_pair_from_pem(text("test-key-2048.pem"))
        .unwrap();
    let mut private = pair.to_jwk_private_key();
    private.set_algorithm("RSA-OAEP-256");
    assert_eq!(flaw(&private.to_string()), Some(KeyFlaw::PrivateMember));
}

#[test]
fn a_key_is_read_up_to_16_kib() {
    let members = json("public_keys.json")["base"].to_string();
    let padded = |length: usize| format!("{members}{}", " ".repeat(length - members.len()));
    assert_eq!(flaw(&padded(16 * 1024)), None);
    assert_eq!(flaw(&padded(16 * 1024 + 1)), Some(KeyFlaw::TooLong));
}
