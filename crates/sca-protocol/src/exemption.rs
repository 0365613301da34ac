//! The exemption of low-value payments from strong customer authentication: Delegated Regulation (EU) 2018/389, article 16, and
//! the same article of the United Kingdom's technical standards. The limits are data. The caller keeps the [`LowValueUsage`] of
//! each payer.

use crate::Money;

/// The low-value exemption of one jurisdiction. Amounts are in the currency's minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowValue {
    /// Its name in a configuration: `EU`, `UK`.
    pub name: &'static str,
    /// The currency of its limits; payments in another are not exempt.
    pub currency: &'static str,
    /// The largest exempt payment.
    pub per_payment: u64,
    /// The largest sum of all payments since the last authentication, this one included.
    pub cumulative: u64,
    /// The largest number of payments since the last authentication, this one included.
    pub count: u32,
    /// Where it applies: ISO 3166-1 alpha-2 codes.
    pub countries: &'static [&'static str],
}

/// What a payer has paid in one currency without authentication, under any exemption, since they last authenticated. The next
/// authentication resets it to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LowValueUsage {
    /// The sum of the payments, in minor units.
    pub cumulative: u64,
    /// The number of payments.
    pub count: u32,
}

/// The European Economic Area: 30, 100 and five.
pub const EU: LowValue = LowValue {
    name: "EU",
    currency: "EUR",
    per_payment: 3_000,
    cumulative: 10_000,
    count: 5,
    countries: &[
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
        "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    ],
};

/// The United Kingdom: 25, 85 and five.
pub const UK: LowValue = LowValue {
    name: "UK",
    currency: "GBP",
    per_payment: 2_500,
    cumulative: 8_500,
    count: 5,
    countries: &["GB"],
};

/// All known exemptions.
pub const LOW_VALUE: [LowValue; 2] = [EU, UK];

impl LowValue {
    /// The exemption of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        LOW_VALUE.into_iter().find(|exemption| exemption.name == name)
    }

    /// Whether a payment may be made without authentication, given the payments `before` it.
    ///
    /// The regulation lets the payment service choose whether to limit the sum or the number, and counts only earlier payments.
    /// This function limits both and counts this payment too. That satisfies every reading of the regulation, and caps the number
    /// of tiny payments.
    #[must_use]
    pub fn allows(&self, amount: Money, country: &str, before: LowValueUsage) -> bool {
        let is_covered = amount.currency().as_str() == self.currency && self.countries.contains(&country);
        let is_within_sum = before.cumulative.saturating_add(amount.minor()) <= self.cumulative;
        let is_within_count = before.count < self.count;
        is_covered && amount.minor() <= self.per_payment && is_within_sum && is_within_count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn money(minor: u64, code: &str) -> Money {
        Money::new(minor, Currency::new(code).unwrap()).unwrap()
    }

    fn before(cumulative: u64, count: u32) -> LowValueUsage {
        LowValueUsage { cumulative, count }
    }

    #[test]
    fn one_payment_is_exempt_up_to_the_limit_and_not_by_a_cent_more() {
        for (exemption, code, country, limit) in [(EU, "EUR", "DE", 3_000), (UK, "GBP", "GB", 2_500)] {
            for (minor, expected) in [
                (0, true),
                (1, true),
                (limit, true),
                (limit + 1, false),
                (limit * 100, false),
            ] {
                let allowed = exemption.allows(money(minor, code), country, LowValueUsage::default());
                assert_eq!(allowed, expected, "{minor} {code}");
            }
        }
    }

    #[test]
    fn the_sum_is_exempt_up_to_the_limit_however_few_they_are() {
        for (exemption, code, country, limit) in [(EU, "EUR", "IS", 10_000), (UK, "GBP", "GB", 8_500)] {
            for (cumulative, minor, expected) in [
                (limit - 500, 500, true),
                (limit - 500, 501, false),
                (limit, 0, true),
                (limit, 1, false),
                (u64::MAX, 1, false),
            ] {
                let allowed = exemption.allows(money(minor, code), country, before(cumulative, 1));
                assert_eq!(allowed, expected, "{minor} {code} after {cumulative}");
            }
        }
    }

    #[test]
    fn the_fifth_in_a_row_is_exempt_and_the_sixth_is_not_however_little_they_are() {
        for (exemption, code, country) in [(EU, "EUR", "NO"), (UK, "GBP", "GB")] {
            for (count, expected) in [
                (0, true),
                (3, true),
                (4, true),
                (5, false),
                (6, false),
                (u32::MAX, false),
            ] {
                let allowed = exemption.allows(money(1, code), country, before(u64::from(count.min(9)), count));
                assert_eq!(allowed, expected, "after {count} in {code}");
            }
        }
    }

    #[test]
    fn three_payments_of_the_highest_amount_are_exempt_and_five_of_a_fifth_of_the_sum() {
        for exemption in LOW_VALUE {
            let country = exemption.countries[0];
            for (minor, most) in [(exemption.per_payment, 3), (exemption.cumulative / 5, 5), (1, 5)] {
                let payment = money(minor, exemption.currency);
                let mut paid = LowValueUsage::default();
                while exemption.allows(payment, country, paid) {
                    paid = before(paid.cumulative + minor, paid.count + 1);
                    assert!(paid.count <= 5, "{} never ends", exemption.name);
                }
                assert_eq!(paid.count, most, "{minor} {}", exemption.currency);
                assert!(exemption.allows(payment, country, LowValueUsage::default()));
            }
        }
    }

    #[test]
    fn other_currencies_and_countries_are_never_exempt() {
        for exemption in LOW_VALUE {
            for (code, country) in [
                ("SEK", "SE"),
                ("USD", "DE"),
                ("XXX", "GB"),
                ("EUR", "GB"),
                ("GBP", "DE"),
                ("EUR", "CH"),
                ("EUR", "US"),
                ("EUR", "de"),
                ("EUR", ""),
                ("GBP", "UK"),
                ("GBP", "JE"),
            ] {
                assert!(
                    !exemption.allows(money(1, code), country, LowValueUsage::default()),
                    "{}: {code} in {country:?}",
                    exemption.name
                );
            }
        }
    }

    #[test]
    fn an_exemption_is_found_by_its_name_alone() {
        assert_eq!(LowValue::named("EU"), Some(EU));
        assert_eq!(LowValue::named("UK"), Some(UK));
        for name in ["", "eu", "EEA", "US"] {
            assert_eq!(LowValue::named(name), None, "{name}");
        }
        assert_eq!(EU.countries.len(), 30);
    }
}
