use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use tokio::sync::{Semaphore, oneshot};

use super::{waiting::within, *};
use crate::{
    decision::{CorrelationKey, EventSource},
    store::{StoreError, WebhookEvent},
};

/// As many as there are connections.
const CONNECTIONS: u32 = 8;

/// Whether work that is polled once has to wait.
async fn waits<T>(mut work: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_pending())).await
}

fn event(id: &str) -> WebhookEvent {
    WebhookEvent {
        id: id.into(),
        correlation_key: CorrelationKey::face_session("s1"),
        kind: "session.status".into(),
        payload: None,
        received_at: NOW,
    }
}

/// Which session of the server's a connection is.
async fn session(connection: &mut AnyConnection) -> i64 {
    let query = sqlx::query_scalar("SELECT CAST(pg_backend_pid() AS bigint)");
    query.fetch_one(connection).await.unwrap()
}

/// Whether any of the connections that are lent is that session of the server's.
async fn is_lent_again(store: &Store, known: i64) -> bool {
    let mut is_lent = false;
    for _ in 0..CONNECTIONS {
        let asking = store
            .connections
            .run(|connection| Box::pin(async move { Ok(session(connection).await) }));
        is_lent |= asking.await.unwrap() == known;
    }
    is_lent
}

/// Says something to the server, and gives in which session.
async fn say(store: &Store, words: &'static str) -> (i64, Result<(), StoreError>) {
    let (sender, receiver) = oneshot::channel();
    let saying = store.connections.run(move |connection| {
        Box::pin(async move {
            sender.send(session(connection).await).unwrap();
            sqlx::raw_sql(words).execute(connection).await?;
            assert_ne!(words, PANIC);
            Ok(())
        })
    });
    let said = saying.await;
    (receiver.await.unwrap(), said)
}

/// What makes a test's work panic.
const PANIC: &str = "SELECT 'a test panics'";

/// Nothing here leaves one like that; the next version of the driver might.
#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_connection_that_is_inside_a_transaction_or_can_only_read_is_not_lent() {
    let store = empty().await;
    for words in [
        "BEGIN",
        "BEGIN; SELECT 1 FROM approvals",
        "SET default_transaction_read_only = on",
    ] {
        let (left, said) = say(&store, words).await;
        said.unwrap();
        assert!(store.insert_webhook_event(&event(words)).await.unwrap(), "{words}");
        assert!(!is_lent_again(&store, left).await, "{words}");
        let seen: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhook_events WHERE id = $1")
            .bind(words)
            .fetch_one(&mut behind(&store).await)
            .await
            .unwrap();
        assert_eq!(seen, 1, "{words}");
    }
    // Otherwise it is.
    let (left, said) = say(&store, "SELECT 1").await;
    said.unwrap();
    assert!(is_lent_again(&store, left).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn work_that_panics_or_writes_where_nothing_may_be_written_costs_its_connection() {
    let store = empty().await;
    let (left, said) = say(&store, PANIC).await;
    assert!(matches!(said, Err(StoreError::Panicked)));
    assert!(!is_lent_again(&store, left).await);
    let (left, said) = say(&store, "BEGIN READ ONLY; DELETE FROM approvals").await;
    assert!(matches!(said, Err(StoreError::ReadOnly)));
    assert!(!is_lent_again(&store, left).await);
    store.ready().await.unwrap();
}

#[tokio::test]
async fn what_was_begun_comes_to_its_end_before_the_store_closes() {
    let store = empty().await;
    let (begun, has_begun) = oneshot::channel();
    let (may_end, end) = oneshot::channel::<()>();
    let query = sqlx::query(
        "INSERT INTO webhook_events (provider, id, correlation_key, kind, received_at, claimed_at) \
         VALUES ('facesign', 'evt_99', 'session', 'kind', 0, 99)",
    );
    let mut work = Box::pin(store.connections.run(move |connection| {
        Box::pin(async move {
            begun.send(()).unwrap();
            end.await.unwrap();
            query.execute(connection).await?;
            Ok(())
        })
    }));
    tokio::select! {
        done = &mut work => panic!("{done:?}"),
        begun = within("the beginning", has_begun) => begun.unwrap(),
    }
    // Its caller hangs up.
    drop(work);
    let mut closing = pin!(store.close());
    let still_open = waits(closing.as_mut()).await;
    may_end.send(()).unwrap();
    within("the end", closing).await;
    assert!(still_open);
    let newest: i64 = sqlx::query_scalar("SELECT MAX(claimed_at) FROM webhook_events")
        .fetch_one(&mut behind(&store).await)
        .await
        .unwrap();
    assert_eq!(newest, 99);
}

/// So many who hang up do not keep those who wait from their turn.
#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_begun() {
    let store = empty().await;
    let gate = Arc::new(Semaphore::new(0));
    let held: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (store, gate) = (store.clone(), Arc::clone(&gate));
            let work = async move {
                let waiting = store.connections.run(move |_| {
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
        .fetch_all(&mut behind(&store).await)
        .await
        .unwrap();
    assert_eq!(kept, ["waited-for"]);
    assert!(matches!(
        store.has_webhook_event(EventSource::FaceSign, "waited-for").await,
        Err(StoreError::Database(sqlx::Error::PoolClosed))
    ));
}
