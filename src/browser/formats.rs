//! Amounts, days, numbers and plurals, formatted by the browser's `Intl`.
//!
//! Called by name and not through `js_sys::Intl`: its stable constructors do not catch exceptions, so a language tag that the
//! browser refuses would throw through the module.
//!
//! The calendar is the Gregorian one and the digits are 0 to 9 in every language. Engines have different defaults (`ar-SA` means the Islamic
//! calendar in some), and a customer types codes and compares amounts in these digits.

use js_sys::{Array, Date, Function, Reflect};
use sca_protocol::{Money, Timestamp};
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
        // As text, because a floating-point number would lose digits of a large amount.
        ask(
            "NumberFormat",
            tag,
            &[
                ("style", JsValue::from_str("currency")),
                ("currency", JsValue::from_str(currency.as_str())),
                ("minimumFractionDigits", JsValue::from(currency.decimals())),
                ("maximumFractionDigits", JsValue::from(currency.decimals())),
            ],
            "format",
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
        ask(
            "DateTimeFormat",
            tag,
            &[
                ("dateStyle", JsValue::from_str("long")),
                ("timeZone", JsValue::from_str("UTC")),
            ],
            "format",
            &JsValue::from_f64(time),
        )
        .unwrap_or_else(|| date.to_owned())
    }

    fn moment(&self, tag: &str, time: Timestamp) -> String {
        written(tag, time, &[("dateStyle", "long"), ("timeStyle", "short")])
    }

    fn number(&self, tag: &str, number: u64) -> String {
        let digits = number.to_string();
        ask("NumberFormat", tag, &[], "format", &JsValue::from_str(&digits)).unwrap_or(digits)
    }

    fn plural_category(&self, tag: &str, number: u64) -> String {
        let number = JsValue::from_str(&number.to_string());
        ask("PluralRules", tag, &[], "select", &number).unwrap_or_default()
    }
}

/// A day in the customer's time zone: `1 January 2026`. Empty when the browser cannot write it.
#[cfg(feature = "enrolment")]
#[must_use]
pub fn day_of(tag: &str, time: Timestamp) -> String {
    written(tag, time, &[("dateStyle", "long")])
}

fn written(tag: &str, time: Timestamp, styles: &[(&str, &str)]) -> String {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "a time is below 2^53 milliseconds"
    )]
    let milliseconds = JsValue::from_f64(time.0 as f64);
    let options: Vec<_> = styles
        .iter()
        .map(|(part, style)| (*part, JsValue::from_str(style)))
        .collect();
    ask("DateTimeFormat", tag, &options, "format", &milliseconds).unwrap_or_default()
}

/// The Unicode extension of a language tag for calendar and digits.
const PINNED: &str = "-u-ca-gregory-nu-latn";

/// `new Intl[service](tag, options)[method](value)`; `None` when it throws. A tag has language, script and region at most.
fn ask(service: &str, tag: &str, options: &[(&str, JsValue)], method: &str, value: &JsValue) -> Option<String> {
    let settings = object(options)?;
    let intl = member(&js_sys::global(), "Intl")?;
    let constructor: Function = member(&intl, service)?.dyn_into().ok()?;
    let tag = JsValue::from_str(&[tag, PINNED].concat());
    let service = Reflect::construct(&constructor, &Array::of2(&tag, &settings)).ok()?;
    call(&service, method, std::slice::from_ref(value))?.as_string()
}
