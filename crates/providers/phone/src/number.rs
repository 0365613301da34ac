//! What a customer typed, as a number in international form. The numbering plans are those of Google's libphonenumber
//! (<https://github.com/google/libphonenumber>), metadata [`METADATA`].

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, PhoneNumberType, Region, ValidationError,
};
use sca_core::PhoneNumber;
use zeroize::Zeroizing;

/// The version of libphonenumber's metadata.
pub const METADATA: &str = "9.0.42";

/// Why a text is not a number that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFlaw {
    /// The country is none of libphonenumber's regions.
    #[error("the country is not known")]
    Country,
    /// It is no number of the country, or none at which a person is reached: a premium, toll-free, shared-cost or company number, a pager,
    /// a voicemail box, or a number that follows a person and may cost as much as a premium one.
    #[error("no number of the country at which a person is reached")]
    Invalid,
    /// It has too few digits.
    #[error("too few digits")]
    TooShort,
    /// It has too many digits.
    #[error("too many digits")]
    TooLong,
    /// It begins with the calling code of another country.
    #[error("a number of another country")]
    OtherCountry,
}

/// Parses what a customer typed, with the country that the customer picked: digits of any script, with spaces, brackets, hyphens, dots and
/// slashes, in national or international form.
///
/// # Errors
/// Says what is wrong with it. The text is quoted nowhere.
pub fn parse(text: &str, country: &str) -> Result<PhoneNumber, NumberFlaw> {
    let is_code = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let region = is_code
        .then(|| Region::from_code(country).ok())
        .flatten()
        .ok_or(NumberFlaw::Country)?;
    let calling_code = PHONE_NUMBER_UTIL
        .get_country_code_for_region(region)
        .ok_or(NumberFlaw::Country)?;
    // The library would read letters as a keypad's digits, and extensions and parameters behind the number.
    if !text.chars().all(is_typed) {
        return Err(NumberFlaw::Invalid);
    }
    let number = PHONE_NUMBER_UTIL.parse(text, Some(region)).map_err(flaw_of)?;
    if number.country_code != calling_code {
        return Err(NumberFlaw::OtherCountry);
    }
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => return Err(NumberFlaw::TooShort),
        Err(ValidationError::TooLong) => return Err(NumberFlaw::TooLong),
        Err(ValidationError::InvalidCountryCode | ValidationError::InvalidLength) => return Err(NumberFlaw::Invalid),
    }
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) || !reaches_a_person(PHONE_NUMBER_UTIL.get_number_type(&number)) {
        return Err(NumberFlaw::Invalid);
    }
    let written = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    PhoneNumber::new(&Zeroizing::new(written)).ok_or(NumberFlaw::Invalid)
}

/// Whether a person types it in a phone number.
fn is_typed(character: char) -> bool {
    // A plus may be wide, and a pasted number may have marks of its direction.
    const SIGNS: &str = "+＋-‐‑‒–—―−()（）[].·/\u{ad}\u{200b}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    character.is_numeric() || character.is_whitespace() || SIGNS.contains(character)
}

fn flaw_of(error: ParseError) -> NumberFlaw {
    match error {
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => NumberFlaw::TooShort,
        ParseError::TooLongNsn => NumberFlaw::TooLong,
        ParseError::InvalidCountryCode | ParseError::NotANumber(_) => NumberFlaw::Invalid,
    }
}

fn reaches_a_person(kind: PhoneNumberType) -> bool {
    match kind {
        PhoneNumberType::Mobile
        | PhoneNumberType::FixedLineOrMobile
        | PhoneNumberType::FixedLine
        | PhoneNumberType::VoIP => true,
        PhoneNumberType::TollFree
        | PhoneNumberType::PremiumRate
        | PhoneNumberType::SharedCost
        | PhoneNumberType::PersonalNumber
        | PhoneNumberType::Pager
        | PhoneNumberType::UAN
        | PhoneNumberType::VoiceMail
        | PhoneNumberType::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberFlaw::{Country, Invalid, OtherCountry, TooLong, TooShort};

    /// The widget offers the countries that are known here, and no other.
    #[test]
    fn the_widget_lists_the_same_countries() {
        let script = include_str!("../../../../pkg/enrolment/countries.js");
        let listed = script
            .lines()
            .find_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\";"))
            .unwrap();
        let codes: Vec<_> = listed.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
        for code in &codes {
            assert_ne!(parse("0", code), Err(Country), "{code}");
        }
        assert_eq!(codes.len(), PHONE_NUMBER_UTIL.get_supported_regions().len());
    }

    #[track_caller]
    fn check(table: &[(&str, &str, Result<&str, NumberFlaw>)]) {
        for (country, text, expected) in table {
            let parsed = parse(text, country);
            let parsed = parsed.as_ref().map(PhoneNumber::expose).map_err(|flaw| *flaw);
            assert_eq!(parsed, *expected, "{country} {text}");
        }
    }

    /// Numbering plans that changed lately, in the old form and in the new one.
    #[test]
    fn numbering_plans_that_changed_lately() {
        check(&[
            // Argentina: a mobile number has a 15 in national form and a 9 in international form.
            ("AR", "011 15-2345-6789", Ok("+5491123456789")),
            ("AR", "+54 9 11 2345 6789", Ok("+5491123456789")),
            ("AR", "+54 11 15 2345 6789", Ok("+5491123456789")),
            ("AR", "0221 15 456-7890", Ok("+5492214567890")),
            ("AR", "11 2345-6789", Ok("+541123456789")),
            // Benin: ten digits that begin with 01, since 30 November 2024.
            ("BJ", "01 97 12 34 56", Ok("+2290197123456")),
            ("BJ", "+229 01 21 34 56 78", Ok("+2290121345678")),
            ("BJ", "97 12 34 56", Err(Invalid)),
            ("BJ", "+229 97 12 34 56", Err(Invalid)),
            // Brazil: nine digits behind the area code; a carrier's code may stand before it.
            ("BR", "(11) 96123-4567", Ok("+5511961234567")),
            ("BR", "0 15 11 96123-4567", Ok("+5511961234567")),
            ("BR", "+55 11 9 6123 4567", Ok("+5511961234567")),
            ("BR", "(11) 6123-4567", Err(Invalid)),
            // Ivory Coast: ten digits, since January 2021.
            ("CI", "07 12 34 56 78", Ok("+2250712345678")),
            ("CI", "+225 27 21 23 45 67", Ok("+2252721234567")),
            ("CI", "07 12 34 56", Err(TooShort)),
            // Italy: the zero of a fixed line is part of the number.
            ("IT", "312 345 6789", Ok("+393123456789")),
            ("IT", "06 1234 5678", Ok("+390612345678")),
            ("IT", "6 1234 5678", Err(Invalid)),
            // Kazakhstan: +7, which it shares with Russia. +997 is reserved and not in use.
            ("KZ", "8 (701) 234-56-78", Ok("+77012345678")),
            ("KZ", "+7 708 123 4567", Ok("+77081234567")),
            ("RU", "+7 708 123 4567", Ok("+77081234567")),
            ("KZ", "+997 701 234 56 78", Err(Invalid)),
            // Mexico: no 1 behind +52, and no 044, 045 or 01, since August 2019.
            ("MX", "55 1234 5678", Ok("+525512345678")),
            ("MX", "+52 55 1234 5678", Ok("+525512345678")),
            ("MX", "+52 1 55 1234 5678", Err(TooLong)),
            ("MX", "044 55 1234 5678", Err(TooLong)),
            ("MX", "01 55 1234 5678", Err(TooLong)),
            // Kosovo: +383. Before, mobile numbers had +377 and fixed lines +381.
            ("XK", "044 123 456", Ok("+38344123456")),
            ("XK", "+383 44 123 456", Ok("+38344123456")),
            ("XK", "+377 44 123 456", Err(OtherCountry)),
            ("XK", "+381 44 123 456", Err(OtherCountry)),
        ]);
    }

    #[test]
    fn a_number_may_be_typed_in_many_ways() {
        check(&[
            ("GB", "07400 123456", Ok("+447400123456")),
            ("GB", "(07400) 123-456", Ok("+447400123456")),
            ("GB", "+44 (0) 7400 123456", Ok("+447400123456")),
            ("GB", "00 44 7400 123456", Ok("+447400123456")),
            ("GB", "\u{202a}+44 7400 123456\u{202c}", Ok("+447400123456")),
            ("GB", "٠٧٤٠٠١٢٣٤٥٦", Ok("+447400123456")),
            ("GB", "＋４４７４００１２３４５６", Ok("+447400123456")),
            ("DE", "0171/1234567", Ok("+491711234567")),
            ("SG", "8888 8888", Ok("+6588888888")),
            ("CA", "+1 201 555 0123", Ok("+12015550123")),
        ]);
    }

    #[test]
    fn what_is_no_number_of_a_person_is_refused() {
        check(&[
            ("GB", "", Err(Invalid)),
            ("US", "(201) 555-012", Err(TooShort)),
            ("US", "(201) 555-01234", Err(TooLong)),
            // Some British numbers have nine digits, mobile ones have ten.
            ("GB", "07400 12345", Err(Invalid)),
            ("GB", "07400 1234567", Err(TooLong)),
            ("GB", "1", Err(Invalid)),
            ("GB", "07400 123456 ext 5", Err(Invalid)),
            ("GB", "07400 123456;ext=5", Err(Invalid)),
            ("GB", "tel:07400123456", Err(Invalid)),
            ("US", "1-800-FLOWERS", Err(Invalid)),
            ("US", "(800) 356-9377", Err(Invalid)),
            ("US", "900 234 5678", Err(Invalid)),
            ("GB", "070 1234 5678", Err(Invalid)),
            ("GB", "+49 171 1234567", Err(OtherCountry)),
            ("GB", "*#06#", Err(Invalid)),
            ("gb", "07400 123456", Err(Country)),
            ("GBR", "07400 123456", Err(Country)),
            ("ZZ", "07400 123456", Err(Country)),
            ("001", "07400 123456", Err(Country)),
            ("", "+447400123456", Err(Country)),
        ]);
    }
}
