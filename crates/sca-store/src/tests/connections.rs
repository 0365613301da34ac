//! The pool: which connections are reused, and what happens to work whose caller is gone.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use tokio::sync::{Semaphore, oneshot};

use sca_testing::waiting::within;

use super::*;
use crate::{StoreError, StoredWebhookEvent};
use sca_core::CorrelationKey;

/// How many connections the pool has.
const CONNECTIONS: u32 = 8;

/// Whether work is pending after one poll.
async fn waits<T>(mut work: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending())).await
}

fn event(id: &str) -> StoredWebhookEvent {
    StoredWebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::session(&HOSTING, "s1"),
        kind: "session.status".into(),
        payload: None,
        received_at: NOW,
    }
}

/// The server's session id of a connection.
async fn session(connection: &mut AnyConnection) -> i64 {
    let query = sqlx::query_scalar("SELECT CAST(pg_backend_pid() AS bigint)");
    query.fetch_one(connection).await.unwrap()
}

/// Whether the pool still lends the connection with this session id.
async fn is_reused(store: &Store, known: i64) -> bool {
    let mut is_reused = false;
    for _ in 0..CONNECTIONS {
        let query = store
            .connections
            .statement(|connection| Box::pin(async move { Ok(session(connection).await) }));
        is_reused |= query.await.unwrap() == known;
    }
    is_reused
}

/// Runs SQL on a connection of the pool. The session id, and the result.
async fn run(store: &Store, sql: &'static str) -> (i64, Result<(), StoreError>) {
    let (sender, receiver) = oneshot::channel();
    let running = store.connections.statement(move |connection| {
        Box::pin(async move {
            sender.send(session(connection).await).unwrap();
            sqlx::raw_sql(sql).execute(connection).await?;
            assert_ne!(sql, PANIC);
            Ok(())
        })
    });
    let result = running.await;
    (receiver.await.unwrap(), result)
}

/// SQL after which the work panics.
const PANIC: &str = "SELECT 'a test panics'";

/// The store leaves no such connection behind; a future version of the driver might.
#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_connection_left_in_a_transaction_or_read_only_is_not_reused() {
    let store = empty().await;
    for sql in [
        "BEGIN",
        "BEGIN; SELECT 1 FROM approvals",
        "SET default_transaction_read_only = on",
    ] {
        let (session, result) = run(&store, sql).await;
        result.unwrap();
        assert!(store.insert_webhook_event(&event(sql)).await.unwrap(), "{sql}");
        assert!(!is_reused(&store, session).await, "{sql}");
        let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhook_events WHERE id = $1")
            .bind(sql)
            .fetch_one(&mut raw_connection(&store).await)
            .await
            .unwrap();
        assert_eq!(seen, 1, "{sql}");
    }
    // Any other connection is reused.
    let (session, result) = run(&store, "SELECT 1").await;
    result.unwrap();
    assert!(is_reused(&store, session).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_panic_or_a_read_only_error_discards_the_connection() {
    let store = empty().await;
    let (session, result) = run(&store, PANIC).await;
    assert!(matches!(result, Err(StoreError::Panicked)));
    assert!(!is_reused(&store, session).await);
    let (session, result) = run(&store, "BEGIN READ ONLY; DELETE FROM approvals").await;
    assert!(matches!(result, Err(StoreError::ReadOnly)));
    assert!(!is_reused(&store, session).await);
    store.ready().await.unwrap();
}

#[tokio::test]
async fn closing_the_store_waits_for_work_in_progress() {
    let store = empty().await;
    let (begin, begun) = oneshot::channel();
    let (finish, finished) = oneshot::channel::<()>();
    let query = sqlx::query(
        "INSERT INTO webhook_events (provider, id, correlation_key, kind, received_at, claimed_at) \
         VALUES ('facesign', 'evt_99', 'session', 'kind', 0, 99)",
    );
    let mut work = Box::pin(store.connections.statement(move |connection| {
        Box::pin(async move {
            begin.send(()).unwrap();
            finished.await.unwrap();
            query.execute(connection).await?;
            Ok(())
        })
    }));
    tokio::select! {
        done = &mut work => panic!("{done:?}"),
        begun = within("the beginning", begun) => begun.unwrap(),
    }
    // The caller is dropped.
    drop(work);
    let mut closing = pin!(store.close());
    let still_open = waits(closing.as_mut()).await;
    finish.send(()).unwrap();
    within("the end", closing).await;
    assert!(still_open);
    let newest: i64 = sqlx::query_scalar("SELECT MAX(claimed_at) FROM webhook_events")
        .fetch_one(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert_eq!(newest, 99);
}

/// Dropped callers do not delay those that wait.
#[tokio::test]
async fn queued_work_of_a_dropped_caller_is_not_started() {
    let store = empty().await;
    let gate = Arc::new(Semaphore::new(0));
    let held: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (store, gate) = (store.clone(), Arc::clone(&gate));
            let work = async move {
                let waiting = store.connections.statement(move |_| {
                    Box::pin(async move {
                        gate.acquire().await.unwrap().forget();
                        Ok(())
                    })
                });
                waiting.await.unwrap();
            };
            tokio::spawn(work)
        })
        .collect();
    within("all connections to be lent", async {
        while !store.connections.are_all_lent() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    {
        let event = event("exhausted");
        let mut keeping = pin!(store.insert_webhook_event(&event));
        assert!(waits(keeping.as_mut()).await);
    }
    gate.add_permits(usize::try_from(CONNECTIONS).unwrap());
    for work in held {
        within("its end", work).await.unwrap();
    }
    assert!(store.insert_webhook_event(&event("waited-for")).await.unwrap());
    store.close().await;
    let kept: Vec<String> = sqlx::query_scalar("SELECT id FROM webhook_events")
        .fetch_all(&mut raw_connection(&store).await)
        .await
        .unwrap();
    assert_eq!(kept, ["waited-for"]);
    assert!(matches!(
        store.has_webhook_event(&HOSTING, "waited-for").await,
        Err(StoreError::Database(sqlx::Error::PoolClosed))
    ));
}
