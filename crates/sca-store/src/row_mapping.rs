//! Records as rows.

use sca_protocol::{Reason, Status, Timestamp};
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{Store, StoreError, from_column, sql, to_column};
use sca_core::{Record, Source, secret::Fingerprint};

const COLUMNS: &str = "id, owner, version, status, reason, action, request, source, created_at, expires_at, settled_at, \
    consumed_at, progress";

impl Store {
    /// An approval by its id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_id(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE id = $1");
        let row = self
            .connections
            .fetch_optional(sqlx::query(sql(query)).bind(id))
            .await?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    /// An approval by its client secret.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_secret(&self, secret: &sca_core::secret::Secret) -> Result<Option<Record>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE secret_digest = $1");
        let digest = secret.digest();
        let query = sqlx::query(sql(query)).bind(digest.as_bytes());
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    /// An owner's approval for a version of a transfer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_transfer(&self, owner: &str, transfer: &str, version: u64) -> Result<Option<Record>, StoreError> {
        let query =
            format!("SELECT {COLUMNS} FROM approvals WHERE owner = $1 AND transfer = $2 AND transfer_version = $3");
        let query = sqlx::query(sql(query))
            .bind(owner)
            .bind(transfer)
            .bind(to_column(version));
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    /// An approval, locked until the transaction ends.
    pub(super) async fn lock_approval(
        &self,
        transaction: &mut AnyConnection,
        id: &str,
    ) -> Result<Option<Record>, StoreError> {
        let held = self.engine.for_update();
        let query = format!("SELECT {COLUMNS} FROM approvals WHERE id = $1{held}");
        let row = sqlx::query(sql(query)).bind(id).fetch_optional(transaction).await?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    /// The approval of an open face session. Both are locked until the transaction ends, the approval first.
    pub(super) async fn lock_approval_of_session(
        &self,
        transaction: &mut AnyConnection,
        session_id: &str,
    ) -> Result<Option<Record>, StoreError> {
        let held = self.engine.for_update();
        let columns = qualified_columns();
        let query = format!(
            "SELECT {columns} FROM approvals JOIN face_sessions ON face_sessions.approval_id = approvals.id \
             WHERE face_sessions.session_id = $1 AND face_sessions.closed_at IS NULL{held}"
        );
        let query = sqlx::query(sql(query)).bind(session_id.to_owned());
        let row = query.fetch_optional(transaction).await?;
        row.as_ref().map(|row| self.record(row)).transpose()
    }

    pub(super) fn record(&self, row: &AnyRow) -> Result<Record, StoreError> {
        let time = |column: &'static str| -> Result<Option<Timestamp>, StoreError> {
            let time: Option<i64> = row.try_get(column)?;
            Ok(time.map(|time| Timestamp(from_column(time))))
        };
        let unreadable = |column: &'static str| StoreError::Unreadable(column);
        let id: String = row.try_get("id")?;
        let source: &[u8] = row.try_get("source")?;
        let source = self.sealer.open(&source_of(&id), source)?;
        let request: Option<&[u8]> = row.try_get("request")?;
        Ok(Record {
            owner: row.try_get("owner")?,
            version: from_column(row.try_get("version")?),
            status: Status::from_name(row.try_get("status")?),
            reason: row.try_get::<Option<&str>, _>("reason")?.map(Reason::from_name),
            action: serde_json::from_str(row.try_get("action")?).map_err(|_| unreadable("action"))?,
            request: request
                .map(Fingerprint::try_from)
                .transpose()
                .map_err(|_| unreadable("request"))?,
            source: serde_json::from_slice(&source).map_err(|_| unreadable("source"))?,
            created_at: time("created_at")?.unwrap_or_default(),
            expires_at: time("expires_at")?.unwrap_or_default(),
            settled_at: time("settled_at")?,
            consumed_at: time("consumed_at")?,
            progress: serde_json::from_str(row.try_get("progress")?).map_err(|_| unreadable("progress"))?,
            id,
        })
    }

    pub(super) fn sealed_source(&self, id: &str, source: &Source) -> Result<Vec<u8>, StoreError> {
        let text = zeroize::Zeroizing::new(json(source, "source")?);
        self.sealer.seal(&source_of(id), text.as_bytes())
    }
}

/// The columns of an approval, for a query of several tables.
pub(super) fn qualified_columns() -> String {
    let columns = COLUMNS.split(", ").map(|column| format!("approvals.{column}"));
    Vec::from_iter(columns).join(", ")
}

fn source_of(id: &str) -> String {
    format!("approval/{id}/source")
}

/// The first column of rows.
pub(super) fn names(rows: &[AnyRow]) -> Result<Vec<String>, StoreError> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) fn json(value: &impl serde::Serialize, column: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable(column))
}
