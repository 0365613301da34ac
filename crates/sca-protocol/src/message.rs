//! The amounts that the text of a message names, such as the one that brings a code.
//!
//! PSD2's technical standards (Delegated Regulation (EU) 2018/389, article 5) have the payer made aware of the amount, so a message with a code
//! names it. A message about another amount belongs to another payment.

use zeroize::Zeroizing;

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
    let text = Text::of(message);
    let mut names_one = false;
    let mut from = 0;
    while let Some(number) = text.number(from) {
        from = number.end;
        let mark = if number.is(code) {
            None
        } else {
            text.mark(&number, shown)
        };
        let Some(mark) = mark else {
            continue;
        };
        names_one = true;
        if shown
            .iter()
            .any(|money| mark.is_none_or(|code| code == money.currency()) && number.may_be(money))
        {
            return false;
        }
    }
    names_one && !shown.is_empty()
}

/// Whether the number that begins at a place, in characters, is an amount.
pub(crate) fn is_amount(message: &str, place: usize) -> bool {
    let text = Text::of(message);
    text.number(place)
        .is_some_and(|number| number.start == place && text.mark(&number, &[]).is_some())
}

/// The characters of a message, wiped when dropped: it has the code.
struct Text(Zeroizing<Vec<char>>);

/// A number, by the places of its characters.
#[derive(Default)]
struct Number {
    start: usize,
    end: usize,
    /// All its digits. Stays at the greatest value.
    value: u64,
    digits: u32,
    /// The digits after the last separator that is not a blank.
    last: Option<u32>,
    has_separator: bool,
}

/// Codes that a message may have without being about that currency's payments: what customers in Europe pay with most.
const CODES: &str = "EURUSDGBPCHFSEKNOKDKKISKPLNCZKHUFRONBGNTRYUAHAEDSARILSJPYCNYINRCADAUDNZDHKDSGDZAR";

/// Words of currencies.
const WORDS: [&str; 6] = ["kr", "zł", "Kč", "Ft", "lei", "лв"];

impl Text {
    fn of(message: &str) -> Self {
        Self(Zeroizing::new(message.chars().collect()))
    }

    fn at(&self, place: usize) -> char {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// The first number from a place on.
    fn number(&self, from: usize) -> Option<Number> {
        let mut start = from;
        while digit_of(self.at(start)).is_none() {
            start += 1;
            if start >= self.0.len() {
                return None;
            }
        }
        let mut number = Number {
            start,
            end: start,
            ..Number::default()
        };
        loop {
            let character = self.at(number.end);
            if let Some(digit) = digit_of(character) {
                number.value = number.value.saturating_mul(10).saturating_add(digit.into());
                number.digits += 1;
                number.last = number.last.map(|count| count + 1);
                number.end += 1;
                continue;
            }
            let group = (1..=4)
                .take_while(|ahead| digit_of(self.at(number.end + ahead)).is_some())
                .count();
            match separator(character) {
                // Blanks separate groups of three digits alone.
                Some(Separator::Blank) if group == 3 => {}
                Some(Separator::Point) if group > 0 => number.last = Some(0),
                Some(Separator::Blank | Separator::Point) | None => return Some(number),
            }
            number.has_separator = true;
            number.end += 1;
        }
    }

    /// The currency beside a number, before it or else after it: `Some(None)` if it may be any of several.
    fn mark(&self, number: &Number, shown: &[Money]) -> Option<Option<Currency>> {
        let mut before = number.start;
        while before > 0 && is_blank(self.at(before - 1)) {
            before -= 1;
        }
        let mut first = before;
        while first > 0 && is_letter(self.at(first - 1)) {
            first -= 1;
        }
        let mut after = number.end;
        while is_blank(self.at(after)) {
            after += 1;
        }
        let mut last = after;
        while is_letter(self.at(last)) {
            last += 1;
        }
        self.currency(first, before, shown)
            .or_else(|| self.currency(after, last, shown))
    }

    /// The currency that a word or sign names.
    fn currency(&self, start: usize, end: usize, shown: &[Money]) -> Option<Option<Currency>> {
        let word: String = self.0.get(start..end)?.iter().collect();
        match word.as_str() {
            "€" => return Some(Currency::new("EUR")),
            "£" => return Some(Currency::new("GBP")),
            "$" | "¥" => return Some(None),
            _ => {}
        }
        if WORDS.contains(&word.as_str()) {
            return Some(None);
        }
        let currency = Currency::new(&word)?;
        let is_known = shown.iter().any(|money| money.currency() == currency)
            || CODES.as_bytes().chunks(3).any(|code| code == word.as_bytes());
        is_known.then_some(Some(currency))
    }
}

impl Number {
    /// Whether any common way to write numbers makes this one that amount: the last separator is that of the decimals or of the thousands.
    fn may_be(&self, money: &Money) -> bool {
        let decimals = money.currency().decimals();
        let scaled = |places: u32| {
            10_u64
                .checked_pow(places)
                .and_then(|scale| self.value.checked_mul(scale))
        };
        let last = self.last.unwrap_or_default();
        let as_whole = if matches!(self.last, None | Some(3)) {
            scaled(decimals)
        } else {
            None
        };
        let as_decimals = decimals
            .checked_sub(last)
            .and_then(scaled)
            .filter(|_| self.last.is_some());
        // Decimals that the currency does not have, and are zero.
        let as_more = 10_u64
            .checked_pow(last.saturating_sub(decimals))
            .filter(|scale| last != 3 && self.value.is_multiple_of(*scale));
        let as_more = as_more.filter(|scale| *scale > 1).map(|scale| self.value / scale);
        [as_whole, as_decimals, as_more].contains(&Some(money.minor()))
    }

    /// Whether these digits, without a separator, are the code.
    fn is(&self, code: &DigitEntry) -> bool {
        let value = (0..code.len()).filter_map(|place| code.shown(place)?.to_digit(10));
        let value = value.fold(0_u64, |value, digit| {
            value.saturating_mul(10).saturating_add(digit.into())
        });
        !self.has_separator && usize::try_from(self.digits) == Ok(code.len()) && self.value == value
    }
}

/// What stands between the digits of a number.
enum Separator {
    Blank,
    Point,
}

fn separator(character: char) -> Option<Separator> {
    match character {
        ' ' | '\u{00A0}' | '\u{2009}' | '\u{202F}' => Some(Separator::Blank),
        '.' | ',' | '\'' | '\u{2019}' | '\u{066B}' | '\u{066C}' => Some(Separator::Point),
        _ => None,
    }
}

/// Whether a character may stand between a number and its currency: blanks, and marks of a writing direction.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character belongs to a currency's word or sign, more or less.
fn is_letter(character: char) -> bool {
    character == '$'
        || character.is_ascii_alphabetic()
        || (character > '\u{A0}' && digit_of(character).is_none() && !is_blank(character))
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
