//! Labels with values.

use leptos::prelude::*;

use crate::ui::context::Words;

/// Which way a value is written, whatever surrounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// As its own first letter says.
    Own,
    /// Left to right: account numbers.
    LeftToRight,
}

/// A list of facts.
pub(crate) fn facts(rows: Vec<AnyView>) -> AnyView {
    view! {
        <dl class="sca-facts" part="facts">
            {rows}
        </dl>
    }
    .into_any()
}

/// One fact. The value is isolated: its direction cannot reach the text around it.
pub(crate) fn fact(class: &'static str, label: Words, value: Words, writing: Writing) -> AnyView {
    let direction = match writing {
        Writing::Own => "auto",
        Writing::LeftToRight => "ltr",
    };
    view! {
        <div class=class part="fact">
            <dt part="label">{label}</dt>
            <dd part="value">
                <bdi dir=direction>{value}</bdi>
            </dd>
        </div>
    }
    .into_any()
}
