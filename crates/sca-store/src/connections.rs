//! The connections to the database, and their one rule: no statement runs in a future that a caller can drop.
//!
//! A future that is dropped between `BEGIN` and its answer leaves the connection inside an open transaction, and the driver hands it
//! out again as if it were idle. So no code outside of this file holds a connection or a pool: it passes an owned unit of work, and a
//! task runs the unit to its end, whether or not the caller still waits.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sqlx::{
    Any, AnyConnection, AnyPool, Connection,
    any::{AnyArguments, AnyRow},
    pool::PoolConnection,
    query::Query,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};
use tokio_util::task::TaskTracker;

use super::{
    Database, StoreError,
    change_feed::Unsent,
    engine::{Durability, Engine, MOST_CONNECTIONS, is_read_only},
};
use sca_runtime::clock::DatabaseClock;

/// How long a unit of work waits for a connection.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// How long a unit of work may take. The server's statement timeout is shorter; this one covers a server that does not answer.
const WORK_WITHIN: Duration = Duration::from_secs(30);
/// How long a migration or an import may take.
const LONG_WORK_WITHIN: Duration = Duration::from_secs(3_600);
/// How long the connections may take to close.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);

/// A unit of work on a connection.
pub(super) type Step<'c, T> = BoxFuture<'c, Result<T, StoreError>>;

/// How a transaction ends.
#[derive(Debug)]
pub(super) enum End<T> {
    /// Commit, and notify other instances that these approvals have changed.
    Commit(T, Vec<String>),
    /// Roll back.
    Rollback(T),
}

/// The connections.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pool: AnyPool,
    pub(super) engine: Engine,
    /// One permit for each connection. Waiting here costs the database nothing.
    turns: Arc<Semaphore>,
    pub(super) units: TaskTracker,
    pub(super) unsent: Arc<Mutex<Unsent>>,
}

/// A borrowed connection. It is closed instead of being returned unless its state is known at the end.
struct Lent {
    connection: PoolConnection<Any>,
    is_known: bool,
    _turn: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) async fn open(
        database: &Database,
        durability: Durability,
        clock: &Arc<DatabaseClock>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            pool: Engine::connect(database, durability, clock).await?,
            engine: Engine::of(database),
            turns: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
            units: TaskTracker::new(),
            unsent: Arc::default(),
        })
    }

    /// Runs a unit of work in a transaction that will write. An error rolls it back.
    ///
    /// # Errors
    /// When the work or the database fails. [`StoreError::Silent`] leaves it unknown whether the transaction was committed.
    pub(super) async fn transaction<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> Step<'c, End<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.transaction_within(WORK_WITHIN, work).await
    }

    /// As [`transaction`](Self::transaction), with a deadline of an hour.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub(super) async fn long_transaction<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> Step<'c, End<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.transaction_within(LONG_WORK_WITHIN, work).await
    }

    async fn transaction_within<T: Send + 'static>(
        &self,
        longest: Duration,
        work: impl for<'c> FnOnce(&'c mut AnyConnection) -> Step<'c, End<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connections = self.clone();
        self.unit(longest, move |lent| {
            Box::pin(async move {
                let mut transaction = lent.begin_with(connections.engine.begin()).await?;
                match work(&mut transaction).await {
                    Ok(End::Commit(value, changed)) => {
                        transaction.commit().await?;
                        lent.is_known = true;
                        connections.notify(changed);
                        Ok(value)
                    }
                    Ok(End::Rollback(value)) => {
                        transaction.rollback().await?;
                        lent.is_known = true;
                        Ok(value)
                    }
                    Err(error) => {
                        // The first error is the one to report.
                        lent.is_known = transaction.rollback().await.is_ok();
                        Err(error)
                    }
                }
            })
        })
        .await
    }

    /// Runs a single statement, which cannot leave the connection inside a transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn statement<T: Send + 'static>(
        &self,
        statement: impl for<'c> FnOnce(&'c mut AnyConnection) -> Step<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.unit(WORK_WITHIN, move |lent| {
            Box::pin(async move {
                let done = statement(lent).await;
                lent.is_known = true;
                done
            })
        })
        .await
    }

    /// Executes a statement. Returns the number of rows that it changed.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn execute(&self, query: Query<'static, Any, AnyArguments>) -> Result<u64, StoreError> {
        self.statement(move |connection| Box::pin(async move { Ok(query.execute(connection).await?.rows_affected()) }))
            .await
    }

    /// Reads a row, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn fetch_optional(
        &self,
        query: Query<'static, Any, AnyArguments>,
    ) -> Result<Option<AnyRow>, StoreError> {
        self.statement(move |connection| Box::pin(async move { Ok(query.fetch_optional(connection).await?) }))
            .await
    }

    /// Reads rows.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn fetch_all(&self, query: Query<'static, Any, AnyArguments>) -> Result<Vec<AnyRow>, StoreError> {
        self.statement(move |connection| Box::pin(async move { Ok(query.fetch_all(connection).await?) }))
            .await
    }

    /// Waits for all units of work to finish, and closes the connections.
    pub(super) async fn close(&self) {
        self.units.close();
        self.units.wait().await;
        // A server that is gone does not answer.
        let _ = timeout(CLOSED_WITHIN, self.pool.close()).await;
    }

    /// Whether the next unit of work has to wait for a connection.
    pub(super) fn are_all_lent(&self) -> bool {
        self.turns.available_permits() == 0
    }

    async fn unit<T: Send + 'static>(
        &self,
        longest: Duration,
        work: impl for<'c> FnOnce(&'c mut Lent) -> Step<'c, T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (mut answer, answered) = oneshot::channel();
        let connections = self.clone();
        self.units.spawn(async move {
            let turn = tokio::select! {
                biased;
                // The caller has gone away, and nothing has begun.
                () = answer.closed() => return,
                turn = timeout(TURN_WITHIN, Arc::clone(&connections.turns).acquire_owned()) => turn,
            };
            let done = match turn {
                Ok(Ok(turn)) => connections.lend_and_do(turn, longest, work).await,
                Ok(Err(_)) | Err(_) => Err(StoreError::Database(sqlx::Error::PoolTimedOut)),
            };
            // The caller may have gone away meanwhile.
            let _ = answer.send(done);
        });
        // A panic of the task has been logged.
        answered.await.map_err(|_| StoreError::Panicked)?
    }

    async fn lend_and_do<T>(
        &self,
        turn: OwnedSemaphorePermit,
        longest: Duration,
        work: impl for<'c> FnOnce(&'c mut Lent) -> Step<'c, T>,
    ) -> Result<T, StoreError> {
        let mut lent = Lent {
            connection: self.pool.acquire().await?,
            is_known: false,
            _turn: turn,
        };
        let done = match timeout(longest, work(&mut lent)).await {
            Ok(done) => done,
            Err(_) => return Err(StoreError::Silent),
        };
        match done {
            Err(StoreError::Database(error)) if is_read_only(&error) => {
                // Another server may be the writable one by now.
                lent.is_known = false;
                Err(StoreError::ReadOnly)
            }
            Err(StoreError::ReadOnly) => {
                lent.is_known = false;
                Err(StoreError::ReadOnly)
            }
            done => done,
        }
    }
}

impl Deref for Lent {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.is_known {
            self.connection.close_on_drop();
        }
    }
}
