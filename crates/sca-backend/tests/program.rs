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
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
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

/// As many calls on one connection, each answered before the next one.
fn call_again_and_again(address: &str, calls: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    // One write, since the kernel holds a second one back.
    let call = format!("HEAD /v1/transfers/1 HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..calls {
        stream.write_all(call.as_bytes()).unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 401"), "{line}");
        while line != "\r\n" {
            line.clear();
            answers.read_line(&mut line).unwrap();
        }
    }
}

/// Stops the program. Gives its log, and how long it took to end.
fn stop(mut child: Child) -> (String, Duration) {
    let started = Instant::now();
    let stopped = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    let mut log = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success());
    (log, started.elapsed())
}

#[test]
fn a_collector_that_never_answers_delays_neither_calls_nor_the_end() {
    // The kernel accepts connections, and no process answers.
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let deadline = Duration::from_secs(30);
    let mut program = configured();
    program
        .env("SCA_LOG", "warn")
        .env(
            "SCA_TRACING__OTLP_ENDPOINT",
            format!("http://{}", collector.local_addr().unwrap()),
        )
        .env("SCA_TRACING__TIMEOUT", format!("{}s", deadline.as_secs()));
    let (child, address) = start(program);
    call_again_and_again(&address, 600);
    // From now on an export waits for its answer.
    let (_open, _) = collector.accept().unwrap();
    // More than the queue has places for.
    call_again_and_again(&address, 3_000);
    let (log, took) = stop(child);
    assert!(took < deadline, "the end waited for the export: {took:?}");
    assert!(log.contains("stopped without the last spans"), "{log}");
}

#[test]
fn a_collector_that_is_not_there_is_one_line_in_the_log() {
    let mut program = configured();
    program
        .env("SCA_LOG", "warn")
        .env("SCA_TRACING__OTLP_ENDPOINT", "http://127.0.0.1:9")
        .env("SCA_TRACING__OTLP_HEADERS", "x-key=canary")
        .env("SCA_TRACING__TIMEOUT", "100ms");
    let (child, address) = start(program);
    // Several exports.
    call_again_and_again(&address, 2_000);
    let (log, _) = stop(child);
    assert_eq!(log.matches("spans are not exported").count(), 1, "{log}");
    assert!(log.contains("the collector cannot be reached"), "{log}");
    assert!(!log.contains("canary"), "{log}");
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
