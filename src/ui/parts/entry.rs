//! Digits being typed: from key presses, pastes, fills and compositions into a buffer that is wiped.
//!
//! The field always shows what will be submitted. An input event that can be cancelled is cancelled, and its text is taken from the
//! event. Any other change is read from the field as a whole. During a composition the field is not changed until it ends.

use std::ops::Range;

use leptos::prelude::*;
use sca_protocol::{
    Money, Timestamp,
    entry::{DigitEntry, Digits, EntryError, HIDDEN, Weakness},
    message::names_other_amount,
};
use zeroize::Zeroize;

use super::{
    attributes::{ElementRef, Input},
    hint::Hint,
};

/// The visible state of the digits being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// The text of the field: the digits of a code, or a bullet for each digit of a PIN.
    pub(crate) shown: String,
    /// The problem with the last input.
    pub(crate) hint: Option<Hint>,
    /// Whether the last change was made from elsewhere, such as a press of a button: then the field gets the focus, with what is wrong in its
    /// description.
    pub(crate) from_elsewhere: bool,
    /// The selected places. Empty at the caret, where the next digit goes.
    pub(crate) selection: Range<usize>,
}

/// Digits being typed into one field.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    state: StoredValue<EntryState, LocalStorage>,
    pub(crate) typed: RwSignal<Typed>,
    /// The field.
    pub(crate) element: ElementRef,
    pub(crate) places: u8,
    /// Whether the digits are hidden.
    pub(crate) masked: bool,
    now: ReadSignal<Timestamp>,
    /// Until when hidden digits are painted.
    revealed_until: RwSignal<Option<Timestamp>>,
}

/// How long the customer sees hidden digits, in milliseconds.
const REVEALED_MS: u64 = 4_000;

struct EntryState {
    digits: DigitEntry,
    /// The amounts that the customer approves.
    amounts: Vec<Money>,
    /// Whether digits were submitted and none has been typed since.
    submitted: bool,
    /// Whether an input method is composing in the field. The field's text must not be changed then: the input method would insert
    /// the whole composition again.
    composing: bool,
}

/// How a text was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// By a key press.
    Typed,
    /// As a whole: pasted, dropped or filled in.
    Filled,
}

impl Entry {
    pub(crate) fn new(
        places: u8,
        masked: bool,
        typed: RwSignal<Typed>,
        now: ReadSignal<Timestamp>,
        amounts: Vec<Money>,
    ) -> Self {
        typed.set(Typed::default());
        Self {
            state: StoredValue::new_local(EntryState {
                digits: DigitEntry::new(places),
                amounts,
                submitted: false,
                composing: false,
            }),
            typed,
            element: ElementRef::new(),
            places,
            masked,
            now,
            revealed_until: RwSignal::new(None),
        }
    }

    /// The digit to paint at a place, which may have to be hidden; tracked.
    pub(crate) fn digit(self, place: usize) -> Option<char> {
        self.typed.track();
        self.state.try_with_value(|state| state.digits.shown(place)).flatten()
    }

    /// Whether digits are painted as dots; tracked.
    pub(crate) fn is_hidden(self) -> bool {
        self.masked && self.revealed_until.get().is_none_or(|until| until <= self.now.get())
    }

    /// Paints hidden digits for a moment, or hides them again.
    pub(crate) fn reveal(self) {
        let until = self.now.get_untracked().plus_ms(REVEALED_MS);
        let is_hidden = untrack(|| self.is_hidden());
        self.revealed_until.set(is_hidden.then_some(until));
    }

    /// Enters a text at the places of a selection. A text that is not accepted changes only the hint.
    pub(crate) fn enter(self, selection: &Range<usize>, text: &str, input_kind: InputKind) {
        let is_accepted = self.change(&|digits| {
            let mut whole = DigitEntry::new(self.places);
            let pushed = whole.push(text);
            if pushed == Err(EntryError::NotDigits) && input_kind == InputKind::Filled && !self.masked {
                whole = DigitEntry::in_message(self.places, text).ok_or(EntryError::NotDigits)?;
            } else {
                pushed?;
            }
            if whole.is_complete() {
                // A complete code replaces the typed digits.
                *digits = whole;
                return Ok(Some(digits.len()));
            }
            match (digits.replace(selection.clone(), text), input_kind) {
                // One digit too many needs no hint: every place is visibly filled.
                (Err(EntryError::TooLong), InputKind::Typed) => Ok(None),
                (replaced, InputKind::Typed | InputKind::Filled) => replaced.map(Some),
            }
        });
        if is_accepted && !self.masked && input_kind == InputKind::Filled && self.is_of_other_amount(text) {
            self.typed.update(|typed| typed.hint = Some(Hint::OtherAmount));
        }
    }

    /// Whether the message that the digits are from is about another amount.
    fn is_of_other_amount(self, text: &str) -> bool {
        let is_other = self
            .state
            .try_with_value(|state| names_other_amount(text, &state.digits, &state.amounts));
        is_other == Some(true)
    }

    /// Removes all digits.
    pub(crate) fn clear(self) {
        self.compose(false);
        self.change(&|digits| {
            digits.clear();
            Ok(None)
        });
    }

    /// Whether an input method is composing in the field.
    pub(crate) fn is_composing(self) -> bool {
        self.state.try_with_value(|state| state.composing) == Some(true)
    }

    /// Records the start or the end of a composition.
    pub(crate) fn compose(self, composing: bool) {
        self.state.try_update_value(|state| state.composing = composing);
    }

    /// Updates the entry from the field. A text that is not accepted changes only the hint, and no hint is shown during a composition.
    /// Where digits are hidden, such a text leaves no trace, unless the customer has `composed` it. Returns whether the entry can be used.
    pub(crate) fn read_field(self, composed: bool) -> bool {
        let Some(input) = self.field() else {
            return true;
        };
        let mut text = input.value();
        let has_changed = text != self.typed.read_untracked().shown;
        let taken = !has_changed || {
            let caret = selection(&input).start;
            self.change(&|digits| digits.read(&text, caret).map(|()| None))
        };
        // A password manager sets the whole text; what a customer adds stands beside the bullets.
        let is_silent = self.masked && !composed && !text.chars().any(|character| character == HIDDEN);
        text.zeroize();
        if !taken && is_silent {
            self.update(None, None);
        }
        taken || is_silent
    }

    /// Whether all digits are there, also those that reached the field without an event.
    pub(crate) fn is_complete(self) -> bool {
        self.read_field(false) && self.state.try_with_value(|state| state.digits.is_complete()) == Some(true)
    }

    /// Why the digits are easy to guess as a PIN, once all are typed; tracked.
    pub(crate) fn weakness(self) -> Option<Weakness> {
        self.typed.track();
        self.state.try_with_value(|state| state.digits.weakness()).flatten()
    }

    /// The digits to submit; `None`, with a hint, while some are missing.
    pub(crate) fn submit(self) -> Option<Digits> {
        // During a composition, Return accepts the composition; it does not submit the form.
        if self.is_composing() || !self.read_field(false) {
            return None;
        }
        let (digits, again) = self.state.try_update_value(|state| {
            let digits = state.digits.take();
            let again = state.submitted;
            state.submitted |= digits.is_some();
            (digits, again)
        })?;
        // A second Return after the submission is not an error.
        let incomplete = digits.is_none() && !again;
        self.update(incomplete.then_some(Hint::Incomplete { places: self.places }), None);
        digits
    }

    /// Changes the digits. The change returns where the caret goes, if it says so.
    fn change(self, change: &dyn Fn(&mut DigitEntry) -> Result<Option<usize>, EntryError>) -> bool {
        let done = self.state.try_update_value(|state| {
            state.submitted = false;
            (change(&mut state.digits), state.composing)
        });
        let Some((done, composing)) = done else {
            return false;
        };
        let hint = done.err().filter(|_| !composing);
        self.update(hint.map(|error| Hint::new(error, self.places)), done.ok().flatten());
        done.is_ok()
    }

    fn update(self, hint: Option<Hint>, caret: Option<usize>) {
        let masked = self.masked;
        let shown = self.state.try_with_value(|state| {
            let place = |place| {
                if masked {
                    Some(HIDDEN)
                } else {
                    state.digits.shown(place)
                }
            };
            (0..state.digits.len()).filter_map(place).collect::<String>()
        });
        if let Some(shown) = shown {
            let selection = self.typed.get_untracked().selection;
            self.typed.set(Typed {
                shown,
                hint,
                from_elsewhere: self.field().is_some_and(|input| input.matches(":focus") == Ok(false)),
                selection,
            });
            self.show();
            if let (Some(input), Some(caret)) = (self.field(), caret.and_then(|caret| caret.try_into().ok())) {
                drop(input.set_selection_range(caret, caret));
            }
            self.mark();
        }
    }

    /// The focus has arrived where it was going: what is wrong from now on is not in the description that was read there.
    pub(crate) fn settle(self) {
        let typed = self.typed.get_untracked();
        if typed.from_elsewhere {
            self.typed.set(Typed {
                from_elsewhere: false,
                ..typed
            });
        }
    }

    /// Shows the entry in the field again, even if the entry has not changed.
    pub(crate) fn show(self) {
        if let Some(input) = self.field().filter(|_| !self.is_composing()) {
            let shown = self.typed.get_untracked().shown;
            if input.value() != shown {
                input.set_value(&shown);
            }
        }
    }

    /// The selected places of the field; at its end, if it is not mounted.
    pub(crate) fn selection(self) -> Range<usize> {
        self.field().map_or(usize::MAX..usize::MAX, |input| selection(&input))
    }

    /// Paints the caret or the selection where the field has it.
    pub(crate) fn mark(self) {
        let typed = self.typed.get_untracked();
        let selection = self.selection();
        if typed.selection != selection {
            self.typed.set(Typed { selection, ..typed });
        }
    }

    /// Moves the caret to the place at a horizontal position in the field, in pixels, if all places are filled: the next digit replaces that
    /// one. Otherwise the caret goes behind the digits. Engines would place it by the text that they paint, which is transparent.
    pub(crate) fn point(self, x: i32) {
        let selection = self.selection();
        let count = self
            .state
            .try_with_value(|state| state.digits.len())
            .unwrap_or_default();
        if let Some(input) = self.field().filter(|_| selection.is_empty()) {
            let places = i32::from(self.places);
            let count = i32::try_from(count).unwrap_or_default();
            let place = if count == places {
                x * places / input.client_width().max(1)
            } else {
                count
            };
            let place = place.max(0).cast_unsigned();
            drop(input.set_selection_range(place, place));
        }
        self.mark();
    }

    /// The field, while it is mounted: a browser may send its events even while it is being removed.
    pub(crate) fn field(self) -> Option<Input> {
        self.element.peek()
    }
}

/// The selection of a field. The browser counts UTF-16 units; digits and bullets have one unit each.
fn selection(input: &Input) -> Range<usize> {
    let place = |unit: Option<u32>| unit.and_then(|unit| unit.try_into().ok()).unwrap_or(usize::MAX);
    place(input.selection_start().ok().flatten())..place(input.selection_end().ok().flatten())
}
