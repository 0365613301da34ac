use sca_protocol::{Millis, Reason, Status};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Store, StoreError, from_column, to_column};
use crate::{
    decision::Record,
    provider::wise::paths::ProfileId,
    secret::{Fingerprint, Secret},
};

/// A new approval with its secrets.
#[derive(Debug)]
pub struct NewRecord {
    /// The approval.
    pub record: Record,
    /// The client secret; only its digest is kept.
    pub client_secret: Secret,
    /// The tokens.
    pub tokens: Tokens,
}

/// What the provider is asked with.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The customer's access token; gone once the approval has ended.
    pub access_token: Option<Secret>,
    /// The one-time token; gone once it was used or can no longer be.
    pub one_time_token: Option<Secret>,
}

/// What came of a change.
#[derive(Debug)]
pub struct Updated<T> {
    /// The approval as it is now.
    pub record: Record,
    /// What the change gave.
    pub outcome: T,
    /// Whether it altered anything.
    pub changed: bool,
    /// Whether it ended the approval.
    pub settled: bool,
}

const COLUMNS: &str = "id, owner, version, status, reason, action, request, profile, token_digest, \
    created_at, expires_at, settled_at, spent_at, progress";

fn access_token_of(id: &str) -> String {
    format!("approval/{id}/access-token")
}

fn one_time_token_of(id: &str) -> String {
    format!("approval/{id}/one-time-token")
}

impl Store {
    /// Keeps a new approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert(&self, new: &NewRecord) -> Result<(), StoreError> {
        let record = &new.record;
        let seal = |place: String, token: &Option<Secret>| {
            token
                .as_ref()
                .map(|token| self.vault.seal(&place, token.expose().as_bytes()))
                .transpose()
        };
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO approvals (id, owner, secret_digest, version, status, reason, action, request, profile, \
             token_digest, created_at, expires_at, settled_at, spent_at, progress, access_token, one_time_token) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        )
        .bind(&record.id)
        .bind(&record.owner)
        .bind(new.client_secret.digest().as_bytes())
        .bind(to_column(record.version))
        .bind(record.status.as_str())
        .bind(record.reason.as_ref().map(Reason::as_str))
        .bind(json(&record.action, "action")?)
        .bind(record.request.as_ref().map(Fingerprint::as_bytes))
        .bind(&record.profile)
        .bind(record.token_digest.as_bytes())
        .bind(to_column(record.created_at.0))
        .bind(to_column(record.expires_at.0))
        .bind(record.settled_at.map(|time| to_column(time.0)))
        .bind(record.spent_at.map(|time| to_column(time.0)))
        .bind(json(&record.progress, "progress")?)
        .bind(seal(access_token_of(&record.id), &new.tokens.access_token)?)
        .bind(seal(one_time_token_of(&record.id), &new.tokens.one_time_token)?)
        .execute(&mut *transaction)
        .await?;
        if record.is_settled() {
            decide(&mut transaction, record).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// An approval by its id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_id(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM approvals WHERE id = $1"
        )))
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(record).transpose()
    }

    /// An approval by its client secret.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_secret(&self, secret: &Secret) -> Result<Option<Record>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE secret_digest = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(secret.digest().as_bytes())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(record).transpose()
    }

    /// The tokens that are still kept for an approval.
    ///
    /// # Errors
    /// When the store fails, or the tokens were sealed under another key.
    pub async fn tokens(&self, id: &str) -> Result<Option<Tokens>, StoreError> {
        let row = sqlx::query("SELECT access_token, one_time_token FROM approvals WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let open = |column: &'static str, place: String| -> Result<Option<Secret>, StoreError> {
            let Some(sealed) = row.try_get::<Option<Vec<u8>>, _>(column)? else {
                return Ok(None);
            };
            let opened = self.vault.open(&place, &sealed)?;
            let text = std::str::from_utf8(&opened).map_err(|_| StoreError::Sealed)?;
            Ok(Some(Secret::new(text.to_owned())))
        };
        Ok(Some(Tokens {
            access_token: open("access_token", access_token_of(id))?,
            one_time_token: open("one_time_token", one_time_token_of(id))?,
        }))
    }

    /// Changes an approval. The change sees the record as it is, and nobody else changes it meanwhile. `None` when there is no
    /// such approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<Option<Updated<T>>, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(query))
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let before = record(&row)?;
        let mut after = before.clone();
        let outcome = change(&mut after);
        let changed = after != before;
        let settled = after.is_settled() && !before.is_settled();
        if changed {
            after.version = before.version + 1;
            write(&mut transaction, &before, &after).await?;
        }
        if settled {
            decide(&mut transaction, &after).await?;
        }
        transaction.commit().await?;
        Ok(Some(Updated {
            record: after,
            outcome,
            changed,
            settled,
        }))
    }

    /// Forgets the one-time token of an approval that was used.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_one_time_token(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The approvals that are due to expire, at most a hundred.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn due(&self, now: Millis) -> Result<Vec<String>, StoreError> {
        let query =
            "SELECT id FROM approvals WHERE status = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT 100";
        Ok(sqlx::query_scalar(query)
            .bind(to_column(now.0))
            .fetch_all(&self.pool)
            .await?)
    }

    /// Forgets one-time tokens of approvals that were settled before a time, and attempts, approvals
    /// and what was to be told of them older than another.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_old(&self, unusable_since: Millis, kept_since: Millis) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE settled_at < $1 AND one_time_token IS NOT NULL")
            .bind(to_column(unusable_since.0))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM attempts WHERE created_at < $1")
            .bind(to_column(unusable_since.0.saturating_sub(86_400_000)))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM outbox WHERE created_at < $1")
            .bind(to_column(kept_since.0))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM approvals WHERE settled_at < $1")
            .bind(to_column(kept_since.0))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn write(
    transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    before: &Record,
    after: &Record,
) -> Result<(), StoreError> {
    let written = sqlx::query(
        "UPDATE approvals SET version = $1, status = $2, reason = $3, expires_at = $4, settled_at = $5, spent_at = $6, \
         progress = $7 WHERE id = $8 AND version = $9",
    )
    .bind(to_column(after.version))
    .bind(after.status.as_str())
    .bind(after.reason.as_ref().map(Reason::as_str))
    .bind(to_column(after.expires_at.0))
    .bind(after.settled_at.map(|time| to_column(time.0)))
    .bind(after.spent_at.map(|time| to_column(time.0)))
    .bind(json(&after.progress, "progress")?)
    .bind(&before.id)
    .bind(to_column(before.version))
    .execute(&mut **transaction)
    .await?;
    if written.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Database(sqlx::Error::RowNotFound))
    }
}

/// What follows from a decision: others are told, and the tokens that are no longer needed are wiped.
async fn decide(transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>, after: &Record) -> Result<(), StoreError> {
    let payload = serde_json::json!({
        "id": after.id,
        "status": after.status,
        "reason": after.reason,
    });
    sqlx::query("INSERT INTO outbox (approval_id, kind, payload, created_at) VALUES ($1, $2, $3, $4)")
        .bind(&after.id)
        .bind("approval.settled")
        .bind(payload.to_string())
        .bind(to_column(after.settled_at.unwrap_or_default().0))
        .execute(&mut **transaction)
        .await?;
    sqlx::query("UPDATE approvals SET access_token = NULL WHERE id = $1")
        .bind(&after.id)
        .execute(&mut **transaction)
        .await?;
    if after.status != Status::Approved {
        sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE id = $1")
            .bind(&after.id)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize, column: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(column))
}

fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    let time = |column: &'static str| -> Result<Option<Millis>, StoreError> {
        Ok(row
            .try_get::<Option<i64>, _>(column)?
            .map(|time| Millis(from_column(time))))
    };
    let parse = |column: &'static str| StoreError::Unreadable(column);
    let action: String = row.try_get("action")?;
    let progress: String = row.try_get("progress")?;
    let request: Option<Vec<u8>> = row.try_get("request")?;
    let token_digest: Vec<u8> = row.try_get("token_digest")?;
    let profile: Option<String> = row.try_get("profile")?;
    Ok(Record {
        id: row.try_get("id")?,
        owner: row.try_get("owner")?,
        version: from_column(row.try_get("version")?),
        status: Status::from_name(row.try_get("status")?),
        reason: row.try_get::<Option<&str>, _>("reason")?.map(Reason::from_name),
        action: serde_json::from_str(&action).map_err(|_| parse("action"))?,
        request: request
            .map(|bytes| Fingerprint::try_from(bytes.as_slice()))
            .transpose()
            .map_err(|_| parse("request"))?,
        profile: profile.filter(|profile| ProfileId::new(profile).is_some()),
        token_digest: Fingerprint::try_from(token_digest.as_slice()).map_err(|_| parse("token_digest"))?,
        created_at: time("created_at")?.unwrap_or_default(),
        expires_at: time("expires_at")?.unwrap_or_default(),
        settled_at: time("settled_at")?,
        spent_at: time("spent_at")?,
        progress: serde_json::from_str(&progress).map_err(|_| parse("progress"))?,
    })
}
