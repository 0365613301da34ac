//! How the two databases differ: how they are reached, and how rows are kept from others while they are changed.

use std::{path::Path, time::Duration};

use reqwest::Url;
use sqlx::{
    AnyPool, ConnectOptions, Connection, SqliteConnection,
    any::{AnyConnectOptions, AnyPoolOptions},
    sqlite::SqliteConnectOptions,
};

use super::{Database, StoreError, database::address};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// Whether what was written has to outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    Full,
    None,
}

/// SQLite's own number for "the database is locked".
const SQLITE_BUSY: u32 = 5;
/// How many may be opening one new database at the same time.
const MOST_OPENING_AT_ONCE: usize = 100;
/// How many milliseconds SQLite waits for another that is writing.
const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 10000";
/// A server that hangs, or an instance that was cut off in the middle of a transaction, does not stop the others for good.
///
/// What was committed is on the disk, whatever the account or the database is set to: others act on it at once.
const POSTGRES_SESSION: &str = "SET client_min_messages = warning; SET lock_timeout = '10s'; \
    SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '30s'; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

impl Engine {
    pub(super) fn of(database: &Database) -> Self {
        match database {
            Database::File(_) => Self::Sqlite,
            Database::Postgres(_) => Self::Postgres,
        }
    }

    /// Begins a transaction that will write. SQLite lets one write at a time, and refuses one that wants to only after it has
    /// read while another was writing. PostgreSQL must not be set to show what was there before a lock was waited for.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// Ends a `SELECT` of rows that are about to be changed: others wait for them.
    pub(super) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a `SELECT` of any rows that are about to be changed: others take different ones.
    pub(super) fn for_one_of_many(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Keeps others out that name the same until the transaction ends, where no row is there yet to be held. SQLite lets nobody
    /// else write anyhow.
    pub(super) fn lock_by_name(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"),
        }
    }

    pub(super) async fn connect(database: &Database, durability: Durability) -> Result<AnyPool, StoreError> {
        // Whoever installed others keeps them; if ours are not among them, connecting says so.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10));
        match database {
            Database::File(path) => {
                make_private(path).map_err(StoreError::File)?;
                let url = sqlite_url(path)?;
                keep_a_log(&url).await?;
                // What is wiped is overwritten on the disk too.
                let pragmas = match durability {
                    Durability::Full => "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL",
                    Durability::None => "PRAGMA secure_delete = ON; PRAGMA synchronous = OFF",
                };
                let pool = pool
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .after_connect(move |connection, _| {
                        Box::pin(async move {
                            sqlx::raw_sql(BUSY_TIMEOUT).execute(&mut *connection).await?;
                            sqlx::raw_sql(pragmas).execute(connection).await.map(drop)
                        })
                    });
                Ok(pool.connect_with(AnyConnectOptions::from_url(&url)?).await?)
            }
            Database::Postgres(secret) => {
                let url = address(secret).map_err(|_| StoreError::Address)?;
                let pool = pool.after_connect(|connection, _| {
                    Box::pin(async move { sqlx::raw_sql(POSTGRES_SESSION).execute(connection).await.map(drop) })
                });
                Ok(pool.connect_with(AnyConnectOptions::from_url(&url)?).await?)
            }
        }
    }
}

fn sqlite_url(path: &Path) -> Result<Url, StoreError> {
    // `Url` knows how a path is written in an address; the driver wants another scheme before it.
    let path = path.canonicalize().map_err(StoreError::File)?;
    let url = Url::from_file_path(path).map_err(|()| StoreError::Address)?;
    Url::parse(&format!("sqlite://{}?mode=rwc", url.path())).map_err(|_| StoreError::Address)
}

/// Has the database keep a write-ahead log, once and before anything else uses it: a database remembers that, and SQLite, which
/// waits for its turn everywhere else, gives up here when another is writing, as one does that is setting the same.
async fn keep_a_log(url: &Url) -> Result<(), StoreError> {
    let mut connection: SqliteConnection = SqliteConnectOptions::from_url(url)?.connect().await?;
    sqlx::raw_sql(BUSY_TIMEOUT).execute(&mut connection).await?;
    for _ in 0..MOST_OPENING_AT_ONCE {
        let set = sqlx::raw_sql("PRAGMA journal_mode = WAL");
        match set.execute(&mut connection).await {
            Err(sqlx::Error::Database(error)) if is_busy(error.as_ref()) => {
                // Whoever it is, this waits for them.
                let turn = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK");
                turn.execute(&mut connection).await?;
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
