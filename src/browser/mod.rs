//! The driver's ports, implemented with a browser's interfaces. Every resource that is opened here is closed by the drop of its
//! value.

mod bytes;
mod camera;
mod cipher;
mod clock;
#[cfg(feature = "enrolment")]
mod countries;
#[cfg(feature = "enrolment")]
mod device_keys;
mod diagnostics;
#[cfg(feature = "page-factors")]
mod face_capture;
mod formats;
mod frame;
mod http;
mod json;
mod object;
mod page;
mod random;
mod tasks;

pub use camera::BrowserCamera;
pub use cipher::{WebContentKey, WebCrypto, WebRecipientKey};
pub use clock::BrowserClock;
#[cfg(feature = "enrolment")]
pub use countries::countries;
#[cfg(feature = "enrolment")]
pub use device_keys::BrowserDeviceKeys;
pub use diagnostics::Console;
#[cfg(feature = "page-factors")]
pub use face_capture::BrowserFaceCapture;
pub use formats::IntlFormats;
#[cfg(feature = "enrolment")]
pub use formats::day_of;
pub use frame::{BrowserFrame, BrowserFrames};
pub use http::{BrowserResponse, Fetch};
pub use json::{BrowserJson, BrowserJsonValue};
pub(crate) use object::member;
pub use page::{BrowserPage, on_resume};
pub use random::WebRandom;
pub use tasks::Microtasks;

use wasm_bindgen::JsValue;

use crate::driver::ports::Ports;

/// The keys that an approval can use in this build.
#[cfg(feature = "page-factors")]
type KeysHere = BrowserDeviceKeys;
#[cfg(not(feature = "page-factors"))]
type KeysHere = crate::driver::ports::NoDeviceKeys;

/// The capture of faces in this build.
#[cfg(feature = "page-factors")]
type CaptureHere = BrowserFaceCapture;
#[cfg(not(feature = "page-factors"))]
type CaptureHere = crate::driver::ports::NoFaceCapture;

/// The browser's implementation of all ports.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    device_keys: KeysHere,
    face_capture: CaptureHere,
}

impl Browser {
    /// With the page's scripts, by name: `deviceKeys` keeps the keys of devices (`pkg/enrolment/device.js`), `faceCapture` calls the host's
    /// capture of faces (`pkg/enrolment/face.js`). `script` is called only in a build that uses them.
    #[cfg(feature = "page-factors")]
    pub fn new(script: impl Fn(&str) -> JsValue) -> Self {
        Self {
            device_keys: BrowserDeviceKeys::new(script("deviceKeys")),
            face_capture: BrowserFaceCapture::new(script("faceCapture")),
        }
    }

    /// With the page's scripts, by name: `deviceKeys` keeps the keys of devices (`pkg/enrolment/device.js`), `faceCapture` calls the host's
    /// capture of faces (`pkg/enrolment/face.js`). `script` is called only in a build that uses them.
    #[cfg(not(feature = "page-factors"))]
    pub fn new(_script: impl Fn(&str) -> JsValue) -> Self {
        Self::default()
    }
}

impl Ports for Browser {
    type Http = Fetch;
    type Json = BrowserJson;
    type Cipher = WebCrypto;
    type Digest = WebCrypto;
    type Clock = BrowserClock;
    type Random = WebRandom;
    type Page = BrowserPage;
    type Camera = BrowserCamera;
    type DeviceKeys = KeysHere;
    type FaceCapture = CaptureHere;
    type Tasks = Microtasks;
    type DiagnosticLog = Console;

    fn http(&self) -> &Fetch {
        &Fetch
    }

    fn json(&self) -> &BrowserJson {
        &BrowserJson
    }

    fn cipher(&self) -> &WebCrypto {
        &WebCrypto
    }

    fn digest(&self) -> &WebCrypto {
        &WebCrypto
    }

    fn clock(&self) -> &BrowserClock {
        &BrowserClock
    }

    fn random(&self) -> &WebRandom {
        &WebRandom
    }

    fn page(&self) -> &BrowserPage {
        &BrowserPage
    }

    fn camera(&self) -> &BrowserCamera {
        &BrowserCamera
    }

    fn device_keys(&self) -> &KeysHere {
        &self.device_keys
    }

    fn face_capture(&self) -> &CaptureHere {
        &self.face_capture
    }

    fn tasks(&self) -> &Microtasks {
        &Microtasks
    }

    fn diagnostics(&self) -> &Console {
        &Console
    }
}
