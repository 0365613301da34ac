//! A TCP proxy between a program and its database, whose delay and target a test can change.

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
        let accepting = forwarder.clone();
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let (target, delay) = (*accepting.target.lock().unwrap(), Arc::clone(&accepting.delay));
                tokio::spawn(async move {
                    let Ok(to) = TcpStream::connect(target).await else {
                        return;
                    };
                    let _ = (from.set_nodelay(true), to.set_nodelay(true));
                    let ((from, back), (answers, to)) = (from.into_split(), to.into_split());
                    tokio::join!(
                        copy_delayed(from, to, Arc::clone(&delay)),
                        copy_delayed(answers, back, delay)
                    );
                });
            }
        });
        forwarder
    }

    /// From now on, each way takes so long.
    pub(crate) fn set_delay(&self, delay: Duration) {
        let milliseconds = delay.as_millis().try_into().unwrap();
        self.delay.store(milliseconds, Ordering::SeqCst);
    }

    /// New connections go to this target. Open ones keep theirs.
    pub(crate) fn forward_to(&self, target: SocketAddr) {
        *self.target.lock().unwrap() = target;
    }
}

/// Copies bytes in order, each delayed from when it was read.
async fn copy_delayed(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Arc<AtomicU64>) {
    let (sender, mut in_transit) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
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
        while let Some((arrives, bytes)) = in_transit.recv().await {
            sleep_until(arrives).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(reading, writing);
}
