//! Asks for the PIN.

use leptos::prelude::*;
use sca_protocol::flow::Event;

use super::digits::{Question, ask};
use crate::ui::context::Ui;
use crate::ui::text::PHRASES;

pub(super) fn pin(ui: Ui, digits: u8, follow: bool) -> Vec<AnyView> {
    let question = Question {
        digits,
        masked: true,
        // It is neither the password of this site nor a code that was sent, so the browser must not fill it in.
        autocomplete: "off",
        text: ui.phrase(PHRASES.pin_protection),
        length: ui.text(move |localizer| localizer.count(PHRASES.pin_digits, digits.into())),
        event: Event::PinEntered,
        extra: Vec::new(),
    };
    ask(ui, question, follow)
}
