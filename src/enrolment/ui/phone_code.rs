//! Asks for the code that was sent to a phone number.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    enrolment_api::Hidden,
    enrolment_flow::{Event, Notice, View},
    entry::digit_of,
};

use zeroize::Zeroizing;

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, not_before, wait},
    text_field::TextField,
    view_key::is_submitting,
};
use crate::enrolment::text::PHRASES;
use crate::ui::text::PHRASES as WIDGET;
use crate::ui::{
    parts::{
        button::{Press, Readiness, Submit, Weight, button},
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
    let field = TextField::new(ui, is_about_code);
    let code = field.input("code", ui.phrase(PHRASES.code), follow, |input| {
        input
            .attr("type", "text")
            .attr("inputmode", "numeric")
            .attr("maxlength", &MAX_TYPED.to_string())
            .attr("autocomplete", "one-time-code")
            .attr("enterkeyhint", "done")
            .attr("dir", "ltr")
    });
    let submit: Submit = Arc::new(move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        match field.value().map(|typed| digits_of(&typed)) {
            Some(Some(code)) => ui.send(Event::CodeEntered(code)),
            Some(None) => field.refuse(ui.phrase(PHRASES.code_missing)),
            None => {}
        }
    });
    let text = ui.text(move |words| {
        let screen = ui.screen.read();
        let number = if let View::PhoneCode { number, .. } = &screen.view {
            number.as_deref()
        } else {
            None
        };
        let is_sent = screen.notice != Some(Notice::CodeUnknown);
        match number {
            Some(number) if is_sent => fill(words.phrase(PHRASES.code_sent_to), &[("number", &isolated(number))]),
            Some(number) => fill(words.phrase(PHRASES.code_if_received), &[("number", &isolated(number))]),
            None => words.phrase(PHRASES.no_code).to_owned(),
        }
    });
    let label = label(ui, PHRASES.check_code);
    let content = vec![
        paragraph("sca-text", text),
        code,
        button(
            Weight::Primary,
            label,
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit(Arc::clone(&submit)),
        ),
        wait(ui),
    ];
    let mut views = vec![form(submit, content)];
    views.extend(new_code(ui));
    views.push(back(ui));
    views
}

/// The code's digits, of any script; `None` if they cannot be one.
fn digits_of(typed: &str) -> Option<Hidden> {
    // It does not grow: nothing is left behind where it was.
    let mut digits = Zeroizing::new(String::with_capacity(MAX_TYPED));
    for character in typed.chars().filter(|character| !is_separator(*character)) {
        digits.push(char::from(b'0' + digit_of(character)?));
    }
    let is_code = (MIN_CODE..=MAX_CODE).contains(&digits.len());
    is_code.then(|| Hidden::new(std::mem::take(&mut *digits)))
}

/// Whether a notice says that the code is wrong.
fn is_about_code(notice: &Notice) -> bool {
    matches!(notice, Notice::CodeWrong | Notice::CodeExpired)
}

/// Whether a character is what people write between digits.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{200e}' | '\u{200f}')
}

/// The button for another code, and how long the customer has to wait for it.
fn new_code(ui: EnrolmentUi) -> [AnyView; 2] {
    let left = move || ui.left_until(resend_at(ui)).max(ui.left_until(not_before(ui)));
    let readiness = move || {
        if is_submitting(&ui.screen.read()) || left() > 0 {
            Readiness::Idle
        } else {
            Readiness::Ready
        }
    };
    let text = ui.text(move |words| match left() {
        0 => String::new(),
        left => words.widget.wait_time(WIDGET.resend_in, left),
    });
    [
        button(
            Weight::Quiet,
            ui.text(|words| words.widget.phrase(WIDGET.resend).to_owned()),
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
