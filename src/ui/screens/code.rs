//! Asks for a code that was sent.

use std::rc::Rc;

use leptos::prelude::*;
use sca_protocol::{
    Factor, Millis,
    flow::{Event, Screen, View},
};

use super::digits::{Question, ask};
use crate::ui::{
    context::{Ui, Words},
    parts::{
        button::{Button, Press, Weight},
        prose::explanation,
    },
    text::{fill, isolated},
};

pub(super) fn code(ui: Ui, factor: Factor, digits: u8, follow: bool) -> AnyView {
    let question = Question {
        digits,
        masked: false,
        autocomplete: "one-time-code",
        text: sent_text(ui, factor),
        length: ui.tell(move |speech| speech.count(&speech.phrases.code_digits, digits.into())),
        event: Event::CodeEntered,
        extra: resend(ui),
    };
    ask(ui, question, follow)
}

fn sent_text(ui: Ui, factor: Factor) -> Words {
    ui.tell(move |speech| match destination(&ui.screen.read()) {
        Some(destination) => fill(
            speech.phrases.code_sent_to.of(&factor),
            &[("to", &isolated(destination))],
        ),
        None => speech.phrases.code_sent.of(&factor).to_owned(),
    })
}

fn resend(ui: Ui) -> Vec<AnyView> {
    let sending = Signal::derive(move || Sending::of(&ui.screen.read()));
    let left = Signal::derive(move || match sending.get() {
        Sending::Possible { from, .. } => ui.left_until(Some(from)),
        Sending::Now | Sending::Elsewhere => 0,
    });
    let button = Button {
        weight: Weight::Quiet,
        label: ui.tell(move |speech| {
            let phrases = speech.phrases;
            match sending.get() {
                Sending::Now => phrases.resending,
                Sending::Possible { .. } | Sending::Elsewhere => phrases.resend,
            }
            .to_owned()
        }),
        idle: Signal::derive(move || {
            left.get() > 0 || matches!(sending.get(), Sending::Possible { submitting: true, .. })
        }),
        busy: Signal::derive(move || matches!(sending.get(), Sending::Now)),
        described_by: Some(ui.id("resend")),
        press: Press::Do(Rc::new(move || ui.send(Event::ResendWanted))),
    };
    let text = ui.tell(move |speech| match left.get() {
        0 => String::new(),
        left => speech.time(speech.phrases.resend_in, left),
    });
    vec![button.view(), explanation(ui.id("resend"), text)]
}

/// How it stands with another code.
#[derive(Clone, Copy)]
pub(crate) enum Sending {
    /// The customer may ask for one.
    Possible {
        /// From then on.
        from: Millis,
        /// Not while an entry is on its way.
        submitting: bool,
    },
    /// It is being sent.
    Now,
    /// No code is asked for.
    Elsewhere,
}

impl Sending {
    pub(crate) fn of(screen: &Screen) -> Self {
        match screen.view {
            View::Code { resending: true, .. } => Self::Now,
            View::Code {
                resend_at, submitting, ..
            } => Self::Possible {
                from: resend_at,
                submitting,
            },
            View::Loading
            | View::Choose { .. }
            | View::Pin { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => Self::Elsewhere,
        }
    }
}

fn destination(screen: &Screen) -> Option<&str> {
    if let View::Code { destination, .. } = &screen.view {
        destination.as_deref()
    } else {
        None
    }
}
