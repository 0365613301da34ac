//! The common part of the screens that ask for a PIN and for a code.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Action, Timestamp,
    entry::Digits,
    flow::{Event, Notice, Screen, View},
};

use super::{
    common::{busy_label, in_progress, wait, wait_line},
    other_factor::other_factor,
    ttl::{remaining_ms, ttl_line},
};
use crate::ui::{
    action::{amount_and_payee, amounts, whole_amount},
    context::{TextSignal, Ui},
    parts::{
        button::{Press, Readiness, Submit, Weight, always, button},
        element::{focus_on_mount, watch},
        entry::Entry,
        facts::facts,
        field::{Field, form},
        hint::Hint,
        paragraph::explanation,
    },
    text::{PHRASES, fill, isolated},
};

/// How long a screen reader may take to read the description of a field that gets the focus after an answer, in milliseconds. Until then, the
/// notice in it is not announced as well.
const SETTLE_MS: u64 = 2_000;

/// What differs between a PIN and a code.
pub(super) struct Question {
    pub(super) digits: u8,
    /// Whether the digits are hidden.
    pub(super) masked: bool,
    pub(super) autocomplete: &'static str,
    /// The question.
    pub(super) text: TextSignal,
    /// The text with the number of digits.
    pub(super) length: TextSignal,
    pub(super) event: fn(Digits) -> Event,
    /// The views between the form and the button for another factor.
    pub(super) extra: Vec<AnyView>,
}

/// The state of the screen that can change while it asks for digits.
#[derive(Clone, Copy)]
struct EntryView {
    submitting: bool,
    not_before: Option<Timestamp>,
    other_factor: bool,
}

impl EntryView {
    fn of(screen: &Screen) -> Option<Self> {
        match screen.view {
            View::Pin {
                submitting,
                not_before,
                other_factor,
                ..
            }
            | View::Code {
                submitting,
                not_before,
                other_factor,
                ..
            } => Some(Self {
                submitting,
                not_before,
                other_factor,
            }),
            View::Loading
            | View::Choose { .. }
            | View::Phone { .. }
            | View::Hosted { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => None,
        }
    }
}

/// Asks for digits.
pub(super) fn ask(ui: Ui, question: Question, follow: bool) -> Vec<AnyView> {
    let Question {
        digits,
        masked,
        autocomplete,
        text,
        length,
        event,
        extra,
    } = question;
    let action = ui.screen.read_untracked().action.clone();
    let shown = action.as_ref().map(amounts).unwrap_or_default();
    let entry = Entry::new(digits, masked, ui.typed, ui.now, shown);
    if follow {
        focus_on_mount(entry.element);
        ui.typed.update(|typed| typed.from_elsewhere = true);
    }
    return_to_field(ui, entry);
    clear_for_new_code(ui, entry);
    read_field_on_tick(ui, entry);

    let submit: Submit = Arc::new(move || {
        let may = untrack(|| readiness(ui)) == Readiness::Ready;
        let digits = if may { entry.submit() } else { return };
        if let Some(digits) = digits {
            ui.send(event(digits));
        } else if let Some(input) = entry.field() {
            drop(input.focus());
        }
    });
    let field = Field {
        entry,
        labelled_by: ui.id("heading"),
        described_by: ui.ids(&["action", "step", "notice", "question", "length"]),
        autocomplete,
        invalid: Arc::new(move || {
            ui.typed.read().hint.is_some_and(Hint::is_invalid) || is_refusal(ui.screen.read().notice.as_ref())
        }),
        submitting: Arc::new(move || is_submitting(ui)),
    };
    let label = busy_label(ui, submits, PHRASES.confirming, confirm(ui, action.as_ref()));
    let short = action.map(|action| amount_and_payee(ui, &action)).unwrap_or_default();
    let content = vec![
        explanation(&ui.id("question"), text),
        explanation(&ui.id("length"), length),
        ttl_line(ui),
        // Heard before, in the summary and in the field's description.
        facts(short).attr("aria-hidden", "true").view(),
        field.view(),
        button(
            Weight::Primary,
            label,
            Some(&ui.id("wait")),
            Arc::new(move || readiness(ui)),
            Press::Submit(Arc::clone(&submit)),
        ),
        wait_line(ui, "wait", not_before, PHRASES.wait_for),
    ];
    let mut screen = vec![form(submit, content)];
    if masked {
        screen.push(button(
            Weight::Quiet,
            ui.phrase(PHRASES.pin_reveal),
            None,
            always(),
            Press::Do(Arc::new(move || entry.reveal())),
        ));
    }
    screen.extend(extra);
    let readiness = move || match EntryView::of(&ui.screen.read()) {
        Some(entry_view) if entry_view.other_factor && entry_view.submitting => Readiness::Idle,
        Some(entry_view) if entry_view.other_factor => Readiness::Ready,
        Some(_) | None => Readiness::Absent,
    };
    screen.push(other_factor(ui, Arc::new(readiness)));
    screen
}

/// What the button says: with the amount, if the action has one.
fn confirm(ui: Ui, action: Option<&Action>) -> TextSignal {
    let amount = action.and_then(whole_amount);
    ui.text(move |localizer| match &amount {
        Some(amount) => {
            let amount = isolated(&localizer.money(amount));
            fill(localizer.phrase(PHRASES.confirm_amount), &[("amount", &amount)])
        }
        None => localizer.phrase(PHRASES.confirm).to_owned(),
    })
}

/// Whether the screen asks for digits.
pub(crate) fn takes_entry(screen: &Screen) -> bool {
    EntryView::of(screen).is_some()
}

fn is_submitting(ui: Ui) -> bool {
    submits(&ui.screen.read())
}

pub(super) fn submits(screen: &Screen) -> bool {
    EntryView::of(screen).is_some_and(|entry_view| entry_view.submitting)
}

/// Whether digits can be submitted: not those of a code that has expired.
fn readiness(ui: Ui) -> Readiness {
    match (is_submitting(ui), wait(ui, not_before), remaining_ms(ui)) {
        (true, _, _) => Readiness::Busy,
        (false, 0, None | Some(1..)) => Readiness::Ready,
        (false, _, _) => Readiness::Idle,
    }
}

/// From when on digits can be submitted.
fn not_before(screen: &Screen) -> Option<Timestamp> {
    EntryView::of(screen)?.not_before
}

/// Moves the focus back to the field after an answer that leaves the customer on this screen.
fn return_to_field(ui: Ui, entry: Entry) {
    watch(move |was_submitting| {
        let submitting = is_submitting(ui);
        let answered = was_submitting == Some(true) && !submitting && ui.screen.read_untracked().notice.is_some();
        if let Some(input) = entry.field().filter(|_| answered) {
            drop(input.focus());
        }
        submitting
    });
}

/// Empties the field when a new code is sent, and returns the focus to it: the typed digits are of the old one, and a phone offers the new one
/// where the focus is.
fn clear_for_new_code(ui: Ui, entry: Entry) {
    watch(move |was_sent| {
        let sent = matches!(ui.screen.read().notice, Some(Notice::Sent(_)));
        if sent && was_sent == Some(false) {
            entry.clear();
            ui.typed.update(|typed| typed.from_elsewhere = true);
            if let Some(input) = entry.field() {
                drop(input.focus());
            }
        }
        sent
    });
}

/// Reads the field at each tick of the clock: a password manager may fire no event, and a browser that restores a page may have
/// emptied the field.
fn read_field_on_tick(ui: Ui, entry: Entry) {
    let soon = move || ui.now.get().plus_ms(SETTLE_MS);
    let settled_at = StoredValue::new(untrack(soon));
    watch(move |_| {
        let soon = soon();
        if in_progress(&ui.screen.read()).is_some() {
            settled_at.set_value(soon);
        } else {
            entry.read_field(false);
            if settled_at.get_value() <= ui.now.get() {
                entry.settle();
            }
        }
        true
    });
}

/// Whether a notice says that the digits were wrong.
fn is_refusal(notice: Option<&Notice>) -> bool {
    match notice {
        Some(Notice::Wrong { .. } | Notice::CodeExpired) => true,
        Some(
            Notice::Blocked(_)
            | Notice::NotSetUp(_)
            | Notice::NotDelivered(_)
            | Notice::RequestExpired
            | Notice::Sent(_)
            | Notice::NotReceived
            | Notice::NoAnswer
            | Notice::NotFinished
            | Notice::FrameLost
            | Notice::FrameNotAllowed
            | Notice::Wait { .. }
            | Notice::CannotEncrypt
            | Notice::Device(_)
            | Notice::FaceScan(_)
            | Notice::OtherApproval,
        )
        | None => false,
    }
}
