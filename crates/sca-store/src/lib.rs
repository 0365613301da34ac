//! The database: SQLite in a file for one instance, PostgreSQL for several. Both use the same SQL; dialect differences live in
//! `engine`.
//!
//! An update locks the record, applies a pure function to it and writes it back. The same transaction writes the outbox messages and
//! wipes the tokens that are no longer needed.
//!
//! A unit of work runs to its end even if its caller goes away: see `connections`. Leases follow the store's clock, which for
//! PostgreSQL is the server's: see [`Store::clock`].

mod approvals;
mod change_feed;
mod changes;
mod connections;
mod correlations;
mod data_key;
mod database;
mod engine;
mod enrolments;
mod face_sessions;
mod factor_waits;
mod field_encryption;
mod idempotency_keys;
mod import;
mod low_value_usage;
mod migrations;
mod outbox;
mod polls;
mod provider_sessions;
mod retention;
mod row_mapping;
#[cfg(test)]
mod tests;
mod versions;
mod webhook_events;
mod writes;

use std::sync::Arc;

use sca_protocol::Timestamp;
use sqlx::{
    Any, AssertSqlSafe, Executor,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use tempfile::TempDir;

pub use approvals::{InsertResult, NewRecord, Tokens};
pub use change_feed::{ChangeListener, ChangeNotification};
pub use changes::{SessionFate, UpdateResult};
pub use database::{Database, DatabaseError};
pub use enrolments::{EnrolmentInsert, EnrolmentUpdate, NewEnrolment};
pub use face_sessions::{FaceSessionRow, ReportedSession};
pub use field_encryption::{EncryptionKeys, KeyError, Sealer};
pub use idempotency_keys::{Attempt, StoredAnswer};
pub use outbox::{Claim, OutboxBacklog, OutboxRow};
pub use versions::{Exempted, TransferVersion};
pub use webhook_events::StoredWebhookEvent;

use connections::Connections;
use engine::{Durability, Engine};

use sca_runtime::clock::{Clock, DatabaseClock, SystemClock};

/// The database of approvals and enrolments, with everything that belongs to them.
#[derive(Clone, Debug)]
pub struct Store {
    connections: Connections,
    engine: Engine,
    database: Database,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    /// The folder of a temporary database. Dropping the last store removes it.
    _folder: Option<Arc<TempDir>>,
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No temporary folder can be created.
    #[error("no folder for a temporary database can be created")]
    Folder(#[source] std::io::Error),
    /// The database's file cannot be created or read.
    #[error("the file of the database cannot be created or read: {0}")]
    File(#[source] std::io::Error),
    /// The database's URL is not valid.
    #[error("the URL of the database is not valid")]
    Address,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A connection pooler refuses a parameter that the driver sends when it connects: PgBouncer, with its default settings.
    #[error(
        "the connection pooler refuses a startup parameter ({0}): set ignore_startup_parameters = extra_float_digits in pgbouncer.ini"
    )]
    StartupParameter(#[source] sqlx::Error),
    /// A connection pooler gives the sessions of two clients the same session of the server: it pools by transaction or by statement.
    #[error(
        "the connection pooler does not pool by session, which the backend needs: set pool_mode = session in pgbouncer.ini"
    )]
    NotPooledBySession,
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    Silent,
    /// The database is read-only: it is a standby, or configured so.
    #[error("the database is read-only: a standby, or configured so")]
    ReadOnly,
    /// The unit of work did not finish: it panicked, or the process is stopping.
    #[error("the unit of work panicked or was aborted")]
    Panicked,
    /// A value in the database is not valid.
    #[error("the column {0} holds a value that is not valid")]
    Unreadable(&'static str),
    /// A sealed value cannot be opened: it was sealed under another key, or it was changed.
    #[error("a sealed value cannot be opened: another encryption key, or changed data")]
    Sealed,
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Randomness(#[from] sca_runtime::random::RandomnessError),
    /// A database that an import writes to is not empty.
    #[error("the table {0} is not empty")]
    NotEmpty(&'static str),
    /// The database has a migration that this version does not know.
    #[error("the database has migration {0}, which this version does not know: run a newer version")]
    Newer(i64),
}

impl Store {
    /// Opens a database. Creates the SQLite file if there is none, and applies the migrations that are missing.
    ///
    /// # Errors
    /// When it cannot be opened. [`StoreError::Sealed`] when none of the keys belongs to it.
    pub async fn open(database: &Database, keys: EncryptionKeys) -> Result<Self, StoreError> {
        Self::connect(database.clone(), Durability::Full, keys, None).await
    }

    /// A database that lives as long as the process: a file in a folder that only this account can read. Not SQLite's in-memory
    /// database, which ends with its connection; a connection is closed when a caller goes away in the middle of a call.
    ///
    /// # Errors
    /// When it cannot be created.
    pub async fn temporary(keys: EncryptionKeys) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(StoreError::Folder)?;
        let database = Database::File(folder.path().join("approvals.db"));
        Self::connect(database, Durability::None, keys, Some(Arc::new(folder))).await
    }

    async fn connect(
        database: Database,
        durability: Durability,
        keys: EncryptionKeys,
        folder: Option<Arc<TempDir>>,
    ) -> Result<Self, StoreError> {
        let engine = Engine::of(&database);
        let server = Arc::new(DatabaseClock::new());
        let connections = Connections::open(&database, durability, &server).await?;
        migrations::migrate(&connections, engine).await?;
        let sealer = data_key::open(&connections, engine, keys).await?;
        Ok(Self {
            connections,
            engine,
            clock: match engine {
                // There is only this machine.
                Engine::Sqlite => Arc::new(SystemClock),
                Engine::Postgres => server,
            },
            database,
            sealer,
            _folder: folder,
        })
    }

    /// The same store with another clock, for tests.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The clock of all times in the database: the PostgreSQL server's, or this machine's for SQLite.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Checks that the database answers and accepts writes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let question = self.engine.is_writable();
        self.connections
            .statement(move |connection| {
                Box::pin(async move {
                    let answer = connection.fetch_optional(question).await?;
                    answer.map(drop).ok_or(StoreError::ReadOnly)
                })
            })
            .await
    }

    /// Whether every connection is in use, so that the next unit of work has to wait.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.connections.are_all_lent()
    }

    /// Waits for all units of work to finish, and closes the database.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// Reads rows by a statement that contains the current time. The time is taken once a connection is available, not before the wait
    /// for it.
    async fn fetch_all_now(
        &self,
        query: String,
        bind: impl FnOnce(Bound, Timestamp) -> Bound + Send + 'static,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let clock = self.clock();
        self.connections
            .statement(move |connection| {
                Box::pin(async move {
                    let query = bind(sqlx::query(sql(query)), clock.now());
                    Ok(query.fetch_all(connection).await?)
                })
            })
            .await
    }

    /// The sealer, whose keys seal secrets and digest low-entropy values.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
}

/// A statement with its values.
type Bound = Query<'static, Any, AnyArguments>;

/// A query that is composed of literals of this module.
fn sql(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

/// A time or version as the database stores it.
fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_column(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
