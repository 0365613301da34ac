//! What can be known about the camera without asking for it.

use js_sys::{Array, Function, Promise, Reflect};
use sca_protocol::flow;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::frame;
use crate::driver::ports::Camera;

/// What the browser tells of the camera. Nobody is asked for anything: the question belongs to the provider's page.
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

/// Whether the page's policy lets a frame with that origin have the camera; `None` where the browser does not tell.
///
/// The document's own answer for another origin is no use: it is "no" wherever the page has no policy at all, although a
/// frame's `allow` attribute is enough then. A frame knows, and need not be in the page for that.
fn page_allows(origin: &str) -> Option<bool> {
    let frame = frame::unattached(origin)?;
    let policy = ["permissionsPolicy", "featurePolicy"]
        .into_iter()
        .filter_map(|name| Reflect::get(&frame, &JsValue::from_str(name)).ok())
        .find(JsValue::is_object)?;
    call(
        &policy,
        "allowsFeature",
        &[JsValue::from_str("camera"), JsValue::from_str(origin)],
    )?
    .as_bool()
}

/// What the customer has answered before. A frame that is allowed the camera shares the answer given to the page.
async fn permission(navigator: &JsValue) -> Option<String> {
    let permissions = member(navigator, "permissions")?;
    let wanted = js_sys::Object::new();
    Reflect::set(&wanted, &JsValue::from_str("name"), &JsValue::from_str("camera")).ok()?;
    // Some browsers do not know the camera as a permission and throw.
    let status = settled(call(&permissions, "query", &[wanted.into()])?).await?;
    member(&status, "state")?.as_string()
}

async fn has_camera(navigator: &JsValue) -> Option<bool> {
    let devices = settled(call(&member(navigator, "mediaDevices")?, "enumerateDevices", &[])?).await?;
    let is_camera = |device: JsValue| member(&device, "kind").is_some_and(|kind| kind == "videoinput");
    Some(devices.dyn_into::<Array>().ok()?.iter().any(is_camera))
}

fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
        .ok()
        .filter(|member| !member.is_undefined())
}

fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = member(object, method)?.dyn_into().ok()?;
    method.apply(object, &arguments.iter().collect::<Array>()).ok()
}

async fn settled(promise: JsValue) -> Option<JsValue> {
    JsFuture::from(Promise::resolve(&promise)).await.ok()
}
