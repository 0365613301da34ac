//! Labels with values.

use leptos::prelude::*;

use super::element::{Element, element};
use crate::ui::context::TextSignal;

/// The writing direction of a value, independent of the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// By its own first letter.
    Own,
    /// Left to right: account numbers, amounts.
    LeftToRight,
}

/// A list of facts.
pub(crate) fn facts(rows: Vec<AnyView>) -> Element {
    element("dl", "sca-facts").part("facts").children(rows)
}

/// One fact. The value is isolated: its direction does not affect the text around it.
pub(crate) fn fact(class: &'static str, label: TextSignal, value: TextSignal, writing: Writing) -> AnyView {
    let direction = match writing {
        Writing::Own => "auto",
        Writing::LeftToRight => "ltr",
    };
    let value = element("bdi", "").attr("dir", direction).text(value).view();
    element("div", class)
        .part("fact")
        .child(element("dt", "").part("label").text(label).view())
        .child(element("dd", "").part("value").child(value).view())
        .view()
}
