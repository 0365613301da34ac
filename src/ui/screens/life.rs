//! How long what was sent lives: a code that is accepted, or a request on the phone that can be answered.

use leptos::prelude::*;
use sca_protocol::flow::{Screen, View};

use crate::ui::{
    context::Ui,
    parts::element::element,
    text::{Phrases, Speech},
};

/// What there is to say about the life of something: while it lasts, with `{time}`, and afterwards.
#[derive(Clone, Copy)]
struct Sayings {
    lasting: fn(&Phrases) -> &'static str,
    over: fn(&Phrases) -> &'static str,
}

/// How many milliseconds it has left, never more than the approval has; `None` where nothing is known to end.
pub(crate) fn life_left(ui: Ui) -> Option<u64> {
    sayings(ui, &ui.screen.read()).map(|(left, _)| left)
}

/// What is said about it; empty where there is nothing to say.
pub(crate) fn life_text(ui: Ui, speech: &Speech) -> String {
    match sayings(ui, &ui.screen.read()) {
        Some((0, Sayings { over, .. })) => over(speech.phrases).to_owned(),
        Some((left, Sayings { lasting, .. })) => speech.life(lasting(speech.phrases), left),
        None => String::new(),
    }
}

/// The line that says it, every second in the end. It is announced at few moments only, by the status.
pub(super) fn life(ui: Ui) -> AnyView {
    let is_absent = move || life_left(ui).is_none();
    element("p", "sca-explanation sca-life")
        .part("explanation life")
        .toggle("hidden", "", is_absent)
        .toggle("data-over", "", move || life_left(ui) == Some(0))
        .words(ui.tell(move |speech| life_text(ui, speech)))
        .view()
}

fn sayings(ui: Ui, screen: &Screen) -> Option<(u64, Sayings)> {
    let (ends_at, sayings) = if let View::Code { expires_at, .. } = &screen.view {
        let code = Sayings {
            lasting: |phrases| phrases.code_life,
            over: |phrases| phrases.code_over,
        };
        (expires_at, code)
    } else if let View::Phone { expires_at, .. } = &screen.view {
        let request = Sayings {
            lasting: |phrases| phrases.phone_life,
            // What became of it is being asked.
            over: |phrases| phrases.checking_text,
        };
        (expires_at, request)
    } else {
        return None;
    };
    let end = (*ends_at)?;
    let end = screen.expires_at.map_or(end, |all| all.min(end));
    Some((ui.left_until(Some(end)), sayings))
}
