//! The field for a PIN or code: one transparent input over painted places.

use std::{ops::Range, sync::Arc};

use leptos::{ev, prelude::*};
use zeroize::Zeroize;

use super::{
    button::Submit,
    element::{element, text_node},
    entry::{Entry, InputKind},
};
use crate::ui::context::BoolSignal;

/// The properties of a field.
pub(crate) struct Field {
    pub(crate) entry: Entry,
    /// The id of its label.
    pub(crate) labelled_by: String,
    /// The ids of its explanation and of its error message.
    pub(crate) described_by: String,
    pub(crate) autocomplete: &'static str,
    /// Whether the last input was not accepted.
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
        if entry.masked {
            // Password managers are asked not to offer themselves. Each has a name of its own for that, and browsers ignore `autocomplete`.
            for (name, value) in [
                ("data-1p-ignore", ""),
                ("data-bwignore", ""),
                ("data-lpignore", "true"),
                ("data-form-type", "other"),
            ] {
                input = input.attr(name, value);
            }
        }
        // Password managers fire any of these events or none. Engines end a composition in different orders. WebKit fires no
        // `compositionend` when the loss of the focus ends it.
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
                keystrokes.after(name == "compositionend");
            });
        }
        // Engines report a moved caret by different events.
        for name in ["selectionchange", "select", "keyup", "focus"] {
            input = input.on(name, move |_| entry.mark());
        }
        let input = input
            .on_pointer("click", move |event| entry.point(event.offset_x()))
            .view();
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

/// One painted place: empty, with a digit, or with a hidden digit.
fn slot(entry: Entry, place: usize, submitting: BoolSignal) -> AnyView {
    let digit = move || entry.digit(place);
    let hidden = {
        let submitting = Arc::clone(&submitting);
        move || entry.is_hidden() || submitting()
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
    // The caret is at the place that the next digit takes.
    let is_next = move || {
        let Range { start, end } = entry.typed.read().selection;
        !submitting() && start <= place && place < end.max(start + 1)
    };
    let digit = element("span", "sca-digit")
        .child(text_node(Arc::new(digit_text)))
        .view();
    element("span", "sca-slot")
        .part("slot")
        .attr_signal("data-filled", filled)
        .bool_attr("data-next", "", is_next)
        .child(digit)
        .view()
}

/// Turns the field's events into digits.
#[derive(Clone)]
struct Keystrokes {
    entry: Entry,
    submitting: BoolSignal,
}

impl Keystrokes {
    /// Before the browser changes the field: cancels the event if possible and applies the change itself, so that the digits of a
    /// PIN do not become the field's value. A composition cannot be cancelled. A replacement whose text the event does not name is
    /// read from the field afterwards.
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
        let selection = self.entry.selection();
        // First read what reached the field without an event.
        self.after(false);
        if !untrack(|| (self.submitting)()) {
            if is_insertion {
                let input_kind = if kind == "insertText" {
                    InputKind::Typed
                } else {
                    InputKind::Filled
                };
                self.entry.enter(&selection, &text, input_kind);
            } else if is_deletion {
                self.entry.enter(&deleted(&kind, selection), "", InputKind::Typed);
            }
        }
        text.zeroize();
    }

    /// After a possible change of the field: by a composition, a password manager, or the browser's autofill or form restoration.
    fn after(&self, composed: bool) {
        if !untrack(|| (self.submitting)()) {
            self.entry.read_field(composed);
        }
        self.entry.show();
    }
}

/// The places that a deletion removes: the selection, or else one place or all places before or after the caret.
fn deleted(kind: &str, selection: Range<usize>) -> Range<usize> {
    let Range { start, end } = selection;
    match kind {
        _ if start != end => start..end,
        "deleteContentBackward" => start.saturating_sub(1)..end,
        "deleteContentForward" => start..end.saturating_add(1),
        _ if kind.ends_with("Backward") => 0..end,
        _ => start..usize::MAX,
    }
}

/// Empties the field when its view is removed: the element lives longer than the view, and the page may keep a reference to it.
fn empty_when_left(entry: Entry) {
    on_cleanup(move || {
        if let Some(input) = entry.field() {
            input.set_value("");
        }
    });
}

/// The form around a field. Its button submits it, and so does Return, which presses that button; what else submits a form, such as a
/// password manager, does it by its own event.
pub(crate) fn form(submit: Submit, content: Vec<AnyView>) -> AnyView {
    element("form", "sca-form")
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            submit();
        })
        .children(content)
        .view()
}
