//! Headings and paragraphs.

use leptos::{html, prelude::*};

use crate::ui::context::Words;

/// The heading of a screen. It can take the focus, so that a screen reader starts there.
pub(crate) fn heading(id: String, text: Words, element: NodeRef<html::H2>) -> AnyView {
    view! {
        <h2 id=id class="sca-heading" part="heading" tabindex="-1" node_ref=element>
            {text}
        </h2>
    }
    .into_any()
}

/// A paragraph; nothing while its text is empty.
pub(crate) fn paragraph(class: &'static str, text: Words) -> AnyView {
    view! {
        <p class=class part="text" hidden=move || text.read().is_empty()>
            {text}
        </p>
    }
    .into_any()
}

/// A paragraph that explains a control, which names it in `aria-describedby`.
pub(crate) fn explanation(id: String, text: Words) -> AnyView {
    view! {
        <p id=id class="sca-explanation" part="explanation" hidden=move || text.read().is_empty()>
            {text}
        </p>
    }
    .into_any()
}
