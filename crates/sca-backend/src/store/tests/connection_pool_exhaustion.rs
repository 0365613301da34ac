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
    outbox::tell,
    waiting::{until_so, within},
    *,
};
use crate::{
    clock::ManualClock,
    metrics::Metrics,
    webhooks::{DeliveryError, EventType, Message, Receipt, WebhookTransport, Worker, worker::OutboxSignal},
};

/// As many as the pool has connections.
const CONNECTIONS: u32 = 8;

/// Takes messages once the test lets it.
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

/// What goes wrong in the meantime.
#[derive(Clone, Default)]
struct Complaints(Arc<Mutex<Vec<u8>>>);

impl io::Write for Complaints {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Complaints {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every connection is in the hands of a message whose end is being written down, and the worker looks for more: those messages have to
/// go on, or the look waits for connections that nobody gives back.
#[tokio::test]
async fn messages_under_way_go_on_while_the_worker_looks_for_more() {
    let complaints = Complaints::default();
    let listening = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_writer(complaints.clone())
        .finish();
    // This test's runtime is this thread.
    let _listening = tracing::subscriber::set_default(listening);
    let store = empty().await;
    for number in 0..CONNECTIONS {
        tell(&store, &format!("appr_{number}"), EventType::TransferExecute, NOW).await;
    }
    tell(&store, "appr_later", EventType::TransferExecute, NOW.plus_ms(1)).await;
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
    // Nobody can write down that a message was taken.
    let mut held = behind(&store).await;
    let mut held = held.begin_with(store.engine.begin()).await.unwrap();
    let query = format!("SELECT id FROM outbox{}", store.engine.for_update());
    sqlx::query(sqlx::AssertSqlSafe(query))
        .fetch_all(&mut *held)
        .await
        .unwrap();
    gate.open.add_permits(100);
    until_so("no connection that is free", async || store.connections.are_all_lent()).await;
    clock.advance(Duration::from_millis(1));
    outbox_signal.notify();
    // The worker has its turn, and looks.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    assert_eq!(
        within("one more message", arrived.recv()).await.unwrap(),
        "msg_later_transfer_execute"
    );
    stopping.cancel();
    within("the worker's end", working).await.unwrap();
    let complaints = String::from_utf8(complaints.0.lock().unwrap().clone()).unwrap();
    assert_eq!(complaints, "");
}
