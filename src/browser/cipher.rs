//! The cipher for PINs, by WebCrypto.

use js_sys::{Array, Object, Reflect, Uint8Array};
use sca_jose::{Cipher, CipherError, ContentKey, IV_LENGTH, PublicKey, Sealed};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, Crypto, CryptoKey, RsaHashedImportParams, SubtleCrypto};
use zeroize::Zeroizing;

use super::{bytes::WipedBytes, object};
use crate::driver::ports::Digest;

const RSA_OAEP: &str = "RSA-OAEP";
const AES_GCM: &str = "AES-GCM";
/// The length of an AES-256 key.
const KEY_LENGTH: u32 = 32;
/// The length of AES-GCM's tag, in bits.
const TAG_BITS: u8 = 128;

/// `crypto.subtle`. It is missing on a page without a secure context, which is an error like any other.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebCrypto;

/// A content key that cannot be exported from the browser.
#[derive(Debug)]
pub struct WebContentKey(CryptoKey);

impl From<CryptoKey> for WebContentKey {
    fn from(key: CryptoKey) -> Self {
        Self(key)
    }
}

impl From<WebContentKey> for CryptoKey {
    fn from(key: WebContentKey) -> Self {
        key.0
    }
}

/// The recipient's key, imported into the browser.
#[derive(Debug)]
pub struct WebRecipientKey(CryptoKey);

impl Cipher for WebCrypto {
    type ContentKey = WebContentKey;
    type RecipientKey = WebRecipientKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<WebRecipientKey, CipherError> {
        let subtle = subtle(&crypto()?)?;
        let algorithm = RsaHashedImportParams::new_with_str("SHA-256");
        set_name(&algorithm, RSA_OAEP)?;
        let spki = Uint8Array::from(recipient.to_spki_der().as_slice());
        let uses = Array::of1(&JsValue::from_str("encrypt"));
        let promise = subtle.import_key_with_object("spki", &spki, &algorithm, false, &uses);
        key(promise).await.map(WebRecipientKey)
    }

    async fn seal(
        &self,
        recipient: &WebRecipientKey,
        authenticated: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed<WebContentKey>, CipherError> {
        let crypto = crypto()?;
        let subtle = subtle(&crypto)?;
        let raw = WipedBytes(Uint8Array::new_with_length(KEY_LENGTH));
        crypto
            .get_random_values_with_js_u8_array(&raw.0)
            .map_err(|_| CipherError)?;
        let mut iv = [0; IV_LENGTH];
        crypto
            .get_random_values_with_u8_array(&mut iv)
            .map_err(|_| CipherError)?;

        // Started before the import and awaited after the encryption: the browser works on both at once.
        let wrapping = start(subtle.encrypt_with_str_and_js_u8_array(RSA_OAEP, &recipient.0, &raw.0))?;
        let uses = Array::of2(&JsValue::from_str("encrypt"), &JsValue::from_str("decrypt"));
        let importing = subtle.import_key_with_str("raw", &raw.0, AES_GCM, false, &uses);
        let plaintext = WipedBytes::copy_of(plaintext);
        let content_key = key(importing).await?;
        let sealing = subtle.encrypt_with_object_and_js_u8_array(&gcm(&iv, authenticated), &content_key, &plaintext.0);
        let ciphertext_and_tag = bytes(sealing).await?;
        let encrypted_key = Uint8Array::new(&wrapping.await.map_err(|_| CipherError)?);
        Ok(Sealed {
            encrypted_key: encrypted_key.to_vec(),
            iv,
            ciphertext_and_tag: ciphertext_and_tag.to_vec(),
            content_key: WebContentKey(content_key),
        })
    }
}

impl Digest for WebCrypto {
    async fn sha256(&self, text: &str) -> Option<Vec<u8>> {
        let subtle = subtle(&crypto().ok()?).ok()?;
        let asked = ["SHA-256".into(), Uint8Array::from(text.as_bytes()).into()];
        let digest = object::settled(&object::call(&subtle, "digest", &asked)?).await?;
        Some(Uint8Array::new(&digest).to_vec())
    }
}

impl ContentKey for WebContentKey {
    async fn open(
        self,
        iv: &[u8; IV_LENGTH],
        authenticated: &[u8],
        ciphertext_and_tag: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        let subtle = subtle(&crypto()?)?;
        let sealed = Uint8Array::from(ciphertext_and_tag);
        let promise = subtle.decrypt_with_object_and_js_u8_array(&gcm(iv, authenticated), &self.0, &sealed);
        let plaintext = WipedBytes(bytes(promise).await?);
        Ok(Zeroizing::new(plaintext.0.to_vec()))
    }
}

fn crypto() -> Result<Crypto, CipherError> {
    web_sys::window()
        .and_then(|window| window.crypto().ok())
        .ok_or(CipherError)
}

fn subtle(crypto: &Crypto) -> Result<SubtleCrypto, CipherError> {
    let subtle = crypto.subtle();
    if subtle.is_undefined() {
        Err(CipherError)
    } else {
        Ok(subtle)
    }
}

fn gcm(iv: &[u8; IV_LENGTH], authenticated: &[u8]) -> AesGcmParams {
    let algorithm = AesGcmParams::new_with_u8_array(AES_GCM, &Uint8Array::from(iv.as_slice()));
    algorithm.set_additional_data_u8_array(&Uint8Array::from(authenticated));
    algorithm.set_tag_length(TAG_BITS);
    algorithm
}

fn set_name(algorithm: &Object, name: &str) -> Result<(), CipherError> {
    Reflect::set(algorithm, &JsValue::from_str("name"), &JsValue::from_str(name))
        .map(drop)
        .map_err(|_| CipherError)
}

type Pending = Result<js_sys::Promise, JsValue>;

async fn key(promise: Pending) -> Result<CryptoKey, CipherError> {
    settled(promise).await?.dyn_into().map_err(|_| CipherError)
}

async fn bytes(promise: Pending) -> Result<Uint8Array, CipherError> {
    Ok(Uint8Array::new(&settled(promise).await?))
}

async fn settled(promise: Pending) -> Result<JsValue, CipherError> {
    start(promise)?.await.map_err(|_| CipherError)
}

fn start(promise: Pending) -> Result<JsFuture, CipherError> {
    promise.map(JsFuture::from).map_err(|_| CipherError)
}
