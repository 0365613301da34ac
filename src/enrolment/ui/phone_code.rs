//! Asks for the code that was sent to a phone number.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    enrolment_api::Hidden,
    enrolment_flow::{Event, View},
    entry::digit_of,
};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, not_before, wait},
    text_field::{TextField, text_field},
    view_key::is_submitting,
};
use crate::ui::{
    parts::{
        button::{Press, Readiness, Weight, button},
        field::form,
        paragraph::{explanation, paragraph},
    },
    text::{fill, isolated},
};

/// How many digits a code of the partner's has.
const MIN_CODE: usize = 4;
const MAX_CODE: usize = 10;

/// The most characters of the field: a code with spaces between its digits.
const MAX_TYPED: usize = 20;

pub(super) fn phone_code(ui: EnrolmentUi, follow: bool) -> Vec<AnyView> {
    let code = text_field(ui, "code", ui.phrase(|phrases| phrases.code), follow, |input| {
        input
            .attr("type", "text")
            .attr("inputmode", "numeric")
            .attr("maxlength", &MAX_TYPED.to_string())
            .attr("autocomplete", "one-time-code")
            .attr("enterkeyhint", "done")
            .attr("dir", "ltr")
    });
    let field = code.element;
    let submit = move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        match TextField::value(field).map(|typed| digits_of(&typed)) {
            Some(Some(code)) => ui.send(Event::CodeEntered(code)),
            Some(None) => {
                ui.hint.set(Some(ui.phrase(|phrases| phrases.code_missing)));
                TextField::focus(field);
            }
            None => {}
        }
    };
    let text = ui.text(move |words| {
        let screen = ui.screen.read();
        let number = if let View::PhoneCode { number, .. } = &screen.view {
            number.as_deref()
        } else {
            None
        };
        match number {
            Some(number) => fill(words.phrases.code_sent_to, &[("number", &isolated(number))]),
            None => words.phrases.no_code.to_owned(),
        }
    });
    let label = ui.text(move |words| {
        let phrases = words.phrases;
        let label = if is_submitting(&ui.screen.read()) {
            phrases.checking_code
        } else {
            phrases.check_code
        };
        label.to_owned()
    });
    let content = vec![
        paragraph("sca-text", text),
        code.view,
        button(
            Weight::Primary,
            label,
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit,
        ),
        wait(ui),
    ];
    let mut views = vec![form(Arc::new(submit), content)];
    views.extend(new_code(ui));
    views.push(back(ui));
    views
}

/// The code's digits, of any script; `None` if they cannot be one.
fn digits_of(typed: &str) -> Option<Hidden> {
    let mut digits = String::new();
    for character in typed.chars().filter(|character| !is_separator(*character)) {
        digits.push(char::from(b'0' + digit_of(character)?));
    }
    (MIN_CODE..=MAX_CODE)
        .contains(&digits.len())
        .then(|| Hidden::new(digits))
}

/// Whether a character is what people write between digits.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{200e}' | '\u{200f}')
}

/// The button for another code, and how long the customer has to wait for it.
fn new_code(ui: EnrolmentUi) -> [AnyView; 2] {
    let left = move || ui.left_until(resend_at(ui));
    let readiness = move || {
        if is_submitting(&ui.screen.read()) || left() > 0 {
            Readiness::Idle
        } else {
            Readiness::Ready
        }
    };
    let text = ui.text(move |words| match left() {
        0 => String::new(),
        left => words.widget.wait_time(words.widget.phrases.resend_in, left),
    });
    [
        button(
            Weight::Quiet,
            ui.text(|words| words.widget.phrases.resend.to_owned()),
            Some(&id("resend")),
            Arc::new(readiness),
            Press::Do(Arc::new(move || ui.send(Event::NewCodeWanted))),
        ),
        explanation(&id("resend"), text),
    ]
}

fn resend_at(ui: EnrolmentUi) -> Option<Timestamp> {
    if let View::PhoneCode { resend_at, .. } = ui.screen.read().view {
        resend_at
    } else {
        None
    }
}
