use std::time::Duration;

use sqlx::{AnyConnection, Row};
use zeroize::Zeroizing;

use super::{
    Store, StoreError,
    connections::{End, Step},
    from_column, sql, to_column,
};
use sca_core::secret::Fingerprint;

/// The state of a request with an idempotency key.
#[derive(Debug)]
pub enum Attempt {
    /// The request is new: the caller executes it.
    Ours,
    /// Another caller executes it.
    UnderWay,
    /// The key was used with another body.
    OtherBody,
    /// It was executed; this is the answer.
    Done(StoredAnswer),
}

/// The stored answer to an executed request.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body. It may contain the client secret.
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for StoredAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StoredAnswer({}, {} bytes)", self.status, self.body.len())
    }
}

/// After this time without an answer, a request was cut off by a crash. Its effect is unknown, and a repetition may execute it.
const LOST_AFTER: Duration = Duration::from_secs(120);

impl Store {
    /// Claims the execution of a request, unless it was claimed before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin_attempt(
        &self,
        scope: &str,
        key: &Fingerprint,
        body: &Fingerprint,
    ) -> Result<Attempt, StoreError> {
        let (store, scope, key, body) = (self.clone(), scope.to_owned(), *key, *body);
        self.connections
            .transaction(move |transaction| -> Step<'_, _> {
                Box::pin(async move { store.begin_attempt_in(transaction, &scope, &key, &body).await })
            })
            .await
    }

    async fn begin_attempt_in(
        &self,
        transaction: &mut AnyConnection,
        scope: &str,
        key: &Fingerprint,
        body: &Fingerprint,
    ) -> Result<End<Attempt>, StoreError> {
        let now = self.clock.now();
        let begun = sqlx::query(
            "INSERT INTO idempotency_keys (scope, key_digest, body_digest, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        )
        .bind(scope)
        .bind(key.as_bytes())
        .bind(body.as_bytes())
        .bind(to_column(now.0))
        .execute(&mut *transaction)
        .await?;
        if begun.rows_affected() == 0 {
            let held = self.engine.for_update();
            let query = format!(
                "SELECT body_digest, status, answer, created_at FROM idempotency_keys WHERE scope = $1 AND key_digest = $2{held}"
            );
            let known = sqlx::query(sql(query))
                .bind(scope)
                .bind(key.as_bytes())
                .fetch_optional(&mut *transaction)
                .await?;
            // Deleted between the two statements: the first request was refused. A repetition starts anew.
            let Some(row) = known else {
                return Ok(End::Rollback(Attempt::UnderWay));
            };
            if row.try_get::<&[u8], _>("body_digest")? != body.as_bytes() {
                return Ok(End::Rollback(Attempt::OtherBody));
            }
            let status: Option<i64> = row.try_get("status")?;
            let answer: Option<&[u8]> = row.try_get("answer")?;
            if let (Some(status), Some(answer)) = (status, answer) {
                return Ok(End::Rollback(Attempt::Done(StoredAnswer {
                    status: u16::try_from(status).map_err(|_| StoreError::Unreadable("status"))?,
                    body: self.sealer.open(&place(scope, key), answer)?,
                })));
            }
            let begun = from_column(row.try_get("created_at")?);
            if now < sca_protocol::Timestamp(begun).plus(LOST_AFTER) {
                return Ok(End::Rollback(Attempt::UnderWay));
            }
            sqlx::query("UPDATE idempotency_keys SET created_at = $1 WHERE scope = $2 AND key_digest = $3")
                .bind(to_column(now.0))
                .bind(scope)
                .bind(key.as_bytes())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(End::Commit(Attempt::Ours, Vec::new()))
    }

    /// Stores the answer to an executed request, sealed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish_attempt(
        &self,
        scope: &str,
        key: &Fingerprint,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let sealed = self.sealer.seal(&place(scope, key), &answer.body)?;
        let query =
            sqlx::query("UPDATE idempotency_keys SET status = $1, answer = $2 WHERE scope = $3 AND key_digest = $4")
                .bind(i64::from(answer.status))
                .bind(sealed)
                .bind(scope)
                .bind(key.as_bytes());
        self.connections.execute(query).await?;
        Ok(())
    }

    /// Deletes a request that was not executed, so that its key can be used again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_attempt(&self, scope: &str, key: &Fingerprint) -> Result<(), StoreError> {
        let query = sqlx::query("DELETE FROM idempotency_keys WHERE scope = $1 AND key_digest = $2")
            .bind(scope)
            .bind(key.as_bytes());
        self.connections.execute(query).await?;
        Ok(())
    }
}

fn place(scope: &str, key: &Fingerprint) -> String {
    format!("attempt/{scope}/{}", key.short())
}
