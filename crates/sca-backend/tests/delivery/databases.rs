//! Which databases the tests are run on: SQLite, and PostgreSQL where `SCA_TEST_POSTGRES` names a server.

use sca_backend::store::Database;
use sca_core::secret::Secret;

#[path = "../support/postgres.rs"]
mod postgres;

/// A new database.
pub fn any() -> Database {
    let server = postgres::database().map(|address| Database::Postgres(Secret::new(address)));
    server.unwrap_or_else(file)
}

/// A new file for SQLite, in memory where the machine has a place for that.
fn file() -> Database {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    OURS.with_borrow_mut(|ours| {
        ours.push(folder.unwrap());
        Database::File(ours.last().unwrap().path().join("approvals.sqlite"))
    })
}

thread_local! {
    /// Each test has a thread of its own: its files go with it.
    static OURS: std::cell::RefCell<Vec<tempfile::TempDir>> = const { std::cell::RefCell::new(Vec::new()) };
}
