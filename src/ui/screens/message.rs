//! Screens that only tell something.

use std::rc::Rc;

use leptos::prelude::*;
use sca_protocol::flow::Event;

use crate::ui::{
    context::{Ui, Words},
    parts::{
        button::{Button, Press, Weight},
        prose::paragraph,
    },
};

/// The outline of what is to come.
pub(super) fn skeleton() -> AnyView {
    let bars: Vec<AnyView> = ["wide", "narrow", "tall"].into_iter().map(bar).collect();
    view! {
        <div class="sca-skeleton" aria-hidden="true">
            {bars}
        </div>
    }
    .into_any()
}

fn bar(size: &'static str) -> AnyView {
    view! { <div class="sca-bar" data-size=size></div> }.into_any()
}

/// A text.
pub(super) fn message(text: Words) -> AnyView {
    paragraph("sca-text", text)
}

/// A text with a sign that something is going on.
pub(super) fn waiting(text: Words) -> AnyView {
    let sign = view! { <div class="sca-waiting" aria-hidden="true"></div> }.into_any();
    vec![message(text), sign].into_any()
}

/// The server cannot be reached.
pub(super) fn unreachable(ui: Ui) -> AnyView {
    let retry = Button {
        weight: Weight::Primary,
        label: ui.say(|phrases| phrases.try_again),
        idle: Signal::stored(false),
        busy: Signal::stored(false),
        described_by: None,
        press: Press::Do(Rc::new(move || ui.send(Event::RetryWanted))),
    };
    vec![message(ui.say(|phrases| phrases.unreachable_text)), retry.view()].into_any()
}
