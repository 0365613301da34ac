//! The database of each test: PostgreSQL where `SCA_TEST_POSTGRES` names a server, SQLite otherwise.

use sca_core::secret::Secret;
use sca_store::Database;

/// Whether [`any`] gives databases of PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var_os("SCA_TEST_POSTGRES").is_some()
}

/// A new database.
pub fn any() -> Database {
    let server = sca_testing::postgres::database().map(|address| Database::Postgres(Secret::new(address)));
    server.unwrap_or_else(file)
}

/// A new SQLite file, in memory where the machine has a file system for that.
fn file() -> Database {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    FOLDERS.with_borrow_mut(|folders| {
        folders.push(folder.unwrap());
        Database::File(folders.last().unwrap().path().join("approvals.sqlite"))
    })
}

thread_local! {
    /// Each test has a thread of its own: its files are deleted with the thread.
    static FOLDERS: std::cell::RefCell<Vec<tempfile::TempDir>> = const { std::cell::RefCell::new(Vec::new()) };
}
