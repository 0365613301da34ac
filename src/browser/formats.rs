//! Amounts, days and numbers by the browser's `Intl`.

use js_sys::{Array, Date, Function, Reflect};
use sca_protocol::Money;
use wasm_bindgen::{JsCast, JsValue};

use super::object::{call, member, object};
use crate::driver::ports::Formats;

/// `Intl`.
#[derive(Clone, Copy, Debug, Default)]
pub struct IntlFormats;

impl Formats for IntlFormats {
    fn money(&self, tag: &str, amount: &Money) -> String {
        let decimal = amount.to_decimal();
        let currency = amount.currency();
        // As text, so that no digit of a large amount is lost on the way through a floating-point number.
        format(
            "NumberFormat",
            tag,
            &[
                ("style", JsValue::from_str("currency")),
                ("currency", JsValue::from_str(currency.as_str())),
                ("minimumFractionDigits", JsValue::from(currency.decimals())),
                ("maximumFractionDigits", JsValue::from(currency.decimals())),
            ],
            &JsValue::from_str(&decimal),
        )
        .unwrap_or_else(|| [&decimal, " ", currency.as_str()].concat())
    }

    fn day(&self, tag: &str, date: &str) -> String {
        let is_iso = date.len() == 10
            && date.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        // A date without a time is midnight in UTC.
        let time = if is_iso { Date::parse(date) } else { f64::NAN };
        if time.is_nan() {
            return date.to_owned();
        }
        format(
            "DateTimeFormat",
            tag,
            &[
                ("dateStyle", JsValue::from_str("long")),
                ("timeZone", JsValue::from_str("UTC")),
            ],
            &JsValue::from_f64(time),
        )
        .unwrap_or_else(|| date.to_owned())
    }

    fn number(&self, tag: &str, number: u64) -> String {
        let digits = number.to_string();
        format("NumberFormat", tag, &[], &JsValue::from_str(&digits)).unwrap_or(digits)
    }
}

/// `new Intl[formatter](tag, options).format(value)`; `None` when anything about it throws.
fn format(formatter: &str, tag: &str, options: &[(&str, JsValue)], value: &JsValue) -> Option<String> {
    let settings = object(options)?;
    let intl = member(&js_sys::global(), "Intl")?;
    let constructor: Function = member(&intl, formatter)?.dyn_into().ok()?;
    let formatter = Reflect::construct(&constructor, &Array::of2(&JsValue::from_str(tag), &settings)).ok()?;
    call(&formatter, "format", std::slice::from_ref(value))?.as_string()
}
