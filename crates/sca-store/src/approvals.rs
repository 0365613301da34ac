use sca_protocol::{Reason, Timestamp};
use sqlx::{AnyConnection, Row};

use super::{
    Store, StoreError, TransferVersion, UpdateResult,
    changes::{names_of, needs_one_time_token},
    connections::{End, Step},
    correlations,
    row_mapping::{json, names},
    to_column,
    versions::VersionConflict,
    writes,
};
use sca_core::{
    Record,
    secret::{Fingerprint, Secret},
};

/// A new approval with its secrets.
#[derive(Debug)]
pub struct NewRecord {
    /// The approval.
    pub record: Record,
    /// The client secret. Only its digest is stored.
    pub client_secret: Secret,
    /// The tokens.
    pub tokens: Tokens,
}

/// The tokens that calls to the provider carry.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The customer's access token. Wiped when the approval is settled.
    pub access_token: Option<Secret>,
    /// The one-time token. Wiped once it was used or can no longer be used.
    pub one_time_token: Option<Secret>,
}

/// A new approval with its secrets sealed.
#[derive(Debug)]
struct NewRow {
    record: Record,
    secret_digest: Fingerprint,
    access_token: Option<Vec<u8>>,
    one_time_token: Option<Vec<u8>>,
}

/// The result of inserting an approval.
#[derive(Debug)]
#[must_use]
pub enum InsertResult {
    /// Inserted.
    New,
    /// Inserted, and these older versions of the same transfer were superseded.
    Replacing(Vec<UpdateResult<()>>),
    /// Not inserted: a version of the same transfer is newer, or rules out further versions.
    Superseded,
    /// Not inserted: this version is exempt.
    Exempt,
    /// Not inserted: the owner has this approval for the same version of the same transfer.
    Known(Box<Record>),
}

fn access_token_of(id: &str) -> String {
    format!("approval/{id}/access-token")
}

fn one_time_token_of(id: &str) -> String {
    format!("approval/{id}/one-time-token")
}

impl Store {
    /// Inserts an approval, unless the same version of its transfer has one, or another version takes precedence. Supersedes older
    /// versions that are open, so that at most one version of a transfer is ever approved.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert(&self, new: &NewRecord) -> Result<InsertResult, StoreError> {
        let seal = |place: String, token: &Option<Secret>| {
            token
                .as_ref()
                .map(|token| self.sealer.seal(&place, token.expose().as_bytes()))
                .transpose()
        };
        let row = NewRow {
            record: new.record.clone(),
            secret_digest: new.client_secret.digest(),
            access_token: seal(access_token_of(&new.record.id), &new.tokens.access_token)?,
            one_time_token: seal(one_time_token_of(&new.record.id), &new.tokens.one_time_token)?,
        };
        let store = self.clone();
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { store.insert_row(transaction, &row).await })
            })
            .await
    }

    async fn insert_row(&self, transaction: &mut AnyConnection, row: &NewRow) -> Result<End<InsertResult>, StoreError> {
        let record = &row.record;
        let wire = record.source.transfer();
        let mut progress = record.progress.clone();
        let withdrawn = match wire {
            Some(wire) => {
                let version = TransferVersion {
                    owner: &record.owner,
                    wire,
                    action: &record.action,
                };
                match self.supersede_older(transaction, &version, record.created_at).await? {
                    VersionConflict::Withdrawn { older, opened } => {
                        progress.face.opened = opened;
                        older
                    }
                    VersionConflict::Ahead => return Ok(End::Rollback(InsertResult::Superseded)),
                    VersionConflict::Exempt => return Ok(End::Rollback(InsertResult::Exempt)),
                    VersionConflict::Held(known) => return Ok(End::Rollback(InsertResult::Known(known))),
                }
            }
            None => Vec::new(),
        };
        let needs_one_time_token = !record.is_settled() || needs_one_time_token(record);
        sqlx::query(
            "INSERT INTO approvals (id, owner, secret_digest, version, status, reason, action, request, source, transfer, \
             transfer_version, created_at, expires_at, settled_at, consumed_at, progress, access_token, one_time_token, session, poll_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        )
        .bind(&record.id)
        .bind(&record.owner)
        .bind(row.secret_digest.as_bytes())
        .bind(to_column(record.version))
        .bind(record.status.as_str())
        .bind(record.reason.as_ref().map(Reason::as_str))
        .bind(json(&record.action, "action")?)
        .bind(record.request.as_ref().map(Fingerprint::as_bytes))
        .bind(self.sealed_source(&record.id, &record.source)?)
        .bind(wire.map(|wire| &wire.transfer))
        .bind(wire.map(|wire| to_column(wire.version)))
        .bind(to_column(record.created_at.0))
        .bind(to_column(record.expires_at.0))
        .bind(record.settled_at.map(|time| to_column(time.0)))
        .bind(record.consumed_at.map(|time| to_column(time.0)))
        .bind(json(&progress, "progress")?)
        .bind(row.access_token.as_ref().filter(|_| !record.is_settled()))
        .bind(row.one_time_token.as_ref().filter(|_| needs_one_time_token))
        .bind(record.progress.session.as_ref().map(Fingerprint::as_bytes))
        .bind(record.progress.next_poll_at.map(|time| to_column(time.0)))
        .execute(&mut *transaction)
        .await?;
        for correlation_key in record.source.correlation_keys() {
            correlations::insert(&mut *transaction, &record.id, &correlation_key).await?;
        }
        if record.is_settled() {
            writes::execute(transaction, self.engine, self.settlement(record)).await?;
        }
        let changed = names_of(&withdrawn);
        let inserted = if withdrawn.is_empty() {
            InsertResult::New
        } else {
            InsertResult::Replacing(withdrawn)
        };
        Ok(End::Commit(inserted, changed))
    }

    /// The tokens of an approval that are not wiped yet.
    ///
    /// # Errors
    /// When the store fails, or the tokens were sealed under another key.
    pub async fn tokens(&self, id: &str) -> Result<Option<Tokens>, StoreError> {
        let query = sqlx::query("SELECT access_token, one_time_token FROM approvals WHERE id = $1").bind(id);
        let row = self.connections.fetch_optional(query).await?;
        let Some(row) = row else { return Ok(None) };
        let open = |column: &'static str, place: String| -> Result<Option<Secret>, StoreError> {
            let sealed: Option<&[u8]> = row.try_get(column)?;
            sealed.map(|sealed| self.sealer.open_text(&place, sealed)).transpose()
        };
        Ok(Some(Tokens {
            access_token: open("access_token", access_token_of(id))?,
            one_time_token: open("one_time_token", one_time_token_of(id))?,
        }))
    }

    /// Wipes the one-time token of an approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wipe_one_time_token(&self, id: &str) -> Result<(), StoreError> {
        let query = sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE id = $1").bind(id);
        self.connections.execute(query).await?;
        Ok(())
    }

    /// The ids of open approvals whose time is over, the earliest first; at most 100.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let query =
            "SELECT id FROM approvals WHERE status = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT 100";
        names(
            &self
                .connections
                .fetch_all(sqlx::query(query).bind(to_column(now.0)))
                .await?,
        )
    }
}
