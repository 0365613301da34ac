#!/usr/bin/env bash
# sqlx, PostgreSQL, and a `begin` that its caller gives up: later statements of others are not committed.
#
# Seen with sqlx 0.9.0 and PostgreSQL 15 (Debian 12), 2026-12-02. `Pool::begin` is dropped after it has sent BEGIN and before the answer, as happens
# when a web server drops the handler of a caller who hung up. The connection returns to the pool inside a transaction that nobody
# knows of. The next statement reports one changed row, but it is part of that transaction: no other session sees the row, and it is lost
# when the connection closes. Given up before BEGIN is sent, or after its answer, nothing is lost. Each statement here is valid. The
# network is a forwarder that holds the answers of the server back.
#
# Prints
#   begin given up: true
#   the insert reports: 1 row
#   another session sees: 0 rows
#   after the pool was closed: 0 rows
# and fails when that changes. Needs: cargo, PostgreSQL's initdb and postgres.
set -euo pipefail

folder=$(mktemp -d)
programs=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb | tail -1)")
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
trap 'as_postgres "$programs/pg_ctl" stop --mode=immediate --silent --pgdata "$folder/db/data" || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
mkdir "$folder/src" "$folder/db"
[ "$(id -u)" != 0 ] || chown postgres "$folder/db"
(
  cd "$folder/db"
  as_postgres "$programs/initdb" --auth=trust --username=postgres --no-sync --pgdata data >/dev/null
  # A socket in a folder of its own: no port to collide with.
  as_postgres "$programs/pg_ctl" start --wait --silent --pgdata data --log data/log -o "-c listen_addresses= -c unix_socket_directories=$folder/db"
)
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "given-up-begin"
version = "0.0.0"
edition = "2021"

[dependencies]
sqlx = { version = "=0.9.0", default-features = false, features = ["postgres", "runtime-tokio"] }
tokio = { version = "1", features = ["io-util", "macros", "net", "rt-multi-thread", "sync", "time"] }
TOML
cat >"$folder/src/main.rs" <<'RUST'
use std::{future::Future, pin::pin, task::Poll};

use sqlx::{postgres::{PgConnectOptions, PgPoolOptions}, Connection, PgConnection};
use tokio::{io::{copy, AsyncReadExt, AsyncWriteExt}, net::{TcpListener, UnixStream}, sync::{mpsc, watch}};

#[tokio::main]
async fn main() {
    let socket = std::env::args().nth(1).unwrap();
    let direct = PgConnectOptions::new_without_pgpass().username("postgres").database("postgres").socket(&socket);
    let mut other = PgConnection::connect_with(&direct).await.unwrap();
    sqlx::query("CREATE TABLE rows (id INT)").execute(&mut other).await.unwrap();

    let (open, gate) = watch::channel(true);
    let (sent, mut requests) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(forward(listener, format!("{socket}/.s.PGSQL.5432"), gate, sent));

    let through = PgConnectOptions::new_without_pgpass().username("postgres").database("postgres").host("127.0.0.1").port(port)
        .ssl_mode(sqlx::postgres::PgSslMode::Disable);
    let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(through).await.unwrap();
    while requests.try_recv().is_ok() {}

    open.send(false).unwrap();
    let given_up = {
        let mut begin = pin!(pool.begin());
        // Until BEGIN is at the server, whose answer is held back.
        loop {
            let is_pending = std::future::poll_fn(|context| Poll::Ready(begin.as_mut().poll(context).is_pending())).await;
            if !is_pending {
                break false;
            }
            if let Ok(bytes) = requests.try_recv() {
                let bytes: Vec<u8> = bytes;
                if bytes.windows(5).any(|window| window == b"BEGIN") {
                    break true;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    open.send(true).unwrap();
    println!("begin given up: {given_up}");

    let inserted = sqlx::query("INSERT INTO rows VALUES (1)").execute(&pool).await.unwrap();
    println!("the insert reports: {} row", inserted.rows_affected());
    println!("another session sees: {} rows", count(&mut other).await);
    pool.close().await;
    println!("after the pool was closed: {} rows", count(&mut other).await);
}

async fn count(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT COUNT(*) FROM rows").fetch_one(connection).await.unwrap()
}

/// Passes everything on. Answers wait while the gate is closed.
async fn forward(listener: TcpListener, server: String, gate: watch::Receiver<bool>, sent: mpsc::UnboundedSender<Vec<u8>>) {
    while let Ok((client, _)) = listener.accept().await {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = UnixStream::connect(&server).await.unwrap().into_split();
        let (sent, mut gate) = (sent.clone(), gate.clone());
        tokio::spawn(async move {
            let mut bytes = vec![0; 4096];
            while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
                to_server.write_all(&bytes[..length]).await.unwrap();
                let _ = sent.send(bytes[..length].to_vec());
            }
        });
        tokio::spawn(async move {
            let mut bytes = vec![0; 4096];
            while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                let _ = gate.wait_for(|is_open| *is_open).await;
                if to_client.write_all(&bytes[..length]).await.is_err() {
                    break;
                }
            }
            let _ = copy(&mut from_server, &mut tokio::io::sink()).await;
        });
    }
}
RUST
seen=$(cd "$folder" && timeout 600 cargo run --quiet -- "$folder/db")
printf '%s\n' "$seen"
diff <(sed -n 's/^#   //p' "$0") <(printf '%s\n' "$seen")
