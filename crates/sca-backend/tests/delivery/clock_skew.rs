//! Two programs on one database whose machines' clocks are apart, and a slow bank. The bank receives each transfer once.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use reqwest::Client;
use serde_json::json;
use tokio::{net::TcpListener, time::sleep};

use crate::{
    databases,
    dynamic_linking::{address, shown_of},
    facesign::{self, FaceSign, SessionResult},
    fixture::API_KEY,
    program::{Program, name_of},
    transfers,
    waiting::{self, until},
};

/// How long the bank takes to answer, and the timeout in milliseconds.
const ANSWERED_AFTER: Duration = Duration::from_secs(5);
const TIMEOUT: &str = "6s";
/// How many seconds a webhook's timestamp may differ from the receiver's clock.
const TOLERANCE: u64 = 300;

/// How often the bank received each message, by message id.
#[derive(Clone, Default)]
struct Bank(Arc<Mutex<BTreeMap<String, u32>>>);

impl Bank {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/wires", listener.local_addr().unwrap());
        let routes = Router::new().route("/wires", post(receive)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        address
    }

    fn deliveries(&self) -> Vec<u32> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

async fn receive(State(bank): State<Bank>, headers: HeaderMap) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed_at: u64 = header("webhook-timestamp").parse().unwrap();
    if signed_at.abs_diff(now() / 1_000) > TOLERANCE {
        return StatusCode::UNAUTHORIZED;
    }
    *bank.0.lock().unwrap().entry(header("webhook-id")).or_default() += 1;
    sleep(ANSWERED_AFTER).await;
    StatusCode::OK
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

/// Compiles a library that sets a program's clock forward or back.
fn skew(folder: &Path, seconds: i64) -> PathBuf {
    let (source, library) = (folder.join("skewed_clock.rs"), folder.join("libskewed_clock.so"));
    let text = include_str!("../support/skewed_clock.rs");
    let text = text.replacen("use std", &format!("const SECONDS: c_long = {seconds};\nuse std"), 1);
    std::fs::write(&source, text).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=cdylib", "-o"])
        .args([&library, &source])
        .status();
    assert!(compiled.unwrap().success());
    library
}

/// Has a transfer held and approved by one of the programs.
async fn approve(http: &Client, facesign: &FaceSign, program: &Program, transfer: &str) {
    let call = async |path: &str, bearer: &str, body: serde_json::Value| -> serde_json::Value {
        let request = http
            .post(format!("{}{path}", program.address))
            .bearer_auth(bearer)
            .header("content-type", "application/json")
            .header("idempotency-key", format!("attempt-for-{transfer}"))
            .body(body.to_string());
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    };
    let held = call("/v1/transfers", API_KEY, transfers::transfer(transfer)).await;
    let start = json!({"challenge": "1", "factor": "face", "shown": shown_of(&held["approval"])});
    let secret = held["clientSecret"].as_str().unwrap();
    call(&address(secret, "/start"), secret, start).await;
    let session = facesign.sessions_of(transfer).pop().unwrap();
    facesign.finish(&session, SessionResult::Verified);
    let (body, signature) = facesign::webhook(&format!("evt-{transfer}"), "session.status", &session, now());
    let webhook = http
        .post(format!("{}/webhooks/facesign", program.address))
        .header("content-type", "application/json")
        .header("x-facesign-signature", signature)
        .body(body);
    // The program accepts the timestamp although its own clock may be off.
    assert!(webhook.send().await.unwrap().status().is_success());
}

/// How many transfers a program has delivered to the bank.
async fn delivered(http: &Client, program: &Program) -> u32 {
    let metrics = http.get(format!("{}/metrics", program.address)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let name = r#"sca_webhook_deliveries_total{event_type="transfer.execute",outcome="delivered"} "#;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |number| number.parse().unwrap())
}

async fn deliver_with_skew(seconds: i64) {
    let folder = tempfile::tempdir().unwrap();
    let library = skew(folder.path(), seconds);
    let (facesign, bank, http) = (FaceSign::start().await, Bank::default(), waiting::client());
    let config = folder.path().join("sca.toml");
    let text = format!(
        "[facesign]\nbase = \"{}\"\nenvironment = \"production\"\napi_key = \"{}\"\nwebhook_secrets = [\"{}\"]\n\
         video_analysis = false\ndeepfake_analysis = false\n",
        facesign.base,
        facesign::API_KEY,
        facesign::WEBHOOK_SECRET
    );
    std::fs::write(&config, text).unwrap();
    let settings = [
        ("SCA_LOG", "off".into()),
        ("SCA_WISE__BASE", "http://127.0.0.1:9".into()),
        ("SCA_CONFIG", config.to_str().unwrap().to_owned()),
        ("SCA_TRANSFERS__EXECUTE_URL", bank.serve().await),
        ("SCA_TRANSFERS__TIMEOUT", TIMEOUT.into()),
    ];
    let database = name_of(&databases::any());
    let exact = Program::start(&database, &settings);
    let mut skewed_settings = settings.to_vec();
    skewed_settings.push(("LD_PRELOAD", library.to_str().unwrap().to_owned()));
    let skewed = Program::start(&database, &skewed_settings);
    for number in 0..2 {
        approve(&http, &facesign, &exact, &format!("txn-exact-{number}")).await;
        approve(&http, &facesign, &skewed, &format!("txn-skewed-{number}")).await;
    }
    until("four deliveries at the bank", async || bank.deliveries().len() == 4).await;
    // By then, a program that took another's claim for expired has delivered that message too.
    until("four acknowledged deliveries", async || {
        delivered(&http, &exact).await + delivered(&http, &skewed).await >= 4
    })
    .await;
    assert_eq!(bank.deliveries(), [1; 4], "{seconds} seconds apart");
    exact.stop();
    skewed.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn instances_with_clocks_an_hour_ahead_deliver_each_transfer_once() {
    deliver_with_skew(3_600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn instances_with_clocks_an_hour_behind_deliver_each_transfer_once() {
    deliver_with_skew(-3_600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn instances_with_clocks_fifteen_seconds_ahead_deliver_each_transfer_once() {
    deliver_with_skew(15).await;
}
