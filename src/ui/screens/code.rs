//! Asks for a code that was sent.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Factor, Timestamp,
    flow::{Event, Screen, View},
};

use super::{
    common::{busy_label, wait, wait_text},
    digits::{Question, ask},
};
use crate::ui::{
    context::{TextSignal, Ui},
    parts::{
        button::{Press, Readiness, Weight, button},
        paragraph::explanation,
    },
    text::{PHRASES, fill, isolated},
};

pub(super) fn code(ui: Ui, factor: Factor, digits: u8, follow: bool) -> Vec<AnyView> {
    let question = Question {
        digits,
        masked: false,
        autocomplete: "one-time-code",
        text: sent_text(ui, factor),
        length: ui.text(move |localizer| localizer.count(PHRASES.code_digits, digits.into())),
        event: Event::CodeEntered,
        extra: resend(ui),
    };
    ask(ui, question, follow)
}

fn sent_text(ui: Ui, factor: Factor) -> TextSignal {
    ui.text(move |localizer| match destination(&ui.screen.read()) {
        Some(destination) => fill(
            localizer.phrase(PHRASES.code_sent_to.of(&factor)),
            &[("to", &isolated(destination))],
        ),
        None => localizer.phrase(PHRASES.code_sent.of(&factor)).to_owned(),
    })
}

fn resend(ui: Ui) -> Vec<AnyView> {
    let readiness = move || match ResendState::of(&ui.screen.read()) {
        ResendState::InProgress => Readiness::Busy,
        ResendState::Allowed { submitting: true, .. } | ResendState::NoMore => Readiness::Idle,
        ResendState::Allowed { .. } if wait(ui, resend_from) > 0 => Readiness::Idle,
        ResendState::Allowed { .. } | ResendState::NotApplicable => Readiness::Ready,
    };
    let label = busy_label(ui, is_resending, PHRASES.resending, ui.phrase(PHRASES.resend));
    let again = button(
        Weight::Quiet,
        label,
        Some(&ui.id("resend")),
        Arc::new(readiness),
        Press::Do(Arc::new(move || ui.send(Event::ResendWanted))),
    );
    let wait = explanation(
        &ui.id("resend"),
        ui.text(move |localizer| match ResendState::of(&ui.screen.read()) {
            ResendState::NoMore => localizer.phrase(PHRASES.resend_never).to_owned(),
            ResendState::Allowed { from, .. } => wait_text(ui, from, PHRASES.resend_in, localizer),
            ResendState::InProgress | ResendState::NotApplicable => String::new(),
        }),
    );
    vec![again, wait]
}

pub(super) fn is_resending(screen: &Screen) -> bool {
    matches!(screen.view, View::Code { resending: true, .. })
}

fn resend_from(screen: &Screen) -> Option<Timestamp> {
    match ResendState::of(screen) {
        ResendState::Allowed { from, .. } => Some(from),
        ResendState::NoMore | ResendState::InProgress | ResendState::NotApplicable => None,
    }
}

/// Whether another code can be sent.
#[derive(Clone, Copy)]
pub(crate) enum ResendState {
    /// The customer may request one.
    Allowed {
        /// The earliest time.
        from: Timestamp,
        /// Whether a code is being submitted. No other can be requested then.
        submitting: bool,
    },
    /// No more are sent for this approval.
    NoMore,
    /// It is being sent.
    InProgress,
    /// The screen asks for no code.
    NotApplicable,
}

impl ResendState {
    pub(crate) fn of(screen: &Screen) -> Self {
        match screen.view {
            View::Code { resending: true, .. } => Self::InProgress,
            View::Code { resend_at: None, .. } => Self::NoMore,
            View::Code {
                resend_at: Some(from),
                submitting,
                ..
            } => Self::Allowed { from, submitting },
            View::Loading
            | View::Choose { .. }
            | View::Pin { .. }
            | View::Phone { .. }
            | View::Hosted { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => Self::NotApplicable,
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
