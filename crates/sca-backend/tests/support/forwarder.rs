//! A stretch of network between a program and its database: slow when it is told to be, and leading elsewhere when it is told to.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, sleep_until},
};

#[derive(Clone, Debug)]
pub(crate) struct Forwarder {
    pub(crate) address: SocketAddr,
    target: Arc<Mutex<SocketAddr>>,
    delay: Arc<AtomicU64>,
}

impl Forwarder {
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let forwarder = Self {
            address: listener.local_addr().unwrap(),
            target: Arc::new(Mutex::new(target)),
            delay: Arc::default(),
        };
        let ours = forwarder.clone();
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let (target, delay) = (*ours.target.lock().unwrap(), Arc::clone(&ours.delay));
                tokio::spawn(async move {
                    let Ok(to) = TcpStream::connect(target).await else {
                        return;
                    };
                    let _ = (from.set_nodelay(true), to.set_nodelay(true));
                    let ((from, back), (answers, to)) = (from.into_split(), to.into_split());
                    tokio::join!(carry(from, to, Arc::clone(&delay)), carry(answers, back, delay));
                });
            }
        });
        forwarder
    }

    /// From now on all that is sent takes so long, each way.
    pub(crate) fn slow_down(&self, delay: Duration) {
        let milliseconds = delay.as_millis().try_into().unwrap();
        self.delay.store(milliseconds, Ordering::SeqCst);
    }

    /// New connections lead there. Those that are open stay where they are.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }
}

/// Everything arrives in its order, however long it takes.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Arc<AtomicU64>) {
    let (sender, mut under_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut bytes = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            let arrives = Instant::now() + Duration::from_millis(delay.load(Ordering::SeqCst));
            if sender.send((arrives, bytes[..length].to_vec())).is_err() {
                break;
            }
        }
    };
    let writing = async move {
        while let Some((arrives, bytes)) = under_way.recv().await {
            sleep_until(arrives).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}
