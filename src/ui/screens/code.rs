//! Asks for a code that was sent.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Factor, Timestamp,
    flow::{Event, Screen, View},
};

use super::digits::{Question, ask};
use crate::ui::{
    context::{Ui, Words},
    parts::{
        button::{Press, Readiness, Weight, button},
        prose::explanation,
    },
    text::{fill, isolated},
};

pub(super) fn code(ui: Ui, factor: Factor, digits: u8, follow: bool) -> Vec<AnyView> {
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
    let left = move |sending| match sending {
        Sending::Possible { from, .. } => ui.left_until(Some(from)),
        Sending::Now | Sending::Elsewhere => 0,
    };
    let readiness = move || match Sending::of(&ui.screen.read()) {
        Sending::Now => Readiness::Busy,
        Sending::Possible { submitting: true, .. } => Readiness::Idle,
        possible if left(possible) > 0 => Readiness::Idle,
        Sending::Possible { .. } | Sending::Elsewhere => Readiness::Ready,
    };
    let label = ui.tell(move |speech| {
        let label = match Sending::of(&ui.screen.read()) {
            Sending::Now => speech.phrases.resending,
            Sending::Possible { .. } | Sending::Elsewhere => speech.phrases.resend,
        };
        label.to_owned()
    });
    let text = ui.tell(move |speech| match left(Sending::of(&ui.screen.read())) {
        0 => String::new(),
        left => speech.time(speech.phrases.resend_in, left),
    });
    let again = button(
        Weight::Quiet,
        label,
        Some(&ui.id("resend")),
        Arc::new(readiness),
        Press::Do(Arc::new(move || ui.send(Event::ResendWanted))),
    );
    vec![again, explanation(&ui.id("resend"), text)]
}

/// How it stands with another code.
#[derive(Clone, Copy)]
pub(crate) enum Sending {
    /// The customer may ask for one.
    Possible {
        /// From then on.
        from: Timestamp,
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
            | View::Phone { .. }
            | View::Face { .. }
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
