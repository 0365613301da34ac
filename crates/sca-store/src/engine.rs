//! The differences between the two databases: connections and row locks.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{
    AnyConnection, AnyPool, ConnectOptions, Connection, Executor, Row, SqliteConnection,
    any::{AnyConnectOptions, AnyPoolOptions},
    sqlite::SqliteConnectOptions,
};
use tokio::time::timeout;
use url::Url;

use super::{Database, StoreError, database::address};
use sca_runtime::clock::DatabaseClock;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// Whether a commit has to survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    Full,
    None,
}

/// How many connections an instance has, besides the one of the change feed.
pub(super) const MOST_CONNECTIONS: usize = 8;
/// SQLite's own number for "the database is locked".
const SQLITE_BUSY: u32 = 5;
/// How many processes may open one new SQLite file at the same time.
const MOST_OPENING_AT_ONCE: usize = 100;
/// How long SQLite waits for another writer: 10 seconds.
const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 10000";
/// The settings of a session. The timeouts keep a hanging server, or an instance that was cut off inside a transaction, from blocking
/// the others.
///
/// `synchronous_commit` overrides a weaker setting of the account or the database: other systems act on a commit at once.
const POSTGRES_SESSION: &str = "SET client_min_messages = warning; SET lock_timeout = '10s'; \
    SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '30s'; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";
/// The check of a connection, instead of the driver's ping: whether it is outside of a transaction, whether the
/// server accepts writes, and the server's time in microseconds since the Unix epoch. A statement's time is that of its arrival, a
/// transaction's that of its first statement. Outside of a transaction both are equal, if the statement has no parameters.
const STATE: &str = "SELECT now() = statement_timestamp() AS is_idle, \
    current_setting('transaction_read_only') = 'off' AS is_writable, \
    CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now";
/// The deadline of that check. After it, another connection is made.
const STATE_WITHIN: Duration = Duration::from_secs(3);
/// How long after a check the connections in use are handed out unchecked, and how long a connection may be idle before it is checked.
const CHECK_AFTER: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 1 });
/// How often two connections are compared at the start: other clients of a pooler may use its sessions in between.
const SESSION_CHECKS: usize = 3;
/// PostgreSQL's error code for a write on a read-only server.
const READ_ONLY_SQL_TRANSACTION: &str = "25006";

impl Engine {
    pub(super) fn of(database: &Database) -> Self {
        match database {
            Database::File(_) => Self::Sqlite,
            Database::Postgres(_) => Self::Postgres,
        }
    }

    /// Begins a transaction that will write. SQLite has one writer at a time, and refuses to upgrade a reader while another
    /// transaction writes. PostgreSQL has to read what was committed while a lock was waited for, whatever its default isolation level.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }

    /// Ends a `SELECT` of rows that are about to be changed: locks them until the transaction ends.
    pub(super) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Ends a `SELECT` of any rows that are about to be changed: skips those that are locked.
    pub(super) fn for_one_of_many(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Locks a name until the transaction ends, where no row exists yet that could be locked. SQLite has one writer anyway.
    pub(super) fn lock_by_name(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"),
        }
    }

    /// Returns a row if the database accepts writes. SQLite always does.
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
        // If the process has installed other drivers, connecting reports a missing one.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        let pool = AnyPoolOptions::new()
            .max_connections(u32::try_from(MOST_CONNECTIONS).unwrap_or(u32::MAX))
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10));
        match database {
            Database::File(path) => {
                create_private(path).map_err(StoreError::File)?;
                let url = sqlite_url(path)?;
                enable_wal(&url).await?;
                // `secure_delete` overwrites wiped values on the disk too.
                let pragmas = match durability {
                    Durability::Full => "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL",
                    Durability::None => "PRAGMA secure_delete = ON; PRAGMA synchronous = OFF",
                };
                let pool = pool
                    .idle_timeout(None)
                    .max_lifetime(None)
                    // A file has no connection that can break, and a test costs a round trip to the driver's thread.
                    .test_before_acquire(false)
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
                let checked_at = Arc::new(Mutex::new(Instant::now()));
                let pool = pool
                    .after_connect(move |connection, _| {
                        let clock = Arc::clone(&at_first);
                        Box::pin(async move {
                            sqlx::raw_sql(POSTGRES_SESSION).execute(&mut *connection).await?;
                            // A read-only server may still be read.
                            state(connection, &clock).await.map(drop)
                        })
                    })
                    .test_before_acquire(false)
                    .before_acquire(move |connection, usage| {
                        if usage.idle_for < CHECK_AFTER && !is_due(&checked_at) {
                            return Box::pin(async { Ok(true) });
                        }
                        let clock = Arc::clone(&from_then_on);
                        Box::pin(async move { Ok(is_fit(state(connection, &clock).await?)) })
                    });
                let pool = pool.connect_with(AnyConnectOptions::from_url(&url)?).await;
                let pool = pool.map_err(refused_by_pooler)?;
                require_sessions(&pool).await?;
                Ok(pool)
            }
        }
    }
}

/// Tells the error of PgBouncer that `ignore_startup_parameters` avoids from the others.
fn refused_by_pooler(error: sqlx::Error) -> StoreError {
    let database_error = error.as_database_error();
    if database_error.is_some_and(|error| error.message().contains("unsupported startup parameter")) {
        StoreError::StartupParameter(error)
    } else {
        error.into()
    }
}

/// Checks that each connection has a session of its own at the server. Prepared statements, the session's settings and `LISTEN` belong to it. A
/// pooler that pools by transaction lends two idle connections the session that was used last.
///
/// # Errors
/// [`StoreError::NotPooledBySession`].
async fn require_sessions(pool: &AnyPool) -> Result<(), StoreError> {
    let (mut first, mut second) = (pool.acquire().await?, pool.acquire().await?);
    for _ in 0..SESSION_CHECKS {
        if session(&mut first).await? == session(&mut second).await? {
            return Err(StoreError::NotPooledBySession);
        }
    }
    Ok(())
}

async fn session(connection: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    let answer = connection
        .fetch_one("SELECT CAST(pg_backend_pid() AS bigint) AS id")
        .await?;
    answer.try_get("id")
}

/// Whether the last check was longer ago than [`CHECK_AFTER`]. Then this one counts as done.
fn is_due(checked_at: &Mutex<Instant>) -> bool {
    let mut checked_at = checked_at.lock().unwrap_or_else(PoisonError::into_inner);
    let is_due = checked_at.elapsed() >= CHECK_AFTER;
    if is_due {
        *checked_at = Instant::now();
    }
    is_due
}

/// The state of a PostgreSQL connection.
#[derive(Clone, Copy, Debug)]
struct State {
    is_idle: bool,
    is_writable: bool,
}

async fn state(connection: &mut AnyConnection, clock: &DatabaseClock) -> Result<State, sqlx::Error> {
    let asked = Instant::now();
    let answer = timeout(STATE_WITHIN, connection.fetch_one(STATE)).await;
    let answer = answer.map_err(|_| sqlx::Error::PoolTimedOut)??;
    clock.observe(asked, Instant::now(), answer.try_get("now")?);
    Ok(State {
        is_idle: answer.try_get("is_idle")?,
        is_writable: answer.try_get("is_writable")?,
    })
}

/// Whether a connection may be handed out. Otherwise the pool closes it, which ends any open transaction, and makes another.
fn is_fit(state: State) -> bool {
    if !state.is_idle {
        tracing::error!("connection discarded: it was inside a transaction");
    }
    if !state.is_writable {
        tracing::warn!("connection discarded: the server is read-only");
    }
    state.is_idle && state.is_writable
}

/// Whether the error says that the server is read-only.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == READ_ONLY_SQL_TRANSACTION)
}

fn sqlite_url(path: &Path) -> Result<Url, StoreError> {
    // `Url` escapes the path; the driver needs the scheme `sqlite`.
    let path = path.canonicalize().map_err(StoreError::File)?;
    let url = Url::from_file_path(path).map_err(|()| StoreError::Address)?;
    Url::parse(&format!("sqlite://{}?mode=rwc", url.path())).map_err(|_| StoreError::Address)
}

/// Switches the database to a write-ahead log, which it remembers. SQLite's busy timeout does not cover this statement, so it is
/// repeated while another process writes.
async fn enable_wal(url: &Url) -> Result<(), StoreError> {
    let mut connection: SqliteConnection = SqliteConnectOptions::from_url(url)?.connect().await?;
    sqlx::raw_sql(BUSY_TIMEOUT).execute(&mut connection).await?;
    for _ in 0..MOST_OPENING_AT_ONCE {
        let set = sqlx::raw_sql("PRAGMA journal_mode = WAL");
        match set.execute(&mut connection).await {
            Err(sqlx::Error::Database(error)) if is_busy(error.as_ref()) => {
                // This waits for the other writer.
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

/// Whether SQLite says that the database is locked: the lower byte of an extended result code is the primary code.
fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Creates the file, if there is none, readable for this account only; SQLite gives the files beside it the same permissions. An
/// existing file is not opened: closing it would release every lock that this process holds on it.
fn create_private(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?.into_temp_path();
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        Ok(()) | Err(_) => Ok(()),
    }
}
