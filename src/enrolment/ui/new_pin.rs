//! Asks for a new PIN, twice.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::enrolment_flow::{Event, Notice, PinPurpose};

use super::{
    context::{EnrolmentUi, id},
    shell::{back, change_readiness, label, not_before, wait},
    view_key::is_submitting,
};
use crate::enrolment::text::PHRASES;
use crate::ui::text::PHRASES as WIDGET;
use crate::ui::{
    context::TextSignal,
    parts::{
        button::{Press, Submit, Weight, button},
        element::{element, focus_on_mount, watch},
        entry::{Entry, Typed},
        field::{Field, form},
        hint::Hint,
        paragraph::{explanation, paragraph},
    },
};

pub(super) fn new_pin(
    ui: EnrolmentUi,
    purpose: PinPurpose,
    digits: u8,
    refuses_weak: bool,
    follow: bool,
) -> Vec<AnyView> {
    let entry = || Entry::new(digits, true, RwSignal::new(Typed::default()), ui.now, Vec::new());
    let (pin, again) = (entry(), entry());
    if follow {
        focus_on_mount(pin.element);
    }
    show_hints(ui, [pin, again]);
    return_to_field(ui, pin);
    read_fields_on_tick(ui, [pin, again]);

    let submit: Submit = Arc::new(move || {
        if untrack(|| is_submitting(&ui.screen.read()) || ui.left_until(not_before(ui)) > 0) {
            return;
        }
        // Takes nothing out of the fields before both are complete.
        let open = [pin, again].into_iter().find(|entry| !entry.is_complete());
        if let Some(open) = open {
            open.submit();
            if let Some(field) = open.field() {
                ui.focus(&field);
            }
        } else if let (Some(pin), Some(again)) = (pin.submit(), again.submit()) {
            ui.send(Event::PinChosen { pin, again });
        }
    });
    let mut content = vec![paragraph(
        "sca-text",
        ui.text(|words| words.widget.phrase(WIDGET.pin_protection).to_owned()),
    )];
    if purpose == PinPurpose::Change {
        content.push(paragraph("sca-text", ui.phrase(PHRASES.change_pin_text)));
    }
    content.extend([
        explanation(
            &id("length"),
            ui.text(move |words| words.widget.count(WIDGET.pin_digits, digits.into())),
        ),
        labelled(ui, pin, "pin", ui.phrase(PHRASES.new_pin)),
        weakness(ui, pin, refuses_weak),
        labelled(ui, again, "again", ui.phrase(PHRASES.new_pin_again)),
        button(
            Weight::Primary,
            label(ui, PHRASES.save_pin),
            Some(&id("wait")),
            change_readiness(ui),
            Press::Submit(Arc::clone(&submit)),
        ),
        wait(ui),
    ]);
    vec![form(submit, content), back(ui)]
}

/// A field with its label above it.
fn labelled(ui: EnrolmentUi, entry: Entry, name: &str, label: TextSignal) -> AnyView {
    let label_id = id(name);
    let label = element("p", "sca-label").attr("id", &label_id).text(label).view();
    let field = Field {
        entry,
        labelled_by: label_id,
        described_by: [id("length"), id("weakness"), id("notice")].join(" "),
        // It is neither the password of this site nor a code that was sent.
        autocomplete: "off",
        invalid: Arc::new(move || {
            entry.typed.read().hint.is_some() || ui.screen.read().notice.as_ref().is_some_and(is_about_pin)
        }),
        submitting: Arc::new(move || is_submitting(&ui.screen.read())),
    };
    element("div", "sca-labelled").child(label).child(field.view()).view()
}

/// Whether a notice says that another PIN is needed.
fn is_about_pin(notice: &Notice) -> bool {
    matches!(notice, Notice::PinsDiffer | Notice::WeakPin | Notice::Rejected(_))
}

/// Why the PIN is easy to guess, as soon as it is complete.
fn weakness(ui: EnrolmentUi, entry: Entry, refuses_weak: bool) -> AnyView {
    let text = ui.text(move |words| {
        let Some(weakness) = entry.weakness() else {
            return String::new();
        };
        let weakness = words.phrase(PHRASES.weaknesses.of(weakness));
        if refuses_weak {
            [weakness, " ", words.phrase(PHRASES.weak_refused)].concat()
        } else {
            weakness.to_owned()
        }
    });
    element("p", "sca-weakness")
        .attr("id", &id("weakness"))
        .attr("role", "status")
        .text(text)
        .view()
}

/// Shows what is wrong with the last input of either field.
fn show_hints(ui: EnrolmentUi, entries: [Entry; 2]) {
    watch(move |_| {
        let hint: Option<Hint> = entries.iter().find_map(|entry| entry.typed.read().hint);
        let text = hint.map(|hint| ui.text(move |words| hint.text(&words.widget)));
        ui.hint.set(text);
        true
    });
}

/// Moves the focus to the first field after an answer that leaves the customer on this screen.
fn return_to_field(ui: EnrolmentUi, entry: Entry) {
    watch(move |was_submitting| {
        let submitting = is_submitting(&ui.screen.read());
        let answered = ui.screen.read_untracked().notice.is_some() && !submitting && was_submitting.is_some();
        if let Some(input) = entry.field().filter(|_| answered) {
            ui.focus(&input);
        }
        submitting
    });
}

/// Reads the fields at each tick of the clock: a password manager may fire no event.
fn read_fields_on_tick(ui: EnrolmentUi, entries: [Entry; 2]) {
    watch(move |_| {
        ui.now.track();
        if untrack(|| !is_submitting(&ui.screen.read())) {
            for entry in entries {
                entry.read_field(false);
            }
        }
        true
    });
}
