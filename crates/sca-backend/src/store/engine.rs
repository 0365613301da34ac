//! How the two databases differ: how they are reached, and how rows are kept from others while they are changed.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::Url;
use sqlx::{
    AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row, SqliteConnection,
    any::{AnyConnectOptions, AnyPoolOptions},
    sqlite::SqliteConnectOptions,
};
use tokio::time::timeout;

use super::{Database, StoreError, database::address};
use crate::clock::DatabaseClock;

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

/// How many connections an instance has, but for the one that listens.
pub(super) const MOST_CONNECTIONS: usize = 8;
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
/// Asked in the place of the driver's ping, before a connection is lent: whether it is outside of any transaction, whether the server
/// takes writes, and what time it is there, in microseconds since the Unix epoch. The server takes a statement's time when it
/// arrives, and a transaction's from its first statement: outside they are the same, as long as this is sent without parameters.
const STATE: &str = "SELECT now() = statement_timestamp() AS is_idle, \
    current_setting('transaction_read_only') = 'off' AS is_writable, \
    CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now";
/// How long a server may take to answer that. One that has fallen silent is not waited for: another connection is made.
const STATE_WITHIN: Duration = Duration::from_secs(3);
/// PostgreSQL's code for a statement that would write where nothing may be written.
const READ_ONLY_SQL_TRANSACTION: &str = "25006";

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

    /// Gives a row if the database takes writes. SQLite always does: it was opened for them.
    pub(super) fn is_writable(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1",
            Self::Postgres => "SELECT 1 WHERE current_setting('transaction_read_only') = 'off'",
        }
    }

    pub(super) async fn connect(
        database: &Database,
        durability: Durability,
        clock: &Arc<DatabaseClock>,
    ) -> Result<AnyPool, StoreError> {
        // Whoever installed others keeps them; if ours are not among them, connecting says so.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        let pool = AnyPoolOptions::new()
            .max_connections(u32::try_from(MOST_CONNECTIONS).unwrap_or(u32::MAX))
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
                let (at_first, from_then_on) = (Arc::clone(clock), Arc::clone(clock));
                let pool = pool
                    .after_connect(move |connection, _| {
                        let clock = Arc::clone(&at_first);
                        Box::pin(async move {
                            sqlx::raw_sql(POSTGRES_SESSION).execute(&mut *connection).await?;
                            // A server that takes no writes may still be read.
                            state(connection, &clock).await.map(drop)
                        })
                    })
                    .test_before_acquire(false)
                    .before_acquire(move |connection, _| {
                        let clock = Arc::clone(&from_then_on);
                        Box::pin(async move { Ok(is_fit(state(connection, &clock).await?)) })
                    });
                Ok(pool.connect_with(AnyConnectOptions::from_url(&url)?).await?)
            }
        }
    }
}

/// What a PostgreSQL connection is found in.
#[derive(Clone, Copy, Debug)]
struct State {
    is_idle: bool,
    is_writable: bool,
}

async fn state(connection: &mut AnyConnection, clock: &DatabaseClock) -> Result<State, sqlx::Error> {
    let asked = Instant::now();
    let answer = timeout(STATE_WITHIN, connection.fetch_one(STATE)).await;
    let answer = answer.map_err(|_| sqlx::Error::PoolTimedOut)??;
    clock.heard(asked, Instant::now(), answer.try_get("now")?);
    Ok(State {
        is_idle: answer.try_get("is_idle")?,
        is_writable: answer.try_get("is_writable")?,
    })
}

/// Whether a connection may be lent. One that may not is closed, which ends whatever it was in the middle of, and another is made.
fn is_fit(state: State) -> bool {
    if !state.is_idle {
        tracing::error!("a connection was found inside a transaction");
    }
    if !state.is_writable {
        tracing::warn!("the database takes no writes: looking for the one that does");
    }
    state.is_idle && state.is_writable
}

/// Whether the database has refused to write at all.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == READ_ONLY_SQL_TRANSACTION)
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
