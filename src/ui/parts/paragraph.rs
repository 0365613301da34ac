//! Paragraphs and points.

use std::sync::Arc;

use leptos::prelude::*;

use super::element::{Element, element};
use crate::ui::context::TextSignal;

/// A paragraph; nothing while its text is empty.
pub(crate) fn paragraph(class: &'static str, words: TextSignal) -> AnyView {
    hidden_while_empty(element("p", class).part("text"), words)
}

/// The same with an id, for a control that names it in `aria-describedby`.
pub(crate) fn paragraph_with_id(class: &'static str, id: &str, words: TextSignal) -> AnyView {
    hidden_while_empty(element("p", class).part("text").attr("id", id), words)
}

fn hidden_while_empty(paragraph: Element, words: TextSignal) -> AnyView {
    let seen = Arc::clone(&words);
    paragraph
        .bool_attr("hidden", "", move || seen().is_empty())
        .text(words)
        .view()
}

/// Short points, as a list of either kind.
pub(crate) fn points(tag: &'static str, id: &str, items: [TextSignal; 3]) -> AnyView {
    let items = items.map(|words| element("li", "sca-point").text(words).view());
    list(tag, "sca-points")
        .part("text")
        .attr("id", id)
        .children(items.into())
        .view()
}

/// A list with the role of one: without markers, some browsers do not expose it as a list.
pub(crate) fn list(tag: &'static str, class: &'static str) -> Element {
    element(tag, class).attr("role", "list")
}

/// A paragraph that explains a control, which names it in `aria-describedby`.
pub(crate) fn explanation(id: &str, words: TextSignal) -> AnyView {
    hidden_while_empty(
        element("p", "sca-explanation").part("explanation").attr("id", id),
        words,
    )
}
