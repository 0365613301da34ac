//! The amounts that the text of a message names, such as the one that brings a code.
//!
//! PSD2's technical standards (Delegated Regulation (EU) 2018/389, article 5) have the payer made aware of the amount, so a message with a code
//! names it. A message about another amount belongs to another payment.

use crate::{
    entry::{DigitEntry, digit_of},
    money::{Currency, Money},
};

/// Whether a message names amounts of money, and none of them is one of those shown.
///
/// A number is an amount if a currency stands beside it. It counts as one of those shown if any common way to write numbers makes it that, so a
/// false alarm is rare. `code` is the code in the message, which is no amount.
#[must_use]
pub fn names_other_amount(message: &str, code: &DigitEntry, shown: &[Money]) -> bool {
    let mut names_one = false;
    for number in Numbers::of(message).filter(|number| !number.is(code)) {
        let Some(mark) = number.mark(shown) else {
            continue;
        };
        names_one = true;
        if shown
            .iter()
            .any(|money| mark.may_be(money.currency()) && number.may_be(money))
        {
            return false;
        }
    }
    names_one && !shown.is_empty()
}

/// Whether a run of digits in a message belongs to an amount.
pub(crate) fn is_in_amount(message: &str, run: &str) -> bool {
    let place = run.as_ptr();
    Numbers::of(message)
        .any(|number| number.text.as_bytes().as_ptr_range().contains(&place) && number.mark(&[]).is_some())
}

/// The numbers in a text, from a place on.
struct Numbers<'text> {
    text: &'text str,
    from: usize,
}

/// A number with what is around it.
struct Number<'text> {
    before: &'text str,
    text: &'text str,
    after: &'text str,
}

/// What stands beside a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// One currency.
    Currency(Currency),
    /// A sign or a word of several, such as `$` or `kr`.
    Some,
}

/// Codes that a message may have without being about that currency's payments: what customers in Europe pay with most.
const CODES: &str = "EURUSDGBPCHFSEKNOKDKKISKPLNCZKHUFRONBGNTRYUAHAEDSARILSJPYCNYINRCADAUDNZDHKDSGDZAR";

/// Words of currencies.
const WORDS: [&str; 6] = ["kr", "zł", "Kč", "Ft", "lei", "лв"];

impl<'text> Numbers<'text> {
    fn of(text: &'text str) -> Self {
        Self { text, from: 0 }
    }
}

impl<'text> Iterator for Numbers<'text> {
    type Item = Number<'text>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.from..)?;
        let start = self.from + rest.find(is_digit)?;
        let (before, rest) = self.text.split_at_checked(start)?;
        let mut length = 0;
        loop {
            let tail = rest.get(length..)?;
            let digits = tail.find(|character| !is_digit(character)).unwrap_or(tail.len());
            length += digits;
            let tail = tail.get(digits..)?;
            let Some(separator) = tail.chars().next().filter(|character| is_separator(*character)) else {
                break;
            };
            let group = tail.get(separator.len_utf8()..)?;
            let next = group.chars().take_while(|character| is_digit(*character)).count();
            // Blanks separate groups of three digits alone.
            if next == 0 || (separator.is_whitespace() && next != 3) {
                break;
            }
            length += separator.len_utf8();
        }
        self.from = start + length;
        let (text, after) = rest.split_at_checked(length)?;
        Some(Number { before, text, after })
    }
}

impl Number<'_> {
    /// The currency beside the number: before it, or else after it.
    fn mark(&self, shown: &[Money]) -> Option<Mark> {
        let before = self.before.trim_end_matches(is_blank);
        let after = self.after.trim_start_matches(is_blank);
        sign(before.chars().next_back())
            .or_else(|| word(before.rsplit(is_end).next().unwrap_or_default(), shown))
            .or_else(|| sign(after.chars().next()))
            .or_else(|| word(after.split(is_end).next().unwrap_or_default(), shown))
    }

    /// Whether any common way to write numbers makes this one that amount: the last separator is that of the decimals or of the thousands.
    fn may_be(&self, money: &Money) -> bool {
        let value = self
            .digits()
            .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(digit.into()));
        let Some(value) = value else {
            return false;
        };
        let decimals = money.currency().decimals();
        let tail = self
            .text
            .rsplit(|character: char| is_separator(character) && !character.is_whitespace())
            .next();
        let last = tail
            .filter(|tail| tail.len() < self.text.len())
            .map(|tail| tail.chars().count());
        let last = last.and_then(|count| u32::try_from(count).ok());
        let scaled = |places: u32| 10_u64.checked_pow(places).and_then(|scale| value.checked_mul(scale));
        let as_whole = match last {
            None | Some(3) => scaled(decimals),
            Some(_) => None,
        };
        let as_decimals = last.and_then(|last| scaled(decimals.checked_sub(last)?));
        // Decimals that the currency does not have, and are zero.
        let as_more = last.filter(|last| *last > decimals && *last != 3).and_then(|last| {
            let scale = 10_u64.checked_pow(last - decimals)?;
            (value % scale == 0).then_some(value / scale)
        });
        [as_whole, as_decimals, as_more].contains(&Some(money.minor()))
    }

    /// Whether these digits, without a separator, are the code.
    fn is(&self, code: &DigitEntry) -> bool {
        self.text.chars().all(is_digit)
            && self.text.chars().count() == code.len()
            && self
                .digits()
                .enumerate()
                .all(|(place, digit)| code.shown(place) == Some(char::from(b'0' + digit)))
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.text.chars().filter_map(digit_of)
    }
}

impl Mark {
    fn may_be(self, currency: Currency) -> bool {
        match self {
            Self::Currency(named) => named == currency,
            Self::Some => true,
        }
    }
}

fn is_digit(character: char) -> bool {
    digit_of(character).is_some()
}

/// Whether a character may stand inside a number.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        '.' | ',' | '\'' | '\u{2019}' | '\u{066B}' | '\u{066C}' | ' ' | '\u{00A0}' | '\u{2009}' | '\u{202F}'
    )
}

/// Whether a character may stand between a number and its currency: blanks, and marks of a writing direction.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character ends a word.
fn is_end(character: char) -> bool {
    is_blank(character) || character.is_ascii_punctuation()
}

fn sign(character: Option<char>) -> Option<Mark> {
    match character? {
        '€' => Currency::new("EUR").map(Mark::Currency),
        '£' => Currency::new("GBP").map(Mark::Currency),
        '$' | '¥' | '\u{20A0}'..='\u{20CF}' => Some(Mark::Some),
        _ => None,
    }
}

fn word(word: &str, shown: &[Money]) -> Option<Mark> {
    if WORDS.contains(&word) {
        return Some(Mark::Some);
    }
    let currency = Currency::new(word)?;
    let is_known = shown.iter().any(|money| money.currency() == currency)
        || CODES.as_bytes().chunks(3).any(|code| code == word.as_bytes());
    is_known.then_some(Mark::Currency(currency))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::MAX_MINOR;

    fn money(minor: u64, currency: &str) -> Money {
        Money::new(minor, Currency::new(currency).unwrap()).unwrap()
    }

    fn names_other(message: &str, shown: &[Money]) -> Option<bool> {
        let code = DigitEntry::in_message(6, message)?;
        Some(names_other_amount(message, &code, shown))
    }

    /// Messages about EUR 1250.00, or about no amount.
    const SAME: [&str; 30] = [
        "123456 is your code for EUR 1,250.00 to Acme Corp.",
        "Code 123456. Payment of €1,250.00 to ACME CORP. Never share it.",
        "Use 123456 to confirm €1250 to Acme",
        "TAN 123456 für 1.250,00 EUR an Acme Corp",
        "Ihre TAN: 123456. Betrag 1.250,00 €, Empfänger Acme.",
        "Code 123456 pour un paiement de 1 250,00 € à Acme",
        "Code 123456 pour un paiement de 1\u{202f}250,00\u{a0}€ à Acme",
        "Codice 123456 per EUR 1250,00 a favore di Acme",
        "Clave 123456: transferencia de 1250,00€ a Acme",
        "Kood 123456, summa 1 250.00 EUR",
        "CHF? No: EUR 1'250.00. Code 123456",
        "123456 EUR 1250.00 Acme",
        "1250.00 EUR 123456",
        "EUR1250.00 code 123456",
        "رمزك 123456 لدفع ١٬٢٥٠٫٠٠ € إلى Acme",
        "Код 123456 за плащане на 1250,00 € към Acme",
        "Your code is 123456. Valid for 5 minutes.",
        "123456 is your code.\n\n@shop.example #123456",
        "Code 123456 for your payment of 1250.00 to Acme",
        "PIN 1234 is not needed. Code 123456",
        "Order 99: code 123456, total €1,250.00",
        "Code 123456, amount EUR 1,250.00 (USD 1,312.50)",
        "Card ending 4242, EUR 1.250,00, code 123456",
        "\u{2066}€1,250.00\u{2069} to Acme: 123456",
        "OTP 123456 FOR EUR 1250.00",
        "Fee EUR 0.00, payment EUR 1,250.00, code 123456",
        "Kod 123456 na 1250 EUR",
        "€ 1.250 - code 123456",
        "Code: 123456; Betrag: EUR 1250,-",
        "SMS 7 of 9, code 123456",
    ];

    /// Messages about another payment.
    const OTHER: [&str; 12] = [
        "123456 is your code for EUR 5,000.00 to Acme Corp.",
        "Code 123456: €12,500.00 to Acme",
        "Code 123456: €125.00 to Acme",
        "TAN 123456 für 12.500,00 EUR an Mallory",
        "USD 1,250.00 to Acme, code 123456",
        "£1,250.00 to Acme, code 123456",
        "Code 123456 pour 5 000,00 €",
        "€500000.00 to Mallory, code 123456",
        "code 123456 for 9 999 zł",
        "123456 EUR 5000 Mallory",
        "1 250 001,00 EUR: 123456",
        "€1.25 code 123456",
    ];

    #[test]
    fn a_message_about_the_amount_shown_raises_no_alarm() {
        let shown = [money(125_000, "EUR")];
        for message in SAME {
            assert_eq!(names_other(message, &shown), Some(false), "{message}");
        }
    }

    #[test]
    fn a_message_about_another_amount_is_noticed() {
        let shown = [money(125_000, "EUR")];
        for message in OTHER {
            assert_eq!(names_other(message, &shown), Some(true), "{message}");
            assert_eq!(
                names_other(message, &[]),
                Some(false),
                "nothing to compare with: {message}"
            );
        }
    }

    #[test]
    fn decimals_are_those_of_the_currency() {
        for (message, minor, currency, other) in [
            ("JPY 5,000 code 123456", 5000, "JPY", false),
            ("JPY 5,000.00 code 123456", 5000, "JPY", false),
            ("JPY 50 code 123456", 5000, "JPY", true),
            ("KWD 5.000 code 123456", 5000, "KWD", false),
            ("KWD 5 code 123456", 5000, "KWD", false),
            ("KWD 50.000 code 123456", 5000, "KWD", true),
            ("XBT 7.00 code 123456", 700, "XBT", false),
            ("XBT 8.00 code 123456", 700, "XBT", true),
            ("$7.00 code 123456", 700, "AUD", false),
            ("$8.00 code 123456", 700, "AUD", true),
            ("8.00 kr code 123456", 700, "SEK", true),
            ("99999999999999999999999999 EUR code 123456", 700, "EUR", true),
        ] {
            assert_eq!(
                names_other(message, &[money(minor, currency)]),
                Some(other),
                "{message}"
            );
        }
    }

    proptest! {
        #[test]
        fn however_it_is_written_the_amount_shown_raises_no_alarm(
            minor in 0..=MAX_MINOR,
            code in "(EUR|JPY|KWD|SEK)",
            (group, point) in prop::sample::select(vec![(",", "."), (".", ","), ("\u{a0}", ","), ("'", "."), ("", ","), ("\u{66c}", "\u{66b}")]),
            is_before: bool,
        ) {
            let money = money(minor, &code);
            let plain = money.to_decimal();
            let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
            let groups: Vec<_> = whole.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
            let number = [groups.join(group).as_str(), fraction].join(if fraction.is_empty() { "" } else { point });
            let text = if is_before { format!("Code 123456 {code} {number}") } else { format!("{number} {code}: code 123456") };
            let typed = DigitEntry::in_message(6, &text);
            // The amount may be six digits, too.
            prop_assert!(typed.is_none_or(|typed| !names_other_amount(&text, &typed, &[money])), "{}", text);
        }
    }

    #[test]
    fn one_of_several_amounts_is_enough() {
        let shown = [money(100, "EUR"), money(200, "GBP")];
        assert_eq!(names_other("Code 123456 for £2.00", &shown), Some(false));
        assert_eq!(names_other("Code 123456 for £3.00", &shown), Some(true));
    }
}
