//! One transfer is carried out once, however many versions of it there were, and whether or not it needed an approval.

use sca_protocol::{Action, Timestamp};
use sqlx::{AnyConnection, Row};

use super::{
    Store, StoreError,
    changes::{UpdateResult, names_of},
    connections::{End, Step},
    row_mapping::{json, names},
    sql, to_column,
};
use crate::policy::ExemptionReason;
use sca_core::secret::Fingerprint;
use sca_core::{Record, Transfer};

/// A version of an owner's transfer, with all that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct TransferVersion<'a> {
    /// Whose it is.
    pub owner: &'a str,
    /// The transfer and its version.
    pub wire: &'a Transfer,
    /// What is paid.
    pub action: &'a Action,
}

/// What came of keeping that a transfer needs no approval.
#[derive(Debug)]
pub enum Exempted {
    /// It is kept, now or since before. What was open of older versions is over.
    Kept(Vec<UpdateResult<()>>),
    /// It is not: a version is newer, and the transfer must not be carried out beside it; or there must be no further one.
    Superseded,
    /// It is not: there is an approval for this version.
    Held(Box<Record>),
    /// It is not, and nothing has changed: it is small, but too much has come together since the customer last approved something.
    UsedUp,
}

/// What becomes of the other versions of a transfer when there is to be a new one.
#[derive(Debug)]
pub(super) enum VersionConflict {
    /// Those that were still open are over.
    Withdrawn {
        /// They.
        older: Vec<UpdateResult<()>>,
        /// How many face sessions were opened for them.
        opened: u8,
    },
    /// One is newer, is approved or exempt and being carried out, or was a deception: nothing has changed, and there must be no
    /// further one.
    Ahead,
    /// This very version is exempt.
    Exempt,
    /// This very version has an approval.
    Held(Box<Record>),
}

impl Store {
    /// Keeps that a transfer needs no approval, and ends what is open of its older versions. It is counted with the customer's
    /// others: of several that come at the same moment, none slips by the limits of small ones.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn exempt(
        &self,
        version: &TransferVersion<'_>,
        ground: &ExemptionReason,
        now: Timestamp,
    ) -> Result<Exempted, StoreError> {
        let store = self.clone();
        let (owner, wire, action) = (version.owner.to_owned(), version.wire.clone(), version.action.clone());
        let ground = *ground;
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move {
                    let version = TransferVersion {
                        owner: &owner,
                        wire: &wire,
                        action: &action,
                    };
                    store.exempt_in(transaction, &version, &ground, now).await
                })
            })
            .await
    }

    async fn exempt_in(
        &self,
        transaction: &mut AnyConnection,
        version: &TransferVersion<'_>,
        ground: &ExemptionReason,
        now: Timestamp,
    ) -> Result<End<Exempted>, StoreError> {
        let older = match self.supersede_older(&mut *transaction, version, now).await? {
            VersionConflict::Withdrawn { older, .. } => older,
            VersionConflict::Exempt => return Ok(End::Rollback(Exempted::Kept(Vec::new()))),
            VersionConflict::Ahead => return Ok(End::Rollback(Exempted::Superseded)),
            VersionConflict::Held(held) => return Ok(End::Rollback(Exempted::Held(held))),
        };
        let user = &version.wire.user;
        let adding = self.add_unconfirmed(&mut *transaction, version.owner, user, ground);
        if !adding.await? {
            return Ok(End::Rollback(Exempted::UsedUp));
        }
        sqlx::query(
            "INSERT INTO exempted (owner, transfer, transfer_version, digest, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(version.owner)
        .bind(&version.wire.transfer)
        .bind(to_column(version.wire.version))
        .bind(self.digest_of(version)?.as_bytes())
        .bind(to_column(now.0))
        .execute(&mut *transaction)
        .await?;
        let changed = names_of(&older);
        Ok(End::Commit(Exempted::Kept(older), changed))
    }

    /// Looks at a transfer's versions, and ends what is open of older ones, in the transaction in which a new version is kept. Until it
    /// ends, nobody else keeps a version of this transfer.
    pub(super) async fn supersede_older(
        &self,
        transaction: &mut AnyConnection,
        version: &TransferVersion<'_>,
        now: Timestamp,
    ) -> Result<VersionConflict, StoreError> {
        let TransferVersion { owner, wire, .. } = version;
        if let Some(lock) = self.engine.lock_by_name() {
            let name = format!("{owner}/{}", wire.transfer);
            sqlx::query(lock).bind(name).execute(&mut *transaction).await?;
        }
        let exempted = sqlx::query("SELECT transfer_version, digest FROM exempted WHERE owner = $1 AND transfer = $2")
            .bind(owner)
            .bind(&wire.transfer)
            .fetch_optional(&mut *transaction)
            .await?;
        if let Some(row) = exempted {
            let known: i64 = row.try_get("transfer_version")?;
            let digest = Fingerprint::try_from(row.try_get::<&[u8], _>("digest")?);
            let digest = digest.map_err(|_| StoreError::Unreadable("digest"))?;
            let is_same = known == to_column(wire.version) && digest == self.digest_of(version)?;
            return Ok(if is_same {
                VersionConflict::Exempt
            } else {
                VersionConflict::Ahead
            });
        }
        let query = "SELECT id FROM approvals WHERE owner = $1 AND transfer = $2 ORDER BY id";
        let ids: Vec<String> = sqlx::query_scalar(sql(query.to_owned()))
            .bind(owner)
            .bind(&wire.transfer)
            .fetch_all(&mut *transaction)
            .await?;
        let mut older = Vec::new();
        let mut is_ahead = false;
        for id in ids {
            let Some(other) = self.held(&mut *transaction, &id).await? else {
                continue;
            };
            let number = other.source.transfer().map(|other| other.version);
            if number == Some(wire.version) {
                return Ok(VersionConflict::Held(Box::new(other)));
            }
            is_ahead |= number.is_none_or(|number| number > wire.version) || other.rules_out_other_versions();
            older.push(other);
        }
        if is_ahead {
            return Ok(VersionConflict::Ahead);
        }
        // Each has gone on counting where the one before it had ended.
        let opened = older.iter().map(|other| other.progress.face.opened).max().unwrap_or(0);
        let mut withdrawn = Vec::new();
        for other in older {
            let withdraw = |record: &mut Record| {
                record.expire_if_due(now);
                record.supersede(now);
            };
            let updated = self.apply(&mut *transaction, &other, withdraw).await?;
            if updated.changed {
                withdrawn.push(updated);
            }
        }
        Ok(VersionConflict::Withdrawn {
            older: withdrawn,
            opened,
        })
    }

    /// The versions of a transfer that are open: one at most, unless this is asked in the middle of a change.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_versions(&self, owner: &str, transfer: &str) -> Result<Vec<String>, StoreError> {
        let query = "SELECT id FROM approvals WHERE owner = $1 AND transfer = $2 AND status = 'pending' ORDER BY id";
        let query = sqlx::query(query).bind(owner).bind(transfer);
        names(&self.connections.fetch_all(query).await?)
    }

    /// Under a key: an address could be guessed.
    fn digest_of(&self, version: &TransferVersion<'_>) -> Result<Fingerprint, StoreError> {
        let wire = zeroize::Zeroizing::new(json(version.wire, "source")?);
        let action = json(version.action, "action")?;
        Ok(self.sealer.digest(&[b"exempted", wire.as_bytes(), action.as_bytes()]))
    }
}
