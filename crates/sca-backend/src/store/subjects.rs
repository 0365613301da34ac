use sca_protocol::Status;
use sqlx::{Row, any::AnyRow};

use super::{Store, StoreError, records::names};
use crate::decision::Subject;

impl Store {
    /// Keeps that an approval depends on something at a provider. What has been told of it before is found by
    /// [`webhook_events_about`](Self::webhook_events_about): called afterwards, it misses nothing, as whoever is told of something keeps
    /// that before looking for approvals.
    ///
    /// # Errors
    /// When the store fails, or there is no such approval.
    pub async fn add_subject(&self, approval_id: &str, subject: &Subject) -> Result<(), StoreError> {
        let (approval_id, subject) = (approval_id.to_owned(), subject.clone());
        self.connections
            .run(move |connection| Box::pin(async move { insert(connection, &approval_id, &subject).await }))
            .await
    }

    /// The open approvals that depend on something at a provider, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_about(&self, subject: &Subject) -> Result<Vec<String>, StoreError> {
        let query = "SELECT approvals.id FROM subjects JOIN approvals ON approvals.id = subjects.approval_id \
                     WHERE subjects.provider = $1 AND subjects.subject = $2 AND approvals.status = 'pending' \
                     ORDER BY approvals.created_at, approvals.id";
        let query = sqlx::query(query).bind(subject.teller().as_str()).bind(subject.name());
        names(&self.connections.fetch_all(query).await?)
    }

    /// The approvals that depend on something at a provider or did, the oldest first, with how they stand.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all_about(&self, subject: &Subject) -> Result<Vec<(String, Status)>, StoreError> {
        let query = "SELECT approvals.id, approvals.status FROM subjects JOIN approvals \
                     ON approvals.id = subjects.approval_id WHERE subjects.provider = $1 AND subjects.subject = $2 \
                     ORDER BY approvals.created_at, approvals.id";
        let query = sqlx::query(query).bind(subject.teller().as_str()).bind(subject.name());
        let rows = self.connections.fetch_all(query).await?;
        let read = |row: &AnyRow| Ok((row.try_get("id")?, Status::from_name(row.try_get("status")?)));
        rows.iter().map(read).collect()
    }
}

pub(super) async fn insert(
    connection: &mut sqlx::AnyConnection,
    approval_id: &str,
    subject: &Subject,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO subjects (provider, subject, approval_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(subject.teller().as_str())
        .bind(subject.name())
        .bind(approval_id)
        .execute(connection)
        .await?;
    Ok(())
}
