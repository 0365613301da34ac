//! The countries of phone numbers. `pkg/enrolment/countries.js` lists them.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::object::call;

/// The countries that the script lists for a BCP 47 tag: pairs of code and name. Empty when it cannot.
#[must_use]
pub fn countries(script: &JsValue, tag: &str) -> Vec<(String, String)> {
    let listed = call(script, "listOf", &[JsValue::from_str(tag)]);
    let Some(listed) = listed.and_then(|listed| listed.dyn_into::<Array>().ok()) else {
        return Vec::new();
    };
    let pair = |pair: JsValue| {
        let pair: Array = pair.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    listed.iter().filter_map(pair).collect()
}
