//! Paragraphs and points.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::{Element, element};
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

/// Short points, as a list of either kind.
pub(crate) fn points(tag: &'static str, id: &str, items: [Words; 3]) -> AnyView {
    let items = items.map(|words| element("li", "sca-point").words(words).view());
    list(tag, "sca-points")
        .part("text")
        .with("id", id)
        .children(items.into())
        .view()
}

/// A list that is one for everybody: without marks there are browsers that tell nobody that it is a list.
pub(crate) fn list(tag: &'static str, class: &'static str) -> Element {
    element(tag, class).with("role", "list")
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
