//! The field for a PIN or code: one real input with the places painted under it.

use std::sync::Arc;

use leptos::{ev, prelude::*};
use zeroize::Zeroize;

use super::{
    element::{element, text_node},
    entry::{Entry, InputKind},
};
use crate::ui::context::BoolSignal;

/// What a field is.
pub(crate) struct Field {
    pub(crate) entry: Entry,
    /// The id of what it is called.
    pub(crate) labelled_by: String,
    /// The ids of what explains it and of what is wrong with it.
    pub(crate) described_by: String,
    pub(crate) autocomplete: &'static str,
    /// Whether what was typed was not accepted.
    pub(crate) invalid: BoolSignal,
    /// Whether the digits are being submitted.
    pub(crate) submitting: BoolSignal,
}

impl Field {
    pub(crate) fn view(self) -> AnyView {
        let Self {
            entry,
            invalid,
            submitting,
            ..
        } = self;
        let keystrokes = Keystrokes {
            entry,
            submitting: Arc::clone(&submitting),
        };
        empty_when_left(entry);
        let slots = (0..usize::from(entry.places))
            .map(|place| slot(entry, place, Arc::clone(&submitting)))
            .collect();
        let before = keystrokes.clone();
        let mut input = element("input", "sca-input")
            .attr("type", if entry.masked { "password" } else { "text" })
            .attr("inputmode", "numeric")
            .attr("autocomplete", self.autocomplete)
            .attr("autocapitalize", "off")
            .attr("spellcheck", "false")
            .attr("enterkeyhint", "done")
            .attr("aria-labelledby", &self.labelled_by)
            .attr("aria-describedby", &self.described_by)
            .attr("aria-required", "true")
            .bool_attr("aria-invalid", "true", move || invalid())
            .bool_attr("aria-disabled", "true", move || submitting())
            .node_ref(entry.element)
            .on_edit("beforeinput", move |event| before.before(&event));
        // Password managers fire any of these, if at all; engines end a composition in different orders. WebKit fires no
        // `compositionend` when the focus ends it.
        for (name, composes) in [
            ("compositionstart", Some(true)),
            ("input", None),
            ("compositionend", Some(false)),
            ("change", None),
            ("blur", Some(false)),
        ] {
            let keystrokes = keystrokes.clone();
            input = input.on(name, move |_| {
                if let Some(composes) = composes {
                    entry.compose(composes);
                }
                keystrokes.after();
            });
        }
        let input = input.view();
        let slots = element("div", "sca-slots")
            .attr("aria-hidden", "true")
            .children(slots)
            .view();
        element("div", "sca-field")
            .part("field")
            .attr("dir", "ltr")
            .child(input)
            .child(slots)
            .view()
    }
}

/// One painted place: empty, filled with a digit, or filled with one that is not shown.
fn slot(entry: Entry, place: usize, submitting: BoolSignal) -> AnyView {
    let digit = move || entry.typed.read().shown.chars().nth(place);
    let is_filled = move |place| entry.typed.read().shown.chars().nth(place).is_some();
    let hidden = {
        let submitting = Arc::clone(&submitting);
        move || entry.masked || submitting()
    };
    let digit_text = {
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
    // The first place that is empty.
    let next = move || !submitting() && !is_filled(place) && place.checked_sub(1).is_none_or(is_filled);
    let digit = element("span", "sca-digit")
        .child(text_node(Arc::new(digit_text)))
        .view();
    element("span", "sca-slot")
        .part("slot")
        .attr_signal("data-filled", filled)
        .bool_attr("data-next", "", next)
        .child(digit)
        .view()
}

/// Turns what happens in the field into digits.
#[derive(Clone)]
struct Keystrokes {
    entry: Entry,
    submitting: BoolSignal,
}

impl Keystrokes {
    /// Before the browser changes the field: takes the change away from it, where it can be taken away. In this way the
    /// digits of a PIN do not become the field's value. What an input method composes cannot be taken away, and what a
    /// browser puts in the place of something it does not name is seen afterwards.
    fn before(&self, event: &ev::InputEvent) {
        let kind = event.input_type();
        let mut text = event.data().unwrap_or_default();
        let is_insertion =
            matches!(kind.as_str(), "insertText" | "insertFromPaste" | "insertFromDrop") && !text.is_empty();
        let is_deletion = kind.starts_with("delete");
        let is_ours = is_insertion || is_deletion || kind.starts_with("history");
        if !is_ours || !event.cancelable() || self.entry.is_composing() {
            return;
        }
        event.prevent_default();
        let has_selection = self.has_selection();
        // What reached the field without an event comes first.
        self.after();
        if !untrack(|| (self.submitting)()) {
            let deletes_one = kind == "deleteContentBackward" || kind == "deleteContentForward";
            if deletes_one && !has_selection {
                self.entry.backspace();
            } else if is_deletion || (is_insertion && has_selection) {
                self.entry.clear();
            }
            if is_insertion {
                let input_kind = if kind == "insertText" {
                    InputKind::Typed
                } else {
                    InputKind::Filled
                };
                self.entry.enter(&text, input_kind);
            }
        }
        text.zeroize();
    }

    /// After something may have changed the field: compositions, password managers, fills, what a browser remembers.
    fn after(&self) {
        if !untrack(|| (self.submitting)()) {
            self.entry.read_field();
        }
        self.entry.show();
    }

    /// Whether text is selected. What is typed then takes the place of everything.
    fn has_selection(&self) -> bool {
        let Some(input) = self.entry.field() else {
            return false;
        };
        let start = input.selection_start().ok().flatten();
        let end = input.selection_end().ok().flatten();
        start != end
    }
}

/// The field outlives its view for the moment that its removal takes, and whoever keeps a reference to it even longer: it
/// keeps nothing.
fn empty_when_left(entry: Entry) {
    on_cleanup(move || {
        if let Some(input) = entry.field() {
            input.set_value("");
        }
    });
}

/// The form around a field: Return and the primary button both hand it in.
pub(crate) fn form(submit: Arc<dyn Fn() + Send + Sync>, content: Vec<AnyView>) -> AnyView {
    element("form", "sca-form")
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            submit();
        })
        .children(content)
        .view()
}
