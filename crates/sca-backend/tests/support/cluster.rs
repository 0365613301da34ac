//! PostgreSQL servers that a test starts for itself, so that it can fence one off and promote another.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a server may take to start.
const READY_WITHIN: Duration = Duration::from_secs(60);

pub(crate) struct Cluster {
    pub(crate) address: SocketAddr,
    server: Child,
    folder: TempDir,
}

impl Cluster {
    pub(crate) fn primary() -> Self {
        let folder = folder();
        run(program("initdb", &folder)
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(folder.path().join("data")));
        Self::serve(folder)
    }

    /// A standby of this server.
    pub(crate) fn standby(&self) -> Self {
        let folder = folder();
        run(program("pg_basebackup", &folder)
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname"])
            .arg(self.database("postgres"))
            .arg("--pgdata")
            .arg(folder.path().join("data")));
        Self::serve(folder)
    }

    fn serve(folder: TempDir) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let data = folder.path().join("data");
        let server = program("postgres", &folder)
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off",
                "-p",
            ])
            .arg(address.port().to_string())
            .spawn()
            .unwrap();
        let cluster = Self {
            address,
            server,
            folder,
        };
        let began = Instant::now();
        // The eighth line of `postmaster.pid` holds the state.
        let is_ready = || {
            let lock = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            lock.lines()
                .nth(7)
                .is_some_and(|line| ["ready", "standby"].contains(&line.trim()))
        };
        while !is_ready() {
            assert!(began.elapsed() < READY_WITHIN, "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    /// The URL of one of its databases.
    pub(crate) fn database(&self, name: &str) -> String {
        format!("postgres://postgres@{}/{name}", self.address)
    }

    /// Makes a standby the primary.
    pub(crate) fn promote(&self) {
        assert!(self.control(&["promote", "--silent"]).success());
    }

    fn control(&self, what: &[&str]) -> ExitStatus {
        let mut control = program("pg_ctl", &self.folder);
        control.args(what).arg("--pgdata").arg(self.folder.path().join("data"));
        control.status().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.control(&["stop", "--mode=immediate", "--silent"]);
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A folder that the user `postgres` may write to.
fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("sca-postgres-").tempdir().unwrap();
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(folder.path()));
    }
    folder
}

/// PostgreSQL refuses to run as root.
fn program(name: &str, folder: &TempDir) -> Command {
    let program = programs().join(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The folder of the PostgreSQL programs: from `PATH`, or where Debian installs them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path = std::env::split_paths(&path).map(|folder| folder.join("initdb"));
    // A link in `PATH` leads to the folder with all of them.
    if let Some(initdb) = on_path.find_map(|initdb| initdb.canonicalize().ok()) {
        return initdb.parent().unwrap().to_owned();
    }
    let versions = std::fs::read_dir(Path::new("/usr/lib/postgresql")).expect("there is no PostgreSQL here");
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    folders
        .filter(|folder| folder.join("initdb").is_file())
        .max()
        .expect("there is no PostgreSQL here")
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output().unwrap();
    user.stdout.trim_ascii() == b"0"
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
