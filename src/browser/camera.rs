//! What can be known about the camera without asking for it.

use js_sys::Array;
use sca_protocol::flow;
use wasm_bindgen::{JsCast, JsValue};

use super::{
    frame,
    object::{call, member, object, settled},
};
use crate::driver::ports::Camera;

/// The browser's camera permission and devices. The customer is not asked: the provider's page does that.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserCamera;

impl Camera for BrowserCamera {
    async fn look(&self, origin: &str) -> flow::Camera {
        let Some(window) = web_sys::window() else {
            return flow::Camera::Unknown;
        };
        // Without a secure context there is no camera for this page, nor for any frame in it.
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

/// Whether the page's policy lets a frame with that origin have the camera; `None` where the browser does not say.
///
/// The document's own answer for another origin is no use: it is "no" wherever the page has no policy at all, although a
/// frame's `allow` attribute is enough then. A frame with an address knows, and need not be in the page for that: as long as
/// it is not, it loads nothing.
fn page_allows(origin: &str) -> Option<bool> {
    let frame = frame::unattached(origin)?;
    frame.set_attribute("src", origin).ok()?;
    let policy = member(&frame, "permissionsPolicy").or_else(|| member(&frame, "featurePolicy"))?;
    call(&policy, "allowsFeature", &["camera".into(), origin.into()])?.as_bool()
}

/// What the customer has answered before. A frame that is allowed the camera shares the answer given to the page.
async fn permission(navigator: &JsValue) -> Option<String> {
    let wanted = object(&[("name", "camera".into())])?;
    // Some browsers do not know the camera as a permission and throw.
    let asked = call(&member(navigator, "permissions")?, "query", &[wanted.into()])?;
    member(&settled(&asked).await?, "state")?.as_string()
}

async fn has_camera(navigator: &JsValue) -> Option<bool> {
    let asked = call(&member(navigator, "mediaDevices")?, "enumerateDevices", &[])?;
    let devices: Array = settled(&asked).await?.dyn_into().ok()?;
    let is_camera = |device: JsValue| member(&device, "kind").is_some_and(|kind| kind == "videoinput");
    Some(devices.iter().any(is_camera))
}
