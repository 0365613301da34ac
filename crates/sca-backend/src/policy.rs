//! Which transfers are held: all but those that an exemption names. Data, so that a partner's risk people can write it down.

use sca_protocol::{Currency, Money};
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

/// Transfers in a currency that need not be held, up to an amount.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The currency. Others are not exempt through this.
    pub currency: Currency,
    /// The highest amount that need not be held, in the currency's minor unit: 1000000 is 10,000.00 USD. Zero exempts nothing.
    pub up_to: u64,
    /// Where it holds. Empty: everywhere that no exemption for the same currency names.
    #[serde(default)]
    pub regions: Vec<Region>,
}

/// Which transfers are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<Exemption>);

impl Policy {
    /// A policy of exemptions. Without any, every transfer is held.
    #[must_use]
    pub fn new(exemptions: Vec<Exemption>) -> Self {
        Self(exemptions)
    }

    /// Whether a transfer need not be held. Where exemptions name the region, only they count; of several the lowest amount does.
    #[must_use]
    pub fn is_exempt(&self, amount: Money, region: Region) -> bool {
        let of_currency = || self.0.iter().filter(|rule| rule.currency == amount.currency());
        let lowest = |named: bool| {
            of_currency()
                .filter(|rule| {
                    if named {
                        rule.regions.contains(&region)
                    } else {
                        rule.regions.is_empty()
                    }
                })
                .map(|rule| rule.up_to)
                .min()
        };
        lowest(true)
            .or_else(|| lowest(false))
            .is_some_and(|up_to| up_to > 0 && amount.minor() <= up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Policy {
        #[derive(Deserialize)]
        struct File {
            exemptions: Vec<Exemption>,
        }
        Policy::new(toml::from_str::<File>(text).unwrap().exemptions)
    }

    fn exempt(policy: &Policy, minor: u64, currency: &str, region: &str) -> bool {
        let amount = Money::new(minor, Currency::new(currency).unwrap()).unwrap();
        policy.is_exempt(amount, Region::new(region).unwrap())
    }

    const FILE: &str = r#"
        [[exemptions]]
        currency = "USD"
        up_to = 1000000
        [[exemptions]]
        currency = "USD"
        up_to = 100000
        regions = ["NG", "PA"]
        [[exemptions]]
        currency = "USD"
        up_to = 0
        regions = ["KP"]
        [[exemptions]]
        currency = "JPY"
        up_to = 1500000
        regions = ["JP"]
    "#;

    #[test]
    fn the_threshold_itself_is_exempt_and_one_more_is_held() {
        let policy = policy(FILE);
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
        let policy = policy(FILE);
        for currency in ["EUR", "XXX", "BTC"] {
            assert!(!exempt(&policy, 0, currency, "US"));
        }
        assert!(!exempt(&Policy::default(), 0, "USD", "US"));
    }

    #[test]
    fn of_two_exemptions_the_lower_one_counts() {
        let doubled = format!("{FILE}\n[[exemptions]]\ncurrency = \"USD\"\nup_to = 5\n");
        let policy = policy(&doubled);
        assert!(exempt(&policy, 5, "USD", "US"));
        assert!(!exempt(&policy, 6, "USD", "US"));
        assert!(exempt(&policy, 100_000, "USD", "NG"));
    }

    #[test]
    fn a_region_is_two_capital_letters() {
        for text in ["", "U", "us", "USA", "U1", "É"] {
            assert_eq!(Region::new(text), None, "{text}");
        }
    }
}
