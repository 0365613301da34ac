//! A server with callers who are slow, and one that stops.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/waiting.rs"]
#[allow(dead_code, reason = "every test binary uses a part of it")]
mod waiting;

use std::time::Duration;

use axum::{Router, routing::get};
use sca_backend::server;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use waiting::{until_so, within};

#[tokio::test]
async fn a_burst_of_connections_waits_to_be_accepted() {
    let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..500 {
        waiting.push(
            within("a place in the line", TcpStream::connect(address))
                .await
                .unwrap(),
        );
    }
    for _ in &waiting {
        within("a connection", listener.accept()).await.unwrap();
    }
}

#[tokio::test]
async fn an_open_call_is_answered_while_the_server_stops_and_no_new_one_is_taken() {
    let (arrived, arrival) = oneshot::channel::<()>();
    let (release, released) = oneshot::channel::<()>();
    let waits = std::sync::Mutex::new(Some((arrived, released)));
    let waits = std::sync::Arc::new(waits);
    let slow = move || async move {
        let (arrived, released) = waits.lock().unwrap().take().unwrap();
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
        async move { stopped.await.unwrap() },
    ));
    let mut caller = TcpStream::connect(address).await.unwrap();
    caller.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    within("the call", arrival).await.unwrap();
    stop.send(()).unwrap();
    until_so("a server that takes no calls", async || {
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
    within("the server's end", serving).await.unwrap();
}

#[tokio::test]
async fn headers_that_trickle_in_do_not_hold_a_connection_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server::serve_routes(listener, Router::new(), std::future::pending()));
    let mut caller = TcpStream::connect(address).await.unwrap();
    caller.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    // From here on the clock jumps ahead whenever everybody waits.
    tokio::time::pause();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(60), caller.read_to_end(&mut answer)).await;
    assert!(closed.is_ok(), "the connection is still open");
}
