//! Change notifications between instances on one PostgreSQL database: `NOTIFY` and `LISTEN`.

use std::{fmt, time::Duration};

use sqlx::{
    AnyConnection, ConnectOptions, Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{Instant, timeout};

use super::{Database, Store, StoreError, database::address, engine::Engine};

const CHANNEL: &str = "sca_approvals";
/// After this time without a notification, the listener checks that this is still the writable server.
const CHECK_AFTER: Duration = Duration::from_secs(3);
/// After this time without a notification, the instance polls its subscribed approvals.
const QUIET: Duration = Duration::from_secs(15);
/// The deadline of a check, of a notification and of the first connection.
const DEADLINE: Duration = Duration::from_secs(5);

/// The changes that instances on the same database make from now on.
pub struct ChangeListener {
    listener: PgListener,
    quiet_since: Instant,
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeNotification {
    /// An approval has changed.
    Changed(String),
    /// No notification for a while, on a live connection. An instance that crashed between its commit and its notification sent none,
    /// so subscribed approvals have to be read now.
    Quiet,
}

impl Store {
    /// Subscribes to the changes of other instances. `None` for SQLite, which has one instance only.
    ///
    /// # Errors
    /// When no connection can be made.
    pub async fn change_feed(&self) -> Result<Option<ChangeListener>, StoreError> {
        let Database::Postgres(secret) = &self.database else {
            return Ok(None);
        };
        let url = address(secret).map_err(|_| StoreError::Address)?;
        // A pool of its own: the connection keeps listening, so no other work may get it.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(DEADLINE)
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

/// Notifies other instances of changes. After the transaction, not in it: PostgreSQL serialises the commits of transactions with
/// notifications, and each waits for the disk. False when the connection is no longer usable.
pub(super) async fn notify(connection: &mut AnyConnection, engine: Engine, changed: &[String]) -> bool {
    match engine {
        Engine::Sqlite => return true,
        Engine::Postgres => {}
    }
    for id in changed {
        let notification = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(id);
        match timeout(DEADLINE, notification.execute(&mut *connection)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(approval = id, ?error, "change notification failed"),
            Err(_) => {
                tracing::warn!(approval = id, "change notification timed out");
                return false;
            }
        }
    }
    true
}

impl ChangeListener {
    /// Waits for the next notification.
    ///
    /// # Errors
    /// When the connection is lost. Changes until the next subscription are missed.
    pub async fn next(&mut self) -> Result<ChangeNotification, StoreError> {
        loop {
            match timeout(CHECK_AFTER, self.listener.try_recv()).await {
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

    /// Checks that this is still the writable server: a standby receives no notifications.
    async fn check(&mut self) -> Result<(), StoreError> {
        let asking = self.listener.fetch_optional(Engine::Postgres.is_writable());
        let answer = timeout(DEADLINE, asking).await.map_err(|_| StoreError::Silent)??;
        answer.map(drop).ok_or(StoreError::ReadOnly)
    }
}

impl fmt::Debug for ChangeListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ChangeListener")
    }
}
