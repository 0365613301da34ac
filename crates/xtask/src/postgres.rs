//! A PostgreSQL cluster for one run of tests: created on a free loopback port, and removed however the run ends.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::browsers;
use crate::workspace::Workspace;

/// How long a new cluster may take to accept connections.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    server: Child,
    port: u16,
}

/// The folder of `initdb` and `postgres`: on the PATH, or in Debian's folder.
pub(crate) fn programs() -> Option<PathBuf> {
    if let Some(initdb) = browsers::on_path("initdb") {
        return initdb.parent().map(Path::to_owned);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.flatten().map(|version| version.path().join("bin"));
    folders.filter(|folder| folder.join("initdb").is_file()).max()
}

/// Whether PostgreSQL and PgBouncer are on the PATH, or in Debian's folders.
pub(crate) fn is_present() -> bool {
    let has_pgbouncer = browsers::on_path("pgbouncer").is_some() || Path::new("/usr/sbin/pgbouncer").is_file();
    has_pgbouncer && programs().is_some()
}

impl Cluster {
    /// Creates a cluster and waits until it accepts connections.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let programs = programs().context("there is no PostgreSQL here")?;
        let folder = folder(workspace)?;
        let data = folder.join("data");
        // Its data does not outlive the run, so it need not be flushed to disk.
        let mut initdb = as_its_user(&programs, "initdb", &folder);
        initdb
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(&data);
        workspace.run(&mut initdb)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(folder.join("log")).context("cannot make the log of PostgreSQL")?;
        let server = as_its_user(&programs, "postgres", &folder)
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            .args(["-c", "fsync=off", "-c", "max_connections=400", "-p"])
            .arg(port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start PostgreSQL")?;
        let mut cluster = Self {
            programs,
            folder,
            server,
            port,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// The cluster's URL.
    pub(crate) fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The eighth line of the server's lock file has its status.
    fn wait_until_ready(&mut self) -> Result<()> {
        let lock = self.folder.join("data/postmaster.pid");
        let began = Instant::now();
        while began.elapsed() < READY_WITHIN {
            let text = std::fs::read_to_string(&lock).unwrap_or_default();
            if text.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            let ended = self.server.try_wait()?;
            ensure!(ended.is_none(), "PostgreSQL did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL was not ready in time: {}", self.log())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_its_user(&self.programs, "pg_ctl", &self.folder);
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"])
            .arg(self.folder.join("data"));
        // If it cannot be stopped in order, it is killed.
        if !stop.status().is_ok_and(|status| status.success()) {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A new folder for the server: below the target folder, or below the temporary folder if the server's user has no access to that.
fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let name = format!("postgres-{}", std::process::id());
    for folder in [
        workspace.target.join(&name),
        std::env::temp_dir().join(format!("sca-{name}")),
    ] {
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        if !is_root() {
            return Ok(folder);
        }
        workspace.run(workspace.command("chown").arg("postgres").arg(&folder))?;
        let mut look = Command::new("runuser");
        look.args(["-u", "postgres", "--", "test", "-w"]).arg(&folder);
        if look.status().is_ok_and(|status| status.success()) {
            return Ok(folder);
        }
        std::fs::remove_dir(&folder)?;
    }
    bail!("there is no folder that the user postgres may write to")
}

/// PostgreSQL refuses to run as root.
fn as_its_user(programs: &Path, program: &str, folder: &Path) -> Command {
    let program = programs.join(program);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    /// Starts a cluster, and ends in a failure.
    fn use_and_fail(folder: &mut PathBuf, port: &mut u16) -> Result<()> {
        let workspace = Workspace::locate(false)?;
        let cluster = Cluster::start(&workspace)?;
        *folder = cluster.folder.clone();
        *port = cluster.port;
        ensure!(TcpStream::connect(("127.0.0.1", *port)).is_ok(), "nobody answers");
        ensure!(cluster.address().contains(&port.to_string()), "another address");
        bail!("a test failed")
    }

    #[test]
    #[ignore = "needs PostgreSQL"]
    fn nothing_is_left_of_a_cluster_after_a_failure() {
        let (mut folder, mut port) = (PathBuf::new(), 0);
        let failure = use_and_fail(&mut folder, &mut port).unwrap_err();
        assert_eq!(failure.to_string(), "a test failed");
        assert!(!folder.exists());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
