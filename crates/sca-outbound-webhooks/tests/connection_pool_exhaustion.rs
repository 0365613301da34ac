//! A worker whose deliveries in flight hold every connection of the pool.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on has failed")]

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use sca_core::{Fingerprint, Progress, ProviderId, Record, Secret, Source};
use sca_outbound_webhooks::{DeliveryError, Message, Receipt, WebhookTransport, Worker, worker::OutboxSignal};
use sca_protocol::{Action, PlainText, Statement, Status, Timestamp};
use sca_runtime::{clock::ManualClock, metrics::Metrics};
use sca_store::{Database, EncryptionKeys, InsertResult, NewRecord, Store, Tokens};
use sca_testing::{
    postgres,
    waiting::{until, within},
};
use sqlx::{AnyConnection, Connection};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
/// As many as the pool has connections.
const CONNECTIONS: u32 = 8;

/// Refuses messages when the test opens it: the results of refused deliveries are recorded one by one.
#[derive(Debug)]
struct Gate {
    arrived: mpsc::UnboundedSender<String>,
    open: Semaphore,
}

impl WebhookTransport for Gate {
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>> {
        Box::pin(async {
            self.arrived.send(message.id.clone()).unwrap();
            let _pass = self.open.acquire().await.unwrap();
            Err(DeliveryError::Refused(500))
        })
    }

    fn max_duration(&self) -> Duration {
        Duration::from_secs(600)
    }
}

/// The errors in the log.
#[derive(Clone, Default)]
struct ErrorLog(Arc<Mutex<Vec<u8>>>);

impl io::Write for ErrorLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for ErrorLog {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A settled approval, whose event waits in the outbox.
async fn settle(store: &Store, id: &str, now: Timestamp) {
    let text = |text: &str| PlainText::new(text).unwrap();
    let record = Record {
        id: id.into(),
        owner: "shop".into(),
        version: 1,
        status: Status::Pending,
        reason: None,
        action: Action::Statement(Statement {
            account: text("EUR balance"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        }),
        request: None,
        source: Source::OneTimeToken {
            provider: ProviderId::new("rejecting"),
            profile: None,
            token_digest: Fingerprint::of(&[id.as_bytes()]),
        },
        created_at: now,
        expires_at: now.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress::default(),
    };
    let new = NewRecord {
        client_secret: Secret::new(format!("{id}_secret_{id}")),
        tokens: Tokens {
            access_token: None,
            one_time_token: None,
        },
        record,
    };
    let inserted = store.insert(&new).await.unwrap();
    assert!(matches!(inserted, InsertResult::New), "{inserted:?}");
    let updated = store
        .update(id, move |record| record.cancel(now))
        .await
        .unwrap()
        .unwrap();
    updated.outcome.unwrap();
}

/// Every connection records the result of a delivery while the worker claims more messages. Those deliveries must finish, or the claim
/// waits for a connection that is never returned.
#[tokio::test]
async fn deliveries_in_flight_finish_while_the_worker_claims_more() {
    let errors = ErrorLog::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_writer(errors.clone())
        .finish();
    // The test's runtime runs on this thread only.
    let _guard = tracing::subscriber::set_default(subscriber);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("approvals.db");
    let (database, address, for_update) = match postgres::database() {
        Some(address) => (Database::Postgres(Secret::new(address.clone())), address, " FOR UPDATE"),
        None => (Database::File(file.clone()), format!("sqlite://{}", file.display()), ""),
    };
    let clock = Arc::new(ManualClock::at(NOW));
    let store = Store::open(&database, EncryptionKeys::ephemeral().unwrap())
        .await
        .unwrap();
    let store = store.with_clock(clock.clone());
    for number in 0..CONNECTIONS {
        settle(&store, &format!("appr_{number}"), NOW).await;
    }
    let outbox_signal = OutboxSignal::default();
    let (sender, mut arrived) = mpsc::unbounded_channel();
    let gate = Arc::new(Gate {
        arrived: sender,
        open: Semaphore::new(0),
    });
    let worker = Worker::new(
        store.clone(),
        gate.clone(),
        clock.clone(),
        Metrics::default(),
        outbox_signal.clone(),
    );
    let stopping = CancellationToken::new();
    let working = tokio::spawn({
        let stopping = stopping.clone();
        async move { worker.run(&stopping).await }
    });
    for _ in 0..CONNECTIONS {
        within("a message", arrived.recv()).await.unwrap();
    }
    settle(&store, "appr_later", NOW).await;
    // The rows are locked, so no result can be recorded.
    let mut held = AnyConnection::connect(&address).await.unwrap();
    let begin = if for_update.is_empty() {
        "BEGIN IMMEDIATE"
    } else {
        "BEGIN"
    };
    let mut held = held.begin_with(begin).await.unwrap();
    let query = format!("SELECT id FROM outbox{for_update}");
    sqlx::query(sqlx::AssertSqlSafe(query))
        .fetch_all(&mut *held)
        .await
        .unwrap();
    gate.open.add_permits(100);
    until("all connections in use", async || store.is_exhausted()).await;
    outbox_signal.notify();
    // The worker runs and claims more messages.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    assert_eq!(
        within("one more message", arrived.recv()).await.unwrap(),
        "msg_later_approval_settled"
    );
    stopping.cancel();
    within("the end of the worker", working).await.unwrap();
    let errors = String::from_utf8(errors.0.lock().unwrap().clone()).unwrap();
    assert_eq!(errors, "");
}
