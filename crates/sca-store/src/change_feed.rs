//! Change notifications between instances on one PostgreSQL database: `NOTIFY` and `LISTEN`.

use std::{
    fmt,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::{Instant, timeout};

use super::{Database, Store, StoreError, connections::Connections, database::address, engine::Engine};

const CHANNEL: &str = "sca_approvals";
/// After this time without a notification, the listener checks that this is still the writable server.
const CHECK_AFTER: Duration = Duration::from_secs(3);
/// After this time without a notification, the instance polls its subscribed approvals.
const QUIET: Duration = Duration::from_secs(15);
/// How long after one notification the next is sent at the earliest, so that one statement tells of many changes.
const NOTIFY_PACE: Duration = Duration::from_millis(10);
/// Sends a notification for each id. What it tells of is on the disk; the notification itself need not be.
const NOTIFY: &str = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, id) \
    FROM unnest(string_to_array($2, ' ')) AS id";
/// The deadline of a check and of the first connection.
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

/// The changes that other instances have not been notified of.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    approvals: Vec<String>,
    is_sending: bool,
}

impl Connections {
    /// Notifies other instances of changes. After their transaction, not in it: PostgreSQL serialises the commits of transactions with
    /// notifications. What changes shortly after one notification goes into the next.
    pub(super) fn notify(&self, changed: Vec<String>) {
        match self.engine {
            Engine::Sqlite => return,
            Engine::Postgres if changed.is_empty() => return,
            Engine::Postgres => {}
        }
        let mut unsent = self.unsent();
        unsent.approvals.extend(changed);
        if !unsent.is_sending {
            unsent.is_sending = true;
            let connections = self.clone();
            self.units.spawn(async move { connections.send().await });
        }
    }

    async fn send(&self) {
        loop {
            let approvals = {
                let mut unsent = self.unsent();
                unsent.is_sending = !unsent.approvals.is_empty();
                std::mem::take(&mut unsent.approvals)
            };
            if approvals.is_empty() {
                return;
            }
            let query = sqlx::query(NOTIFY).bind(CHANNEL).bind(approvals.join(" "));
            if let Err(error) = self.fetch_all(query).await {
                tracing::warn!(?approvals, ?error, "change notification failed");
            }
            tokio::time::sleep(NOTIFY_PACE).await;
        }
    }

    fn unsent(&self) -> MutexGuard<'_, Unsent> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
