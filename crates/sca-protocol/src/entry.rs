//! Digits as a customer types, pastes or dictates them.
//!
//! A PIN or a code never becomes a string here: it lives in one fixed buffer that is wiped when it is cleared, taken or dropped.

use std::{fmt, ops::Range};

use zeroize::Zeroize;

use crate::message::is_amount;

/// The most digits that a PIN or code can have.
pub const MAX_DIGITS: usize = 12;

/// The character that a field shows in place of a digit.
pub const HIDDEN: char = '•';

/// The digit that a character stands for, in any decimal script that customers' keyboards produce.
///
/// `None` for everything else: superscripts, circled digits and letters are not digits.
#[must_use]
pub fn digit_of(character: char) -> Option<u8> {
    /// The zeros of the decimal scripts (Unicode general category Nd) that keyboards of our languages produce. The other nine digits
    /// follow each zero.
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

/// Why a text is not accepted as a PIN or code. The entry stays unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryError {
    /// It holds something that is neither a digit nor a separator.
    NotDigits,
    /// It holds more digits than fit.
    TooLong,
}

/// Whether a character commonly separates the digits of a code: blanks of any width, hyphens, dots, and the invisible marks that
/// phones put around numbers.
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
    /// An empty entry for this number of digits, clamped to 1..=[`MAX_DIGITS`].
    #[must_use]
    pub fn new(places: u8) -> Self {
        Self {
            buffer: Box::new([0; MAX_DIGITS]),
            typed: 0,
            places: usize::from(places).clamp(1, MAX_DIGITS),
        }
    }

    /// The code in a message: its one run of as many digits. A run may be there twice, as in the messages that browsers read. If there are
    /// different ones, those in amounts of money do not count. `None` if there is none, or if there still are different ones.
    #[must_use]
    pub fn in_message(places: u8, text: &str) -> Option<Self> {
        Self::among(places, text, false).or_else(|| Self::among(places, text, true))
    }

    fn among(places: u8, text: &str, leave_amounts: bool) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut place = 0;
        for run in text.split(|character| digit_of(character).is_none()) {
            let mut entry = Self::new(places);
            if entry.push(run).is_ok() && entry.is_complete() && !(leave_amounts && is_amount(text, place)) {
                if found.is_some_and(|found| found.buffer != entry.buffer) {
                    return None;
                }
                found = Some(entry);
            }
            place += run.chars().count() + 1;
        }
        found
    }

    /// How many digits the PIN or code has.
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

    /// Whether all digits have been typed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.typed == self.places
    }

    /// Appends the digits of a text.
    ///
    /// # Errors
    /// When the text is not digits, or holds more of them than still fit. The entry stays unchanged.
    pub fn push(&mut self, text: &str) -> Result<(), EntryError> {
        let typed = self.typed;
        let pushed = text.chars().try_for_each(|character| self.add(character));
        if pushed.is_err() {
            self.typed = typed;
            self.wipe_from(typed);
        }
        pushed
    }

    /// Replaces the digits of a range by those of a text; what then does not fit replaces the digits after them. Returns the place after
    /// the new digits.
    ///
    /// # Errors
    /// When the text is not digits, or holds more of them than fit. The entry stays unchanged.
    pub fn replace(&mut self, range: Range<usize>, text: &str) -> Result<usize, EntryError> {
        let mut new = Self {
            buffer: Box::default(),
            typed: 0,
            places: self.places,
        };
        let old = self.buffer.get(..self.typed).unwrap_or_default();
        for digit in old.iter().take(range.start) {
            new.add(char::from(*digit))?;
        }
        text.chars().try_for_each(|character| new.add(character))?;
        let caret = new.typed;
        // The digits after the range are kept as far as there is room, the last ones first.
        let rest = old.get(range.end..).unwrap_or_default();
        let excess = (caret + rest.len()).saturating_sub(self.places);
        for digit in rest.iter().skip(excess) {
            new.add(char::from(*digit))?;
        }
        *self = new;
        Ok(caret)
    }

    /// Updates the entry from the text of a field, however the field was changed.
    ///
    /// Each [`HIDDEN`] in the text stands for one earlier digit, in order; everything else is new. Earlier digits that are missing
    /// were removed where the new text is or, without new text, at `caret` (in characters from the start). A [`HIDDEN`] beyond the
    /// earlier digits is ignored: a browser may restore a field's text after a reload.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn read(&mut self, text: &str, caret: usize) -> Result<(), EntryError> {
        let kept = text.chars().filter(|character| *character == HIDDEN).count();
        let mut gone = self.typed.saturating_sub(kept);
        let mut next = 0;
        let mut read = Self {
            buffer: Box::default(),
            typed: 0,
            places: self.places,
        };
        for (place, character) in text.chars().enumerate() {
            let is_new = character != HIDDEN;
            if is_new || place == caret {
                next += std::mem::take(&mut gone);
            }
            let character = if is_new { Some(character) } else { self.shown(next) };
            if let Some(character) = character {
                read.add(character)?;
            }
            next += usize::from(!is_new);
        }
        *self = read;
        Ok(())
    }

    /// Appends the digit that a character stands for, if it fits.
    fn add(&mut self, character: char) -> Result<(), EntryError> {
        let Some(digit) = digit_of(character) else {
            return if is_separator(character) {
                Ok(())
            } else {
                Err(EntryError::NotDigits)
            };
        };
        let places = self.buffer.get_mut(..self.places).unwrap_or_default();
        let place = places.get_mut(self.typed).ok_or(EntryError::TooLong)?;
        *place = b'0' + digit;
        self.typed += 1;
        Ok(())
    }

    /// Wipes everything.
    pub fn clear(&mut self) {
        self.typed = 0;
        self.wipe_from(0);
    }

    /// Takes the digits out once all are typed, and leaves the entry empty.
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

    /// Why the digits are easy to guess as a PIN, once all are typed; `None` when no reason is known.
    #[must_use]
    pub fn weakness(&self) -> Option<Weakness> {
        Weakness::of(self.buffer.get(..self.typed).filter(|_| self.is_complete())?)
    }

    /// The digit at a position, for a code that is shown as it is typed. Never call this for a PIN.
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

/// A complete PIN or code: ASCII digits that are wiped on drop and hidden from debug output.
pub struct Digits {
    buffer: Box<[u8; MAX_DIGITS]>,
    length: usize,
}

impl Digits {
    /// The ASCII digits. A caller that copies them must wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Whether both are the same digits.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }

    /// Why they are easy to guess as a PIN; `None` when no reason is known.
    #[must_use]
    pub fn weakness(&self) -> Option<Weakness> {
        Weakness::of(self.expose())
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

/// Why a PIN is easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// The same digit again and again, or a repeated half: `1111`, `1212`, `1122`.
    Repeated,
    /// One digit after the other, up or down: `1234`, `9876`, `7890`.
    Run,
    /// A year of the last or this century: `1987`.
    Year,
}

impl Weakness {
    /// The weakness of ASCII digits.
    fn of(digits: &[u8]) -> Option<Self> {
        let (first, second) = digits.split_at(digits.len() / 2);
        let in_pairs = |digits: &[u8]| digits.chunks(2).all(|pair| pair.first() == pair.last());
        let run = |step: u8| {
            let follows = |two: &[u8]| matches!(two, [one, next] if (one - b'0' + step) % 10 == next - b'0');
            digits.windows(2).all(follows)
        };
        if first == second || in_pairs(digits) {
            Some(Self::Repeated)
        } else if run(1) || run(9) {
            Some(Self::Run)
        } else if matches!(digits, [b'1', b'9', _, _] | [b'2', b'0', _, _]) {
            Some(Self::Year)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(places: u8, text: &str) -> Result<Option<String>, EntryError> {
        let mut entry = DigitEntry::new(places);
        entry.push(text)?;
        Ok(entry
            .take()
            .map(|digits| std::str::from_utf8(digits.expose()).unwrap().into()))
    }

    #[test]
    fn a_message_gives_its_one_run_of_digits() {
        for (message, expected) in [
            ("Your code is 123456. Do not share it.", Some("123456")),
            ("G-123456", Some("123456")),
            ("123456 is your Brightside code, valid for 10 minutes", Some("123456")),
            ("رمزك هو ١٢٣٤٥٦", Some("123456")),
            ("123456 is your code.\n\n@shop.example #123456", Some("123456")),
            ("Codes: 123456 or 654321", None),
            ("Call 1234567", None),
            ("Your code is 123 456", None),
            ("no code", None),
            ("", None),
        ] {
            let found = DigitEntry::in_message(6, message).and_then(|mut entry| entry.take());
            let found = found.map(|digits| std::str::from_utf8(digits.expose()).unwrap().to_owned());
            assert_eq!(found.as_deref(), expected, "{message}");
        }
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
    fn a_pin_that_many_people_choose_is_weak() {
        for (text, expected) in [
            ("0000", Some(Weakness::Repeated)),
            ("1212", Some(Weakness::Repeated)),
            ("1122", Some(Weakness::Repeated)),
            ("1234", Some(Weakness::Run)),
            ("4321", Some(Weakness::Run)),
            ("7890", Some(Weakness::Run)),
            ("0987", Some(Weakness::Run)),
            ("1900", Some(Weakness::Year)),
            ("2031", Some(Weakness::Year)),
            ("1221", None),
            ("1899", None),
            ("2146", None),
            ("2580", None),
            ("193746", None),
            ("123123", Some(Weakness::Repeated)),
            ("234567", Some(Weakness::Run)),
        ] {
            let places = u8::try_from(text.len()).unwrap();
            let mut entry = DigitEntry::new(places);
            let (first, last) = text.split_at(text.len() - 1);
            entry.push(first).unwrap();
            assert_eq!(entry.weakness(), None, "{text} is not complete");
            entry.push(last).unwrap();
            assert_eq!(entry.weakness(), expected, "{text}");
            let digits = entry.take().unwrap();
            assert_eq!(digits.weakness(), expected, "{text}");
            assert!(digits.equals(&digits));
        }
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
        assert_eq!(entry.replace(3..4, ""), Ok(3));
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        assert_eq!(entry.push("x"), Err(EntryError::NotDigits));
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        assert_eq!(entry.push("99"), Err(EntryError::TooLong));
        assert_eq!(*entry.buffer, *b"123\0\0\0\0\0\0\0\0\0");
        entry.clear();
        assert_eq!(*entry.buffer, [0; MAX_DIGITS]);
    }

    #[test]
    fn a_text_replaces_the_selection_and_then_what_has_no_room() {
        for (before, range, text, expected) in [
            // At the end.
            ("12", 2..2, "3", Ok(("123", 3))),
            ("1234", 4..4, "5", Err(EntryError::TooLong)),
            // In the middle: inserted while there is room, and otherwise instead of the next digit.
            ("123", 1..1, "9", Ok(("1923", 2))),
            ("1234", 1..1, "9", Ok(("1934", 2))),
            ("1234", 0..0, "98", Ok(("9834", 2))),
            ("1234", 3..3, "98", Err(EntryError::TooLong)),
            // Over a selection.
            ("1234", 1..3, "9", Ok(("194", 2))),
            ("1234", 1..3, "98", Ok(("1984", 3))),
            ("1234", 1..3, "987", Ok(("1987", 4))),
            ("1234", 0..4, "٩", Ok(("9", 1))),
            // Deleted.
            ("1234", 1..2, "", Ok(("134", 1))),
            ("1234", 0..4, "", Ok(("", 0))),
            ("1234", 0..0, "", Ok(("1234", 0))),
            // A range that the entry does not have: the field said more than there is.
            ("12", 3..5, "9", Ok(("129", 3))),
            // A separator is no digit.
            ("1234", 1..1, "-", Ok(("1234", 1))),
            ("1234", 1..3, "x", Err(EntryError::NotDigits)),
        ] {
            let mut entry = entry_of(4, before);
            let replaced = entry.replace(range.clone(), text);
            assert_eq!(replaced, expected.map(|(_, caret)| caret), "{before} {range:?} {text}");
            let after = expected.map_or(before, |(after, _)| after);
            assert_eq!(digits_of(&entry), after, "{before} {range:?} {text}");
        }
    }

    fn digits_of(entry: &DigitEntry) -> String {
        (0..entry.len()).filter_map(|place| entry.shown(place)).collect()
    }

    fn entry_of(places: u8, digits: &str) -> DigitEntry {
        let mut entry = DigitEntry::new(places);
        entry.push(digits).unwrap();
        entry
    }

    #[test]
    fn the_entry_follows_the_text_of_the_field() {
        for (before, says, caret, after) in [
            // Nothing has changed, wherever the caret is.
            ("123456", "••••••", 0, "123456"),
            ("123456", "••••••", 6, "123456"),
            // The browser has emptied or filled the field, without an input event of the customer's.
            ("12", "", 0, ""),
            ("12", "7391", 4, "7391"),
            ("12", "٧٣٩١", 0, "7391"),
            // A composition beside earlier digits, as it grows, shrinks and ends, and the same after the entry was updated from it.
            ("12", "••3", 3, "123"),
            ("123", "••3", 3, "123"),
            ("123", "••34", 4, "1234"),
            ("1234", "••３", 3, "123"),
            ("123", "••", 2, "12"),
            // A composition in the middle, one that replaces a selection, and one that is cancelled.
            ("1234", "••9••", 3, "12934"),
            ("12934", "••98••", 4, "129834"),
            ("129834", "••••", 2, "1234"),
            ("1234", "•9•", 2, "194"),
            ("194", "••", 1, "14"),
            ("1234", "9", 1, "9"),
            ("1234", "9•", 1, "94"),
            // A separator is not a digit and replaces none.
            ("1234", "••-••", 3, "1234"),
            // Removed digits stood at the caret.
            ("1234", "••", 2, "12"),
            ("1234", "••", 0, "34"),
            ("1234", "•••", 1, "134"),
            // A bullet without a digit: the browser restored the field's text after a reload.
            ("", "••••", 4, ""),
            ("1", "•••2", 4, "12"),
        ] {
            let mut entry = entry_of(6, before);
            assert_eq!(entry.read(says, caret), Ok(()), "{before} {says}");
            assert_eq!(digits_of(&entry), after, "{before} {says} {caret}");
        }
    }

    #[test]
    fn an_invalid_field_text_is_refused_as_a_whole() {
        for (says, error) in [
            ("••u0031", EntryError::NotDigits),
            ("•x", EntryError::NotDigits),
            ("x", EntryError::NotDigits),
            ("••345", EntryError::TooLong),
            ("12345", EntryError::TooLong),
        ] {
            let mut entry = entry_of(4, "12");
            assert_eq!(entry.read(says, 0), Err(error), "{says}");
            assert_eq!(digits_of(&entry), "12");
        }
    }

    #[test]
    fn removed_digits_are_wiped() {
        let mut entry = entry_of(4, "1234");
        entry.read("•9", 2).unwrap();
        assert_eq!(*entry.buffer, *b"19\0\0\0\0\0\0\0\0\0\0");
    }

    /// A change that a browser engine makes to a field and that the page cannot prevent.
    #[derive(Clone, Debug)]
    enum Change {
        /// An input method composes these texts in turn, over a selection of `over` characters. The field is rendered again when the
        /// composition has ended.
        Composed { at: usize, over: usize, texts: Vec<String> },
        /// The same in an engine that does not report the composition. The field is rendered again each time, and the engine
        /// inserts only the new text.
        Replaced { at: usize, over: usize, text: String },
        /// The page or the browser sets the whole value.
        Filled(String),
    }

    /// Digits in any script, with occasional separators.
    fn digits() -> impl Strategy<Value = String> {
        "([0-9]|[٠-٩]|[۰-۹]|[०-९]|[０-９]| |-){0,5}"
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0..9_usize, 0..4_usize, prop::collection::vec(digits(), 1..5))
                .prop_map(|(at, over, texts)| Change::Composed { at, over, texts }),
            (0..9_usize, 0..4_usize, digits()).prop_map(|(at, over, text)| Change::Replaced { at, over, text }),
            digits().prop_map(Change::Filled),
        ]
    }

    /// A field in which the browser paints bullets, and the digits that an observer could note from what it shows.
    struct Watched {
        entry: DigitEntry,
        noted: String,
    }

    impl Watched {
        /// Sets the field to `before` bullets, `new` and `after` bullets, and updates the entry from it.
        fn says(&mut self, (before, new, after): (usize, &str, usize), expected: &str) {
            let bullets = |count| HIDDEN.to_string().repeat(count);
            let says = [bullets(before), new.to_owned(), bullets(after)].concat();
            let read = self.entry.read(&says, before + new.chars().count());
            if expected.len() <= self.entry.places() {
                assert_eq!(read, Ok(()), "{says}");
                expected.clone_into(&mut self.noted);
            } else {
                assert_eq!(read, Err(EntryError::TooLong), "{says}");
            }
            assert_eq!(digits_of(&self.entry), self.noted, "{says}");
        }

        /// What the observer noted before and after a range.
        fn around(&self, start: usize, end: usize) -> (String, String) {
            (
                self.noted.chars().take(start).collect(),
                self.noted.chars().skip(end).collect(),
            )
        }

        fn undergo(&mut self, change: &Change) {
            let place = |at: usize, over: usize| {
                let at = at.min(self.noted.len());
                (at, (at + over).min(self.noted.len()))
            };
            let ascii = |text: &str| -> String {
                let digits = text.chars().filter_map(digit_of);
                digits.map(|digit| char::from(b'0' + digit)).collect()
            };
            match change {
                Change::Composed { at, over, texts } => {
                    let (start, end) = place(*at, *over);
                    let (before, after) = self.around(start, end);
                    for text in texts {
                        let expected = [&before, &ascii(text), &after].map(String::as_str).concat();
                        self.says((before.len(), text, after.len()), &expected);
                    }
                }
                Change::Replaced { at, over, text } => {
                    let (start, end) = place(*at, *over);
                    let (before, after) = self.around(start, end);
                    let count = after.len();
                    let expected = [before, ascii(text), after].concat();
                    self.says((start, text, count), &expected);
                }
                Change::Filled(text) => self.says((0, text, 0), &ascii(text)),
            }
        }
    }

    proptest! {
        #[test]
        fn however_a_field_is_changed_each_digit_counts_once(
            places in 4..=8_u8,
            changes in prop::collection::vec(change(), 1..12),
        ) {
            let mut watched = Watched { entry: DigitEntry::new(places), noted: String::new() };
            for change in &changes {
                watched.undergo(change);
            }
        }
    }
}
