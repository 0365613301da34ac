//! The program in a process of its own.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use sca_store::Database;

use crate::{
    fixture::{API_KEY, BANK_SECRET, ENCRYPTION_KEY},
    program_start,
};

pub struct Program {
    child: Child,
    /// Its base URL.
    pub address: String,
}

/// A database as the program's settings name it.
pub fn name_of(database: &Database) -> String {
    match database {
        Database::File(path) => path.to_str().unwrap().to_owned(),
        Database::Postgres(address) => address.expose().to_owned(),
    }
}

impl Program {
    pub fn start(database: &str, settings: &[(&str, String)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sca-backend"))
            .env_clear()
            .env("SCA_LOG", "warn")
            .env("SCA_LISTEN", "127.0.0.1:0")
            .env("SCA_DATABASE", database)
            .env("SCA_ENCRYPTION_KEYS", ENCRYPTION_KEY)
            .env("SCA_API_KEYS__PARTNER", API_KEY)
            .env("SCA_WISE__CLIENT_ID", "sandbox-client")
            .env("SCA_WISE__CLIENT_SECRET", "sandbox-client-secret")
            .env("SCA_TRANSFERS__SECRETS", BANK_SECRET)
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let address = program_start::base_url_of(&mut child);
        Self { child, address }
    }

    /// Kills it with `SIGKILL`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it with `SIGTERM`, as a deployment does, and waits until it has shut down.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the program does not stop");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
