//! A PostgreSQL database of its own for each test, where `SCA_TEST_POSTGRES` names a server on which databases may be made;
//! gone when the test has ended.

use std::{
    cell::RefCell,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

static MADE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Each test has a thread of its own: what it has made goes with it, however it ends.
    static OURS: RefCell<Vec<Made>> = const { RefCell::new(Vec::new()) };
}

struct Made {
    server: String,
    name: String,
}

impl Drop for Made {
    fn drop(&mut self) {
        let query = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // A server that is gone has taken the database along.
        let _ = at_once(execute(server, query));
    }
}

/// The address of a new, empty database; `None` where there is no server.
pub(crate) fn database() -> Option<String> {
    let server = std::env::var("SCA_TEST_POSTGRES").ok()?;
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("sca_test_{}_{number}", std::process::id());
    let mut address = reqwest::Url::parse(&server).unwrap();
    address.set_path(&name);
    at_once(execute(server.clone(), format!("CREATE DATABASE {name}"))).unwrap();
    OURS.with_borrow_mut(|ours| ours.push(Made { server, name }));
    Some(address.into())
}

async fn execute(server: String, query: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(&server).await?;
    sqlx::raw_sql(AssertSqlSafe(query)).execute(&mut connection).await?;
    connection.close().await
}

/// Waits for work where nothing can be awaited.
fn at_once<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    std::thread::spawn(move || runtime.block_on(work)).join().unwrap()
}
