//! The HTTP server: slow callers, bursts of connections, and shutdown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use axum::{Router, routing::get};
use sca_backend::server;
use sca_testing::waiting::{until, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

#[tokio::test]
async fn a_burst_of_connections_waits_in_the_accept_queue() {
    let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..500 {
        waiting.push(
            within("a place in the accept queue", TcpStream::connect(address))
                .await
                .unwrap(),
        );
    }
    for _ in &waiting {
        within("a connection", listener.accept()).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_while_the_server_shuts_down_and_accepts_no_new_connections() {
    let (arrived, arrival) = oneshot::channel::<()>();
    let (release, released) = oneshot::channel::<()>();
    let channels = std::sync::Mutex::new(Some((arrived, released)));
    let channels = std::sync::Arc::new(channels);
    let slow = move || async move {
        let (arrived, released) = channels.lock().unwrap().take().unwrap();
        arrived.send(()).unwrap();
        released.await.unwrap();
        "done"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve_routes(
        listener,
        Router::new().route("/", get(slow)),
        10,
        async move { stopped.await.unwrap() },
    ));
    let mut caller = TcpStream::connect(address).await.unwrap();
    caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    within("the request", arrival).await.unwrap();
    stop.send(()).unwrap();
    until("a server that accepts no connections", async || {
        TcpStream::connect(address).await.is_err()
    })
    .await;
    release.send(()).unwrap();
    let mut answer = String::new();
    within("an answer", caller.read_to_string(&mut answer)).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    within("the end of the shutdown", serving).await.unwrap();
}

#[tokio::test]
async fn slow_request_headers_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve_routes(
        listener,
        Router::new(),
        10,
        std::future::pending(),
    ));
    let mut caller = TcpStream::connect(address).await.unwrap();
    caller.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    // A paused clock jumps ahead whenever all tasks wait.
    tokio::time::pause();
    let mut answer = Vec::new();
    let early = tokio::time::timeout(Duration::from_secs(70), caller.read_to_end(&mut answer)).await;
    assert!(early.is_err(), "balancers keep an idle connection for 60 seconds");
    let closed = tokio::time::timeout(Duration::from_secs(10), caller.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection is still open");
}
