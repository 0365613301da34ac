//! The program: its output, its start and its shutdown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/program_start.rs"]
mod program_start;

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sca-backend"));
    program
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program
}

fn configured() -> Command {
    let mut program = program();
    program
        .env("SCA_LISTEN", "127.0.0.1:0")
        .env("SCA_WISE__BASE", "http://127.0.0.1:9")
        .env("SCA_WISE__CLIENT_ID", "id")
        .env("SCA_WISE__CLIENT_SECRET", "canary-client-secret")
        .env("SCA_API_KEYS__PARTNER", "canary-api-key-0123456789abcdef");
    program
}

/// Starts the program and waits until it listens. Gives its host and port.
fn start(mut program: Command) -> (Child, String) {
    let mut child = program.spawn().unwrap();
    let base_url = program_start::base_url_of(&mut child);
    (child, base_url.strip_prefix("http://").unwrap().to_owned())
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    // A program that does not answer fails its test.
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_program_serves_and_stops_on_sigterm() {
    let (mut child, address) = start(configured());
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    let metrics = get(&address, "/metrics");
    assert!(
        metrics.contains("sca_http_requests_total{route=\"/healthz\",status=\"200\"} 1"),
        "{metrics}"
    );
    let stopped = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert!(child.wait().unwrap().success());
    let mut log = String::new();
    child.stderr.unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("stopping") && !log.contains("canary"), "{log}");
}

#[test]
fn help_lists_the_options_and_the_openapi_document_can_be_printed() {
    let help = program().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--config") && help.contains("SCA_"), "{help}");
    let document = program().arg("--openapi").output().unwrap();
    assert!(
        String::from_utf8(document.stdout)
            .unwrap()
            .contains("\"openapi\": \"3.1")
    );
}

#[test]
fn importing_needs_an_existing_source_database() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.sqlite"), folder.path().join("new.sqlite"));
    let on = |database: &std::path::Path| {
        let mut program = configured();
        program
            .env("SCA_DATABASE", database)
            .env("SCA_ENCRYPTION_KEYS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        program
    };
    let missing = on(&new).arg("--import-sqlite").arg(&old).output().unwrap();
    assert!(!missing.status.success() && !old.exists());
    let (mut child, _) = start(on(&old));
    child.kill().unwrap();
    child.wait().unwrap();
    let copied = on(&new).arg("--import-sqlite").arg(&old).output().unwrap();
    assert_eq!(String::from_utf8(copied.stdout).unwrap(), "0 rows imported\n");
}

#[test]
fn a_configuration_error_is_one_line_and_quotes_no_secret() {
    for (name, value) in [
        ("SCA_WISE__PATHS", "v9"),
        ("SCA_WISE__BASE", "http://api.wise.com"),
        ("SCA_LISTEN", "nowhere"),
        ("SCA_ALLOWED_ORIGINS", "*"),
        ("SCA_DATABASE", "/tmp/without-a-key.sqlite"),
        ("SCA_ENCRYPTION_KEYS", "canary"),
        ("SCA_API_KEYS__PARTNER", "canary"),
        ("SCA_CONFIG", "/nowhere/sca.toml"),
    ] {
        let output = configured().env(name, value).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{name}");
        assert!(
            error.lines().count() == 1 && error.starts_with("sca-backend: "),
            "{name}: {error}"
        );
        assert!(!error.contains("canary"), "{name}: {error}");
    }
}
