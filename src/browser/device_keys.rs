//! The keys of customers that the browser keeps. `pkg/enrolment/device.js` holds them.

use sca_protocol::enrolment_flow::BrowserKey;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::object::{call, member, settled};
use crate::{
    driver::ports::{DeviceKeysUnreadable, KnownDeviceKeys},
    enrolment::driver::ports::DeviceKeys,
};

/// The functions of the script.
#[derive(Clone, Debug, Default)]
pub struct BrowserDeviceKeys(JsValue);

impl BrowserDeviceKeys {
    /// With the script's functions, as members of an object.
    #[must_use]
    pub fn new(script: JsValue) -> Self {
        Self(script)
    }

    /// What a function of the script resolves with; `None` when it throws or rejects.
    async fn ask(&self, function: &str, arguments: &[&str]) -> Option<JsValue> {
        let arguments: Vec<JsValue> = arguments.iter().map(|text| JsValue::from_str(text)).collect();
        settled(&call(&self.0, function, &arguments)?).await
    }
}

impl DeviceKeys for BrowserDeviceKeys {
    async fn look_up(&self, name: &str) -> BrowserKey {
        match self.ask("lookUp", &[name]).await {
            None => BrowserKey::Refused,
            Some(found) if found.is_null() => BrowserKey::Missing,
            Some(found) => BrowserKey::Kept {
                device: member(&found, "device").and_then(|device| device.as_string()),
            },
        }
    }

    async fn fingerprint(&self, name: &str) -> Option<Zeroizing<String>> {
        fingerprint(&self.ask("register", &[name]).await?)
    }

    async fn remember(&self, name: &str, device: &str) {
        self.ask("remember", &[name, device]).await;
    }

    async fn forget(&self, name: &str) {
        self.ask("forget", &[name]).await;
    }
}

impl KnownDeviceKeys for BrowserDeviceKeys {
    async fn known_fingerprint(&self, name: &str) -> Result<Option<Zeroizing<String>>, DeviceKeysUnreadable> {
        let found = self.ask("fingerprint", &[name]).await.ok_or(DeviceKeysUnreadable)?;
        if found.is_null() {
            return Ok(None);
        }
        fingerprint(&found).map(Some).ok_or(DeviceKeysUnreadable)
    }
}

/// A fingerprint that needs no escaping.
fn fingerprint(value: &JsValue) -> Option<Zeroizing<String>> {
    let fingerprint = Zeroizing::new(value.as_string()?);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_usable = !fingerprint.is_empty() && fingerprint.bytes().all(is_plain);
    is_usable.then_some(fingerprint)
}
