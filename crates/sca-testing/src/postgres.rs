//! A new PostgreSQL database for each test, dropped when the test ends. `SCA_TEST_POSTGRES` names a server on which databases may
//! be created.

use std::{
    cell::RefCell,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

static CREATED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Each test has a thread of its own: its databases are dropped with the thread, however the test ends.
    static DATABASES: RefCell<Vec<TestDatabase>> = const { RefCell::new(Vec::new()) };
}

struct TestDatabase {
    server: String,
    name: String,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let query = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // The server may have stopped before.
        let _ = block_on_work(execute(server, query));
    }
}

/// The address of a new, empty database; `None` where there is no server.
pub fn database() -> Option<String> {
    let server = std::env::var("SCA_TEST_POSTGRES").ok()?;
    let number = CREATED.fetch_add(1, Ordering::Relaxed);
    let name = format!("sca_test_{}_{number}", std::process::id());
    let mut address = reqwest::Url::parse(&server).unwrap();
    address.set_path(&name);
    block_on_work(execute(server.clone(), format!("CREATE DATABASE {name}"))).unwrap();
    DATABASES.with_borrow_mut(|databases| databases.push(TestDatabase { server, name }));
    Some(address.into())
}

async fn execute(server: String, query: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(&server).await?;
    sqlx::raw_sql(AssertSqlSafe(query)).execute(&mut connection).await?;
    connection.close().await
}

/// Blocks on work, for code that is not `async`.
fn block_on_work<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    std::thread::spawn(move || runtime.block_on(work)).join().unwrap()
}
