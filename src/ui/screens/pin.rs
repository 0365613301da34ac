//! Asks for the PIN.

use leptos::prelude::*;
use sca_protocol::flow::Event;

use super::digits::{Question, ask};
use crate::ui::context::Ui;

pub(super) fn pin(ui: Ui, digits: u8, follow: bool) -> Vec<AnyView> {
    let question = Question {
        digits,
        masked: true,
        // It is neither the password of this site nor a code that was sent, so the browser must not fill it in.
        autocomplete: "off",
        text: ui.phrase(|phrases| phrases.pin_protection),
        length: ui.text(move |localizer| localizer.count(&localizer.phrases.pin_digits, digits.into())),
        event: Event::PinEntered,
        extra: Vec::new(),
    };
    ask(ui, question, follow)
}
