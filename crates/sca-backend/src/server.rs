//! Serving, and stopping without dropping anybody.

use std::{future::Future, io, time::Duration};

use axum::Router;
use tokio::net::TcpListener;

use crate::service::Backend;

/// How long open calls may take once the server is stopping.
const GRACE: Duration = Duration::from_secs(30);

/// Serves until `stop` is done; then ends the streams, lets open calls and calls to the provider finish, and closes the store.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    backend: Backend,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let sweeping = tokio::spawn({
        let backend = backend.clone();
        async move { backend.sweep_until_stopped().await }
    });
    let stopping = backend.stopping().clone();
    let serving = axum::serve(listener, routes).with_graceful_shutdown({
        let backend = backend.clone();
        async move {
            stop.await;
            tracing::info!("stopping");
            backend.begin_stop();
        }
    });
    let served = tokio::select! {
        served = serving => served,
        () = async { stopping.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
    };
    backend.stop().await;
    // The sweeper ends with the backend; a panic of its own has been logged.
    let _ = sweeping.await;
    served
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
