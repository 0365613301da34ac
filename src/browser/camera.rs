//! The camera's permission and presence, found out without asking for the camera.

use js_sys::Array;
use sca_protocol::flow;
use wasm_bindgen::{JsCast, JsValue};

use super::{
    frame,
    object::{call, member, object, settled},
};
use crate::driver::ports::Camera;

/// The browser's camera permission and devices. Only the provider's page asks the customer for the camera.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserCamera;

impl Camera for BrowserCamera {
    async fn look(&self, origin: &str) -> flow::Camera {
        let Some(window) = web_sys::window() else {
            return flow::Camera::Unknown;
        };
        // Without a secure context, neither this page nor a frame in it has a camera.
        if !window.is_secure_context() || page_allows(origin) == Some(false) {
            return flow::Camera::BlockedByPolicy;
        }
        let navigator = JsValue::from(window.navigator());
        if permission(&navigator).await.as_deref() == Some("denied") {
            return flow::Camera::Refused;
        }
        match has_camera(&navigator).await {
            Some(true) => flow::Camera::Ready,
            Some(false) => flow::Camera::Missing,
            None => flow::Camera::Unknown,
        }
    }
}

/// Whether the page's permissions policy allows the camera in a frame of that origin; `None` if the browser does not say.
///
/// The document's own answer for another origin is useless: without a policy it is "no", although a frame's `allow` attribute is
/// enough then. A frame element with a URL answers correctly, even outside the document, where it loads nothing.
fn page_allows(origin: &str) -> Option<bool> {
    let frame = frame::unattached(origin)?;
    frame.set_attribute("src", origin).ok()?;
    let policy = member(&frame, "permissionsPolicy").or_else(|| member(&frame, "featurePolicy"))?;
    call(&policy, "allowsFeature", &["camera".into(), origin.into()])?.as_bool()
}

/// The customer's earlier answer. A frame that may use the camera shares the page's permission.
async fn permission(navigator: &JsValue) -> Option<String> {
    let wanted = object(&[("name", "camera".into())])?;
    // Some browsers do not support the camera as a permission name and throw.
    let asked = call(&member(navigator, "permissions")?, "query", &[wanted.into()])?;
    member(&settled(&asked).await?, "state")?.as_string()
}

async fn has_camera(navigator: &JsValue) -> Option<bool> {
    let asked = call(&member(navigator, "mediaDevices")?, "enumerateDevices", &[])?;
    let devices: Array = settled(&asked).await?.dyn_into().ok()?;
    let is_camera = |device: JsValue| member(&device, "kind").is_some_and(|kind| kind == "videoinput");
    Some(devices.iter().any(is_camera))
}
