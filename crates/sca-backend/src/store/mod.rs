//! Where approvals are kept: SQLite, in a file.
//!
//! A change is made by reading the record, applying a plain function to it and writing it back if nobody else has changed it
//! meanwhile, in one transaction with what follows from it: the outbox row of a decision, the wiping of tokens.

mod approvals;
mod attempts;
#[cfg(test)]
mod tests;
mod vault;

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

pub use approvals::{NewRecord, Tokens, Updated};
pub use attempts::{Attempt, StoredAnswer};
pub use vault::{KeyError, Vault};

/// The approvals.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    vault: Vault,
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
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A row cannot be read.
    #[error("the column {0} cannot be read")]
    Unreadable(&'static str),
    /// A sealed value cannot be opened: another key, or it was changed.
    #[error("a sealed value cannot be opened")]
    Sealed,
    /// No random bytes.
    #[error(transparent)]
    Randomness(#[from] crate::random::RandomnessError),
    /// The database is newer than this version.
    #[error("the database has version {0}, which this version does not know")]
    Newer(i64),
}

/// SQLite's own number for "the database is locked".
const SQLITE_BUSY: u32 = 5;

/// How many may be opening one new database at the same time.
const MOST_OPENING_AT_ONCE: usize = 100;

/// The schema, in the order in which it grew.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/0001_approvals.sql"),
    include_str!("../../migrations/0002_forgetting.sql"),
];

impl Store {
    /// Opens the database in a file, making it if need be.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        make_private(path).map_err(StoreError::File)?;
        let options = SqliteConnectOptions::new().synchronous(SqliteSynchronous::Full);
        Self::connect(path, options, vault, None).await
    }

    /// A database that goes with the process: a file in a folder of its own that nobody else can read. Not SQLite's memory,
    /// which is gone with its connection, and a connection is given up when a caller goes away in the middle of a call.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn temporary(vault: Vault) -> Result<Self, StoreError> {
        let folder = tempfile::tempdir().map_err(StoreError::Folder)?;
        let path = folder.path().join("approvals.db");
        let options = SqliteConnectOptions::new().synchronous(SqliteSynchronous::Off);
        Self::connect(&path, options, vault, Some(Arc::new(folder))).await
    }

    async fn connect(
        path: &Path,
        options: SqliteConnectOptions,
        vault: Vault,
        folder: Option<Arc<TempDir>>,
    ) -> Result<Self, StoreError> {
        // What is wiped is overwritten on the disk too.
        let options = options
            .filename(path)
            .create_if_missing(true)
            .pragma("secure_delete", "ON")
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true);
        keep_a_log(&options).await?;
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        let store = Self {
            pool,
            vault,
            _folder: folder,
        };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *transaction)
            .await?;
        let done = usize::try_from(version).map_err(|_| StoreError::Newer(version))?;
        let waiting = MIGRATIONS.get(done..).ok_or(StoreError::Newer(version))?;
        for migration in waiting {
            sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
        }
        let reached = MIGRATIONS.len();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {reached}")))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The key under which low-entropy values are digested and secrets sealed.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }
}

/// Has the database keep a write-ahead log, once and before anything else uses it: a database remembers that, and SQLite, which
/// waits for its turn everywhere else, gives up here when another is writing, as one does that is setting the same.
async fn keep_a_log(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = options.connect().await?;
    for _ in 0..MOST_OPENING_AT_ONCE {
        match sqlx::raw_sql("PRAGMA journal_mode = WAL")
            .execute(&mut connection)
            .await
        {
            Err(sqlx::Error::Database(error)) if is_busy(error.as_ref()) => {
                // Whoever it is, this waits for them.
                sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK")
                    .execute(&mut connection)
                    .await?;
            }
            set => {
                set?;
                break;
            }
        }
    }
    connection.close().await?;
    Ok(())
}

/// Whether SQLite says that the database is locked. The lower byte of its code says so, the upper ones why.
fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Makes the file, if there is none, so that only the account that runs this can read it; SQLite makes those beside it alike.
/// A file that is there is not opened: closing it again would let go of every lock that this process holds on it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?.into_temp_path();
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Times and versions as the database keeps them.
fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn from_column(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
