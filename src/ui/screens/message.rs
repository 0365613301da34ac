//! Screens that only show a text.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use crate::ui::{
    context::{TextSignal, Ui},
    parts::{
        button::{Press, Weight, always, button},
        element::element,
        paragraph::{paragraph, paragraph_with_id},
    },
    text::PHRASES,
};

/// A text.
pub(crate) fn message(text: TextSignal) -> AnyView {
    paragraph("sca-text", text)
}

/// The same, for a heading that is described by it.
pub(super) fn told(ui: Ui, text: TextSignal) -> AnyView {
    paragraph_with_id("sca-text", &ui.id("question"), text)
}

/// A text with a spinner.
pub(crate) fn waiting(text: TextSignal) -> Vec<AnyView> {
    let sign = element("div", "sca-waiting").attr("aria-hidden", "true").view();
    vec![message(text), sign]
}

/// The server cannot be reached.
pub(super) fn unreachable(ui: Ui) -> Vec<AnyView> {
    let retry = button(
        Weight::Primary,
        ui.phrase(PHRASES.try_again),
        None,
        always(),
        Press::Do(Arc::new(move || ui.send(Event::RetryWanted))),
    );
    vec![told(ui, ui.phrase(PHRASES.unreachable_text)), retry]
}
