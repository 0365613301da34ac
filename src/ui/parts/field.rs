//! The field for a PIN or code: one real input with the places painted under it.

use std::rc::Rc;

use leptos::{ev, html, prelude::*};
use zeroize::Zeroize;

use super::entry::{Arrival, BULLET, Entry};

/// What surrounds a field.
pub(crate) struct Field {
    pub(crate) entry: Entry,
    pub(crate) element: NodeRef<html::Input>,
    /// The id of what it is called.
    pub(crate) labelled_by: String,
    /// The ids of what explains it and of what is wrong with it.
    pub(crate) described_by: String,
    /// Whether what was typed was not accepted.
    pub(crate) invalid: Signal<bool>,
    /// Whether the digits are on their way.
    pub(crate) submitting: Signal<bool>,
    pub(crate) autocomplete: &'static str,
}

impl Field {
    pub(crate) fn view(self) -> AnyView {
        let Self {
            entry,
            element,
            submitting,
            ..
        } = self;
        let keystrokes = Keystrokes {
            entry,
            element,
            submitting,
        };
        // The element outlives the view for the moment that its removal takes, and whoever keeps a reference to it even
        // longer: it keeps nothing.
        on_cleanup(move || {
            if let Some(input) = element.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
        let slots: Vec<AnyView> = (0..usize::from(entry.places))
            .map(|place| slot(entry, place, submitting))
            .collect();
        view! {
            <div class="sca-field" part="field" dir="ltr" data-masked=entry.masked.then_some("")>
                <input
                    class="sca-input"
                    type=if entry.masked { "password" } else { "text" }
                    inputmode="numeric"
                    autocomplete=self.autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="done"
                    aria-labelledby=self.labelled_by
                    aria-describedby=self.described_by
                    aria-invalid=move || self.invalid.get().then_some("true")
                    aria-disabled=move || submitting.get().then_some("true")
                    aria-required="true"
                    prop:value=move || entry.shown.get()
                    node_ref=element
                    on:beforeinput=move |event| keystrokes.before(&event)
                    on:input=move |_| keystrokes.after()
                />
                <div class="sca-slots" aria-hidden="true">
                    {slots}
                </div>
            </div>
        }
        .into_any()
    }
}

/// One painted place: empty, filled with a digit, or filled with one that is not shown.
fn slot(entry: Entry, place: usize, submitting: Signal<bool>) -> AnyView {
    let digit = move || entry.shown.read().chars().nth(place);
    let hidden = move || entry.masked || submitting.get();
    let filled = move || match (digit().is_some() || submitting.get(), hidden()) {
        (true, true) => Some("hidden"),
        (true, false) => Some("shown"),
        (false, _) => None,
    };
    let next = move || !submitting.get() && entry.shown.read().chars().count() == place;
    let shown = move || digit().filter(|_| !hidden()).map(String::from);
    view! {
        <span class="sca-slot" part="slot" data-filled=filled data-next=move || next().then_some("")>
            <span class="sca-digit">{shown}</span>
        </span>
    }
    .into_any()
}

/// Turns what happens in the field into digits.
#[derive(Clone, Copy)]
struct Keystrokes {
    entry: Entry,
    element: NodeRef<html::Input>,
    submitting: Signal<bool>,
}

impl Keystrokes {
    /// Before the browser changes the field: takes the change away from it, where it can be taken away. In this way the
    /// digits of a PIN never become the field's value.
    fn before(self, event: &ev::InputEvent) {
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
        if !self.submitting.get_untracked() {
            if self.has_selection() {
                self.entry.clear();
            } else if kind == "deleteContentBackward" || kind == "deleteContentForward" {
                self.entry.take_back();
            } else if kind.starts_with("delete") {
                self.entry.clear();
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
    fn after(self) {
        let Some(input) = self.element.get_untracked() else {
            return;
        };
        let mut value = input.value();
        if !self.submitting.get_untracked() {
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
    fn show(self) {
        if let Some(input) = self.element.get_untracked() {
            let shown = self.entry.shown.read_untracked();
            if input.value() != *shown {
                input.set_value(&shown);
            }
        }
    }

    /// Whether text is selected. What is typed then takes the place of everything.
    fn has_selection(self) -> bool {
        let Some(input) = self.element.get_untracked() else {
            return false;
        };
        let start = input.selection_start().ok().flatten();
        let end = input.selection_end().ok().flatten();
        start != end
    }
}

/// The form around a field: Return and the primary button both hand it in.
pub(crate) fn form(submit: Rc<dyn Fn()>, content: Vec<AnyView>) -> AnyView {
    view! {
        <form
            class="sca-form"
            novalidate=true
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                submit();
            }
        >
            {content}
        </form>
    }
    .into_any()
}
