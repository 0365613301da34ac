use sca_protocol::{Reason, Status};
use sqlx::{AnyConnection, Row};

use super::{
    Store, StoreError,
    connections::{End, Step},
    outbox::{add_late_event_to_outbox, add_to_outbox},
    polls,
    row_mapping::json,
    sql, to_column,
};
use sca_core::Record;

/// The result of an update.
#[derive(Debug)]
pub struct UpdateResult<T> {
    /// The approval after the update.
    pub record: Record,
    /// What the change returned.
    pub outcome: T,
    /// Whether the approval changed.
    pub changed: bool,
    /// Whether the update settled the approval.
    pub settled: bool,
}

/// Whether a face session stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFate {
    /// It stays open.
    StaysOpen,
    /// It is closed: later reports about it change nothing.
    Over,
}

impl Store {
    /// Updates an approval. The change receives the current record, which is locked until the transaction ends. `None` when there is
    /// no such approval.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record) -> T + Send + 'static,
    ) -> Result<Option<UpdateResult<T>>, StoreError>
    where
        T: Send + 'static,
    {
        let (store, id) = (self.clone(), id.to_owned());
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move {
                    let Some(before) = store.lock_approval(&mut *transaction, &id).await? else {
                        return Ok(End::Rollback(None));
                    };
                    let updated = store.apply(transaction, &before, change).await?;
                    Ok(commit(updated))
                })
            })
            .await
    }

    /// Updates an approval together with its open face session. The change decides whether the session is closed. `None` when the
    /// session is unknown or closed, so that the end of a session changes the approval once, however often it is reported.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update_with_face_session<T>(
        &self,
        session_id: &str,
        change: impl FnOnce(&mut Record) -> (T, SessionFate) + Send + 'static,
    ) -> Result<Option<UpdateResult<T>>, StoreError>
    where
        T: Send + 'static,
    {
        let (store, session_id) = (self.clone(), session_id.to_owned());
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { store.update_session_in(transaction, &session_id, change).await })
            })
            .await
    }

    async fn update_session_in<T: Send>(
        &self,
        transaction: &mut AnyConnection,
        session_id: &str,
        change: impl FnOnce(&mut Record) -> (T, SessionFate) + Send,
    ) -> Result<End<Option<UpdateResult<T>>>, StoreError> {
        let query = "SELECT approval_id FROM face_sessions WHERE session_id = $1 AND closed_at IS NULL";
        let session = sqlx::query(query)
            .bind(session_id)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(session) = session else {
            return Ok(End::Rollback(None));
        };
        // Lock order: the approval, then the session.
        let Some(before) = self
            .lock_approval(&mut *transaction, session.try_get("approval_id")?)
            .await?
        else {
            return Ok(End::Rollback(None));
        };
        let held = self.engine.for_update();
        let query = format!("SELECT session_id FROM face_sessions WHERE session_id = $1 AND closed_at IS NULL{held}");
        let open = sqlx::query(sql(query))
            .bind(session_id)
            .fetch_optional(&mut *transaction)
            .await?;
        if open.is_none() {
            return Ok(End::Rollback(None));
        }
        let updated = self.apply(&mut *transaction, &before, change).await?;
        let (outcome, fate) = updated.outcome;
        match fate {
            SessionFate::StaysOpen => {}
            SessionFate::Over => {
                sqlx::query("UPDATE face_sessions SET closed_at = $1, url = NULL WHERE session_id = $2")
                    .bind(to_column(self.clock.now().0))
                    .bind(session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        Ok(commit(UpdateResult {
            record: updated.record,
            outcome,
            changed: updated.changed,
            settled: updated.settled,
        }))
    }

    pub(super) async fn apply<T>(
        &self,
        transaction: &mut AnyConnection,
        before: &Record,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<UpdateResult<T>, StoreError> {
        let mut after = before.clone();
        let outcome = change(&mut after);
        let changed = after != *before;
        let settled = after.is_settled() && !before.is_settled();
        if changed {
            after.version = before.version + 1;
            write(transaction, before, &after).await?;
            if after.progress.next_poll_at != before.progress.next_poll_at {
                polls::set(transaction, &after).await?;
            }
        }
        if settled {
            self.write_settlement(transaction, &after).await?;
        }
        for late in after.late_events(before) {
            add_late_event_to_outbox(transaction, &after.id, &late).await?;
        }
        Ok(UpdateResult {
            record: after,
            outcome,
            changed,
            settled,
        })
    }

    /// Writes what follows from a settlement: outbox messages, wiped tokens and closed sessions.
    pub(super) async fn write_settlement(
        &self,
        transaction: &mut AnyConnection,
        after: &Record,
    ) -> Result<(), StoreError> {
        let now = after.settled_at.unwrap_or_default();
        for event in after.outbound_events() {
            add_to_outbox(transaction, &after.id, &event, now).await?;
        }
        sqlx::query("UPDATE face_sessions SET closed_at = $1, url = NULL WHERE approval_id = $2 AND closed_at IS NULL")
            .bind(to_column(now.0))
            .bind(&after.id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE approvals SET access_token = NULL WHERE id = $1")
            .bind(&after.id)
            .execute(&mut *transaction)
            .await?;
        if let (Status::Approved, Some(wire)) = (&after.status, after.source.transfer()) {
            self.reset_low_value_usage(transaction, &after.owner, &wire.user)
                .await?;
        }
        if after.status != Status::Approved {
            sqlx::query("UPDATE approvals SET one_time_token = NULL WHERE id = $1")
                .bind(&after.id)
                .execute(transaction)
                .await?;
        }
        Ok(())
    }
}

/// Commits even if the approval is unchanged: the transaction may have changed other rows.
fn commit<T>(updated: UpdateResult<T>) -> End<Option<UpdateResult<T>>> {
    let changed = names_of(std::slice::from_ref(&updated));
    End::Commit(Some(updated), changed)
}

/// The ids of the approvals that changed.
pub(super) fn names_of<T>(updated: &[UpdateResult<T>]) -> Vec<String> {
    let changed = updated.iter().filter(|updated| updated.changed);
    changed.map(|updated| updated.record.id.clone()).collect()
}

async fn write(transaction: &mut AnyConnection, before: &Record, after: &Record) -> Result<(), StoreError> {
    let written = sqlx::query(
        "UPDATE approvals SET version = $1, status = $2, reason = $3, expires_at = $4, settled_at = $5, consumed_at = $6, \
         progress = $7 WHERE id = $8 AND version = $9",
    )
    .bind(to_column(after.version))
    .bind(after.status.as_str())
    .bind(after.reason.as_ref().map(Reason::as_str))
    .bind(to_column(after.expires_at.0))
    .bind(after.settled_at.map(|time| to_column(time.0)))
    .bind(after.consumed_at.map(|time| to_column(time.0)))
    .bind(json(&after.progress, "progress")?)
    .bind(&before.id)
    .bind(to_column(before.version))
    .execute(transaction)
    .await?;
    if written.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Database(sqlx::Error::RowNotFound))
    }
}
