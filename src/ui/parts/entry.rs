//! Digits being typed: from key presses, pastes, fills and compositions into a buffer that is wiped.
//!
//! The field says what will be sent. What can be stopped on its way into the field is stopped and taken from the event;
//! whatever reached the field otherwise is read there, as a whole. A composition alone has the field to itself until it ends.

use leptos::prelude::*;
use sca_protocol::entry::{DigitEntry, Digits, EntryError, HIDDEN};
use zeroize::Zeroize;

use super::{
    attributes::{ElementRef, Input},
    hint::Hint,
};

/// What can be seen of the digits being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    /// What the field shows: the digits of a code, or a bullet for each digit of a PIN.
    pub(crate) shown: String,
    /// What is the matter with what was typed last.
    pub(crate) hint: Option<Hint>,
}

/// Digits being typed into one field.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    state: StoredValue<EntryState, LocalStorage>,
    pub(crate) typed: RwSignal<Typed>,
    /// The field.
    pub(crate) element: ElementRef,
    pub(crate) places: u8,
    /// Whether the digits stay hidden.
    pub(crate) masked: bool,
}

struct EntryState {
    digits: DigitEntry,
    /// Whether digits were submitted and none was typed since.
    submitted: bool,
    /// Whether an input method is composing in the field. Its text must not be changed then: the input method would insert
    /// the whole composition once more.
    composing: bool,
}

/// How a text was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// By a key press.
    Typed,
    /// In one piece: pasted, dropped or filled in.
    Filled,
}

impl Entry {
    pub(crate) fn new(places: u8, masked: bool, typed: RwSignal<Typed>) -> Self {
        typed.set(Typed::default());
        Self {
            state: StoredValue::new_local(EntryState {
                digits: DigitEntry::new(places),
                submitted: false,
                composing: false,
            }),
            typed,
            element: ElementRef::new(),
            places,
            masked,
        }
    }

    /// Takes in a text. What cannot be taken changes nothing but the hint.
    pub(crate) fn enter(self, text: &str, input_kind: InputKind) {
        self.change(&|digits| {
            let mut whole = DigitEntry::new(self.places);
            whole.push(text)?;
            if whole.is_complete() {
                // A complete code takes the place of whatever was typed.
                *digits = whole;
                return Ok(());
            }
            digits.push(text).or_else(|error| match (error, input_kind) {
                // One key too many needs no hint: every place is filled already.
                (EntryError::TooLong, InputKind::Typed) => Ok(()),
                (EntryError::TooLong, InputKind::Filled) | (EntryError::NotDigits, _) => Err(error),
            })
        });
    }

    /// Removes all digits.
    pub(crate) fn clear(self) {
        self.compose(false);
        self.change(&|digits| {
            digits.clear();
            Ok(())
        });
    }

    /// Removes the last digit.
    pub(crate) fn backspace(self) {
        self.change(&|digits| {
            digits.pop();
            Ok(())
        });
    }

    /// Whether an input method is composing in the field.
    pub(crate) fn is_composing(self) -> bool {
        self.state.try_with_value(|state| state.composing) == Some(true)
    }

    /// Notes that an input method begins or ends.
    pub(crate) fn compose(self, composing: bool) {
        self.state.try_update_value(|state| state.composing = composing);
    }

    /// Reads what the field holds. What cannot be taken changes nothing but the hint, and is not shown while it is being
    /// composed. Returns whether it was taken.
    pub(crate) fn read_field(self) -> bool {
        let Some(input) = self.field() else {
            return true;
        };
        let mut text = input.value();
        let has_changed = text != self.typed.read_untracked().shown;
        let taken = !has_changed || {
            // Only bullets are counted by it, and each is one of the units that browsers count.
            let caret = input.selection_start().ok().flatten().unwrap_or_default();
            let caret = usize::try_from(caret).unwrap_or(usize::MAX);
            self.change(&|digits| digits.read(&text, caret))
        };
        text.zeroize();
        taken
    }

    /// The digits to submit; `None` while some are missing, which a hint then says.
    pub(crate) fn submit(self) -> Option<Digits> {
        // A Return that reaches the form then says that the composition is right, and not that all digits are there.
        if self.is_composing() || !self.read_field() {
            return None;
        }
        let (digits, again) = self.state.try_update_value(|state| {
            let digits = state.digits.take();
            let again = state.submitted;
            state.submitted |= digits.is_some();
            (digits, again)
        })?;
        // A second Return after the digits have gone is no mistake.
        let incomplete = digits.is_none() && !again;
        self.update(incomplete.then_some(Hint::Incomplete { places: self.places }));
        digits
    }

    fn change(self, change: &dyn Fn(&mut DigitEntry) -> Result<(), EntryError>) -> bool {
        let done = self.state.try_update_value(|state| {
            state.submitted = false;
            (change(&mut state.digits), state.composing)
        });
        let Some((done, composing)) = done else {
            return false;
        };
        let hint = done.err().filter(|_| !composing);
        self.update(hint.map(|error| Hint::new(error, self.places)));
        done.is_ok()
    }

    fn update(self, hint: Option<Hint>) {
        let masked = self.masked;
        let shown = self.state.try_with_value(|state| {
            let place = |place| {
                if masked {
                    Some(HIDDEN)
                } else {
                    state.digits.shown(place)
                }
            };
            (0..state.digits.len()).filter_map(place).collect()
        });
        if let Some(shown) = shown {
            self.typed.set(Typed { shown, hint });
            self.show();
        }
    }

    /// Makes the field show what the entry holds, though the entry may not have changed.
    pub(crate) fn show(self) {
        if let Some(input) = self.field().filter(|_| !self.is_composing()) {
            let shown = self.typed.get_untracked().shown;
            if input.value() != shown {
                input.set_value(&shown);
            }
        }
    }

    /// The field, while there is one: a browser may tell of what happens in it even as it is taken away.
    pub(crate) fn field(self) -> Option<Input> {
        self.element.peek()
    }
}
