//! Digits being typed: from key presses, pastes and fills into a buffer that is wiped.

use leptos::prelude::*;
use sca_protocol::entry::{DigitEntry, Digits, EntryError};

use super::hint::Hint;

/// What a place of a PIN shows once it is filled.
pub(crate) const BULLET: char = '•';

/// Digits being typed into one field.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    digits: StoredValue<DigitEntry, LocalStorage>,
    /// What the places and the field show: the digits of a code, or a bullet for each digit of a PIN.
    pub(crate) shown: RwSignal<String>,
    hint: RwSignal<Option<Hint>>,
    /// Whether digits were handed in and none was typed since.
    handed_in: StoredValue<bool>,
    pub(crate) places: u8,
    /// Whether the digits stay hidden.
    pub(crate) masked: bool,
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
    pub(crate) fn new(places: u8, masked: bool, hint: RwSignal<Option<Hint>>) -> Self {
        Self {
            digits: StoredValue::new_local(DigitEntry::new(places)),
            shown: RwSignal::new(String::new()),
            hint,
            handed_in: StoredValue::new(false),
            places,
            masked,
        }
    }

    /// Takes in a text. What cannot be taken changes nothing but the hint.
    pub(crate) fn enter(self, text: &str, arrival: Arrival) {
        let done = self.digits.try_update_value(|digits| {
            let whole = self.read_whole(text);
            match whole {
                // A complete code takes the place of whatever was typed, as do fills.
                Ok(whole) if whole.is_complete() => {
                    *digits = whole;
                    Ok(())
                }
                Ok(_) => digits.push(text),
                Err(error) => Err(error),
            }
        });
        let Some(done) = done else { return };
        match done {
            Ok(()) => self.hint.set(None),
            // One key too many is no mistake worth telling: every place is filled already.
            Err(EntryError::TooLong) if arrival == Arrival::Typed => {}
            Err(error) => self.hint.set(Some(Hint::new(error, self.places))),
        }
        self.changed();
    }

    /// Takes a text in the place of all that was typed.
    pub(crate) fn replace(self, text: &str) {
        match self.read_whole(text) {
            Ok(whole) => {
                self.digits.update_value(|digits| *digits = whole);
                self.hint.set(None);
            }
            Err(error) => self.hint.set(Some(Hint::new(error, self.places))),
        }
        self.changed();
    }

    /// Takes the last digit back.
    pub(crate) fn take_back(self) {
        self.digits.update_value(DigitEntry::pop);
        self.hint.set(None);
        self.changed();
    }

    /// Takes back what is beyond a number of digits.
    pub(crate) fn keep(self, count: usize) {
        self.digits.update_value(|digits| {
            while digits.len() > count {
                digits.pop();
            }
        });
        self.changed();
    }

    /// Wipes everything.
    pub(crate) fn clear(self) {
        // The field may be going away together with all that it holds.
        if self.digits.try_update_value(DigitEntry::clear).is_some() {
            self.changed();
        }
    }

    /// The digits to hand in; nothing while some are missing, which the customer is told.
    pub(crate) fn hand_in(self) -> Option<Digits> {
        let digits = self.digits.try_update_value(DigitEntry::take).flatten();
        if digits.is_some() {
            self.hint.set(None);
            self.changed();
            self.handed_in.set_value(true);
        } else if !self.handed_in.get_value() {
            self.hint.set(Some(Hint::Incomplete { places: self.places }));
        }
        digits
    }

    fn read_whole(self, text: &str) -> Result<DigitEntry, EntryError> {
        let mut whole = DigitEntry::new(self.places);
        whole.replace(text).map(|()| whole)
    }

    fn changed(self) {
        self.handed_in.set_value(false);
        let masked = self.masked;
        let shown = self.digits.with_value(|digits| {
            let place = |place| if masked { Some(BULLET) } else { digits.shown(place) };
            (0..digits.len()).filter_map(place).collect::<String>()
        });
        self.shown.set(shown);
    }
}
