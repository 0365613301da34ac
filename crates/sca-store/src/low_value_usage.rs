//! Low-value usage: what a customer has paid in each currency without strong customer authentication since the last one (Delegated
//! Regulation (EU) 2018/389, article 16).

use sca_protocol::{Money, exemption::LowValueUsage};
use sqlx::{AnyConnection, Row};

use super::{Store, StoreError, from_column, to_column, writes::Write};
use sca_core::{ExemptionReason, secret::Fingerprint};

impl Store {
    /// Adds a transfer that is to be exempt, and locks the usage until the transaction ends. False when the limit is reached: then the
    /// caller has to roll back.
    pub(super) async fn add_low_value_usage(
        &self,
        transaction: &mut AnyConnection,
        owner: &str,
        user: &str,
        exemption: &ExemptionReason,
    ) -> Result<bool, StoreError> {
        let customer = self.customer(owner, user);
        let amount = exemption.amount();
        let currency = amount.currency();
        // Writing an existing row unchanged locks it.
        let row = sqlx::query(
            "INSERT INTO low_value_usage (owner, customer, currency, cumulative, count) VALUES ($1, $2, $3, 0, 0) \
             ON CONFLICT (owner, customer, currency) DO UPDATE SET count = low_value_usage.count RETURNING cumulative, count",
        )
        .bind(owner)
        .bind(customer.as_bytes())
        .bind(currency.as_str())
        .fetch_one(&mut *transaction)
        .await?;
        let number: i64 = row.try_get("count")?;
        let before = LowValueUsage {
            cumulative: from_column(row.try_get("cumulative")?),
            count: u32::try_from(number).map_err(|_| StoreError::Unreadable("count"))?,
        };
        if !exemption.holds_after(before) {
            return Ok(false);
        }
        let after = after(before, amount);
        sqlx::query(
            "UPDATE low_value_usage SET cumulative = $1, count = $2 WHERE owner = $3 AND customer = $4 AND currency = $5",
        )
        .bind(to_column(after.cumulative))
        .bind(i64::from(after.count))
        .bind(owner)
        .bind(customer.as_bytes())
        .bind(currency.as_str())
        .execute(transaction)
        .await?;
        Ok(true)
    }

    /// Resets the usage of a customer in every currency, after an authentication.
    pub(super) fn reset_low_value_usage(&self, owner: &str, user: &str) -> Write {
        Write::new("DELETE FROM low_value_usage WHERE owner = $1 AND customer = $2 AND {condition}")
            .text(owner)
            .bytes(self.customer(owner, user).as_bytes())
    }

    /// A keyed digest: a user's name could be guessed.
    fn customer(&self, owner: &str, user: &str) -> Fingerprint {
        self.sealer.digest(&[b"customer", owner.as_bytes(), user.as_bytes()])
    }
}

fn after(before: LowValueUsage, amount: Money) -> LowValueUsage {
    LowValueUsage {
        cumulative: before.cumulative.saturating_add(amount.minor()),
        count: before.count.saturating_add(1),
    }
}
