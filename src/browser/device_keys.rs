//! The keys of customers that the browser keeps. `pkg/device.js` holds them; only the factor `device` loads that script.

use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::object::{call, settled};
use crate::driver::ports::{DeviceKeys, NoFingerprint};

/// An object of the package's scripts. Its method `fingerprint` takes the customer and returns a promise of a text, of null where the
/// browser keeps no key, or of undefined where it does not answer in time. Without such an object, nothing can be derived.
#[derive(Clone, Debug, Default)]
pub struct BrowserDeviceKeys(JsValue);

impl BrowserDeviceKeys {
    /// With the scripts' object.
    #[must_use]
    pub fn new(keys: JsValue) -> Self {
        Self(keys)
    }
}

impl DeviceKeys for BrowserDeviceKeys {
    async fn fingerprint(&self, customer: &str) -> Result<Option<Zeroizing<String>>, NoFingerprint> {
        let deriving = call(&self.0, "fingerprint", &[customer.into()]).ok_or(NoFingerprint)?;
        let fingerprint = settled(&deriving).await.ok_or(NoFingerprint)?;
        if fingerprint.is_undefined() {
            return Err(NoFingerprint);
        }
        Ok(fingerprint.as_string().map(Zeroizing::new))
    }
}
