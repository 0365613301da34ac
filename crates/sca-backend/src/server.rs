//! The HTTP server, with limits on connections and headers, and a graceful shutdown.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::service::Backend;

/// How long open requests may take after the server was asked to stop.
const GRACE: Duration = Duration::from_secs(30);
/// The deadline of a request's headers, and of an idle connection: longer than the 60 seconds after which balancers give an idle connection up,
/// so that none sends a request into one that is being closed.
const HEADERS_WITHIN: Duration = Duration::from_secs(75);
/// The maximum length of a request's headers, in bytes.
const MOST_HEADER_BYTES: usize = 32 * 1024;
/// The backlog of the listener. A provider's burst of webhooks exceeds the library's 128: the kernel drops further connections, and their
/// clients retry only after a delay.
const MOST_WAITING: u32 = 1_024;

/// Binds an address.
///
/// # Errors
/// When the address is in use, or not of this machine.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restarted server need not wait for its old connections. On other systems the option would let two servers share an address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(MOST_WAITING)
}

/// Serves until `stop` is done; then ends the streams, lets open calls, messages and calls to the provider finish, and closes the
/// store.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    backend: Backend,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let sweeping = tokio::spawn({
        let backend = backend.clone();
        async move { tokio::join!(backend.sweep_until_stopped(), backend.listen_until_stopped()) }
    });
    let delivering = tokio::spawn({
        let backend = backend.clone();
        async move { backend.worker().run(backend.stopping()).await }
    });
    serve_routes(listener, routes, backend.settings().connections, async {
        stop.await;
        tracing::info!("stopping");
        backend.begin_stop();
    })
    .await;
    // The worker writes the results of the last deliveries, so it ends before the store closes. A panic has been logged.
    let _ = delivering.await;
    backend.stop().await;
    // Both tasks end with the backend. A panic has been logged.
    let _ = sweeping.await;
}

/// Serves routes until `stop` completes, then waits up to 30 seconds for open requests. At most `connections` are open at once; further ones
/// wait to be accepted.
pub async fn serve_routes(listener: TcpListener, routes: Router, connections: usize, stop: impl Future<Output = ()>) {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                tokio::spawn(serve_connection(stream, routes.clone(), open.watcher(), place));
            }
            Err(error) => {
                // Usually too many open files: other connections have to end first.
                tracing::warn!(%error, "accepting a connection failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, open.shutdown()).await.is_err() {
        tracing::warn!("shutdown deadline reached; open requests were aborted");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn serve_connection(stream: TcpStream, routes: Router, watcher: Watcher, place: OwnedSemaphorePermit) {
    // Responses are short, so Nagle's algorithm would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "setting TCP_NODELAY failed");
    }
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(MOST_HEADER_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended with an error");
    }
    drop(place);
}

/// A future that completes when the process receives SIGINT (Ctrl-C) or SIGTERM. Both are caught from this call on: call it before the program
/// says that it listens. It needs a Tokio runtime.
///
/// # Errors
/// When a signal cannot be caught.
#[cfg(unix)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// A future that completes when the process receives Ctrl-C.
///
/// # Errors
/// Never on this platform: a signal that cannot be caught only ends the program without waiting for open requests.
#[cfg(not(unix))]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
