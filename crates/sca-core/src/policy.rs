//! Which transfers need an approval: all that no exemption covers. The exemptions are the partner's.

use sca_protocol::{
    Currency, Money,
    exemption::{LowValue, LowValueUsage},
};
use serde::{Deserialize, Serialize};

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct Region([u8; 2]);

impl Region {
    /// Reads a code. `None` unless it is two ASCII capital letters.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.as_str().to_owned()
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <String as Deserialize>::deserialize(deserializer)?;
        Self::new(&code).ok_or_else(|| serde::de::Error::custom("a region is two capital letters"))
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An exemption of the partner's: transfers in a currency up to an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The currency (ISO 4217).
    pub currency: Currency,
    /// The highest exempt amount, in the currency's minor unit: 1000000 is 10,000.00 USD. Zero exempts nothing.
    pub up_to: u64,
    /// The regions where it applies. If empty: all regions that no other exemption for the same currency names.
    pub regions: Vec<Region>,
}

/// Which transfers need an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    exemptions: Vec<Exemption>,
    low_value: Vec<LowValue>,
}

/// Why a transfer is exempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExemptionReason {
    /// An exemption of the partner's covers the amount.
    Threshold(Money),
    /// The low-value exemption covers it, unless the customer's cumulative usage has reached its limit.
    LowValueExemption(LowValueExemption),
}

/// A low-value transfer (Delegated Regulation (EU) 2018/389, article 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowValueExemption {
    amount: Money,
    region: Region,
    exemption: LowValue,
}

impl ExemptionReason {
    /// The transfer's amount.
    #[must_use]
    pub fn amount(&self) -> Money {
        match self {
            Self::Threshold(amount) | Self::LowValueExemption(LowValueExemption { amount, .. }) => *amount,
        }
    }

    /// Whether it still holds after the customer's usage since the last authentication.
    #[must_use]
    pub fn holds_after(&self, before: LowValueUsage) -> bool {
        match self {
            Self::Threshold(_) => true,
            Self::LowValueExemption(small) => small.exemption.allows(small.amount, small.region.as_str(), before),
        }
    }
}

impl Policy {
    /// A policy of exemptions. Without any, every transfer needs an approval.
    #[must_use]
    pub fn new(exemptions: Vec<Exemption>) -> Self {
        Self {
            exemptions,
            low_value: Vec::new(),
        }
    }

    /// The policy with the low-value exemptions of these laws.
    #[must_use]
    pub fn with_low_value(self, low_value: Vec<LowValue>) -> Self {
        Self { low_value, ..self }
    }

    /// Why a transfer is exempt, or `None`. If exemptions for the currency name the region, only those count; of several, the one with the
    /// lowest amount.
    #[must_use]
    pub fn exemption_reason(&self, amount: Money, region: Region) -> Option<ExemptionReason> {
        let of_currency = || self.exemptions.iter().filter(|rule| rule.currency == amount.currency());
        let threshold =
            |up_to: u64| (up_to > 0 && amount.minor() <= up_to).then_some(ExemptionReason::Threshold(amount));
        let named = of_currency().filter(|rule| rule.regions.contains(&region));
        if let Some(up_to) = named.map(|rule| rule.up_to).min() {
            return threshold(up_to);
        }
        let elsewhere = of_currency().filter(|rule| rule.regions.is_empty());
        let elsewhere = elsewhere.map(|rule| rule.up_to).min().and_then(threshold);
        let small = |exemption: &LowValue| {
            ExemptionReason::LowValueExemption(LowValueExemption {
                amount,
                region,
                exemption: *exemption,
            })
        };
        let mut small = self.low_value.iter().map(small);
        elsewhere.or_else(|| small.find(|reason| reason.holds_after(LowValueUsage::default())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (&'static str, u64, &'static [&'static str]);

    fn policy(rows: &[Row]) -> Policy {
        let exemption = |(currency, up_to, regions): &Row| Exemption {
            currency: Currency::new(currency).unwrap(),
            up_to: *up_to,
            regions: regions.iter().map(|code| Region::new(code).unwrap()).collect(),
        };
        Policy::new(rows.iter().map(exemption).collect())
    }

    fn exempt(policy: &Policy, minor: u64, currency: &str, region: &str) -> bool {
        let amount = Money::new(minor, Currency::new(currency).unwrap()).unwrap();
        policy.exemption_reason(amount, Region::new(region).unwrap()).is_some()
    }

    const EXEMPTIONS: [Row; 4] = [
        ("USD", 1_000_000, &[]),
        ("USD", 100_000, &["NG", "PA"]),
        ("USD", 0, &["KP"]),
        ("JPY", 1_500_000, &["JP"]),
    ];

    #[test]
    fn the_threshold_itself_is_exempt_and_one_more_is_held() {
        let policy = policy(&EXEMPTIONS);
        for (minor, currency, region, expected) in [
            (0, "USD", "US", true),
            (1_000_000, "USD", "US", true),
            (1_000_001, "USD", "US", false),
            (100_000, "USD", "NG", true),
            (100_001, "USD", "NG", false),
            (100_001, "USD", "PA", false),
            (0, "USD", "KP", false),
            (1, "USD", "KP", false),
            (1_500_000, "JPY", "JP", true),
            (1_500_001, "JPY", "JP", false),
            // Named for Japan only.
            (1, "JPY", "US", false),
        ] {
            assert_eq!(
                exempt(&policy, minor, currency, region),
                expected,
                "{minor} {currency} {region}"
            );
        }
    }

    #[test]
    fn an_unknown_currency_and_an_empty_policy_exempt_nothing() {
        let policy = policy(&EXEMPTIONS);
        for currency in ["EUR", "XXX", "BTC"] {
            assert!(!exempt(&policy, 0, currency, "US"));
        }
        assert!(!exempt(&Policy::default(), 0, "USD", "US"));
    }

    #[test]
    fn of_two_exemptions_the_lower_one_counts() {
        let mut doubled = EXEMPTIONS.to_vec();
        doubled.push(("USD", 5, &[]));
        let policy = policy(&doubled);
        assert!(exempt(&policy, 5, "USD", "US"));
        assert!(!exempt(&policy, 6, "USD", "US"));
        assert!(exempt(&policy, 100_000, "USD", "NG"));
    }

    #[test]
    fn low_value_transfers_are_exempt_up_to_the_cumulative_limit() {
        use sca_protocol::exemption::{EU, UK};
        let policy = Policy::default().with_low_value(vec![EU, UK]);
        let used_up = LowValueUsage {
            cumulative: 15_000,
            count: 5,
        };
        for (minor, currency, region, expected) in [
            (3_000, "EUR", "DE", true),
            (3_001, "EUR", "DE", false),
            (3_000, "EUR", "GB", false),
            (2_500, "GBP", "GB", true),
            (2_501, "GBP", "GB", false),
            (100, "SEK", "SE", false),
            (100, "USD", "US", false),
        ] {
            let amount = Money::new(minor, Currency::new(currency).unwrap()).unwrap();
            let reason = policy.exemption_reason(amount, Region::new(region).unwrap());
            assert_eq!(reason.is_some(), expected, "{minor} {currency} {region}");
            assert!(reason.is_none_or(|reason| !reason.holds_after(used_up)));
        }
        assert!(!exempt(&Policy::default(), 1, "EUR", "DE"));
        assert!(!exempt(&Policy::default().with_low_value(vec![UK]), 1, "EUR", "DE"));
    }

    #[test]
    fn an_exemption_for_a_region_takes_precedence_over_low_value() {
        use sca_protocol::exemption::EU;
        let policy = policy(&[("EUR", 500, &[]), ("EUR", 0, &["MT"])]).with_low_value(vec![EU]);
        assert!(!exempt(&policy, 1, "EUR", "MT"));
        let amount = |minor| Money::new(minor, Currency::new("EUR").unwrap()).unwrap();
        let germany = Region::new("DE").unwrap();
        assert_eq!(
            policy.exemption_reason(amount(500), germany),
            Some(ExemptionReason::Threshold(amount(500)))
        );
        assert!(matches!(
            policy.exemption_reason(amount(501), germany),
            Some(ExemptionReason::LowValueExemption(_))
        ));
        assert_eq!(policy.exemption_reason(amount(3_001), germany), None);
    }

    #[test]
    fn a_region_is_two_capital_letters() {
        for text in ["", "U", "us", "USA", "U1", "É"] {
            assert_eq!(Region::new(text), None, "{text}");
        }
    }
}
