//! How instances on one PostgreSQL hear of each other's changes: `NOTIFY` and `LISTEN`.

use std::{fmt, time::Duration};

use sqlx::{
    ConnectOptions, Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Database, Store, StoreError, Updated, database::address};

const CHANNEL: &str = "sca_approvals";
/// After this time without a word it is asked whether the database is still there.
const QUIET: Duration = Duration::from_secs(15);
/// How long the database may take to say so.
const ANSWER: Duration = Duration::from_secs(5);

/// What instances on the same database have changed, from now on.
pub struct Notices(PgListener);

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An approval has changed.
    Changed(String),
    /// Nothing for a while, and the connection is alive. An instance that ended between a change and its notice was not heard:
    /// what matters is to be looked at now.
    Quiet,
}

impl Store {
    /// Listens to what other instances change. `None` for SQLite, where there are no others.
    ///
    /// # Errors
    /// When there is no connection.
    pub async fn notices(&self) -> Result<Option<Notices>, StoreError> {
        let Database::Postgres(secret) = &self.database else {
            return Ok(None);
        };
        let url = address(secret).map_err(|_| StoreError::Address)?;
        // A pool of its own, so that the connection is no one else's afterwards.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ANSWER)
            .connect_with(PgConnectOptions::from_url(&url)?)
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Some(Notices(listener)))
    }

    /// Tells other instances of a change. After its transaction, not in it: PostgreSQL lets transactions with notices end only
    /// one after another, each waiting for the disk.
    pub(super) async fn tell_others<T>(&self, updated: &Updated<T>) {
        if !updated.changed || matches!(self.database, Database::File(_)) {
            return;
        }
        let id = &updated.record.id;
        let told = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(id);
        if let Err(error) = told.execute(&self.pool).await {
            tracing::warn!(approval = id, ?error, "other instances were not told");
        }
    }
}

impl Notices {
    /// Waits for the next notice.
    ///
    /// # Errors
    /// When the connection is lost. What happens until there is another is not heard.
    pub async fn next(&mut self) -> Result<Notice, StoreError> {
        match timeout(QUIET, self.0.try_recv()).await {
            Ok(Ok(Some(notification))) => Ok(Notice::Changed(notification.payload().to_owned())),
            Ok(Ok(None)) => Err(StoreError::Silent),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => match timeout(ANSWER, self.0.execute("SELECT 1")).await {
                Ok(answer) => Ok(answer.map(|_| Notice::Quiet)?),
                Err(_) => Err(StoreError::Silent),
            },
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Notices")
    }
}
