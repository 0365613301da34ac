//! Where approvals are kept: SQLite in a file for one instance, PostgreSQL for several. Both are spoken to in the same words,
//! but for what `engine` names.
//!
//! A change is made by reading the record, applying a plain function to it and writing it back while nobody else can change it,
//! in one transaction with what follows from it: what others are to be told, the wiping of tokens.
//!
//! What is begun is brought to its end, whether or not its caller still waits: see `connections`. What is somebody's for a while is so by
//! the store's own clock, which for PostgreSQL is the server's: see [`Store::clock`].

mod approvals;
mod change_feed;
mod changes;
mod connections;
mod correlations;
mod database;
mod engine;
mod face_sessions;
mod field_encryption;
mod idempotency_keys;
mod import;
mod low_value_usage;
mod migrations;
mod outbox;
mod polls;
mod retention;
mod row_mapping;
#[cfg(test)]
mod tests;
mod versions;
mod webhook_events;

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
pub use face_sessions::FaceSessionRow;
pub use field_encryption::{KeyError, Sealer};
pub use idempotency_keys::{Attempt, StoredAnswer};
pub use outbox::{Claim, OutboxRow};
pub use versions::{Exempted, TransferVersion};
pub use webhook_events::WebhookEvent;

use connections::Connections;
use engine::{Durability, Engine};

use crate::clock::{Clock, DatabaseClock, SystemClock};

/// The approvals.
#[derive(Clone, Debug)]
pub struct Store {
    connections: Connections,
    engine: Engine,
    database: Database,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    /// The folder of a database that nobody named; it goes with the last store that knows it.
    _folder: Option<Arc<TempDir>>,
}

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no place for a temporary database.
    #[error("there is no place for a temporary database")]
    Folder(#[source] std::io::Error),
    /// The database's file cannot be made.
    #[error("the database's file cannot be made")]
    File(#[source] std::io::Error),
    /// The database's address cannot be used.
    #[error("the database's address cannot be used")]
    Address,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Nothing has been heard from the database for too long.
    #[error("the database has fallen silent")]
    Silent,
    /// The database takes no writes: it is a standby, or set so.
    #[error("the database takes no writes")]
    ReadOnly,
    /// What was to be done was cut off: the process is ending, or it panicked.
    #[error("what was to be done was cut off")]
    Panicked,
    /// A row cannot be read.
    #[error("the column {0} cannot be read")]
    Unreadable(&'static str),
    /// A sealed value cannot be opened: another key, or it was changed.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] crate::random::RandomnessError),
    /// There is something in a database that should be empty.
    #[error("the table {0} is not empty")]
    NotEmpty(&'static str),
    /// The database is newer than this version.
    #[error("the database has version {0}, which this version does not know")]
    Newer(i64),
}

impl Store {
    /// Opens a database, making its tables, and the file if it is one, where there are none.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(database: &Database, sealer: Sealer) -> Result<Self, StoreError> {
        Self::connect(database.clone(), Durability::Full, sealer, None).await
    }

    /// A database that goes with the process: a file in a folder of its own that nobody else can read. Not SQLite's memory,
    /// which is gone with its connection, and a connection is given up when a caller goes away in the middle of a call.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn temporary(sealer: Sealer) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(StoreError::Folder)?;
        let database = Database::File(folder.path().join("approvals.db"));
        Self::connect(database, Durability::None, sealer, Some(Arc::new(folder))).await
    }

    async fn connect(
        database: Database,
        durability: Durability,
        sealer: Sealer,
        folder: Option<Arc<TempDir>>,
    ) -> Result<Self, StoreError> {
        let engine = Engine::of(&database);
        let server = Arc::new(DatabaseClock::new());
        let connections = Connections::open(&database, durability, &server).await?;
        let store = Self {
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
        };
        store.migrate().await?;
        Ok(store)
    }

    /// The same, going by another clock: one that tests move.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The clock that everything kept here goes by: the PostgreSQL server's, or this machine's for SQLite.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Whether the database answers, and takes writes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let question = self.engine.is_writable();
        self.connections
            .run(move |connection| {
                Box::pin(async move {
                    let answer = connection.fetch_optional(question).await?;
                    answer.map(drop).ok_or(StoreError::ReadOnly)
                })
            })
            .await
    }

    /// Waits until all that was begun has come to its end, and closes the database.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// Reads rows by a statement that the time goes into: as it is when the statement is carried out, and not when somebody began to wait
    /// for a connection.
    async fn fetch_all_now(
        &self,
        query: String,
        bind: impl FnOnce(Bound, Timestamp) -> Bound + Send + 'static,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let clock = self.clock();
        self.connections
            .run(move |connection| {
                Box::pin(async move {
                    let query = bind(sqlx::query(sql(query)), clock.now());
                    Ok(query.fetch_all(connection).await?)
                })
            })
            .await
    }

    /// The key under which low-entropy values are digested and secrets sealed.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
}

/// A statement with what it is about.
type Bound = Query<'static, Any, AnyArguments>;

/// A query put together here from parts that are all written in this folder.
fn sql(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

/// Times and versions as the database keeps them.
fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_column(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
