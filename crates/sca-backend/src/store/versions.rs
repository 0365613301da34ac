//! One transfer is carried out once, however many versions of it there were.

use sca_protocol::{Millis, Status};
use sqlx::AnyConnection;

use super::{Store, StoreError, changes::Updated, changes::apply, sql, to_column};
use crate::decision::Wire;

/// What becomes of the other versions of a transfer when there is to be a new one.
#[derive(Debug)]
pub enum OtherVersions {
    /// Those that were still open are over.
    Withdrawn(Vec<Updated<()>>),
    /// One is newer, or is approved: nothing has changed, and there must be no further one.
    Ahead,
}

impl Store {
    /// Ends what is open of a transfer's older versions, for one that needs no approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn withdraw_older(&self, owner: &str, wire: &Wire, now: Millis) -> Result<OtherVersions, StoreError> {
        let mut transaction = self.begin().await?;
        let others = self.make_way(&mut transaction, owner, wire, now).await?;
        match &others {
            OtherVersions::Withdrawn(withdrawn) => {
                transaction.commit().await?;
                for updated in withdrawn {
                    self.tell_others(updated).await;
                }
            }
            OtherVersions::Ahead => transaction.rollback().await?,
        }
        Ok(others)
    }

    /// The same within the transaction in which the new version is kept. Until it ends, nobody else keeps a version of this
    /// transfer.
    pub(super) async fn make_way(
        &self,
        transaction: &mut AnyConnection,
        owner: &str,
        wire: &Wire,
        now: Millis,
    ) -> Result<OtherVersions, StoreError> {
        if let Some(lock) = self.engine.lock_by_name() {
            let name = format!("{owner}/{}", wire.transfer);
            sqlx::query(lock).bind(name).execute(&mut *transaction).await?;
        }
        let query =
            "SELECT id FROM approvals WHERE owner = $1 AND transfer = $2 AND transfer_version <> $3 ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql(query.to_owned()))
            .bind(owner)
            .bind(&wire.transfer)
            .bind(to_column(wire.version))
            .fetch_all(&mut *transaction)
            .await?;
        let mut withdrawn = Vec::new();
        for id in ids {
            let Some(other) = self.held(&mut *transaction, &id).await? else {
                continue;
            };
            let is_newer = other.source.wire().is_none_or(|other| other.version > wire.version);
            if is_newer || other.status == Status::Approved {
                return Ok(OtherVersions::Ahead);
            }
            let updated = apply(&mut *transaction, &other, |record| {
                record.expire_if_due(now);
                record.supersede(now);
            })
            .await?;
            if updated.changed {
                withdrawn.push(updated);
            }
        }
        Ok(OtherVersions::Withdrawn(withdrawn))
    }
}
