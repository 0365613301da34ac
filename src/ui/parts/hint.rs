//! Hints about what was typed or pasted, before it is submitted.

use sca_protocol::entry::EntryError;

use crate::ui::text::{Localizer, PHRASES};

/// Why typed or pasted text was not accepted or not submitted, or what a pasted message says besides its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    /// It holds something that is neither a digit nor a separator.
    DigitsOnly,
    /// It holds more digits than there are places.
    TooLong {
        /// How many places there are.
        places: u8,
    },
    /// There are too few digits to submit.
    Incomplete {
        /// How many places there are.
        places: u8,
    },
    /// The message from which the code was taken is about another amount than the one that is shown.
    OtherAmount,
}

impl Hint {
    pub(crate) fn new(error: EntryError, places: u8) -> Self {
        match error {
            EntryError::NotDigits => Self::DigitsOnly,
            EntryError::TooLong => Self::TooLong { places },
        }
    }

    /// Whether the digits cannot be submitted.
    pub(crate) fn is_invalid(self) -> bool {
        match self {
            Self::DigitsOnly | Self::TooLong { .. } | Self::Incomplete { .. } => true,
            Self::OtherAmount => false,
        }
    }

    pub(crate) fn text(self, localizer: &Localizer) -> String {
        match self {
            Self::DigitsOnly => localizer.phrase(PHRASES.digits_only).to_owned(),
            Self::TooLong { places } => localizer.count(PHRASES.too_long, places.into()),
            Self::Incomplete { places } => localizer.count(PHRASES.incomplete, places.into()),
            Self::OtherAmount => localizer.phrase(PHRASES.other_amount).to_owned(),
        }
    }
}
