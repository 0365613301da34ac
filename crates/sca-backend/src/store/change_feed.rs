//! How instances on one PostgreSQL hear of each other's changes: `NOTIFY` and `LISTEN`.

use std::{fmt, time::Duration};

use sqlx::{
    AnyConnection, ConnectOptions, Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{Instant, timeout};

use super::{Database, Store, StoreError, database::address, engine::Engine};

const CHANNEL: &str = "sca_approvals";
/// After this time without a word it is asked whether this is still the database that is written to.
const ASKED_AFTER: Duration = Duration::from_secs(3);
/// After this time without a word whoever watches looks by themselves.
const QUIET: Duration = Duration::from_secs(15);
/// How long the database may take to say so.
const ANSWER: Duration = Duration::from_secs(5);

/// What instances on the same database have changed, from now on.
pub struct ChangeListener {
    listener: PgListener,
    quiet_since: Instant,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeNotification {
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
    pub async fn change_feed(&self) -> Result<Option<ChangeListener>, StoreError> {
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
        Ok(Some(ChangeListener {
            listener,
            quiet_since: Instant::now(),
        }))
    }
}

/// Tells other instances of changes. After their transaction, not in it: PostgreSQL lets transactions with change_feed end only one after
/// another, each waiting for the disk. False when the connection cannot be used any more.
pub(super) async fn tell(connection: &mut AnyConnection, engine: Engine, changed: &[String]) -> bool {
    match engine {
        Engine::Sqlite => return true,
        Engine::Postgres => {}
    }
    for id in changed {
        let telling = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(id);
        match timeout(ANSWER, telling.execute(&mut *connection)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(approval = id, ?error, "other instances were not told"),
            Err(_) => {
                tracing::warn!(approval = id, "other instances were not told in time");
                return false;
            }
        }
    }
    true
}

impl ChangeListener {
    /// Waits for the next notice.
    ///
    /// # Errors
    /// When the connection is lost. What happens until there is another is not heard.
    pub async fn next(&mut self) -> Result<ChangeNotification, StoreError> {
        loop {
            match timeout(ASKED_AFTER, self.listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    self.quiet_since = Instant::now();
                    return Ok(ChangeNotification::Changed(notification.payload().to_owned()));
                }
                Ok(Ok(None)) => return Err(StoreError::Silent),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => self.check().await?,
            }
            if self.quiet_since.elapsed() >= QUIET {
                self.quiet_since = Instant::now();
                return Ok(ChangeNotification::Quiet);
            }
        }
    }

    /// Whether this is still the database that is written to: nothing is told on any other.
    async fn check(&mut self) -> Result<(), StoreError> {
        let asking = self.listener.fetch_optional(Engine::Postgres.is_writable());
        let answer = timeout(ANSWER, asking).await.map_err(|_| StoreError::Silent)??;
        answer.map(drop).ok_or(StoreError::ReadOnly)
    }
}

impl fmt::Debug for ChangeListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChangeListener")
    }
}
