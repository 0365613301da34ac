//! Paragraphs.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::element;
use crate::ui::context::Words;

/// A paragraph; nothing while its text is empty.
pub(crate) fn paragraph(class: &'static str, words: Words) -> AnyView {
    let seen = Arc::clone(&words);
    element("p", class)
        .part("text")
        .toggle("hidden", "", move || seen().is_empty())
        .words(words)
        .view()
}

/// A paragraph that explains a control, which names it in `aria-describedby`.
pub(crate) fn explanation(id: &str, words: Words) -> AnyView {
    let seen = Arc::clone(&words);
    element("p", "sca-explanation")
        .part("explanation")
        .with("id", id)
        .toggle("hidden", "", move || seen().is_empty())
        .words(words)
        .view()
}
