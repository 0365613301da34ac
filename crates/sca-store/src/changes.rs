use sca_protocol::{Reason, Status, Timestamp};
use sqlx::AnyConnection;

use super::{
    Store, StoreError, StoredWebhookEvent,
    connections::{End, Step},
    outbox::{late_event, message},
    row_mapping::json,
    to_column,
    webhook_events::processed_event,
    writes::{self, Write},
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
    Over {
        /// Whether the provider's report is final, so that it need not be polled again.
        is_final: bool,
    },
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
    /// The event that reported the change is stored as processed in the same transaction; not if the result is `None`.
    ///
    /// With `known`, the approval as it was read, the change is tried without a lock: it takes one statement less on SQLite, and a single
    /// one on PostgreSQL. If the approval has changed since, the change is applied to the new record.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn update_with_face_session<T>(
        &self,
        session_id: &str,
        known: Option<Record>,
        event: Option<StoredWebhookEvent>,
        change: impl Fn(&mut Record) -> (T, SessionFate) + Send + Sync + 'static,
    ) -> Result<Option<UpdateResult<(T, SessionFate)>>, StoreError>
    where
        T: Send + 'static,
    {
        if let Some(before) = known
            && let Some(updated) = self.try_update(&before, session_id, event.as_ref(), &change).await?
        {
            return Ok(Some(updated));
        }
        let (store, session_id) = (self.clone(), session_id.to_owned());
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move {
                    store
                        .update_session_in(transaction, &session_id, event.as_ref(), change)
                        .await
                })
            })
            .await
    }

    async fn update_session_in<T: Send>(
        &self,
        transaction: &mut AnyConnection,
        session_id: &str,
        event: Option<&StoredWebhookEvent>,
        change: impl Fn(&mut Record) -> (T, SessionFate) + Send + Sync,
    ) -> Result<End<Option<UpdateResult<(T, SessionFate)>>>, StoreError> {
        let Some(before) = self.lock_approval_of_session(&mut *transaction, session_id).await? else {
            return Ok(End::Rollback(None));
        };
        let (updated, writes) = self.changed_with_session(&before, event, change);
        let approval = approval(&before, &updated)?;
        self.write(transaction, writes, approval).await?;
        Ok(commit(updated))
    }

    /// `None`, and nothing is written, if the record would not change, has changed since it was read, or its session is closed.
    async fn try_update<T: Send>(
        &self,
        before: &Record,
        session_id: &str,
        event: Option<&StoredWebhookEvent>,
        change: impl Fn(&mut Record) -> (T, SessionFate) + Send + Sync,
    ) -> Result<Option<UpdateResult<(T, SessionFate)>>, StoreError> {
        let (updated, writes) = self.changed_with_session(before, event, change);
        let Some(approval) = approval(before, &updated)? else {
            return Ok(None);
        };
        let session_is_open = "AND EXISTS (SELECT 1 FROM face_sessions WHERE session_id = $1 AND closed_at IS NULL)";
        let approval = approval.and(Write::new(session_is_open).text(session_id));
        let is_written = writes::execute_if(&self.connections, approval, writes).await?;
        if is_written {
            self.connections.notify(vec![before.id.clone()]);
        }
        Ok(is_written.then_some(updated))
    }

    /// As [`changed`](Self::changed), with the end of the face session and with its event.
    fn changed_with_session<T>(
        &self,
        before: &Record,
        event: Option<&StoredWebhookEvent>,
        change: impl Fn(&mut Record) -> (T, SessionFate),
    ) -> (UpdateResult<(T, SessionFate)>, Vec<Write>) {
        let (updated, mut writes) = self.changed(before, change);
        let (_, fate) = updated.outcome;
        let now = self.clock.now();
        let final_at = match fate {
            SessionFate::StaysOpen => None,
            SessionFate::Over { is_final } => Some(now).filter(|_| is_final),
        };
        if updated.settled || fate != SessionFate::StaysOpen {
            writes.push(close_sessions(&before.id, now, final_at));
        }
        writes.extend(event.map(|event| processed_event(event, now)));
        (updated, writes)
    }

    pub(super) async fn apply<T>(
        &self,
        transaction: &mut AnyConnection,
        before: &Record,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Result<UpdateResult<T>, StoreError> {
        let (updated, mut writes) = self.changed(before, change);
        if updated.settled {
            let now = updated.record.settled_at.unwrap_or_default();
            writes.push(close_sessions(&before.id, now, None));
        }
        let approval = approval(before, &updated)?;
        self.write(transaction, writes, approval).await?;
        Ok(updated)
    }

    /// The result of a change, and what has to be written besides the approval and its face sessions.
    fn changed<T>(&self, before: &Record, change: impl FnOnce(&mut Record) -> T) -> (UpdateResult<T>, Vec<Write>) {
        let mut after = before.clone();
        let outcome = change(&mut after);
        let changed = after != *before;
        let settled = after.is_settled() && !before.is_settled();
        if changed {
            after.version = before.version + 1;
        }
        let mut writes = if settled { self.settlement(&after) } else { Vec::new() };
        let late = after.late_events(before);
        writes.extend(late.iter().map(|late| late_event(&after.id, late)));
        let updated = UpdateResult {
            record: after,
            outcome,
            changed,
            settled,
        };
        (updated, writes)
    }

    /// What follows from a settlement: outbox messages, and the reset of the low-value usage.
    pub(super) fn settlement(&self, after: &Record) -> Vec<Write> {
        let now = after.settled_at.unwrap_or_default();
        let events = after.outbound_events();
        let mut writes: Vec<Write> = events.iter().map(|event| message(&after.id, event, now)).collect();
        if let (Status::Approved, Some(wire)) = (&after.status, after.source.transfer()) {
            writes.push(self.reset_low_value_usage(&after.owner, &wire.user));
        }
        writes
    }

    async fn write(
        &self,
        transaction: &mut AnyConnection,
        mut writes: Vec<Write>,
        approval: Option<Write>,
    ) -> Result<(), StoreError> {
        let is_changed = approval.is_some();
        writes.extend(approval);
        let rows = writes::execute(transaction, self.engine, writes).await?;
        if is_changed && rows != 1 {
            return Err(StoreError::Database(sqlx::Error::RowNotFound));
        }
        Ok(())
    }
}

/// Writes an approval that has changed. A settlement wipes the tokens.
fn approval<T>(before: &Record, updated: &UpdateResult<T>) -> Result<Option<Write>, StoreError> {
    if !updated.changed {
        return Ok(None);
    }
    let after = &updated.record;
    let wiped = match (updated.settled, needs_one_time_token(after)) {
        (false, _) => "",
        (true, true) => ", access_token = NULL",
        (true, false) => ", access_token = NULL, one_time_token = NULL",
    };
    // Others set the time of the next poll without a change of the record.
    let polled = if after.progress.next_poll_at == before.progress.next_poll_at {
        ""
    } else {
        ", poll_at = $10"
    };
    let text = format!(
        "UPDATE approvals SET version = $1, status = $2, reason = $3, expires_at = $4, settled_at = $5, consumed_at = $6, \
         progress = $7{polled}{wiped} WHERE id = $8 AND version = $9"
    );
    let write = Write::new(text)
        .number(to_column(after.version))
        .text(after.status.as_str())
        .text_or_null(after.reason.as_ref().map(Reason::as_str))
        .number(to_column(after.expires_at.0))
        .number(after.settled_at.map(|time| to_column(time.0)))
        .number(after.consumed_at.map(|time| to_column(time.0)))
        .text(&json(&after.progress, "progress")?)
        .text(&before.id)
        .number(to_column(before.version));
    Ok(Some(if polled.is_empty() {
        write
    } else {
        write.number(after.progress.next_poll_at.map(|time| to_column(time.0)))
    }))
}

/// Whether a settled approval still needs its one-time token: the repeated call carries it.
pub(super) fn needs_one_time_token(settled: &Record) -> bool {
    settled.status == Status::Approved
}

/// Closes the open face session of an approval, of which there is at most one.
fn close_sessions(approval_id: &str, closed_at: Timestamp, final_at: Option<Timestamp>) -> Write {
    let text = "UPDATE face_sessions SET closed_at = $1, url = NULL, final_at = COALESCE(final_at, $2) \
                WHERE approval_id = $3 AND closed_at IS NULL AND {condition}";
    Write::new(text)
        .number(to_column(closed_at.0))
        .number(final_at.map(|time| to_column(time.0)))
        .text(approval_id)
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
