//! Callers disconnect at random moments while the database is slow. Then come webhooks, ordinary calls, and the end of the program.
//! Every write that was acknowledged is there afterwards, once.
//!
//! The run of ten thousand events takes some minutes, an hour at most; the database is SQLite, or PostgreSQL where `SCA_TEST_POSTGRES` names a server:
//!
//! `cargo test --release -p sca-backend --test delivery -- --ignored --nocapture ten_thousand_events`
//!
//! `SCA_TEST_SEED` repeats the random moments of a run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::{Client, StatusCode};
use sca_core::CorrelationKey;
use sca_protocol::Timestamp;
use sca_store::{Database, EncryptionKeys, Store, StoredWebhookEvent};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Row, SqliteConnection};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::{
    crashes::dropped_after,
    databases,
    dynamic_linking::{address, shown_of},
    facesign::{self, FaceSign},
    fixture::API_KEY,
    forwarder::Forwarder,
    program::{Program, name_of},
    transfers, waiting,
};

/// How long a caller waits at most before it disconnects, in milliseconds.
const PATIENCE_MS: u64 = 500;
/// How many transfers are held whose call is repeated throughout the run.
const REPEATED: usize = 4;
/// How many clients send webhooks at the same time.
const SENDERS: u64 = 2;

/// How long the last round and the final check may take.
const ENDING: Duration = Duration::from_secs(300);

/// The size of a run.
#[derive(Clone, Copy)]
struct Plan {
    rounds: u64,
    /// In each round.
    events: u64,
    /// No further round begins after this time. Only the number of rounds depends on the machine.
    lasting: Duration,
}

/// What happens to the program in a round.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Continues,
    /// `SIGTERM` after the last webhook was answered.
    Stopped,
    /// `SIGKILL` after the last webhook was answered.
    Killed,
    /// `SIGKILL` while webhooks are in flight.
    KilledInFlight(Duration),
    /// `SIGTERM` while webhooks are in flight.
    StoppedInFlight(Duration),
}

/// A seeded random number generator: splitmix64.
#[derive(Clone)]
struct SeededRandom(u64);

impl SeededRandom {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }

    fn moment(&mut self, longest: u64) -> Duration {
        Duration::from_millis(self.below(longest + 1))
    }

    fn fate(&mut self) -> Fate {
        match self.below(8) {
            0 => Fate::Stopped,
            1 => Fate::Killed,
            2 => Fate::KilledInFlight(self.moment(PATIENCE_MS)),
            3 => Fate::StoppedInFlight(self.moment(PATIENCE_MS)),
            _ => Fate::Continues,
        }
    }
}

/// The writes that were acknowledged.
#[derive(Default)]
struct Acknowledged {
    events: BTreeSet<String>,
    /// The approval of each transfer, by the answer to its creation.
    transfers: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Run {
    database: Database,
    forwarder: Option<Forwarder>,
    address: Arc<RwLock<String>>,
    http: Client,
    /// The sessions that the webhooks are about.
    sessions: Arc<Vec<String>>,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl Run {
    fn address(&self) -> String {
        self.address.read().unwrap().clone()
    }

    /// The database as the program's settings name it.
    fn database_for_program(&self) -> String {
        let Some(forwarder) = &self.forwarder else {
            return name_of(&self.database);
        };
        let mut address = reqwest::Url::parse(&name_of(&self.database)).unwrap();
        address.set_ip_host(forwarder.address.ip()).unwrap();
        address.set_port(Some(forwarder.address.port())).unwrap();
        address.into()
    }

    /// A connection of the test's own, past the forwarder.
    async fn raw_connection(&self) -> AnyConnection {
        // The store may have installed them.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        let name = name_of(&self.database);
        let address = match &self.database {
            Database::File(_) => format!("sqlite://{name}"),
            Database::Postgres(_) => name,
        };
        AnyConnection::connect(&address).await.unwrap()
    }

    /// Has the database answer late for a while: the network is slow, or another connection holds the write lock.
    async fn slow_down(&self, random: &mut SeededRandom) -> Option<tokio::task::JoinHandle<()>> {
        match (&self.forwarder, &self.database) {
            (Some(forwarder), _) => {
                let delays = [10, 30, 60, 100, 100, 150];
                let delay = delays[usize::try_from(random.below(6)).unwrap()];
                forwarder.set_delay(Duration::from_millis(delay));
                None
            }
            (None, Database::File(path)) => {
                let (path, held) = (path.to_str().unwrap().to_owned(), random.moment(PATIENCE_MS));
                let mut connection = SqliteConnection::connect(&path).await.unwrap();
                sqlx::raw_sql("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
                    .execute(&mut connection)
                    .await
                    .unwrap();
                Some(tokio::spawn(async move {
                    sleep(held).await;
                    sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
                    connection.close().await.unwrap();
                }))
            }
            (None, Database::Postgres(_)) => unreachable!("PostgreSQL is forwarded to"),
        }
    }

    async fn hold(&self, transfer: &str, key: String) -> Result<Value, String> {
        let answer = self
            .http
            .post(format!("{}/v1/transfers", self.address()))
            .bearer_auth(API_KEY)
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(transfers::transfer(transfer).to_string())
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(serde_json::from_str(&text).unwrap())
        } else {
            Err(format!("{status} {text}"))
        }
    }

    /// Repeats the call until a program acknowledges it.
    async fn hold_until_acknowledged(&self, transfer: &str) -> Value {
        let (mut last_error, mut key) = (String::new(), key_of(transfer));
        for number in 0..3_000 {
            match self.hold(transfer, key.clone()).await {
                Ok(held) => {
                    let id = held["id"].as_str().unwrap().to_owned();
                    let mut acknowledged = self.acknowledged.lock().unwrap();
                    let before = acknowledged.transfers.insert(transfer.to_owned(), id.clone());
                    assert!(before.is_none_or(|before| before == id), "{transfer} has two approvals");
                    return held;
                }
                // The program was killed during the call, and its idempotency key stays reserved for two minutes. A call with
                // another key finds the transfer if it was created.
                Err(error) if error.starts_with("409") => {
                    key = format!("{}-again-{number}", key_of(transfer));
                    last_error = error;
                }
                Err(error) => last_error = error,
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{transfer} is not held: {last_error}");
    }

    /// Delivers a webhook as FaceSign does: again and again until it is accepted.
    async fn deliver_until_accepted(&self, event: &str, session: &str) {
        let mut last_error = String::new();
        for _ in 0..3_000 {
            let (body, signature) = facesign::webhook(event, "session.status", session, now());
            let request = self
                .http
                .post(format!("{}/webhooks/facesign", self.address()))
                .header("content-type", "application/json")
                .header("x-facesign-signature", signature)
                .body(body);
            match request.send().await.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => {
                    self.acknowledged.lock().unwrap().events.insert(event.to_owned());
                    return;
                }
                Ok(status) => last_error = status.to_string(),
                Err(error) => last_error = error.to_string(),
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{event} is not accepted: {last_error}");
    }

    /// Sends a request and disconnects before the answer.
    async fn call_and_disconnect(&self, request: String, patience: Duration) {
        let address = self.address();
        let host = address.strip_prefix("http://").unwrap();
        let Ok(mut stream) = TcpStream::connect(host).await else {
            return;
        };
        // The program may be shutting down.
        let _ = stream.write_all(request.as_bytes()).await;
        sleep(patience).await;
    }

    /// Several callers that disconnect while the database is slow.
    async fn burst(&self, round: u64, random: &mut SeededRandom) {
        let slow = self.slow_down(random).await;
        let calls = (0..6 + random.below(10)).map(|number| {
            let request = match random.below(4) {
                0 => {
                    let session = &self.sessions[usize::try_from(number).unwrap() % REPEATED];
                    let (body, signature) =
                        facesign::webhook(&format!("evt-left-{round}-{number}"), "session.status", session, now());
                    let about = format!("content-type: application/json\r\nx-facesign-signature: {signature}");
                    request("POST", "/webhooks/facesign", &about, &body)
                }
                1 => {
                    let about = format!("authorization: Bearer {API_KEY}");
                    request("GET", "/v1/transfers/appr_unknown", &about, "")
                }
                _ => {
                    let transfer = format!("left-{round}-{number}");
                    let about = format!(
                        "authorization: Bearer {API_KEY}\r\ncontent-type: application/json\r\nidempotency-key: {}",
                        key_of(&transfer)
                    );
                    request(
                        "POST",
                        "/v1/transfers",
                        &about,
                        &transfers::transfer(&transfer).to_string(),
                    )
                }
            };
            let (run, patience) = (self.clone(), random.moment(PATIENCE_MS));
            tokio::spawn(async move { run.call_and_disconnect(request, patience).await })
        });
        let calls: Vec<_> = calls.collect();
        for call in calls {
            call.await.unwrap();
        }
        if let Some(forwarder) = &self.forwarder {
            forwarder.set_delay(Duration::ZERO);
        }
        if let Some(slow) = slow {
            slow.await.unwrap();
        }
    }

    /// Webhooks, with ordinary calls between them.
    async fn events(&self, round: u64, count: u64, random: &SeededRandom) {
        let sending: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (run, mut random) = (self.clone(), SeededRandom(random.0 ^ (sender + 1)));
                tokio::spawn(async move {
                    for number in (sender..count).step_by(usize::try_from(SENDERS).unwrap()) {
                        let session = run.sessions[usize::try_from(number).unwrap() % REPEATED].clone();
                        run.deliver_until_accepted(&format!("evt-{round}-{number}"), &session)
                            .await;
                        match random.below(6) {
                            0 | 1 => {
                                let transfer = format!("ordinary-{}", random.below(4));
                                run.hold_until_acknowledged(&transfer).await;
                            }
                            2 => {
                                run.hold_until_acknowledged(&format!("fresh-{round}-{number}")).await;
                            }
                            _ => {}
                        }
                    }
                })
            })
            .collect();
        for sender in sending {
            sender.await.unwrap();
        }
    }

    /// The acknowledged events and transfers that are not in the database.
    async fn missing(&self) -> (Vec<String>, Vec<String>) {
        let mut connection = self.raw_connection().await;
        let rows = sqlx::query("SELECT id FROM webhook_events")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let events: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let rows = sqlx::query("SELECT transfer, id FROM approvals")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let mut transfers = BTreeMap::new();
        for row in &rows {
            let (transfer, id): (String, String) = (row.get(0), row.get(1));
            assert_eq!(
                transfers.insert(transfer.clone(), id),
                None,
                "{transfer} is there twice"
            );
        }
        let kept: BTreeSet<&String> = events.iter().collect();
        assert_eq!(kept.len(), events.len(), "an event is there twice");
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost = acknowledged.events.iter().filter(|event| !kept.contains(event));
        let unmade = acknowledged
            .transfers
            .iter()
            .filter(|(transfer, id)| transfers.get(*transfer) != Some(id));
        (
            lost.cloned().collect(),
            unmade.map(|(transfer, _)| transfer.clone()).collect(),
        )
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_millis().try_into().unwrap()
}

fn key_of(transfer: &str) -> String {
    format!("attempt-to-hold-{transfer}")
}

fn request(method: &str, path: &str, about: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{about}\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn play(plan: Plan) {
    let played = tokio::time::timeout(plan.lasting + ENDING, play_all(plan)).await;
    played.expect("the run takes too long");
}

async fn play_all(plan: Plan) {
    let seed = std::env::var("SCA_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    println!("SCA_TEST_SEED={seed}");
    let mut random = SeededRandom(seed);
    let facesign = FaceSign::start().await;
    let database = databases::any();
    let forwarder = match &database {
        Database::File(_) => None,
        Database::Postgres(address) => {
            let address = reqwest::Url::parse(address.expose()).unwrap();
            let target = address.socket_addrs(|| Some(5432)).unwrap()[0];
            Some(Forwarder::start(target).await)
        }
    };
    let mut run = Run {
        database,
        forwarder,
        address: Arc::default(),
        http: waiting::client(),
        sessions: Arc::default(),
        acknowledged: Arc::default(),
    };
    let settings = [
        ("SCA_LOG", "off".into()),
        ("SCA_WISE__BASE", "http://127.0.0.1:9".into()),
        ("SCA_FACESIGN__BASE", facesign.base.clone()),
        ("SCA_FACESIGN__ENVIRONMENT", "production".into()),
        ("SCA_FACESIGN__API_KEY", facesign::API_KEY.into()),
        ("SCA_FACESIGN__WEBHOOK_SECRETS", facesign::WEBHOOK_SECRET.into()),
        ("SCA_TRANSFERS__EXECUTE_URL", "http://127.0.0.1:9".into()),
        ("SCA_TRANSFERS__TIMEOUT", "500ms".into()),
    ];
    let database_for_program = run.database_for_program();
    let begin = |run: &Run| {
        let program = Program::start(&database_for_program, &settings);
        run.address.write().unwrap().clone_from(&program.address);
        program
    };
    let mut program = begin(&run);
    let mut sessions = Vec::new();
    for number in 0..REPEATED {
        let transfer = format!("ordinary-{number}");
        let held = run.hold_until_acknowledged(&transfer).await;
        let secret = held["clientSecret"].as_str().unwrap();
        let begin = json!({"challenge": "1", "factor": "face", "shown": shown_of(&held["approval"])});
        let answer = run
            .http
            .post(format!("{}{}", run.address(), address(secret, "/start")))
            .bearer_auth(secret)
            .header("content-type", "application/json")
            .header("idempotency-key", key_of(&format!("start-{transfer}")))
            .body(begin.to_string());
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK);
        sessions.push(facesign.sessions_of(&transfer).pop().unwrap());
    }
    run.sessions = Arc::new(sessions);
    let mut missing = BTreeSet::new();
    let (began, mut played) = (Instant::now(), 0);
    for round in 0..plan.rounds {
        if round > 0 && began.elapsed() > plan.lasting {
            break;
        }
        played += 1;
        run.burst(round, &mut random).await;
        let fate = random.fate();
        let events = tokio::spawn({
            let (run, random) = (run.clone(), random.clone());
            async move { run.events(round, plan.events, &random).await }
        });
        if let Fate::KilledInFlight(after) | Fate::StoppedInFlight(after) = fate {
            sleep(after).await;
        }
        match fate {
            Fate::KilledInFlight(_) => {
                program.kill();
                program = begin(&run);
            }
            Fate::StoppedInFlight(_) => {
                program.stop();
                program = begin(&run);
            }
            Fate::Continues | Fate::Stopped | Fate::Killed => {}
        }
        events.await.unwrap();
        match fate {
            Fate::Killed => {
                program.kill();
                program = begin(&run);
            }
            Fate::Stopped => {
                program.stop();
                program = begin(&run);
            }
            Fate::Continues | Fate::KilledInFlight(_) | Fate::StoppedInFlight(_) => {}
        }
        println!("round {round}: {fate:?}, after {:?}", began.elapsed());
        let (lost, unmade) = run.missing().await;
        missing.extend(lost.into_iter().chain(unmade));
    }
    program.stop();
    let (lost, unmade) = run.missing().await;
    let (events, transfers) = {
        let acknowledged = run.acknowledged.lock().unwrap();
        (acknowledged.events.len(), acknowledged.transfers.len())
    };
    println!(
        "{events} events and {transfers} transfers were acknowledged; lost: {} events, {} transfers; \
         missing after a round: {}",
        lost.len(),
        unmade.len(),
        missing.len()
    );
    assert_eq!(u64::try_from(events).unwrap(), played * plan.events);
    assert_eq!((lost, unmade, missing), Default::default());
}

/// The same for an update that is dropped at each point where it waits.
#[tokio::test]
async fn a_write_after_a_dropped_update_is_visible_at_once() {
    let database = databases::any();
    let store = Store::open(&database, EncryptionKeys::ephemeral().unwrap())
        .await
        .unwrap();
    let run = Run {
        database,
        forwarder: None,
        address: Arc::default(),
        http: waiting::client(),
        sessions: Arc::default(),
        acknowledged: Arc::default(),
    };
    for point in 1..=12 {
        let changing = store.update("appr_unknown", |_| ());
        let _ = dropped_after(point, changing).await;
        // The connection of the dropped update is returned meanwhile.
        run.missing().await;
        let events: Vec<StoredWebhookEvent> = (0..4)
            .map(|number| StoredWebhookEvent {
                id: format!("evt-{point}-{number}"),
                correlation_key: CorrelationKey::session(&sca_facesign::ID, "s1"),
                kind: "session.status".into(),
                payload: None,
                received_at: Timestamp(now()),
            })
            .collect();
        let kept = futures_util::future::join_all(events.iter().map(|event| store.insert_webhook_event(event))).await;
        for (kept, event) in kept.into_iter().zip(events) {
            assert!(kept.unwrap(), "after {point} polls");
            run.acknowledged.lock().unwrap().events.insert(event.id);
        }
        assert_eq!(run.missing().await, Default::default(), "after {point} polls");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_disconnecting_callers() {
    play(Plan {
        rounds: 12,
        events: 16,
        lasting: Duration::from_secs(25),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn ten_thousand_events_survive_disconnecting_callers() {
    play(Plan {
        rounds: 250,
        events: 40,
        lasting: Duration::from_secs(3_600),
    })
    .await;
}
