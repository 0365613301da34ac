use std::time::Duration;

use sca_protocol::Timestamp;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, from_column, row_mapping::qualified_columns, sql, to_column};
use sca_core::{ProviderId, Record, secret::Secret};

/// A face session at the provider.
#[derive(Clone, Debug)]
pub struct FaceSessionRow {
    /// The provider's id of the session.
    pub session_id: String,
    /// The approval that it is for.
    pub approval_id: String,
    /// The URL of the hosted page, which contains the session's client secret. Wiped when the session is closed.
    pub url: Option<Secret>,
    /// The values that the report has to repeat (dynamic linking). They contain the customer's e-mail address.
    pub expected: Secret,
    /// When the client secret expires.
    pub expires_at: Timestamp,
    /// When to poll the provider, unless a webhook arrives before.
    pub poll_at: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A session that an event is about.
#[derive(Debug)]
pub struct ReportedSession {
    /// The session.
    pub session: FaceSessionRow,
    /// Its approval.
    pub approval: Record,
    /// Whether the event is stored.
    pub is_event_stored: bool,
}

const COLUMNS: &str = "face_sessions.session_id, face_sessions.approval_id, face_sessions.url, face_sessions.expected, \
    face_sessions.expires_at AS session_expires_at, face_sessions.poll_at, face_sessions.created_at AS session_created_at, \
    face_sessions.closed_at";

fn url_of(session_id: &str) -> String {
    format!("face-session/{session_id}/url")
}

fn expected_of(session_id: &str) -> String {
    format!("face-session/{session_id}/expected")
}

impl Store {
    /// Inserts a session. False, and nothing is inserted, when the approval has an open session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_face_session(&self, session: &FaceSessionRow) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "INSERT INTO face_sessions (session_id, approval_id, url, expected, expires_at, poll_at, created_at, closed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(&session.session_id)
        .bind(&session.approval_id)
        .bind(self.sealed_url(&session.session_id, session.url.as_ref())?)
        .bind(
            self.sealer
                .seal(&expected_of(&session.session_id), session.expected.expose().as_bytes())?,
        )
        .bind(to_column(session.expires_at.0))
        .bind(to_column(session.poll_at.0))
        .bind(to_column(session.created_at.0))
        .bind(session.closed_at.map(|time| to_column(time.0)));
        Ok(self.connections.execute(query).await? == 1)
    }

    /// A session by the provider's id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn face_session(&self, session_id: &str) -> Result<Option<FaceSessionRow>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM face_sessions WHERE session_id = $1");
        let query = sqlx::query(sql(query)).bind(session_id);
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.face_session_row(row)).transpose()
    }

    /// What an event is about: one read for an event that arrives.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn face_session_of_event(
        &self,
        session_id: &str,
        provider: &ProviderId,
        event_id: &str,
    ) -> Result<Option<ReportedSession>, StoreError> {
        let columns = qualified_columns();
        let query = format!(
            "SELECT {COLUMNS}, {columns}, (SELECT COUNT(*) FROM webhook_events WHERE provider = $2 AND id = $3) AS events \
             FROM face_sessions JOIN approvals ON approvals.id = face_sessions.approval_id WHERE session_id = $1"
        );
        let query = sqlx::query(sql(query))
            .bind(session_id)
            .bind(provider.as_str())
            .bind(event_id);
        let row = self.connections.fetch_optional(query).await?;
        let read = |row: &AnyRow| {
            let events: i64 = row.try_get("events")?;
            Ok(ReportedSession {
                session: self.face_session_row(row)?,
                approval: self.record(row)?,
                is_event_stored: events > 0,
            })
        };
        row.as_ref().map(read).transpose()
    }

    /// The open session of an approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_face_session(&self, approval_id: &str) -> Result<Option<FaceSessionRow>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM face_sessions WHERE approval_id = $1 AND closed_at IS NULL");
        let query = sqlx::query(sql(query)).bind(approval_id);
        let row = self.connections.fetch_optional(query).await?;
        row.as_ref().map(|row| self.face_session_row(row)).transpose()
    }

    /// Replaces a client secret that is about to expire. False when the session is closed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renew_face_session(
        &self,
        session_id: &str,
        url: &Secret,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = "UPDATE face_sessions SET url = $1, expires_at = $2 WHERE session_id = $3 AND closed_at IS NULL";
        let query = sqlx::query(query)
            .bind(self.sealed_url(session_id, Some(url))?)
            .bind(to_column(expires_at.0))
            .bind(session_id);
        Ok(self.connections.execute(query).await? == 1)
    }

    /// Closes a session. False when it was closed before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn close_face_session(&self, session_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let query = "UPDATE face_sessions SET closed_at = $1, url = NULL WHERE session_id = $2 AND closed_at IS NULL";
        let query = sqlx::query(query).bind(to_column(now.0)).bind(session_id);
        Ok(self.connections.execute(query).await? == 1)
    }

    /// Claims open sessions that are due to be polled. Each is due again after `every`. No session is given to two callers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_face_sessions(&self, every: Duration, limit: u32) -> Result<Vec<FaceSessionRow>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT session_id FROM face_sessions WHERE closed_at IS NULL AND poll_at <= $1 \
             ORDER BY poll_at LIMIT $2{free}) \
             UPDATE face_sessions SET poll_at = $3 WHERE session_id IN (SELECT session_id FROM due) RETURNING {COLUMNS}"
        );
        let claimed = self.fetch_all_now(query, move |query, now| {
            query
                .bind(to_column(now.0))
                .bind(i64::from(limit))
                .bind(to_column(now.plus(every).0))
        });
        Ok(self.readable(&claimed.await?))
    }

    /// Claims sessions that were closed within `within` before now and whose report is not final: a fraud signal can arrive late. Each
    /// is due again after `every`. No session is given to two callers.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim_closed_face_sessions(
        &self,
        within: Duration,
        every: Duration,
        limit: u32,
    ) -> Result<Vec<FaceSessionRow>, StoreError> {
        let free = self.engine.for_one_of_many();
        let query = format!(
            "WITH due AS (SELECT session_id FROM face_sessions WHERE closed_at > $1 AND final_at IS NULL AND poll_at <= $2 \
             ORDER BY poll_at LIMIT $3{free}) \
             UPDATE face_sessions SET poll_at = $4 WHERE session_id IN (SELECT session_id FROM due) RETURNING {COLUMNS}"
        );
        let claimed = self.fetch_all_now(query, move |query, now| {
            query
                .bind(to_column(now.minus(within).0))
                .bind(to_column(now.0))
                .bind(i64::from(limit))
                .bind(to_column(now.plus(every).0))
        });
        Ok(self.readable(&claimed.await?))
    }

    /// Records that the provider's report on a session is final.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn mark_face_session_final(&self, session_id: &str, now: Timestamp) -> Result<(), StoreError> {
        let query = "UPDATE face_sessions SET final_at = $1 WHERE session_id = $2 AND final_at IS NULL";
        let query = sqlx::query(query).bind(to_column(now.0)).bind(session_id);
        self.connections.execute(query).await?;
        Ok(())
    }

    /// Skips rows that cannot be read, so that the others are still polled.
    fn readable(&self, rows: &[AnyRow]) -> Vec<FaceSessionRow> {
        let read = |row: &AnyRow| match self.face_session_row(row) {
            Ok(row) => Some(row),
            Err(error) => {
                let session: String = row.try_get("session_id").unwrap_or_default();
                tracing::error!(session, ?error, "face session skipped: its row cannot be read");
                None
            }
        };
        rows.iter().filter_map(read).collect()
    }

    fn sealed_url(&self, session_id: &str, url: Option<&Secret>) -> Result<Option<Vec<u8>>, StoreError> {
        url.map(|url| self.sealer.seal(&url_of(session_id), url.expose().as_bytes()))
            .transpose()
    }

    fn face_session_row(&self, row: &AnyRow) -> Result<FaceSessionRow, StoreError> {
        let time = |column: &'static str| -> Result<Timestamp, StoreError> {
            Ok(Timestamp(from_column(row.try_get(column)?)))
        };
        let session_id: String = row.try_get("session_id")?;
        let url: Option<&[u8]> = row.try_get("url")?;
        let closed_at: Option<i64> = row.try_get("closed_at")?;
        Ok(FaceSessionRow {
            approval_id: row.try_get("approval_id")?,
            url: url
                .map(|sealed| self.sealer.open_text(&url_of(&session_id), sealed))
                .transpose()?,
            expected: self
                .sealer
                .open_text(&expected_of(&session_id), row.try_get("expected")?)?,
            expires_at: time("session_expires_at")?,
            poll_at: time("poll_at")?,
            created_at: time("session_created_at")?,
            closed_at: closed_at.map(|time| Timestamp(from_column(time))),
            session_id,
        })
    }
}
