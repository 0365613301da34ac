//! What several screens have: a label while its action is in progress, and a wait.

use leptos::prelude::*;
use sca_protocol::{Timestamp, flow::Screen};

use crate::ui::{
    context::{TextSignal, Ui},
    parts::paragraph::explanation,
    text::Phrase,
};

/// One of two phrases: while a control's action is in progress, and otherwise.
pub(super) fn busy_label(ui: Ui, is_busy: fn(&Screen) -> bool, [busy, idle]: [Phrase; 2]) -> TextSignal {
    ui.text(move |localizer| {
        let phrase = if is_busy(&ui.screen.read()) { busy } else { idle };
        localizer.phrase(phrase).to_owned()
    })
}

/// How long a control has to wait, with a phrase that has `{time}`; nothing once it need not.
pub(super) fn wait_line(ui: Ui, id: &str, until: fn(&Screen) -> Option<Timestamp>, phrase: Phrase) -> AnyView {
    let text = ui.text(move |localizer| match wait(ui, until) {
        0 => String::new(),
        left => localizer.wait_time(phrase, left),
    });
    explanation(&ui.id(id), text)
}

/// The same in milliseconds.
pub(super) fn wait(ui: Ui, until: fn(&Screen) -> Option<Timestamp>) -> u64 {
    ui.left_until(until(&ui.screen.read()))
}
