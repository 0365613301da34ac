use js_sys::Date;
use sca_protocol::{Currency, Money, Timestamp};
use sca_widget::{browser::IntlFormats, driver::ports::Formats};
use wasm_bindgen_test::wasm_bindgen_test;

fn money(tag: &str, minor: u64, currency: &str) -> String {
    let amount = Money::new(minor, Currency::new(currency).unwrap()).unwrap();
    // No-break spaces and direction marks differ between browsers; digits and signs do not.
    IntlFormats
        .money(tag, &amount)
        .chars()
        .filter(|character| !character.is_whitespace() && !"\u{200E}\u{200F}\u{61C}".contains(*character))
        .collect()
}

#[wasm_bindgen_test]
fn amounts_are_written_as_the_language_does_and_lose_no_digit() {
    for (tag, minor, currency, written) in [
        ("en", 125_000, "EUR", "€1,250.00"),
        ("en", 5_000, "JPY", "¥5,000"),
        ("en", 1_500, "KWD", "KWD1.500"),
        ("de", 125_000, "EUR", "1.250,00€"),
        ("ar-EG", 125_000, "EUR", "1,250.00€"),
        ("en", 9_007_199_254_740_991, "USD", "$90,071,992,547,409.91"),
        ("en", 1, "XQQ", "XQQ0.01"),
    ] {
        assert_eq!(money(tag, minor, currency), written, "{tag} {currency}");
    }
}

#[wasm_bindgen_test]
fn a_day_does_not_depend_on_the_time_zone() {
    assert_eq!(IntlFormats.day("en-GB", "2026-01-01"), "1 January 2026");
    assert_eq!(IntlFormats.day("en-US", "2026-12-31"), "December 31, 2026");
    for text in ["", "2026-02-30x", "2026-13-01", "yesterday", "2026-1-1", "<b>"] {
        assert_eq!(IntlFormats.day("en", text), text);
    }
}

#[wasm_bindgen_test]
fn a_moment_is_written_in_the_customers_time_zone() {
    // Half past nine on the last day of January, wherever the browser is.
    let time = Date::new_with_year_month_day_hr_min(2026, 0, 31, 9, 30).get_time();
    let written = IntlFormats.moment("en-GB", Timestamp(time as u64));
    assert_eq!(digits(&written), ["31", "2026", "09", "30"], "{written}");
    assert_eq!(IntlFormats.moment("not a tag", Timestamp(0)), "");
}

#[wasm_bindgen_test]
fn a_tag_that_the_browser_refuses_still_gives_a_text() {
    assert_eq!(money("not a tag", 125_000, "EUR"), "1250.00EUR");
    assert_eq!(IntlFormats.day("not a tag", "2026-01-01"), "2026-01-01");
    assert_eq!(IntlFormats.number("not a tag", 3), "3");
}

#[wasm_bindgen_test]
fn every_language_has_the_same_digits_and_the_same_calendar() {
    for tag in ["ar", "ar-EG", "ar-SA", "fa-IR", "th-TH", "he"] {
        assert_eq!(IntlFormats.number(tag, 3), "3", "{tag}");
        assert_eq!(digits(&IntlFormats.day(tag, "2026-07-01")), ["1", "2026"], "{tag}");
        assert_eq!(digits(&money(tag, 125_000, "EUR")), ["1", "250", "00"], "{tag}");
    }
}

/// The numbers in a text, in order. A digit of another script is left out.
fn digits(text: &str) -> Vec<&str> {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter(|number| !number.is_empty()).collect()
}
