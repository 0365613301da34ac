//! Amounts of money in a currency's main unit, exact to a thousandth.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value, json};

/// A decimal number of a currency's main unit. A thousandth is the finest any common currency needs (the dinars).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount {
    thousandths: i64,
}

/// The text is not a decimal number with at most three places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParseAmountError;

impl Amount {
    /// An amount from a number of hundredths, for example 125 000 for 1 250.00.
    pub(crate) const fn from_hundredths(hundredths: i64) -> Self {
        Self {
            thousandths: hundredths.saturating_mul(10),
        }
    }

    /// The sum, held at the ends of the range.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            thousandths: self.thousandths.saturating_add(other.thousandths),
        }
    }

    /// The difference, held at the ends of the range.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            thousandths: self.thousandths.saturating_sub(other.thousandths),
        }
    }

    /// As Wise prints it: a JSON number, whole where it is whole.
    pub(crate) fn to_number(self) -> Value {
        if self.thousandths % 1000 == 0 {
            return Value::from(self.thousandths / 1000);
        }
        // A double holds fifteen digits exactly, so what is printed is what was stored.
        self.to_string()
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number)
    }

    /// `{"value": ..., "currency": ...}`.
    pub(crate) fn to_money(self, currency: &str) -> Value {
        json!({"value": self.to_number(), "currency": currency})
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.thousandths < 0 { "-" } else { "" };
        let magnitude = self.thousandths.unsigned_abs();
        write!(formatter, "{sign}{}.{:03}", magnitude / 1000, magnitude % 1000)
    }
}

impl FromStr for Amount {
    type Err = ParseAmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 3 || !all_digits(whole) || !all_digits(fraction) {
            return Err(ParseAmountError);
        }
        let magnitude: i64 = format!("{whole}{fraction:0<3}").parse().map_err(|_| ParseAmountError)?;
        Ok(Self {
            thousandths: if negative { -magnitude } else { magnitude },
        })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|ParseAmountError| {
            serde::de::Error::custom("an amount is a string with at most three decimal places, like \"1250.00\"")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Amount;

    #[test]
    fn prints_whole_amounts_whole_and_others_exactly() {
        let printed = |text: &str| text.parse::<Amount>().map(Amount::to_number);
        assert_eq!(printed("1250.00"), Ok(json!(1250)));
        assert_eq!(printed("98000"), Ok(json!(98000)));
        assert_eq!(printed("-86.40"), Ok(json!(-86.4)));
        assert_eq!(printed("0.005"), Ok(json!(0.005)));
        assert_eq!(printed("999999999999.991"), Ok(json!(999_999_999_999.991)));
    }

    #[test]
    fn refuses_what_is_not_a_decimal() {
        for text in ["", ".5", "1.2345", "1,50", "1e3", "--1", "+1", "99999999999999999999"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }
}
