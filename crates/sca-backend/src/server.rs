//! Serving, and stopping without dropping anybody.

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

use crate::service::Backend;

/// How long open calls may take once the server is stopping.
const GRACE: Duration = Duration::from_secs(30);
/// How long the headers of a call may take to arrive, and a connection may wait for its next call.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// How many bytes the headers of a call may have.
const MOST_HEADER_BYTES: usize = 32 * 1024;
/// How many connections may be open at once; further ones wait to be accepted.
const MOST_CONNECTIONS: usize = 8_192;
/// How many connections may wait to be accepted. The library's own 128 are less than a provider's burst: further ones are dropped, and
/// come again only after a while.
const MOST_WAITING: u32 = 1_024;

/// Opens an address to be served.
///
/// # Errors
/// When the address is taken, or not ours.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that starts again need not wait for its old connections' ends. Elsewhere this would let two have one address.
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
    let handing_over = tokio::spawn({
        let backend = backend.clone();
        async move { backend.worker().run(backend.stopping()).await }
    });
    serve_routes(listener, routes, async {
        stop.await;
        tracing::info!("stopping");
        backend.begin_stop();
    })
    .await;
    // Before the store closes: what came of the last messages has to be written down. If it gave way, that has been logged.
    let _ = handing_over.await;
    backend.stop().await;
    // Both end with the backend; if one gave way, that has been logged.
    let _ = sweeping.await;
}

/// Serves routes until `stop` is done, then lets open calls finish.
pub async fn serve_routes(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                tokio::spawn(converse(stream, routes.clone(), open.watcher(), place));
            }
            Err(error) => {
                // Too many open files, mostly: others have to end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, open.shutdown()).await.is_err() {
        tracing::warn!("calls that took too long were cut off");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn converse(stream: TcpStream, routes: Router, watcher: Watcher, place: OwnedSemaphorePermit) {
    // Answers are short: none waits to be filled up.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection could not be set up");
    }
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(MOST_HEADER_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

/// Done when the process is asked to stop: Ctrl-C or SIGTERM.
pub async fn asked_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
