//! What a customer has paid without confirming it, in each currency, since they last approved something.

use sca_protocol::{Money, exemption::LowValueUsage};
use sqlx::{AnyConnection, Row};

use super::{Store, StoreError, from_column, to_column};
use crate::policy::ExemptionReason;
use sca_core::secret::Fingerprint;

impl Store {
    /// Adds a transfer that is about to be exempt. False when after those before it it is not: then the transaction must come to
    /// nothing. Until the transaction ends, no other of this customer's in this currency is added.
    pub(super) async fn add_unconfirmed(
        &self,
        transaction: &mut AnyConnection,
        owner: &str,
        user: &str,
        ground: &ExemptionReason,
    ) -> Result<bool, StoreError> {
        let customer = self.customer(owner, user);
        let amount = ground.amount();
        let currency = amount.currency();
        // A row that is there is held by being written as it is.
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
            count: u32::try_from(number).map_err(|_| StoreError::Unreadable("number"))?,
        };
        if !ground.holds_after(before) {
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

    /// The customer has approved something: from here on it is counted anew, in every currency.
    pub(super) async fn count_anew(
        &self,
        transaction: &mut AnyConnection,
        owner: &str,
        user: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM low_value_usage WHERE owner = $1 AND customer = $2")
            .bind(owner)
            .bind(self.customer(owner, user).as_bytes())
            .execute(transaction)
            .await?;
        Ok(())
    }

    /// Under a key: a name could be guessed.
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
