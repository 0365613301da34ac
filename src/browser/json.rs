//! JSON, parsed by the browser.

use js_sys::{Array, JSON, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::{driver::ports::Json, json::JsonValue};

/// The largest integer that JavaScript represents exactly: 2^53 - 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// `JSON.parse`.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserJson;

impl Json for BrowserJson {
    type Value = BrowserJsonValue;

    fn parse(&self, text: &str) -> Option<BrowserJsonValue> {
        JSON::parse(text).ok().map(BrowserJsonValue)
    }
}

/// A value that `JSON.parse` made.
#[derive(Clone, Debug)]
pub struct BrowserJsonValue(JsValue);

impl JsonValue for BrowserJsonValue {
    fn get(&self, name: &str) -> Option<Self> {
        let object: &Object = self.0.dyn_ref().filter(|_| !Array::is_array(&self.0))?;
        let name = JsString::from(name);
        // Only own members: the page can add members to `Object.prototype`.
        if !Object::has_own_str(object, &name).unwrap_or(false) {
            return None;
        }
        let member = Reflect::get(object, &name).ok()?;
        (!member.is_null()).then_some(Self(member))
    }

    fn as_array(&self) -> Option<Vec<Self>> {
        Array::is_array(&self.0).then(|| self.0.unchecked_ref::<Array>().iter().map(Self).collect())
    }

    fn as_string(&self) -> Option<String> {
        self.0.as_string()
    }

    fn as_u64(&self) -> Option<u64> {
        whole(self.0.as_f64()?)
    }

    fn as_bool(&self) -> Option<bool> {
        self.0.as_bool()
    }
}

/// A JavaScript number as an integer from 0 to 2^53 - 1; `None` when it is none.
pub(super) fn whole(number: f64) -> Option<u64> {
    let is_whole = (0.0..=MAX_SAFE_INTEGER).contains(&number) && number.fract() == 0.0;
    // There is no checked conversion; the line above checks.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: whole and within the bounds of both types"
    )]
    is_whole.then_some(number as u64)
}
