//! Payments that need no confirmation: the simulator's own limits and counters.

use serde::Serialize;

/// Why a payment needs no confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exemption {
    LowValue,
    TrustedBeneficiary,
}

impl Exemption {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::LowValue => "LOW_VALUE",
            Self::TrustedBeneficiary => "TRUSTED_BENEFICIARY",
        }
    }
}

/// A customer's exempt payments in one currency since the last confirmation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LowValue {
    /// Minor units.
    pub(crate) total: i64,
    pub(crate) count: u32,
}

impl LowValue {
    /// The counters after a payment; `None` when the payment is not exempt.
    pub(crate) fn after(self, currency: &str, amount: i64) -> Option<Self> {
        let (per_payment, cumulative, max_count) = match currency {
            "EUR" => (3000, 10_000, 5),
            "GBP" => (2500, 8500, 5),
            _ => return None,
        };
        let total = self.total.checked_add(amount)?;
        let count = self.count.checked_add(1)?;
        (amount <= per_payment && total <= cumulative && count <= max_count).then_some(Self { total, count })
    }
}

#[cfg(test)]
mod tests {
    use super::LowValue;

    fn exempt(currency: &str, amounts: &[i64]) -> usize {
        let mut counters = LowValue::default();
        let mut passed = 0;
        for amount in amounts {
            let Some(after) = counters.after(currency, *amount) else {
                break;
            };
            counters = after;
            passed += 1;
        }
        passed
    }

    #[test]
    fn per_payment_cumulative_and_count_limits() {
        assert_eq!(exempt("EUR", &[3000]), 1);
        assert_eq!(exempt("EUR", &[3001]), 0);
        assert_eq!(exempt("EUR", &[3000, 3000, 3000, 1000]), 4);
        assert_eq!(exempt("EUR", &[3000, 3000, 3000, 1001]), 3);
        assert_eq!(exempt("EUR", &[1; 9]), 5);
        assert_eq!(exempt("GBP", &[2500, 2500, 2500, 1000]), 4);
        assert_eq!(exempt("GBP", &[2501]), 0);
        assert_eq!(exempt("GBP", &[2500, 2500, 2500, 1001]), 3);
        assert_eq!(exempt("USD", &[1]), 0);
    }
}
