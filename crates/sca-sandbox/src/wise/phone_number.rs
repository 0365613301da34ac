//! The customer's [phone number](https://docs.wise.com/api-reference/user-security), to which codes are sent.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::seed::CLIENT_ID;

/// Digits of the shortest and of the longest number that is accepted;
/// [E.164](https://www.itu.int/rec/T-REC-E.164) allows at most 15.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A number in international form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhoneNumber(String);

impl PhoneNumber {
    /// `+` and 7 to 15 digits; anything else is `None`. Whether such a country or area exists is not checked.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(text.to_owned()))
    }

    /// The number with all but its last four characters hidden.
    pub(crate) fn masked(&self) -> String {
        let hidden = self.0.len().saturating_sub(4);
        self.0
            .chars()
            .enumerate()
            .map(|(at, digit)| if at < hidden { '*' } else { digit })
            .collect()
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a phone number is + and 7 to 15 digits"))
    }
}

/// A number that the partner registered. Wise knows no other type than `PRIMARY`, and the partner verified it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegisteredPhone {
    pub(crate) id: u64,
    pub(crate) number: PhoneNumber,
}

impl RegisteredPhone {
    /// The number in JSON, as the phone endpoints return it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "phoneNumber": self.number.to_string(),
            "type": "PRIMARY",
            "verified": true,
            "clientId": CLIENT_ID,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;

    #[test]
    fn a_number_is_a_plus_and_digits() {
        for number in ["+6588888888", "+441632968888", "+1234567"] {
            assert!(PhoneNumber::parse(number).is_some(), "{number}");
        }
        for other in [
            "",
            "+",
            "6588888888",
            "+65 8888 8888",
            "+123456",
            "+1234567890123456",
            "+65a8888888",
        ] {
            assert!(PhoneNumber::parse(other).is_none(), "{other}");
        }
    }
}
