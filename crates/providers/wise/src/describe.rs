//! The action of a call, as the customer is shown it. It is built from the request and from Wise's data, never from the partner's page.

use http::{Method, StatusCode};
use jiff::{Timestamp, civil::Date, tz::Offset};
use sca_protocol::{Action, Currency, Money, Payment, PlainText, Statement, action::Payments};
use serde_json::Value;

use super::{Wise, paths::ProfileId};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};
use sca_provider_http::Call;

/// A call that can be described. Both kinds are protected by SCA: <https://docs.wise.com/guides/developer/auth-and-security/sca-over-api>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Describable {
    /// Reading a balance statement.
    Statement {
        /// The profile.
        profile: ProfileId,
        /// The balance.
        balance: String,
        /// The currency that the request names.
        currency: Option<Currency>,
        /// The first day.
        from: PlainText,
        /// The last day.
        to: PlainText,
    },
    /// Funding a transfer.
    Transfer {
        /// The transfer.
        transfer: String,
    },
}

impl Describable {
    /// Recognises a call by its method and path. `None` for other calls, and for a query with more than one interpretation.
    #[must_use]
    pub fn recognise(method: &Method, path_and_query: &str) -> Option<Self> {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match (method, segments.as_slice()) {
            (&Method::GET, [.., "profiles", profile, "balance-statements", balance, file])
                if file.starts_with("statement.") && is_number(balance) =>
            {
                Some(Self::Statement {
                    profile: ProfileId::new(profile)?,
                    balance: (*balance).into(),
                    currency: match parameter(query, "currency") {
                        Parameter::Once(value) => Some(Currency::new(&value)?),
                        Parameter::Never => None,
                        Parameter::Often => return None,
                    },
                    from: day(&parameter(query, "intervalStart").once()?)?,
                    to: day(&parameter(query, "intervalEnd").once()?)?,
                })
            }
            (&Method::POST, [.., "profiles", _, "transfers", transfer, "payments"]) if is_number(transfer) => {
                Some(Self::Transfer {
                    transfer: (*transfer).into(),
                })
            }
            (_, _) => None,
        }
    }
}

impl Wise {
    /// Describes a call, with data that it reads from Wise with the customer's token.
    ///
    /// # Errors
    /// When Wise gives no usable response.
    pub async fn describe(&self, call: &Describable, token: &Secret) -> Result<Action, ProviderError> {
        match call {
            Describable::Statement {
                profile,
                balance,
                currency,
                from,
                to,
            } => {
                let named = match self.get_json(self.paths.balance(profile, balance), token).await {
                    Ok(answer) => account_label(&answer),
                    // The request names the currency, which is enough.
                    Err(_) => None,
                };
                let from_request = || PlainText::new(&format!("{} balance", currency.as_ref()?.as_str()));
                let account = named
                    .or_else(from_request)
                    .ok_or(ProviderError::Unusable(InvalidResponse::Body))?;
                Ok(Action::Statement(Statement {
                    account,
                    from: from.clone(),
                    to: to.clone(),
                }))
            }
            Describable::Transfer { transfer } => {
                let transfer = self.get_json(self.paths.transfer(transfer), token).await?;
                let recipient = number_text(transfer.get("targetAccount"))
                    .filter(|id| is_number(id))
                    .ok_or(ProviderError::Unusable(InvalidResponse::Body))?;
                let recipient = self.get_json(self.paths.recipient(&recipient), token).await?;
                payment(&transfer, &recipient)
                    .and_then(|payment| Payments::new(vec![payment]))
                    .map(Action::Payments)
                    .ok_or(ProviderError::Unusable(InvalidResponse::Body))
            }
        }
    }

    async fn get_json(&self, path: String, token: &Secret) -> Result<Value, ProviderError> {
        let call = Call::new("describe", Method::GET, path).bearer(token)?;
        let answer = self.http.call(call).await?;
        if answer.status != StatusCode::OK {
            return Err(ProviderError::Unusable(InvalidResponse::Status(answer.status.as_u16())));
        }
        serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body))
    }
}

fn is_number(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The occurrences of a query parameter. Of a parameter that occurs twice, the customer could be shown one value while Wise uses the
/// other.
enum Parameter {
    Never,
    Once(String),
    Often,
}

impl Parameter {
    fn once(self) -> Option<String> {
        match self {
            Self::Once(value) => Some(value),
            Self::Never | Self::Often => None,
        }
    }
}

/// A parameter of a form-encoded query. Names are compared without case.
fn parameter(query: &str, name: &str) -> Parameter {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.into_owned());
    match (values.next(), values.next()) {
        (Some(value), None) => Parameter::Once(value),
        (None, _) => Parameter::Never,
        (Some(_), Some(_)) => Parameter::Often,
    }
}

/// A date, or the date in UTC of a timestamp of RFC 3339, as Java, Go, .NET and Python write it.
fn day(text: &str) -> Option<PlainText> {
    // A `+` that is not escaped in a query is a blank.
    let text = text.replace(' ', "+");
    // No name of a time zone.
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"-+:.TtZz".contains(&byte));
    let date = if text.len() == "2026-01-31".len() {
        text.parse::<Date>().ok()?
    } else {
        Offset::UTC.to_datetime(text.parse::<Timestamp>().ok()?).date()
    };
    PlainText::new(&date.to_string()).filter(|_| is_plain)
}

/// The label of a balance: its name, or else its currency.
fn account_label(balance: &Value) -> Option<PlainText> {
    let own_name = balance.get("name").and_then(Value::as_str).and_then(PlainText::new);
    let currency = || Currency::new(balance.get("currency")?.as_str()?);
    own_name.or_else(|| PlainText::new(&format!("{} balance", currency()?.as_str())))
}

/// The amount that the payee receives, the payee and the reference.
fn payment(transfer: &Value, recipient: &Value) -> Option<Payment> {
    let currency = Currency::new(transfer.get("targetCurrency")?.as_str()?)?;
    let amount = Money::from_decimal(&number_text(transfer.get("targetValue"))?, currency)?;
    let payee = ["accountHolderName", "name"]
        .iter()
        .find_map(|member| full_name(recipient.get(member)?))
        .and_then(|name| PlainText::new(&name))?;
    let reference = transfer
        .get("details")
        .and_then(|details| details.get("reference"))
        .or_else(|| transfer.get("reference"))
        .and_then(Value::as_str)
        .and_then(PlainText::new);
    Some(Payment {
        amount,
        payee,
        account_tail: account_tail(recipient),
        reference,
    })
}

/// A name as text, or in the newer form of a recipient: `{"fullName": "…"}`.
fn full_name(value: &Value) -> Option<String> {
    value
        .as_str()
        .or_else(|| value.get("fullName")?.as_str())
        .map(str::to_owned)
}

/// The last four characters of the payee's account.
fn account_tail(recipient: &Value) -> Option<PlainText> {
    let details = recipient.get("details")?;
    let account = ["iban", "IBAN", "accountNumber"]
        .iter()
        .find_map(|member| details.get(member)?.as_str())?;
    let characters: Vec<char> = account.chars().filter(char::is_ascii_alphanumeric).collect();
    let tail = characters.get(characters.len().checked_sub(4)?..)?;
    PlainText::new(&tail.iter().collect::<String>())
}

fn number_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(decimal(&number.to_string())),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number without a trailing `.0`, which JSON libraries add to whole numbers.
fn decimal(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn statements_and_transfers_are_recognised_in_every_path_generation() {
        for path in [
            "/v1/profiles/101/balance-statements/64/statement.json?currency=EUR&intervalStart=2026-01-01T00:00:00.000Z&intervalEnd=2026-01-31T23:59:59.999Z",
            "/2026Q3/profiles/101/balance-statements/64/statement.pdf?intervalStart=2026-01-01&intervalEnd=2026-01-31",
        ] {
            let Some(Describable::Statement { from, to, balance, .. }) = Describable::recognise(&Method::GET, path)
            else {
                panic!("{path}");
            };
            assert_eq!(
                (from.as_str(), to.as_str(), balance.as_str()),
                ("2026-01-01", "2026-01-31", "64")
            );
            assert_eq!(Describable::recognise(&Method::POST, path), None);
        }
        for path in [
            "/v3/profiles/101/transfers/5001/payments",
            "/2026Q3/profiles/101/transfers/5001/payments",
        ] {
            let transfer = "5001".into();
            assert_eq!(
                Describable::recognise(&Method::POST, path),
                Some(Describable::Transfer { transfer })
            );
        }
        for path in ["/", "/v1/profiles/1/balances", "/v3/profiles/1/transfers/x/payments"] {
            assert_eq!(Describable::recognise(&Method::POST, path), None, "{path}");
        }
    }

    #[test]
    fn a_time_in_another_zone_is_described_by_its_day_in_utc() {
        for (time, expected) in [
            ("2026-02-01T00:30:00+01:00", "2026-01-31"),
            ("2026-01-31T23:59:59.999+01:00", "2026-01-31"),
            ("2026-02-01T00:30:00 01:00", "2026-01-31"),
            ("2026-01-30T12:00:00-12:00", "2026-01-31"),
            ("2026-01-31t23:59:59.123456789z", "2026-01-31"),
        ] {
            assert_eq!(
                day(time).map(|day| day.as_str().to_owned()).as_deref(),
                Some(expected),
                "{time}"
            );
        }
    }

    #[test]
    fn a_statement_with_an_ambiguous_query_is_not_described() {
        let recognised = |query: &str| {
            let path = format!("/v1/profiles/101/balance-statements/64/statement.json?{query}");
            Describable::recognise(&Method::GET, &path).is_some()
        };
        let interval = "intervalStart=2026-01-01&intervalEnd=2026-01-31";
        assert!(recognised(interval));
        assert!(recognised(&format!("{interval}&currency=EUR&type=COMPACT")));
        assert!(recognised(
            "interval%53tart=2026-01-01T00%3A00%3A00Z&intervalEnd=2026-01-31"
        ));
        for end in [
            "2026-01-31T23:59:59Z",
            "2026-01-31T23:59:59.9Z",
            "2026-01-31T23:59:59.999999Z",
            "2026-01-31T23:59:59.9999999Z",
            "2026-01-31T23:59:59.999999999Z",
            "2026-01-31t23:59:59z",
            "2026-01-31T23:59:59%2B00:00",
            "2026-01-31T23:59:59.999999%2B00%3A00",
            "2026-01-31T23:59:59+00:00",
            "2026-01-31T23:59:59-00:00",
            "2026-01-31T23:59Z",
        ] {
            assert!(
                recognised(&format!("intervalStart=2026-01-01&intervalEnd={end}")),
                "{end}"
            );
        }
        for twice in [
            "interval%53tart=2001-01-01",
            "intervalStart=2001-01-01",
            "intervalstart=2001-01-01",
            "intervalEnd=2026-12-31",
            "intervalEnd",
            "currency=EUR&currency=USD",
            "currency=EUR&c%75rrency=USD",
            "currency=euro",
        ] {
            assert!(!recognised(&format!("{twice}&{interval}")), "{twice}");
            assert!(!recognised(&format!("{interval}&{twice}")), "{twice}");
        }
        for end in [
            "2026-01-3199",
            "2026-01-31T23:59:59",
            "2026-01-31T23:59:59%2B01:00[Europe/Paris]",
            "2026-01-31T23:59:59%2B30:00",
            "2026-01-31T23:59:59.Z",
            "2026-01-31T23:59:59.9999999999Z",
            "2026-01-31T23:59:59.9.9Z",
            "2026-02-30",
            "2026-01-31Z",
            "2026-01-31 23:59:59Z",
            "2026-01-é1",
            "2026-01-31,2027-01-31",
            "2026-01-31%00",
            "2026-1-31",
            "",
        ] {
            assert!(
                !recognised(&format!("intervalStart=2026-01-01&intervalEnd={end}")),
                "{end}"
            );
        }
    }

    #[test]
    fn a_payment_shows_the_data_that_wise_returns() {
        let recipient =
            json!({"accountHolderName": "Acme\u{202E} Ltd", "details": {"IBAN": "DE89 3704 0044 0532 0130 00"}});
        let transfer = |value: Value, currency: &str| json!({"targetValue": value, "targetCurrency": currency, "details": {"reference": "INV 7"}});
        let shown = payment(&transfer(json!(1250.5), "EUR"), &recipient).unwrap();
        assert_eq!(shown.amount.to_decimal(), "1250.50");
        assert_eq!(shown.payee.as_str(), "Acme Ltd");
        assert_eq!(shown.account_tail.unwrap().as_str(), "3000");
        assert_eq!(
            payment(&transfer(json!(1250.0), "JPY"), &recipient)
                .unwrap()
                .amount
                .minor(),
            1250
        );
        for (value, currency) in [
            (json!(1.005), "EUR"),
            (json!(-1), "EUR"),
            (json!(null), "EUR"),
            (json!(1), "eur"),
            (json!(1e30), "EUR"),
        ] {
            assert!(payment(&transfer(value, currency), &recipient).is_none());
        }
        assert!(payment(&transfer(json!(1), "EUR"), &json!({})).is_none());
    }
}
