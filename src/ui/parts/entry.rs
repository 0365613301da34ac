//! Digits being typed: from key presses, pastes and fills into a buffer that is wiped.

use leptos::prelude::*;
use sca_protocol::entry::{DigitEntry, Digits, EntryError};

use super::hint::Hint;

/// What the field shows for a digit of a PIN.
pub(crate) const BULLET: char = '•';

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
    kept: StoredValue<Kept, LocalStorage>,
    pub(crate) typed: RwSignal<Typed>,
    pub(crate) places: u8,
    /// Whether the digits stay hidden.
    pub(crate) masked: bool,
}

struct Kept {
    digits: DigitEntry,
    /// Whether digits were handed in and none was typed since.
    handed_in: bool,
}

/// How a text came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// By a key press.
    Typed,
    /// In one piece: pasted, dropped or filled in.
    Filled,
}

impl Entry {
    pub(crate) fn new(places: u8, masked: bool, typed: RwSignal<Typed>) -> Self {
        typed.set(Typed::default());
        Self {
            kept: StoredValue::new_local(Kept {
                digits: DigitEntry::new(places),
                handed_in: false,
            }),
            typed,
            places,
            masked,
        }
    }

    /// Takes in a text. What cannot be taken changes nothing but the hint.
    pub(crate) fn enter(self, text: &str, arrival: Arrival) {
        self.change(|digits| {
            let whole = self.read_whole(text)?;
            if whole.is_complete() {
                // A complete code takes the place of whatever was typed.
                *digits = whole;
                return Ok(());
            }
            digits.push(text).or_else(|error| match (error, arrival) {
                // One key too many is no mistake worth telling: every place is filled already.
                (EntryError::TooLong, Arrival::Typed) => Ok(()),
                (EntryError::TooLong, Arrival::Filled) | (EntryError::NotDigits, _) => Err(error),
            })
        });
    }

    /// Takes a text in the place of all that was typed.
    pub(crate) fn replace(self, text: &str) {
        self.change(|digits| {
            *digits = self.read_whole(text)?;
            Ok(())
        });
    }

    /// Takes back what is beyond a number of digits.
    pub(crate) fn keep(self, count: usize) {
        self.change(|digits| {
            while digits.len() > count {
                digits.pop();
            }
            Ok(())
        });
    }

    /// Takes the last digit back.
    pub(crate) fn take_back(self) {
        self.change(|digits| {
            digits.pop();
            Ok(())
        });
    }

    /// The digits to hand in; nothing while some are missing, which the customer is told.
    pub(crate) fn hand_in(self) -> Option<Digits> {
        let (digits, again) = self.kept.try_update_value(|kept| {
            let digits = kept.digits.take();
            let again = kept.handed_in;
            kept.handed_in |= digits.is_some();
            (digits, again)
        })?;
        // A second Return after the digits have gone is no mistake.
        let incomplete = digits.is_none() && !again;
        self.show(incomplete.then_some(Hint::Incomplete { places: self.places }));
        digits
    }

    fn read_whole(self, text: &str) -> Result<DigitEntry, EntryError> {
        let mut whole = DigitEntry::new(self.places);
        whole.replace(text).map(|()| whole)
    }

    fn change(self, change: impl FnOnce(&mut DigitEntry) -> Result<(), EntryError>) {
        let done = self.kept.try_update_value(|kept| {
            kept.handed_in = false;
            change(&mut kept.digits)
        });
        if let Some(done) = done {
            self.show(done.err().map(|error| Hint::new(error, self.places)));
        }
    }

    fn show(self, hint: Option<Hint>) {
        let masked = self.masked;
        let shown = self.kept.with_value(|kept| {
            let place = |place| if masked { Some(BULLET) } else { kept.digits.shown(place) };
            (0..kept.digits.len()).filter_map(place).collect()
        });
        self.typed.set(Typed { shown, hint });
    }
}
