//! Two programs on one database whose machines' clocks are an hour apart, and a bank that takes its time: it hears of each transfer once.

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
    facesign::{self, Ending, FaceSign},
    fixture::API_KEY,
    program::{Program, name_of},
    waiting::{self, until_so},
};

/// How long the bank takes, and how long it may take.
const ANSWERED_AFTER: Duration = Duration::from_secs(5);
const TIMEOUT: &str = "6s";
/// How far a signature's time may be off, as receivers have it.
const TOLERANCE: u64 = 300;

/// What came to the bank: each message's id, and how often.
#[derive(Clone, Default)]
struct Bank(Arc<Mutex<BTreeMap<String, u32>>>);

impl Bank {
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/wires", listener.local_addr().unwrap());
        let routes = Router::new().route("/wires", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        address
    }

    fn heard(&self) -> Vec<u32> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

async fn take(State(bank): State<Bank>, headers: HeaderMap) -> StatusCode {
    let said = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signed_at: u64 = said("webhook-timestamp").parse().unwrap();
    if signed_at.abs_diff(now() / 1_000) > TOLERANCE {
        return StatusCode::UNAUTHORIZED;
    }
    *bank.0.lock().unwrap().entry(said("webhook-id")).or_default() += 1;
    sleep(ANSWERED_AFTER).await;
    StatusCode::OK
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

/// A library that sets a machine's clock forward or back.
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

/// Has a transfer held and its customer recognised, at a program.
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
    let wire = json!({
        "transfer": transfer, "version": 1, "user": "user-4421", "email": "a@example.com",
        "amount": {"minor": 5_000_000, "currency": "USD"}, "payee": "Acme Corp", "accountTail": "7890",
        "reference": "Invoice 7", "region": "US",
    });
    let held = call("/v1/transfers", API_KEY, wire).await;
    let begin = json!({"challenge": "1", "factor": "face", "shown": shown_of(&held["approval"])});
    let secret = held["clientSecret"].as_str().unwrap();
    call(&address(secret, "/start"), secret, begin).await;
    let session = facesign.sessions_of(transfer).pop().unwrap();
    facesign.end(&session, Ending::Verified);
    let (body, signature) = facesign::webhook(&format!("evt-{transfer}"), "session.status", &session, now());
    let told = http
        .post(format!("{}/webhooks/facesign", program.address))
        .header("content-type", "application/json")
        .header("x-facesign-signature", signature)
        .body(body);
    // Its time is taken for what it is.
    assert!(told.send().await.unwrap().status().is_success());
}

/// How many transfers a program has told the bank of.
async fn delivered(http: &Client, program: &Program) -> u32 {
    let figures = http.get(format!("{}/metrics", program.address)).send().await.unwrap();
    let figures = figures.text().await.unwrap();
    let name = r#"sca_webhook_deliveries_total{event_type="transfer.execute",outcome="delivered"} "#;
    let line = figures.lines().find_map(|line| line.strip_prefix(name));
    line.map_or(0, |number| number.parse().unwrap())
}

async fn apart(seconds: i64) {
    let folder = tempfile::tempdir().unwrap();
    let skewed = skew(folder.path(), seconds);
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
    let right = Program::start(&database, &settings);
    let mut off = settings.to_vec();
    off.push(("LD_PRELOAD", skewed.to_str().unwrap().to_owned()));
    let off = Program::start(&database, &off);
    for number in 0..2 {
        approve(&http, &facesign, &right, &format!("txn-right-{number}")).await;
        approve(&http, &facesign, &off, &format!("txn-off-{number}")).await;
    }
    until_so("all four to be told", async || bank.heard().len() == 4).await;
    // By then whoever took a message for nobody's has sent it.
    until_so("all four to be handed over", async || {
        delivered(&http, &right).await + delivered(&http, &off).await >= 4
    })
    .await;
    assert_eq!(bank.heard(), [1; 4], "{seconds} seconds apart");
    right.stop();
    off.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn an_hour_ahead() {
    apart(3_600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn an_hour_behind() {
    apart(-3_600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: SCA_TEST_POSTGRES"]
async fn fifteen_seconds_ahead() {
    apart(15).await;
}
