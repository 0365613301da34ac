//! The field for a PIN or code: one real input with the places painted under it.

use std::sync::Arc;

use leptos::{ev, prelude::*};
use zeroize::Zeroize;

use super::{
    attributes::Handle,
    element::{element, text, watch},
    entry::{Arrival, BULLET, Entry},
};
use crate::ui::context::Flag;

/// What a field is.
pub(crate) struct Field {
    pub(crate) entry: Entry,
    pub(crate) handle: Handle,
    /// The id of what it is called.
    pub(crate) labelled_by: String,
    /// The ids of what explains it and of what is wrong with it.
    pub(crate) described_by: String,
    pub(crate) autocomplete: &'static str,
    /// Whether what was typed was not accepted.
    pub(crate) invalid: Flag,
    /// Whether the digits are on their way.
    pub(crate) submitting: Flag,
}

impl Field {
    pub(crate) fn view(self) -> AnyView {
        let Self {
            entry,
            handle,
            invalid,
            submitting,
            ..
        } = self;
        let keystrokes = Keystrokes {
            entry,
            handle,
            submitting: Arc::clone(&submitting),
        };
        keystrokes.clone().keep_in_step();
        let slots = (0..usize::from(entry.places))
            .map(|place| slot(entry, place, Arc::clone(&submitting)))
            .collect();
        let (before, after) = (keystrokes.clone(), keystrokes);
        let input = element("input", "sca-input")
            .with("type", if entry.masked { "password" } else { "text" })
            .with("inputmode", "numeric")
            .with("autocomplete", self.autocomplete)
            .with("autocapitalize", "off")
            .with("spellcheck", "false")
            .with("enterkeyhint", "done")
            .with("aria-labelledby", &self.labelled_by)
            .with("aria-describedby", &self.described_by)
            .with("aria-required", "true")
            .toggle("aria-invalid", "true", move || invalid())
            .toggle("aria-disabled", "true", move || submitting())
            .held_by(handle)
            .on_edit("beforeinput", move |event| before.before(&event))
            .on("input", move |_| after.after())
            .view();
        let slots = element("div", "sca-slots")
            .with("aria-hidden", "true")
            .children(slots)
            .view();
        element("div", "sca-field")
            .part("field")
            .with("dir", "ltr")
            .child(input)
            .child(slots)
            .view()
    }
}

/// One painted place: empty, filled with a digit, or filled with one that is not shown.
fn slot(entry: Entry, place: usize, submitting: Flag) -> AnyView {
    let digit = move || entry.typed.read().shown.chars().nth(place);
    let hidden = {
        let submitting = Arc::clone(&submitting);
        move || entry.masked || submitting()
    };
    let words = {
        let hidden = hidden.clone();
        move || digit().filter(|_| !hidden()).map(String::from).unwrap_or_default()
    };
    let filled = {
        let submitting = Arc::clone(&submitting);
        move || {
            let filled = submitting() || digit().is_some();
            filled.then(|| if hidden() { "hidden" } else { "shown" }.to_owned())
        }
    };
    let next = move || !submitting() && entry.typed.read().shown.chars().count() == place;
    let digit = element("span", "sca-digit").child(text(Arc::new(words))).view();
    element("span", "sca-slot")
        .part("slot")
        .follow("data-filled", filled)
        .toggle("data-next", "", next)
        .child(digit)
        .view()
}

/// Turns what happens in the field into digits.
#[derive(Clone)]
struct Keystrokes {
    entry: Entry,
    handle: Handle,
    submitting: Flag,
}

impl Keystrokes {
    /// Before the browser changes the field: takes the change away from it, where it can be taken away. In this way the
    /// digits of a PIN never become the field's value.
    fn before(&self, event: &ev::InputEvent) {
        let kind = event.input_type();
        // Return hands the form in; it changes nothing here.
        if kind == "insertLineBreak" || !event.cancelable() {
            return;
        }
        let mut text = event.data().unwrap_or_default();
        let is_insertion = kind.starts_with("insert");
        if is_insertion && text.is_empty() {
            // Some browsers do not tell what they are about to insert: see what they did, afterwards.
            return;
        }
        event.prevent_default();
        if !untrack(|| (self.submitting)()) {
            let deletes_one = kind == "deleteContentBackward" || kind == "deleteContentForward";
            if deletes_one && !self.has_selection() {
                self.entry.take_back();
            } else if kind.starts_with("delete") || self.has_selection() {
                self.entry.keep(0);
            }
            if is_insertion {
                let arrival = if kind == "insertText" {
                    Arrival::Typed
                } else {
                    Arrival::Filled
                };
                self.entry.enter(&text, arrival);
            }
        }
        text.zeroize();
        self.show();
    }

    /// After the browser changed the field without asking: word composition on phones, password managers, fills.
    fn after(&self) {
        let Some(input) = self.handle.get_untracked() else {
            return;
        };
        let mut value = input.value();
        if !untrack(|| (self.submitting)()) {
            if self.entry.masked {
                let kept = value.chars().filter(|character| *character == BULLET).count();
                self.entry.keep(kept);
                let mut rest: String = value.chars().filter(|character| *character != BULLET).collect();
                if !rest.is_empty() {
                    self.entry.enter(&rest, Arrival::Filled);
                }
                rest.zeroize();
            } else {
                self.entry.replace(&value);
            }
        }
        value.zeroize();
        self.show();
    }

    /// Makes the field show what the entry holds, though the entry may not have changed.
    fn show(&self) {
        if let Some(input) = self.handle.get_untracked() {
            let typed = self.entry.typed.read_untracked();
            if input.value() != typed.shown {
                input.set_value(&typed.shown);
            }
        }
    }

    /// Whether text is selected. What is typed then takes the place of everything.
    fn has_selection(&self) -> bool {
        let Some(input) = self.handle.get_untracked() else {
            return false;
        };
        let start = input.selection_start().ok().flatten();
        let end = input.selection_end().ok().flatten();
        start != end
    }

    /// Makes the field follow the entry. It outlives its view for the moment that its removal takes, and whoever keeps a
    /// reference to it even longer: it keeps nothing.
    fn keep_in_step(self) {
        let handle = self.handle;
        on_cleanup(move || {
            if let Some(input) = handle.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
        watch(move |_| {
            self.entry.typed.track();
            self.show();
            true
        });
    }
}

/// The form around a field: Return and the primary button both hand it in.
pub(crate) fn form(submit: Arc<dyn Fn() + Send + Sync>, content: Vec<AnyView>) -> AnyView {
    element("form", "sca-form")
        .with("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            submit();
        })
        .children(content)
        .view()
}
