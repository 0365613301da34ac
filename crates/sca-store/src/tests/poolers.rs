//! A connection pooler in front of PostgreSQL: PgBouncer, in each of its modes.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use sca_testing::waiting::{until, within};
use tempfile::TempDir;

use super::*;
use crate::{ChangeNotification, StoreError};

/// A running PgBouncer.
struct Pooler {
    address: Database,
    program: Child,
    _folder: TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

impl Pooler {
    /// Starts PgBouncer in front of a new database.
    async fn start(settings: &str) -> Self {
        let server = sca_testing::postgres::database().expect("SCA_TEST_POSTGRES");
        let server = url::Url::parse(&server).unwrap();
        let (database, port) = (server.path().trim_start_matches('/'), server.port().unwrap_or(5432));
        let listen_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n{database} = host={} port={port} user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {listen_port}\nunix_socket_dir =\nauth_type = any\n{settings}\n",
            server.host_str().unwrap(),
            server.username(),
        );
        fs::write(&file, text).unwrap();
        // The program's own user reads it.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = as_its_user()
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("PgBouncer", async || {
            TcpStream::connect(("127.0.0.1", listen_port)).is_ok()
        })
        .await;
        let address = format!("postgres://postgres@127.0.0.1:{listen_port}/{database}");
        Self {
            address: Database::Postgres(Secret::new(address)),
            program,
            _folder: folder,
        }
    }

    async fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.address, EncryptionKeys::ephemeral().unwrap()).await
    }
}

/// PgBouncer refuses to run as root.
fn as_its_user() -> Command {
    let debian = "/usr/sbin/pgbouncer";
    let program = if Path::new(debian).is_file() {
        debian
    } else {
        "pgbouncer"
    };
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
    command
}

/// The line that `docs/operations.md` asks for.
const IGNORE: &str = "ignore_startup_parameters = extra_float_digits\n";

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_pooler_by_session_serves_the_store_and_its_changes() {
    let pooler = Pooler::start(&format!("{IGNORE}pool_mode = session")).await;
    let store = at(&pooler.open().await.unwrap(), NOW);
    let mut changes = store.change_feed().await.unwrap().unwrap();
    insert_new(&store, &approval("appr_1", wise())).await;
    store
        .update("appr_1", |record| record.cancel(NOW).unwrap())
        .await
        .unwrap();
    let change = within("the change", changes.next()).await.unwrap();
    assert_eq!(change, ChangeNotification::Changed("appr_1".into()));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_pooler_by_transaction_or_statement_is_refused_at_the_start() {
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::start(&format!("{IGNORE}pool_mode = {mode}")).await;
        let refused = pooler.open().await.unwrap_err();
        assert!(matches!(refused, StoreError::NotPooledBySession), "{mode}: {refused}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn a_pooler_with_default_settings_is_refused_with_the_setting_that_helps() {
    let pooler = Pooler::start("pool_mode = session").await;
    let refused = pooler.open().await.unwrap_err();
    assert!(matches!(refused, StoreError::StartupParameter(_)), "{refused}");
    assert!(
        refused
            .to_string()
            .contains("ignore_startup_parameters = extra_float_digits")
    );
}
