//! Digits as a customer types, pastes or dictates them.
//!
//! A PIN or a code never becomes a string of ours: it lives in one fixed buffer that is wiped when it is cleared, taken or
//! dropped.

use std::fmt;

use zeroize::Zeroize;

/// The most digits that a PIN or code can have.
pub const MAX_DIGITS: usize = 12;

/// The digit that a character stands for, in any of the world's decimal scripts that customers' keyboards produce.
///
/// `None` for everything else; superscripts, circled digits and letters are not digits.
#[must_use]
pub fn digit_of(character: char) -> Option<u8> {
    /// The zeros of the decimal scripts (Unicode general category Nd) that keyboards of our languages type; each is followed
    /// by its other nine digits.
    const ZEROS: [u32; 16] = [
        0x0030, // ASCII
        0x0660, // Arabic-Indic
        0x06F0, // Persian, Urdu
        0x07C0, // NKo
        0x0966, // Devanagari
        0x09E6, // Bengali
        0x0A66, // Gurmukhi
        0x0AE6, // Gujarati
        0x0BE6, // Tamil
        0x0C66, // Telugu
        0x0CE6, // Kannada
        0x0D66, // Malayalam
        0x0E50, // Thai
        0x0ED0, // Lao
        0x1040, // Myanmar
        0xFF10, // full-width
    ];
    let code_point = u32::from(character);
    ZEROS.iter().find_map(|zero| {
        let value = code_point.checked_sub(*zero)?;
        if value < 10 { u8::try_from(value).ok() } else { None }
    })
}

/// Why a text was not taken as a PIN or code. The entry is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// It holds something that is neither a digit nor a separator.
    NotDigits,
    /// It holds more digits than there are places.
    TooLong,
}

/// Whether a character is commonly put between the digits of a code: blanks of any width, hyphens, dots, and the invisible
/// marks that phones wrap around numbers.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '.' | '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2010}'..='\u{2015}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{2212}' | '\u{FEFF}')
}

/// The digits typed so far.
pub struct DigitEntry {
    buffer: Box<[u8; MAX_DIGITS]>,
    typed: usize,
    places: usize,
}

impl DigitEntry {
    /// An empty entry of as many places as the PIN or code has digits; at least one and at most [`MAX_DIGITS`].
    #[must_use]
    pub fn new(places: u8) -> Self {
        Self {
            buffer: Box::new([0; MAX_DIGITS]),
            typed: 0,
            places: usize::from(places).clamp(1, MAX_DIGITS),
        }
    }

    /// How many digits there are to type.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// How many digits have been typed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.typed
    }

    /// Whether nothing has been typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.typed == 0
    }

    /// Whether every place has its digit.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.typed == self.places
    }

    /// Adds what was typed at the end.
    ///
    /// # Errors
    /// Leaves the entry as it was when the text is not digits, or more of them than there are places left.
    pub fn push(&mut self, text: &str) -> Result<(), EntryError> {
        let mut typed = self.typed;
        for character in text.chars() {
            let Some(digit) = digit_of(character) else {
                if is_separator(character) {
                    continue;
                }
                self.wipe_from(self.typed);
                return Err(EntryError::NotDigits);
            };
            let place = if typed < self.places {
                self.buffer.get_mut(typed)
            } else {
                None
            };
            let Some(place) = place else {
                self.wipe_from(self.typed);
                return Err(EntryError::TooLong);
            };
            *place = b'0' + digit;
            typed += 1;
        }
        self.typed = typed;
        Ok(())
    }

    /// Puts a pasted or filled-in text in the place of all that was typed.
    ///
    /// # Errors
    /// As [`push`](Self::push); the entry is then empty.
    pub fn replace(&mut self, text: &str) -> Result<(), EntryError> {
        self.clear();
        self.push(text)
    }

    /// Takes the last digit back.
    pub fn pop(&mut self) {
        self.typed = self.typed.saturating_sub(1);
        self.wipe_from(self.typed);
    }

    /// Wipes everything.
    pub fn clear(&mut self) {
        self.typed = 0;
        self.wipe_from(0);
    }

    /// The digits, once all are typed; the entry is then empty.
    pub fn take(&mut self) -> Option<Digits> {
        if !self.is_complete() {
            return None;
        }
        let digits = Digits {
            buffer: self.buffer.clone(),
            length: self.typed,
        };
        self.clear();
        Some(digits)
    }

    /// The digit at a place, for a code that is shown as it is typed. Never call this for a PIN.
    #[must_use]
    pub fn shown(&self, place: usize) -> Option<char> {
        if place < self.typed {
            self.buffer.get(place).map(|digit| char::from(*digit))
        } else {
            None
        }
    }

    fn wipe_from(&mut self, start: usize) {
        if let Some(rest) = self.buffer.get_mut(start..) {
            rest.zeroize();
        }
    }
}

impl Drop for DigitEntry {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl fmt::Debug for DigitEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DigitEntry(hidden)")
    }
}

/// A complete PIN or code: ASCII digits that are wiped when the value is dropped and that no output shows.
pub struct Digits {
    buffer: Box<[u8; MAX_DIGITS]>,
    length: usize,
}

impl Digits {
    /// The ASCII digits. Whoever copies them wipes the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Digits(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(places: u8, text: &str) -> Result<Option<String>, EntryError> {
        let mut entry = DigitEntry::new(places);
        entry.replace(text)?;
        Ok(entry
            .take()
            .map(|digits| std::str::from_utf8(digits.expose()).unwrap().into()))
    }

    #[test]
    fn codes_arrive_in_many_forms() {
        for text in [
            "123456",
            "123 456",
            "123-456",
            " 123\u{00A0}456\n",
            "123\u{200B}456",
            "\u{2066}123456\u{2069}",
            "١٢٣٤٥٦",
            "۱۲۳۴۵۶",
            "१२३४५६",
            "１２３４５６",
            "12\u{2011}34.56",
        ] {
            assert_eq!(typed(6, text), Ok(Some("123456".into())), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_code_is_refused_and_changes_nothing() {
        let mut entry = DigitEntry::new(6);
        entry.push("12").unwrap();
        for text in ["x", "3²", "①", "G-123456 is your code", "one"] {
            assert_eq!(entry.push(text), Err(EntryError::NotDigits), "{text:?}");
        }
        assert_eq!(entry.push("34567"), Err(EntryError::TooLong));
        assert_eq!(entry.push(&"9".repeat(10_000)), Err(EntryError::TooLong));
        assert_eq!(entry.len(), 2);
        entry.push("3456").unwrap();
        assert_eq!(entry.take().unwrap().expose(), b"123456");
        assert!(entry.is_empty());
    }

    #[test]
    fn leading_zeros_are_kept() {
        assert_eq!(typed(4, "0000"), Ok(Some("0000".into())));
    }

    #[test]
    fn an_incomplete_entry_gives_nothing() {
        assert_eq!(typed(4, "123"), Ok(None));
    }

    #[test]
    fn nothing_prints_a_secret() {
        let mut entry = DigitEntry::new(4);
        entry.push("1234").unwrap();
        assert!(!format!("{entry:?}").contains('1'));
        assert!(!format!("{:?}", entry.take().unwrap()).contains('1'));
    }

    #[test]
    fn taking_back_and_clearing_wipe_the_buffer() {
        let mut entry = DigitEntry::new(4);
        entry.push("1234").unwrap();
        entry.pop();
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        assert_eq!(entry.push("x"), Err(EntryError::NotDigits));
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        assert_eq!(entry.push("99"), Err(EntryError::TooLong));
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        entry.clear();
        assert_eq!(*entry.buffer, [0; MAX_DIGITS]);
    }
}
