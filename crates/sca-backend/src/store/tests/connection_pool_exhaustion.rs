//! A worker whose deliveries in flight hold every connection of the pool.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    outbox::enqueue,
    waiting::{until, within},
    *,
};
use crate::{
    clock::ManualClock,
    metrics::Metrics,
    webhooks::{DeliveryError, EventType, Message, Receipt, WebhookTransport, Worker, worker::OutboxSignal},
};

/// As many as the pool has connections.
const CONNECTIONS: u32 = 8;

/// Accepts messages when the test opens it.
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
            Ok(Receipt::Accepted)
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
    let store = empty().await;
    for number in 0..CONNECTIONS {
        enqueue(&store, &format!("appr_{number}"), EventType::TransferExecute, NOW).await;
    }
    enqueue(&store, "appr_later", EventType::TransferExecute, NOW.plus_ms(1)).await;
    let (clock, outbox_signal) = (Arc::new(ManualClock::at(NOW)), OutboxSignal::default());
    let store = store.with_clock(clock.clone());
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
    // The rows are locked, so no result can be recorded.
    let mut held = raw_connection(&store).await;
    let mut held = held.begin_with(store.engine.begin()).await.unwrap();
    let query = format!("SELECT id FROM outbox{}", store.engine.for_update());
    sqlx::query(sqlx::AssertSqlSafe(query))
        .fetch_all(&mut *held)
        .await
        .unwrap();
    gate.open.add_permits(100);
    until("all connections lent", async || store.connections.are_all_lent()).await;
    clock.advance(Duration::from_millis(1));
    outbox_signal.notify();
    // The worker runs and claims more messages.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    assert_eq!(
        within("one more message", arrived.recv()).await.unwrap(),
        "msg_later_transfer_execute"
    );
    stopping.cancel();
    within("the end of the worker", working).await.unwrap();
    let errors = String::from_utf8(errors.0.lock().unwrap().clone()).unwrap();
    assert_eq!(errors, "");
}
