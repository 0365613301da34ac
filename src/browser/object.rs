//! JavaScript objects and their members.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// An object with these members; `None` when that fails, which only a page that changes built-in objects can cause.
pub(crate) fn object(members: &[(&str, JsValue)]) -> Option<Object> {
    let object = Object::new();
    members
        .iter()
        .try_for_each(|(name, value)| Reflect::set(&object, &JsValue::from_str(name), value).map(drop))
        .ok()?;
    Some(object)
}

/// A member; `None` when it is missing, or when the value is not an object.
pub(crate) fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let member = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!member.is_undefined()).then_some(member)
}

/// The result of a method; `None` when there is no such method, or when it throws.
pub(super) fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = member(object, method)?.dyn_into().ok()?;
    method.apply(object, &arguments.iter().collect::<Array>()).ok()
}

/// The value of a promise; `None` when it is rejected.
pub(super) async fn settled(promise: &JsValue) -> Option<JsValue> {
    JsFuture::from(Promise::resolve(promise)).await.ok()
}
