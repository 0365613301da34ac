//! Parsers of values that Weavr spells in more than one way.

use sca_protocol::{Currency, Money, PlainText};
use serde_json::Value;

/// The maximum number of digits of an id.
const MAX_ID_DIGITS: usize = 32;

/// Whether a text is an id: 1 to 32 digits, which are safe in a path.
pub(super) fn is_id(text: &str) -> bool {
    (1..=MAX_ID_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Declares the type of an id of Weavr's: 1 to 32 digits. A stored id is validated when it is loaded.
macro_rules! digits_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses an id. `None` unless it is 1 to 32 digits.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                $crate::values::is_id(text).then(|| Self(text.to_owned()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text).ok_or("an id is 1 to 32 digits")
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

pub(super) use digits_id;

/// Parses an id: a text in responses, `{"type", "id"}` in webhooks (<https://api.weavr.io/products/webhooks/openapi>), or a number.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => is_id(text).then(|| text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::Object(members) => match members.get("id")? {
            Value::String(text) => is_id(text).then(|| text.clone()),
            Value::Number(number) => number.as_u64().map(|number| number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        },
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    }
}

/// Parses `{"currency": "EUR", "amount": 2500}`, in minor units. The amount is a text in webhooks
/// (<https://api.weavr.io/products/webhooks/openapi>). `None` unless it is a non-negative whole number in the range of [`Money`].
pub(super) fn money(value: &Value) -> Option<Money> {
    let currency = Currency::new(value.get("currency")?.as_str()?)?;
    let minor = match value.get("amount")? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => digits(text)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Money::new(minor, currency)
}

/// Parses a whole number without sign, space or separator.
fn digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The last four letters and digits of an account; `None` where that would be the whole account.
pub(super) fn tail(account: &str) -> Option<PlainText> {
    let characters: Vec<char> = account.chars().filter(char::is_ascii_alphanumeric).collect();
    let hidden = characters.len().checked_sub(4).filter(|hidden| *hidden > 0)?;
    PlainText::new(&characters.get(hidden..)?.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sca_protocol::money::MAX_MINOR;
    use serde_json::json;

    #[test]
    fn amounts_are_whole_numbers_or_texts_of_them() {
        let minor = |amount: Value| money(&json!({"currency": "EUR", "amount": amount})).map(|money| money.minor());
        for amount in [json!(2500), json!("2500"), json!("0002500")] {
            assert_eq!(minor(amount.clone()), Some(2500), "{amount}");
        }
        assert_eq!(minor(json!(0)), Some(0));
        assert_eq!(minor(json!(MAX_MINOR)), Some(MAX_MINOR));
        for amount in [
            json!(-2500),
            json!("-2500"),
            json!("+2500"),
            json!(2500.0),
            json!(25.5),
            json!("25.50"),
            json!("2,500"),
            json!("2500 "),
            json!("2e3"),
            json!("٢٥٠٠"),
            json!(""),
            json!(MAX_MINOR + 1),
            json!((MAX_MINOR + 1).to_string()),
            json!(u64::MAX),
            json!("99999999999999999999999999999999"),
            json!(1e300),
            json!(null),
            json!(true),
            json!([2500]),
            json!({"amount": 2500}),
        ] {
            assert_eq!(minor(amount.clone()), None, "{amount}");
        }
        for currency in [json!("eur"), json!("EURO"), json!(""), json!(978), json!(null)] {
            assert_eq!(money(&json!({"currency": currency, "amount": 1})), None);
        }
    }

    #[test]
    fn ids_are_digits_in_every_form() {
        for value in [
            json!("115"),
            json!(115),
            json!({"type": "sends", "id": "115"}),
            json!({"id": 115}),
        ] {
            assert_eq!(id(&value).as_deref(), Some("115"), "{value}");
        }
        for value in [
            json!(""),
            json!("11 5"),
            json!("../115"),
            json!("1%2F5"),
            json!("１１５"),
            json!("1".repeat(33)),
            json!(-115),
            json!(1.5),
            json!(null),
            json!([115]),
            json!({"type": "sends"}),
            json!({"id": {"id": "115"}}),
        ] {
            assert_eq!(id(&value), None, "{value}");
        }
    }

    #[test]
    fn an_account_is_never_shown_in_full() {
        assert_eq!(tail("DE89 3704 0044 0532 0130 00").unwrap().as_str(), "3000");
        assert_eq!(tail("12345").unwrap().as_str(), "2345");
        for account in ["", "1234", "12 34", "----"] {
            assert_eq!(tail(account), None, "{account}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_the_same_in_both_forms(minor in any::<u64>()) {
            let number = money(&json!({"currency": "GBP", "amount": minor}));
            let text = money(&json!({"currency": "GBP", "amount": minor.to_string()}));
            prop_assert_eq!(number, text);
            prop_assert_eq!(number.map(|money| money.minor()), (minor <= MAX_MINOR).then_some(minor));
        }

        #[test]
        fn no_text_is_parsed_as_another_amount(text in "\\PC{0,24}") {
            let read = money(&json!({"currency": "EUR", "amount": text}));
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let expected = is_plain.then(|| text.parse::<u64>().ok()).flatten().filter(|minor| *minor <= MAX_MINOR);
            prop_assert_eq!(read.map(|money| money.minor()), expected);
        }

        #[test]
        fn an_id_is_safe_in_a_path(text in "\\PC{0,40}") {
            if let Some(name) = id(&json!(text)) {
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_digit()) && (1..=32).contains(&name.len()));
            }
        }
    }
}
