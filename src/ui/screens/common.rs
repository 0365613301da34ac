//! What several screens have: a label while its action is in progress, and a wait.

use leptos::prelude::*;
use sca_protocol::{
    Factor, Timestamp,
    factor::Handling,
    flow::{Screen, View},
};

use super::{
    choose::{is_scanning, starting},
    code::is_resending,
    digits::submits,
    hosted::is_opening,
};
use crate::ui::{
    context::{TextSignal, Ui},
    parts::paragraph::explanation,
    text::{Localizer, PHRASES, Phrase},
};

/// One of two texts: while a control's action is in progress, and otherwise.
pub(super) fn busy_label(ui: Ui, is_busy: fn(&Screen) -> bool, busy: Phrase, idle: TextSignal) -> TextSignal {
    ui.text(move |localizer| {
        let phrase = match is_busy(&ui.screen.read()) {
            true if ui.is_slow() => PHRASES.still_checking,
            true => busy,
            false => return idle(),
        };
        localizer.phrase(phrase).to_owned()
    })
}

/// What the label of a control says while the action that the customer has asked for is in progress.
pub(crate) fn in_progress(screen: &Screen) -> Option<Phrase> {
    if submits(screen) {
        Some(PHRASES.confirming)
    } else if is_resending(screen) {
        Some(PHRASES.resending)
    } else if is_opening(screen) {
        Some(PHRASES.face_opening)
    } else {
        let factor = starting(screen).filter(|_| !is_scanning(screen));
        factor.map(starting_phrase)
    }
}

/// Whether the customer's camera may be on.
pub(crate) fn uses_camera(screen: &Screen) -> bool {
    is_scanning(screen) || matches!(screen.view, View::Hosted { .. })
}

/// What a factor's button says while the factor is being started or submitted.
pub(super) fn starting_phrase(factor: &Factor) -> Phrase {
    match factor.handling() {
        Handling::Device(_) | Handling::FaceScan(_) => PHRASES.confirming,
        Handling::Secret | Handling::Code | Handling::Frame(_) | Handling::Phone | Handling::Unsupported => {
            PHRASES.starting
        }
    }
}

/// How long a control has to wait, with a phrase that has `{time}`; nothing once it need not.
pub(super) fn wait_line(ui: Ui, id: &str, until: fn(&Screen) -> Option<Timestamp>, phrase: Phrase) -> AnyView {
    let text = ui.text(move |localizer| {
        let until = until(&ui.screen.read()).unwrap_or_default();
        wait_text(ui, until, phrase, localizer)
    });
    explanation(&ui.id(id), text)
}

/// The text of a wait; empty once it is over.
pub(super) fn wait_text(ui: Ui, until: Timestamp, phrase: Phrase, localizer: &Localizer) -> String {
    match ui.left_until(Some(until)) {
        0 => String::new(),
        left => localizer.wait_time(phrase, left),
    }
}

/// The same in milliseconds.
pub(super) fn wait(ui: Ui, until: fn(&Screen) -> Option<Timestamp>) -> u64 {
    ui.left_until(until(&ui.screen.read()))
}
