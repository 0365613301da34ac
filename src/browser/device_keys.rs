//! The keys of customers that the browser keeps. `pkg/device.js` holds them; only the factor `device` loads that script.

use js_sys::Function;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::object::settled;
use crate::driver::ports::{DeviceKeys, NoFingerprint};

/// The script's function `fingerprint`: the customer in, a promise of a text or null out.
#[derive(Clone, Debug, Default)]
pub struct BrowserDeviceKeys(Option<Function>);

impl BrowserDeviceKeys {
    /// With the script's function; without it, the browser keeps no keys.
    #[must_use]
    pub fn new(fingerprint: Option<Function>) -> Self {
        Self(fingerprint)
    }
}

impl DeviceKeys for BrowserDeviceKeys {
    async fn fingerprint(&self, customer: &str) -> Result<Option<Zeroizing<String>>, NoFingerprint> {
        let Some(fingerprint) = &self.0 else {
            return Ok(None);
        };
        let promise = fingerprint.call1(&JsValue::UNDEFINED, &customer.into());
        let fingerprint = settled(&promise.map_err(|_| NoFingerprint)?).await;
        let fingerprint = fingerprint.ok_or(NoFingerprint)?.as_string().map(Zeroizing::new);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        Ok(fingerprint.filter(|text| text.bytes().all(is_plain)))
    }
}
