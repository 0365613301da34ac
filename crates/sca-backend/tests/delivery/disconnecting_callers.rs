//! Callers hang up at random moments while the database is slow to answer; then come events, ordinary calls, and the program's end.
//! Whatever was answered with a success is there afterwards, once.
//!
//! The run of ten thousand events takes some minutes, an hour at most; the database is SQLite, or PostgreSQL where `SCA_TEST_POSTGRES` names a server:
//!
//! `cargo test --release -p sca-backend --test delivery -- --ignored --nocapture ten_thousand_events`
//!
//! `SCA_TEST_SEED` plays a run once more, as far as its moments go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reqwest::{Client, StatusCode};
use sca_backend::{
    decision::CorrelationKey,
    store::{Database, Sealer, Store, WebhookEvent},
};
use sca_protocol::Timestamp;
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
    waiting,
};

/// How long a caller waits at most before hanging up, in milliseconds.
const PATIENCE: u64 = 500;
/// How many transfers are held whose call is repeated again and again.
const ORDINARY: usize = 4;
/// How many send events at the same time.
const SENDERS: u64 = 2;

/// How long the last round and what comes after it may take.
const ENDING: Duration = Duration::from_secs(300);

/// How much there is of it.
#[derive(Clone, Copy)]
struct Plan {
    rounds: u64,
    /// In each round.
    events: u64,
    /// No further round begins after this time: how much that is depends on the machine, and what has to hold does not.
    lasting: Duration,
}

/// What becomes of the program in a round.
#[derive(Clone, Copy, Debug)]
enum Fate {
    LivesOn,
    /// `SIGTERM`, as soon as the last event was answered.
    Stopped,
    /// `kill -9`, as soon as the last event was answered.
    Killed,
    /// `kill -9`, while events are on their way.
    KilledMeanwhile(Duration),
    /// `SIGTERM`, while events are on their way.
    StoppedMeanwhile(Duration),
}

/// A run's moments: splitmix64.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
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
            2 => Fate::KilledMeanwhile(self.moment(PATIENCE)),
            3 => Fate::StoppedMeanwhile(self.moment(PATIENCE)),
            _ => Fate::LivesOn,
        }
    }
}

/// What was answered with a success.
#[derive(Default)]
struct Answered {
    events: BTreeSet<String>,
    /// The approval that each transfer was told to have.
    transfers: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Stage {
    database: Database,
    forwarder: Option<Forwarder>,
    address: Arc<RwLock<String>>,
    http: Client,
    /// Sessions that the events are about.
    sessions: Arc<Vec<String>>,
    answered: Arc<Mutex<Answered>>,
}

impl Stage {
    fn address(&self) -> String {
        self.address.read().unwrap().clone()
    }

    /// Where the program looks for the database.
    fn way(&self) -> String {
        let Some(forwarder) = &self.forwarder else {
            return name_of(&self.database);
        };
        let mut address = reqwest::Url::parse(&name_of(&self.database)).unwrap();
        address.set_ip_host(forwarder.address.ip()).unwrap();
        address.set_port(Some(forwarder.address.port())).unwrap();
        address.into()
    }

    /// The database, not by the program's way.
    async fn behind(&self) -> AnyConnection {
        // The store may have done so.
        let _ = sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        let name = name_of(&self.database);
        let address = match &self.database {
            Database::File(_) => format!("sqlite://{name}"),
            Database::Postgres(_) => name,
        };
        AnyConnection::connect(&address).await.unwrap()
    }

    /// Has the database answer late for a while: the network is slow, or somebody else is writing.
    async fn slow_down(&self, chance: &mut Chance) -> Option<tokio::task::JoinHandle<()>> {
        match (&self.forwarder, &self.database) {
            (Some(forwarder), _) => {
                let delays = [10, 30, 60, 100, 100, 150];
                let delay = delays[usize::try_from(chance.below(6)).unwrap()];
                forwarder.slow_down(Duration::from_millis(delay));
                None
            }
            (None, Database::File(path)) => {
                let (path, held) = (path.to_str().unwrap().to_owned(), chance.moment(PATIENCE));
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
            .body(wire(transfer).to_string())
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

    /// Until it is answered, by whichever program there is.
    async fn hold_for_certain(&self, transfer: &str) -> Value {
        let (mut told, mut key) = (String::new(), key_of(transfer));
        for number in 0..3_000 {
            match self.hold(transfer, key.clone()).await {
                Ok(held) => {
                    let id = held["id"].as_str().unwrap().to_owned();
                    let mut answered = self.answered.lock().unwrap();
                    let before = answered.transfers.insert(transfer.to_owned(), id.clone());
                    assert!(before.is_none_or(|before| before == id), "{transfer} has two approvals");
                    return held;
                }
                // The program was killed in the middle of it: for two minutes nobody knows what became of that attempt. Another one
                // finds the transfer, if it is there.
                Err(error) if error.starts_with("409") => {
                    key = format!("{}-again-{number}", key_of(transfer));
                    told = error;
                }
                Err(error) => told = error,
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{transfer} is not held: {told}");
    }

    /// As FaceSign does: again and again until it is taken.
    async fn tell_for_certain(&self, event: &str, session: &str) {
        let mut told = String::new();
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
                    self.answered.lock().unwrap().events.insert(event.to_owned());
                    return;
                }
                Ok(status) => told = status.to_string(),
                Err(error) => told = error.to_string(),
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{event} is not taken: {told}");
    }

    /// Somebody who calls, and does not wait for the answer.
    async fn call_and_hang_up(&self, request: String, patience: Duration) {
        let address = self.address();
        let host = address.strip_prefix("http://").unwrap();
        let Ok(mut stream) = TcpStream::connect(host).await else {
            return;
        };
        // The program may be ending.
        let _ = stream.write_all(request.as_bytes()).await;
        sleep(patience).await;
    }

    /// Several who hang up, while the database is slow.
    async fn burst(&self, round: u64, chance: &mut Chance) {
        let slow = self.slow_down(chance).await;
        let calls = (0..6 + chance.below(10)).map(|number| {
            let request = match chance.below(4) {
                0 => {
                    let session = &self.sessions[usize::try_from(number).unwrap() % ORDINARY];
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
                    request("POST", "/v1/transfers", &about, &wire(&transfer).to_string())
                }
            };
            let (stage, patience) = (self.clone(), chance.moment(PATIENCE));
            tokio::spawn(async move { stage.call_and_hang_up(request, patience).await })
        });
        let calls: Vec<_> = calls.collect();
        for call in calls {
            call.await.unwrap();
        }
        if let Some(forwarder) = &self.forwarder {
            forwarder.slow_down(Duration::ZERO);
        }
        if let Some(slow) = slow {
            slow.await.unwrap();
        }
    }

    /// Events, with ordinary calls between them.
    async fn events(&self, round: u64, count: u64, chance: &Chance) {
        let sending: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (stage, mut chance) = (self.clone(), Chance(chance.0 ^ (sender + 1)));
                tokio::spawn(async move {
                    for number in (sender..count).step_by(usize::try_from(SENDERS).unwrap()) {
                        let session = stage.sessions[usize::try_from(number).unwrap() % ORDINARY].clone();
                        stage.tell_for_certain(&format!("evt-{round}-{number}"), &session).await;
                        match chance.below(6) {
                            0 | 1 => {
                                let transfer = format!("ordinary-{}", chance.below(4));
                                stage.hold_for_certain(&transfer).await;
                            }
                            2 => {
                                stage.hold_for_certain(&format!("fresh-{round}-{number}")).await;
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

    /// What was answered with a success and is not there: events, and transfers.
    async fn missing(&self) -> (Vec<String>, Vec<String>) {
        let mut connection = self.behind().await;
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
        let answered = self.answered.lock().unwrap();
        let lost = answered.events.iter().filter(|event| !kept.contains(event));
        let unmade = answered
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

fn wire(transfer: &str) -> Value {
    json!({
        "transfer": transfer, "version": 1, "user": "user-4421", "email": "a@example.com",
        "amount": {"minor": 5_000_000, "currency": "USD"}, "payee": "Acme Corp", "accountTail": "7890",
        "reference": "Invoice 7", "region": "US",
    })
}

fn request(method: &str, path: &str, about: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{about}\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn play(plan: Plan) {
    let played = tokio::time::timeout(plan.lasting + ENDING, play_all(plan)).await;
    played.expect("it takes too long");
}

async fn play_all(plan: Plan) {
    let seed = std::env::var("SCA_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap());
    println!("SCA_TEST_SEED={seed}");
    let mut chance = Chance(seed);
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
    let mut stage = Stage {
        database,
        forwarder,
        address: Arc::default(),
        http: waiting::client(),
        sessions: Arc::default(),
        answered: Arc::default(),
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
    let way = stage.way();
    let begin = |stage: &Stage| {
        let program = Program::start(&way, &settings);
        stage.address.write().unwrap().clone_from(&program.address);
        program
    };
    let mut program = begin(&stage);
    let mut sessions = Vec::new();
    for number in 0..ORDINARY {
        let transfer = format!("ordinary-{number}");
        let held = stage.hold_for_certain(&transfer).await;
        let secret = held["clientSecret"].as_str().unwrap();
        let begin = json!({"challenge": "1", "factor": "face", "shown": shown_of(&held["approval"])});
        let answer = stage
            .http
            .post(format!("{}{}", stage.address(), address(secret, "/start")))
            .bearer_auth(secret)
            .header("content-type", "application/json")
            .header("idempotency-key", key_of(&format!("start-{transfer}")))
            .body(begin.to_string());
        assert_eq!(answer.send().await.unwrap().status(), StatusCode::OK);
        sessions.push(facesign.sessions_of(&transfer).pop().unwrap());
    }
    stage.sessions = Arc::new(sessions);
    let mut unseen = BTreeSet::new();
    let (began, mut played) = (Instant::now(), 0);
    for round in 0..plan.rounds {
        if round > 0 && began.elapsed() > plan.lasting {
            break;
        }
        played += 1;
        stage.burst(round, &mut chance).await;
        let fate = chance.fate();
        let events = tokio::spawn({
            let (stage, chance) = (stage.clone(), chance.clone());
            async move { stage.events(round, plan.events, &chance).await }
        });
        if let Fate::KilledMeanwhile(after) | Fate::StoppedMeanwhile(after) = fate {
            sleep(after).await;
        }
        match fate {
            Fate::KilledMeanwhile(_) => {
                program.kill();
                program = begin(&stage);
            }
            Fate::StoppedMeanwhile(_) => {
                program.stop();
                program = begin(&stage);
            }
            Fate::LivesOn | Fate::Stopped | Fate::Killed => {}
        }
        events.await.unwrap();
        match fate {
            Fate::Killed => {
                program.kill();
                program = begin(&stage);
            }
            Fate::Stopped => {
                program.stop();
                program = begin(&stage);
            }
            Fate::LivesOn | Fate::KilledMeanwhile(_) | Fate::StoppedMeanwhile(_) => {}
        }
        println!("round {round}: {fate:?}, after {:?}", began.elapsed());
        let (lost, unmade) = stage.missing().await;
        unseen.extend(lost.into_iter().chain(unmade));
    }
    program.stop();
    let (lost, unmade) = stage.missing().await;
    let (events, transfers) = {
        let answered = stage.answered.lock().unwrap();
        (answered.events.len(), answered.transfers.len())
    };
    println!(
        "{events} events and {transfers} transfers were answered with a success; lost for ever: {} events, {} transfers; \
         not there at once: {}",
        lost.len(),
        unmade.len(),
        unseen.len()
    );
    assert_eq!(u64::try_from(events).unwrap(), played * plan.events);
    assert_eq!((lost, unmade, unseen), Default::default());
}

/// The same at every single point at which a change of the store's waits.
#[tokio::test]
async fn what_is_kept_after_a_change_that_was_given_up_is_there_at_once() {
    let database = databases::any();
    let store = Store::open(&database, Sealer::ephemeral().unwrap()).await.unwrap();
    let stage = Stage {
        database,
        forwarder: None,
        address: Arc::default(),
        http: waiting::client(),
        sessions: Arc::default(),
        answered: Arc::default(),
    };
    for point in 1..=12 {
        let changing = store.update("appr_unknown", |_| ());
        let _ = dropped_after(point, changing).await;
        // Its connection is given back meanwhile.
        stage.missing().await;
        let events: Vec<WebhookEvent> = (0..4)
            .map(|number| WebhookEvent {
                id: format!("evt-{point}-{number}"),
                correlation_key: CorrelationKey::face_session("s1"),
                kind: "session.status".into(),
                payload: None,
                received_at: Timestamp(now()),
            })
            .collect();
        let kept = futures_util::future::join_all(events.iter().map(|event| store.insert_webhook_event(event))).await;
        for (kept, event) in kept.into_iter().zip(events) {
            assert!(kept.unwrap(), "after {point} polls");
            stage.answered.lock().unwrap().events.insert(event.id);
        }
        assert_eq!(stage.missing().await, Default::default(), "after {point} polls");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_whoever_hangs_up() {
    play(Plan {
        rounds: 12,
        events: 16,
        lasting: Duration::from_secs(25),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn ten_thousand_events() {
    play(Plan {
        rounds: 250,
        events: 40,
        lasting: Duration::from_secs(3_600),
    })
    .await;
}
