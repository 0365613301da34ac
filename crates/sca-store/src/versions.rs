//! The versions of a transfer. A transfer is executed once, however many versions it has and whether or not it needs an approval.

use sca_protocol::{Action, Timestamp};
use sqlx::{AnyConnection, Row};

use super::{
    Store, StoreError,
    changes::{UpdateResult, names_of},
    connections::{End, Step},
    row_mapping::{json, names},
    sql, to_column,
};
use sca_core::{ExemptionReason, Record, Transfer, secret::Fingerprint};

/// A version of an owner's transfer.
#[derive(Clone, Copy, Debug)]
pub struct TransferVersion<'a> {
    /// The API key's name.
    pub owner: &'a str,
    /// The transfer and its version.
    pub wire: &'a Transfer,
    /// The payment.
    pub action: &'a Action,
}

/// The result of recording an exemption.
#[derive(Debug)]
pub enum Exempted {
    /// Recorded, now or before. Open older versions were superseded.
    Kept(Vec<UpdateResult<()>>),
    /// Not recorded: another version is newer, or rules out further versions.
    Superseded,
    /// Not recorded: this version has an approval.
    Held(Box<Record>),
    /// Not recorded: the low-value exemption does not hold, because the cumulative limit is reached.
    UsedUp,
}

/// How a new version of a transfer relates to the others.
#[derive(Debug)]
pub(super) enum VersionConflict {
    /// It is the newest. Open older versions were superseded.
    Withdrawn {
        /// The superseded versions.
        older: Vec<UpdateResult<()>>,
        /// How many face sessions were opened for all older versions.
        opened: u8,
    },
    /// Another version is newer, approved or exempt, or had a fraud signal: nothing has changed, and no further version may follow.
    Ahead,
    /// This very version is exempt.
    Exempt,
    /// This very version has an approval.
    Held(Box<Record>),
}

impl Store {
    /// Records that a transfer is exempt, and supersedes its open older versions. Low-value usage is updated in the same transaction, so
    /// that concurrent transfers cannot exceed the limits.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn exempt(
        &self,
        version: &TransferVersion<'_>,
        reason: &ExemptionReason,
        now: Timestamp,
    ) -> Result<Exempted, StoreError> {
        let store = self.clone();
        let (owner, wire, action) = (version.owner.to_owned(), version.wire.clone(), version.action.clone());
        let reason = *reason;
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move {
                    let version = TransferVersion {
                        owner: &owner,
                        wire: &wire,
                        action: &action,
                    };
                    store.exempt_in(transaction, &version, &reason, now).await
                })
            })
            .await
    }

    async fn exempt_in(
        &self,
        transaction: &mut AnyConnection,
        version: &TransferVersion<'_>,
        reason: &ExemptionReason,
        now: Timestamp,
    ) -> Result<End<Exempted>, StoreError> {
        let older = match self.supersede_older(&mut *transaction, version, now).await? {
            VersionConflict::Withdrawn { older, .. } => older,
            VersionConflict::Exempt => return Ok(End::Rollback(Exempted::Kept(Vec::new()))),
            VersionConflict::Ahead => return Ok(End::Rollback(Exempted::Superseded)),
            VersionConflict::Held(held) => return Ok(End::Rollback(Exempted::Held(held))),
        };
        let user = &version.wire.user;
        let adding = self.add_low_value_usage(&mut *transaction, version.owner, user, reason);
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

    /// Supersedes the open older versions of a transfer, in the transaction that inserts a new version. Locks the transfer until the
    /// transaction ends.
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
            let Some(other) = self.lock_approval(&mut *transaction, &id).await? else {
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
        // Each version continues the count of the one before it.
        let opened = older.iter().map(|other| other.progress.face.opened).max().unwrap_or(0);
        let mut withdrawn = Vec::new();
        for other in older {
            let supersede = |record: &mut Record| {
                record.expire_if_due(now);
                record.supersede(now);
            };
            let updated = self.apply(&mut *transaction, &other, supersede).await?;
            if updated.changed {
                withdrawn.push(updated);
            }
        }
        Ok(VersionConflict::Withdrawn {
            older: withdrawn,
            opened,
        })
    }

    /// The ids of the open versions of a transfer: at most one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_versions(&self, owner: &str, transfer: &str) -> Result<Vec<String>, StoreError> {
        let query = "SELECT id FROM approvals WHERE owner = $1 AND transfer = $2 AND status = 'pending' ORDER BY id";
        let query = sqlx::query(query).bind(owner).bind(transfer);
        names(&self.connections.fetch_all(query).await?)
    }

    /// A keyed digest: an e-mail address could be guessed.
    fn digest_of(&self, version: &TransferVersion<'_>) -> Result<Fingerprint, StoreError> {
        let wire = zeroize::Zeroizing::new(json(version.wire, "source")?);
        let action = json(version.action, "action")?;
        Ok(self.sealer.digest(&[b"exempted", wire.as_bytes(), action.as_bytes()]))
    }
}
