use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use sca_jose::{
    Cipher, CipherError, ContentKey, Exchange, IV_LENGTH, JoseError, PublicKey, Recipient, Sealed, encrypt,
};
use sca_widget::browser::{WebContentKey, WebCrypto};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use super::page;

const DIR_BY_JOSEKIT: &str = include_str!("../../fixtures/jose/dir_by_josekit.json");
const SPKI: &str = include_str!("../../fixtures/jose/test-key-2048.spki.b64");

fn subtle() -> SubtleCrypto {
    web_sys::window().unwrap().crypto().unwrap().subtle()
}

async fn done(promise: Result<Promise, JsValue>) -> JsValue {
    JsFuture::from(promise.unwrap()).await.unwrap()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    Reflect::set(object, &JsValue::from_str(name), &value.into()).unwrap();
}

fn uses(names: &[&str]) -> Array {
    names.iter().map(|name| JsValue::from_str(name)).collect()
}

/// A recipient, with its private key.
async fn recipient() -> (PublicKey, CryptoKey) {
    let algorithm = Object::new();
    set(&algorithm, "name", "RSA-OAEP");
    set(&algorithm, "hash", "SHA-256");
    set(&algorithm, "modulusLength", 2048);
    set(&algorithm, "publicExponent", Uint8Array::from([1_u8, 0, 1].as_slice()));
    let pair = done(subtle().generate_key_with_object(&algorithm, false, &uses(&["encrypt", "decrypt"]))).await;
    let half = |name: &str| Reflect::get(&pair, &JsValue::from_str(name)).unwrap();
    let public: CryptoKey = half("publicKey").unchecked_into();
    let spki: ArrayBuffer = done(subtle().export_key("spki", &public)).await.unchecked_into();
    let key = PublicKey::from_spki_der(&Uint8Array::new(&spki).to_vec()).unwrap();
    (key, half("privateKey").unchecked_into())
}

/// Encrypts the first message to a recipient.
async fn to<C: Cipher>(cipher: &C, key: &PublicKey, plaintext: &[u8]) -> Result<Sent<C>, JoseError> {
    let recipient = Recipient::prepare(cipher, key).await?;
    encrypt(cipher, &recipient, plaintext).await
}

type Sent<C> = (String, Exchange<<C as Cipher>::ContentKey>);

fn segment(token: &str, number: usize) -> Vec<u8> {
    let text = token
        .split('.')
        .nth(number)
        .unwrap()
        .replace('-', "+")
        .replace('_', "/");
    let binary = web_sys::window().unwrap().atob(&text).unwrap();
    binary.chars().map(|character| character as u8).collect()
}

#[wasm_bindgen_test]
async fn only_the_recipient_opens_the_request_and_only_the_sender_the_response() {
    let (key, private) = recipient().await;
    let (token, exchange) = to(&WebCrypto, &key, b"{\"pin\":\"1234\"}").await.unwrap();

    let algorithm = Object::new();
    set(&algorithm, "name", "RSA-OAEP");
    let wrapped = segment(&token, 1);
    let raw = done(subtle().decrypt_with_object_and_u8_array(&algorithm, &private, &wrapped)).await;
    assert_eq!(Uint8Array::new(&raw).length(), 32);
    let content_key: CryptoKey = done(subtle().import_key_with_str(
        "raw",
        &raw.unchecked_into(),
        "AES-GCM",
        false,
        &uses(&["encrypt", "decrypt"]),
    ))
    .await
    .unchecked_into();

    let header = token.split('.').next().unwrap();
    let gcm = |iv: &[u8], header: &str| {
        let algorithm = AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(iv));
        algorithm.set_additional_data_u8_array(&Uint8Array::from(header.as_bytes()));
        algorithm
    };
    let sealed = [segment(&token, 3), segment(&token, 4)].concat();
    let opened =
        done(subtle().decrypt_with_object_and_u8_array(&gcm(&segment(&token, 2), header), &content_key, &sealed)).await;
    assert_eq!(Uint8Array::new(&opened).to_vec(), b"{\"pin\":\"1234\"}");

    // {"enc":"A256GCM","alg":"dir"}
    let header = "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0";
    let sealed =
        done(subtle().encrypt_with_object_and_u8_array(&gcm(&[7; 12], header), &content_key, b"welcome")).await;
    let sealed = Uint8Array::new(&sealed).to_vec();
    let (text, tag) = sealed.split_at(sealed.len() - 16);
    let answer = format!(
        "{header}..{}.{}.{}",
        base64url(&[7; 12]),
        base64url(text),
        base64url(tag)
    );
    assert_eq!(exchange.open(&answer).await.unwrap().as_slice(), b"welcome");
}

fn base64url(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = web_sys::window().unwrap().btoa(&binary).unwrap();
    text.replace('+', "-").replace('/', "_").replace('=', "")
}

#[wasm_bindgen_test]
async fn every_message_has_a_key_and_a_vector_of_its_own() {
    let key = PublicKey::from_base64_spki(SPKI.trim()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let (token, _) = to(&WebCrypto, &key, b"0000").await.unwrap();
        assert!(seen.insert(segment(&token, 1)));
        assert!(seen.insert(segment(&token, 2)));
    }
}

/// A cipher with a known content key, for answers that josekit made with it.
struct Known([u8; 32]);

impl Cipher for Known {
    type ContentKey = WebContentKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        Ok(recipient.clone())
    }

    async fn seal(
        &self,
        recipient: &PublicKey,
        _: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed<WebContentKey>, CipherError> {
        let raw = Uint8Array::from(self.0.as_slice());
        let key = done(subtle().import_key_with_str("raw", &raw, "AES-GCM", false, &uses(&["decrypt"]))).await;
        Ok(Sealed {
            content_key: WebContentKey::from(key.unchecked_into::<CryptoKey>()),
            encrypted_key: vec![0; recipient.modulus().len()],
            iv: [0; IV_LENGTH],
            ciphertext_and_tag: vec![0; plaintext.len() + 16],
        })
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[wasm_bindgen_test]
async fn answers_of_josekit_are_opened_and_altered_ones_refused() {
    let vectors: serde_json::Value = serde_json::from_str(DIR_BY_JOSEKIT).unwrap();
    let key = PublicKey::from_base64_spki(SPKI.trim()).unwrap();
    let vectors = vectors["responses"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let known = Known(unhex(vector["content_key_hex"].as_str().unwrap()).try_into().unwrap());
        let token = vector["jwe"].as_str().unwrap();
        let (_, exchange) = to(&known, &key, b"").await.unwrap();
        let plaintext = unhex(vector["plaintext_hex"].as_str().unwrap());
        assert_eq!(exchange.open(token).await.unwrap().as_slice(), plaintext);

        let (rest, tag) = token.rsplit_once('.').unwrap();
        let first = if tag.starts_with('A') { 'B' } else { 'A' };
        let altered: String = tag
            .chars()
            .enumerate()
            .map(|(place, old)| if place == 0 { first } else { old })
            .collect();
        let altered = format!("{rest}.{altered}");
        let (_, exchange) = to(&known, &key, b"").await.unwrap();
        assert!(exchange.open(&altered).await.is_err());
    }
}

#[wasm_bindgen_test]
async fn a_page_without_a_secure_context_gets_an_encryption_error() {
    let key = PublicKey::from_base64_spki(SPKI.trim()).unwrap();
    page::hide_subtle();
    let sealed = to(&WebCrypto, &key, b"{\"pin\":\"1234\"}").await;
    page::restore_subtle();
    assert!(matches!(sealed, Err(JoseError::Failed(_))));
}

#[wasm_bindgen_test]
async fn a_content_key_cannot_be_exported() {
    let key = PublicKey::from_base64_spki(SPKI.trim()).unwrap();
    let recipient = WebCrypto.import_key(&key).await.unwrap();
    let sealed = WebCrypto.seal(&recipient, b"", b"1").await.unwrap();
    let content_key: CryptoKey = sealed.content_key.into();
    assert!(!content_key.extractable());
    let content_key = WebContentKey::from(content_key);
    assert!(content_key.open(&[9; 12], b"", &[0; 17]).await.is_err());
}
