use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use reqwest::StatusCode;
use sca_sandbox::{Config, Sandbox, StartError};

use crate::sandbox::http_client;

#[tokio::test]
async fn refuses_every_address_that_is_not_loopback() {
    for address in ["0.0.0.0:0", "192.168.1.10:4010", "[::]:0", "10.0.0.1:80"] {
        let listen = address.parse().unwrap();
        let ours = Config::default;
        for config in [
            Config { listen, ..ours() },
            Config {
                facesign_listen: listen,
                ..ours()
            },
            Config {
                facesign_pages_listen: listen,
                ..ours()
            },
        ] {
            match Sandbox::start(config).await {
                Err(StartError::NotLoopback(refused)) => assert_eq!(refused, listen),
                other => panic!("{address}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn reports_an_address_in_use() {
    let first = Sandbox::start(Config::default()).await.unwrap();
    let second = Sandbox::start(Config {
        listen: first.address(),
        ..Config::default()
    })
    .await;
    assert!(matches!(second, Err(StartError::Listen(address, _)) if address == first.address()));
}

#[tokio::test]
async fn stops_and_frees_its_port() {
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    let address = sandbox.address();
    sandbox.stop().await;
    Sandbox::start(Config {
        listen: address,
        ..Config::default()
    })
    .await
    .unwrap()
    .stop()
    .await;
}

#[tokio::test]
async fn the_program_prints_where_it_listens_and_ends_on_sigterm() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sca-sandbox"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.as_mut().unwrap()).lines();
    for (words, path, status) in [
        ("listening on ", "/control/health", StatusCode::OK),
        ("facesign api on ", "/sessions", StatusCode::UNAUTHORIZED),
        ("facesign pages on ", "/?cs=unknown", StatusCode::NOT_FOUND),
    ] {
        let line = lines.next().unwrap().unwrap();
        let url = line.strip_prefix(words).unwrap();
        assert_eq!(
            http_client().get(format!("{url}{path}")).send().await.unwrap().status(),
            status,
            "{line}"
        );
    }

    let sent = Command::new("kill")
        .args(["-TERM", &program.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    assert!(program.wait().unwrap().success());
}

#[test]
fn the_program_refuses_an_address_that_is_not_loopback() {
    let output = Command::new(env!("CARGO_BIN_EXE_sca-sandbox"))
        .args(["--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("not a loopback address")
    );
}
