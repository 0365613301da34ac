//! Amounts of money in minor units.

/// The largest amount, in minor units, that every JSON parser represents exactly: 2^53 - 1.
pub const MAX_MINOR: u64 = 9_007_199_254_740_991;

/// An ISO 4217 alphabetic code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code. `None` unless it is three ASCII capital letters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number of decimal digits of the currency's minor unit (ISO 4217, table A.1); two unless the table below lists the code.
    #[must_use]
    pub fn decimals(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

/// An amount, in the currency's minor unit: 1250.00 EUR is 125000. Never negative and never above 2^53 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    #[cfg_attr(feature = "openapi", schema(maximum = 9_007_199_254_740_991_u64))]
    minor: u64,
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", example = "EUR")
    )]
    currency: Currency,
}

impl Money {
    /// An amount in minor units. `None` above [`MAX_MINOR`].
    #[must_use]
    pub fn new(minor: u64, currency: Currency) -> Option<Self> {
        (minor <= MAX_MINOR).then_some(Self { minor, currency })
    }

    /// Reads a plain decimal number such as `1250`, `1250.5` or `1250.00`, as providers print amounts. `None` when it is
    /// negative, not a number, or finer than the currency's minor unit.
    #[must_use]
    pub fn from_decimal(decimal: &str, currency: Currency) -> Option<Self> {
        let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
        let fraction = fraction.trim_end_matches('0');
        let decimals = usize::try_from(currency.decimals()).ok()?;
        let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) || fraction.len() > decimals {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let scale = 10_u64.checked_pow(currency.decimals())?;
        let mut minor_fraction: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        for _ in fraction.len()..decimals {
            minor_fraction = minor_fraction.checked_mul(10)?;
        }
        Self::new(whole.checked_mul(scale)?.checked_add(minor_fraction)?, currency)
    }

    /// The amount in minor units.
    #[must_use]
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount as a plain decimal number with all of the currency's decimals: `1250.00`, `5000`, `1.500`.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        let decimals = self.currency.decimals();
        let scale = 10_u64.pow(decimals);
        let mut text = (self.minor / scale).to_string();
        if decimals > 0 {
            text.push('.');
            let fraction = (self.minor % scale).to_string();
            for _ in fraction.len()..usize::try_from(decimals).unwrap_or_default() {
                text.push('0');
            }
            text.push_str(&fraction);
        }
        text
    }
}

#[cfg(feature = "serde")]
mod serialised {
    use super::{Currency, Money};

    impl serde::Serialize for Currency {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.as_str())
        }
    }

    impl<'de> serde::Deserialize<'de> for Currency {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let code = <String as serde::Deserialize>::deserialize(deserializer)?;
            Self::new(&code).ok_or_else(|| serde::de::Error::custom("a currency is three capital letters"))
        }
    }

    impl<'de> serde::Deserialize<'de> for Money {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(serde::Deserialize)]
            struct Raw {
                minor: u64,
                currency: Currency,
            }
            let raw = Raw::deserialize(deserializer)?;
            Self::new(raw.minor, raw.currency).ok_or_else(|| serde::de::Error::custom("the amount is too large"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    /// Compares every code that `iso_currency` knows, and no other, with the table.
    #[test]
    fn the_minor_units_are_those_of_iso_4217() {
        use iso_currency::IntoEnumIterator;
        let mut compared = 0;
        for theirs in iso_currency::Currency::iter() {
            // Metals, funds and testing codes have none.
            let Some(exponent) = theirs.exponent() else { continue };
            assert_eq!(
                currency(theirs.code()).decimals(),
                u32::from(exponent),
                "{}",
                theirs.code()
            );
            compared += 1;
        }
        assert!(compared > 150, "{compared}");
    }

    #[test]
    fn decimals_follow_the_currency() {
        for (minor, code, text) in [
            (125_000, "EUR", "1250.00"),
            (5, "EUR", "0.05"),
            (5000, "JPY", "5000"),
            (1500, "KWD", "1.500"),
            (MAX_MINOR, "USD", "90071992547409.91"),
        ] {
            assert_eq!(Money::new(minor, currency(code)).unwrap().to_decimal(), text);
        }
    }

    #[test]
    fn amounts_that_are_not_exact_are_refused() {
        for text in [
            "",
            "-1",
            "1.005",
            "1e3",
            "1,000",
            ".5",
            "90071992547409.92",
            "1.2.3",
            " 1",
        ] {
            assert_eq!(Money::from_decimal(text, currency("EUR")), None, "{text}");
        }
        assert_eq!(Money::from_decimal("1.5", currency("JPY")), None);
        assert_eq!(Currency::new("eur"), None);
        assert_eq!(Currency::new("EU"), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_was_frozen(minor in 0..=MAX_MINOR, code in "(EUR|JPY|KWD|CLF|GBP)") {
            let money = Money::new(minor, currency(&code)).unwrap();
            prop_assert_eq!(Money::from_decimal(&money.to_decimal(), money.currency()), Some(money));
        }
    }
}
