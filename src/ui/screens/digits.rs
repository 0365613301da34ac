//! What asking for a PIN and asking for a code have in common.

use std::rc::Rc;

use leptos::{html, prelude::*};
use sca_protocol::{
    Millis,
    entry::Digits,
    flow::{Event, Notice, Screen, View},
};

use crate::ui::{
    context::{Ui, Words},
    parts::{
        button::{Button, Press, Weight},
        entry::Entry,
        field::{Field, form},
        prose::explanation,
    },
};

/// What differs between a PIN and a code.
pub(super) struct Question {
    pub(super) digits: u8,
    /// Whether the digits stay hidden.
    pub(super) masked: bool,
    pub(super) autocomplete: &'static str,
    /// What is asked for, in full.
    pub(super) text: Words,
    /// How many digits there are.
    pub(super) length: Words,
    pub(super) event: fn(Digits) -> Event,
    /// What stands between the form and "use another way".
    pub(super) extra: Vec<AnyView>,
}

/// What changes while digits are asked for.
#[derive(Clone, Copy)]
struct Asking {
    submitting: bool,
    not_before: Option<Millis>,
    other_way: bool,
}

impl Asking {
    fn of(screen: &Screen) -> Option<Self> {
        match screen.view {
            View::Pin {
                submitting,
                not_before,
                other_way,
                ..
            }
            | View::Code {
                submitting,
                not_before,
                other_way,
                ..
            } => Some(Self {
                submitting,
                not_before,
                other_way,
            }),
            View::Loading
            | View::Choose { .. }
            | View::Checking
            | View::Unreachable
            | View::CannotBeDoneHere
            | View::Cancelling
            | View::Done(_) => None,
        }
    }
}

/// Asks for digits.
pub(super) fn ask(ui: Ui, question: Question, follow: bool) -> AnyView {
    let Question {
        digits,
        masked,
        autocomplete,
        text,
        length,
        event,
        extra,
    } = question;
    let entry = Entry::new(digits, masked, ui.hint);
    let asking = move || Asking::of(&ui.screen.read());
    let submitting = Signal::derive(move || asking().is_some_and(|asking| asking.submitting));
    let wait = Signal::derive(move || ui.left_until(asking().and_then(|asking| asking.not_before)));
    let invalid = Signal::derive(move || ui.hint.read().is_some() || is_refusal(ui.screen.read().notice.as_ref()));

    let element = NodeRef::<html::Input>::new();
    if follow {
        element.on_load(|input| drop(input.focus()));
    }
    return_to_field(ui, submitting, element);
    clear_for_new_code(ui, entry);

    let hand_in = move || {
        if submitting.get_untracked() || wait.get_untracked() > 0 {
            return;
        }
        if let Some(digits) = entry.hand_in() {
            ui.send(event(digits));
        } else if let Some(input) = element.get_untracked() {
            // Telling is all that can be done: a browser without a focus has no field to go to either.
            drop(input.focus());
        }
    };
    let field = Field {
        entry,
        element,
        labelled_by: ui.id("heading"),
        described_by: [ui.id("status"), ui.id("question"), ui.id("length")].join(" "),
        invalid,
        submitting,
        autocomplete,
    };
    let confirm = Button {
        weight: Weight::Primary,
        label: ui.tell(move |speech| {
            let phrases = speech.phrases;
            if submitting.get() {
                phrases.confirming
            } else {
                phrases.confirm
            }
            .to_owned()
        }),
        idle: Signal::derive(move || wait.get() > 0),
        busy: submitting,
        described_by: Some(ui.id("wait")),
        press: Press::Submit,
    };
    let wait_text = ui.tell(move |speech| match wait.get() {
        0 => String::new(),
        left => speech.time(speech.phrases.wait_for, left),
    });
    let other_way = move || {
        asking()
            .is_some_and(|asking| asking.other_way)
            .then(|| other_way(ui, submitting))
    };
    let content = vec![
        explanation(ui.id("question"), text),
        explanation(ui.id("length"), length),
        field.view(),
        confirm.view(),
        explanation(ui.id("wait"), wait_text),
    ];
    vec![form(Rc::new(hand_in), content), extra.into_any(), other_way.into_any()].into_any()
}

fn other_way(ui: Ui, submitting: Signal<bool>) -> AnyView {
    let button = Button {
        weight: Weight::Quiet,
        label: ui.say(|phrases| phrases.other_way),
        idle: submitting,
        busy: Signal::stored(false),
        described_by: None,
        press: Press::Do(Rc::new(move || ui.send(Event::OtherWayWanted))),
    };
    button.view()
}

/// After an answer that leaves the customer here, goes back to the field: there is something to type again.
fn return_to_field(ui: Ui, submitting: Signal<bool>, element: NodeRef<html::Input>) {
    Effect::new(move |was_submitting: Option<bool>| {
        let submitting = submitting.get();
        let answered = was_submitting == Some(true) && !submitting && ui.screen.read_untracked().notice.is_some();
        if let Some(input) = element.get_untracked().filter(|_| answered) {
            drop(input.focus());
        }
        submitting
    });
}

/// A new code makes what was typed of the old one worthless.
fn clear_for_new_code(ui: Ui, entry: Entry) {
    Effect::new(move |was_sent: Option<bool>| {
        let sent = matches!(ui.screen.read().notice, Some(Notice::Sent(_)));
        if sent && was_sent == Some(false) {
            entry.clear();
        }
        sent
    });
}

/// Whether a notice says that the digits were not right.
fn is_refusal(notice: Option<&Notice>) -> bool {
    match notice {
        Some(Notice::Wrong { .. } | Notice::CodeExpired) => true,
        Some(
            Notice::Blocked(_)
            | Notice::NotSetUp(_)
            | Notice::NotDelivered(_)
            | Notice::Sent(_)
            | Notice::NotReceived
            | Notice::Wait { .. }
            | Notice::CannotEncrypt,
        )
        | None => false,
    }
}
