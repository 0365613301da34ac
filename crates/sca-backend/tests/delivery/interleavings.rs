//! Any order of events: a transfer is executed at most once, only as a customer confirmed it, and a decision that was made is executed.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use serde_json::Value;

use crate::{
    bank::BankFault,
    databases,
    facesign::SessionResult,
    fixture::{TestEnv, amount_of, decimal_of},
};

/// How many transfers there are on SQLite: 10,000 in all. They are spread over shards, each with a database of its own, so that
/// a runner which starts tests side by side uses every core.
const TRANSFERS: usize = SHARDS * 2_500;
const SHARDS: usize = 4;
/// How many there are on PostgreSQL: 1,000 in all. What the order of events may do is decided by the same code on both
/// databases, which the 10,000 on SQLite are for. These show that PostgreSQL's isolation of transactions does not change it.
const TRANSFERS_ON_POSTGRES: usize = SHARDS * 250;
/// How many waves a shard's transfers come in.
const WAVES: usize = 10;
/// How many transfers of a wave are in flight at the same time on SQLite. More of them make the test wait, not work: a writer that
/// finds SQLite's one write lock taken sleeps for up to 100 ms, however soon the lock is free.
const AT_ONCE: usize = 6;
/// The same on PostgreSQL, where writers work side by side.
const AT_ONCE_ON_POSTGRES: usize = 24;

/// Which backend a step happens at.
type Instance = usize;

/// Which session a webhook is about.
#[derive(Clone, Copy, Debug)]
enum Session {
    First,
    Latest,
    Unknown,
}

/// Something that happens to a transfer.
#[derive(Clone, Debug)]
enum Step {
    /// The partner posts the transfer, or repeats the call.
    Hold(Instance),
    /// The partner amends the transfer and posts it again.
    Amend(Instance),
    /// The customer starts a session.
    Start(Instance),
    /// The customer opens FaceSign's page.
    OpenPage,
    /// The session ends, and no webhook comes yet.
    Finish(SessionResult),
    /// FaceSign delivers so many copies of a webhook about it at once.
    Webhook(Instance, Session, usize),
    /// FaceSign delivers a webhook that decides nothing.
    IrrelevantWebhook(Instance),
    /// FaceSign delivers an earlier webhook again.
    RedeliveredWebhook(Instance),
    /// A backend polls sessions and expires approvals.
    Sweep(Instance),
    Cancel(Instance),
    /// The next reads of the transfer's sessions fail.
    FaceSignFails(u32),
    /// The next delivery to the bank fails.
    BankFails(BankFault),
    /// A backend delivers the messages that are due.
    Dispatch(Instance),
    /// All of these at the same time.
    Together(Vec<Step>),
    /// A backend crashes.
    Crash(Instance),
}

/// Before and after time passes.
#[derive(Clone, Debug)]
struct Script {
    before: Vec<Step>,
    after: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..2_usize;
    let which = prop_oneof![1 => Just(Session::First), 4 => Just(Session::Latest), 1 => Just(Session::Unknown)];
    let result = prop_oneof![3 => Just(SessionResult::Verified), 4 => prop::sample::select(&SessionResult::ALL[..])];
    let fault = prop_oneof![Just(BankFault::Refused), Just(BankFault::AnswerLost)];
    let simple = prop_oneof![
        2 => at.clone().prop_map(Step::Hold),
        1 => at.clone().prop_map(Step::Amend),
        4 => at.clone().prop_map(Step::Start),
        1 => Just(Step::OpenPage),
        6 => result.prop_map(Step::Finish),
        8 => (at.clone(), which, 1..4_usize).prop_map(|(at, which, copies)| Step::Webhook(at, which, copies)),
        1 => at.clone().prop_map(Step::IrrelevantWebhook),
        2 => at.clone().prop_map(Step::RedeliveredWebhook),
        2 => at.clone().prop_map(Step::Sweep),
        1 => at.clone().prop_map(Step::Cancel),
        1 => (1..3_u32).prop_map(Step::FaceSignFails),
        2 => fault.prop_map(Step::BankFails),
        3 => at.clone().prop_map(Step::Dispatch),
    ];
    let together = vec(simple.clone(), 2..5).prop_map(Step::Together);
    prop_oneof![2000 => simple, 500 => together, 1 => at.prop_map(Step::Crash)]
}

fn script() -> impl Strategy<Value = Script> {
    // Most scripts begin as most transfers do, so that the later steps meet a held transfer.
    let beginning = prop_oneof![
        Just(Vec::new()),
        Just(vec![Step::Hold(0), Step::Start(0)]),
        Just(vec![
            Step::Hold(0),
            Step::Start(1),
            Step::OpenPage,
            Step::Finish(SessionResult::Verified)
        ]),
    ];
    (beginning, vec(step(), 1..7), vec(step(), 0..3)).prop_map(|(mut before, more, after)| {
        before.extend(more);
        Script { before, after }
    })
}

/// A transfer, with the answers that its partner received.
#[derive(Debug)]
struct Case {
    transfer: String,
    script: Script,
    /// The approvals of its versions, with their client secrets.
    held: Vec<Held>,
    events: usize,
}

#[derive(Clone, Debug)]
struct Held {
    version: u64,
    id: String,
    client_secret: String,
    answer: Value,
}

impl Case {
    async fn run(&mut self, env: &TestEnv, steps: &[Step]) {
        for step in steps {
            if let Step::Together(steps) = step {
                let playing = steps.iter().map(|step| self.play(env, step));
                let held: Vec<Option<Held>> = futures_util::future::join_all(playing).await;
                self.events += steps.len();
                self.held.extend(held.into_iter().flatten());
            } else {
                let held = self.play(env, step).await;
                self.events += 1;
                self.held.extend(held);
            }
            env.clock.advance(Duration::from_millis(20));
        }
    }

    /// Plays one step. The answer to the partner where the transfer is held.
    async fn play(&self, env: &TestEnv, step: &Step) -> Option<Held> {
        let version = self.held.iter().map(|held| held.version).max().unwrap_or(1);
        match step {
            Step::Hold(at) => return self.hold(env, *at, version).await,
            Step::Amend(at) => return self.hold(env, *at, version + 1).await,
            Step::Start(at) => {
                if let Some(held) = self.held.last() {
                    env.start_face(*at, &held.answer).await;
                }
            }
            Step::OpenPage => {
                if let Some(session) = self.session(env, Session::Latest) {
                    env.facesign.open_page(&session);
                }
            }
            Step::Finish(result) => {
                if let Some(session) = self.session(env, Session::Latest) {
                    env.facesign.finish(&session, *result);
                }
            }
            Step::Webhook(at, which, copies) => {
                if let Some(session) = self.session(env, *which) {
                    let event = format!("evt_{}_{}", self.transfer, self.events);
                    let copies = (0..*copies).map(|_| env.webhook(*at, &event, "session.status", &session));
                    futures_util::future::join_all(copies).await;
                }
            }
            Step::IrrelevantWebhook(at) => {
                if let Some(session) = self.session(env, Session::Latest) {
                    let event = format!("evt_{}_{}", self.transfer, self.events);
                    env.webhook(*at, &event, "media.user_photo", &session).await;
                }
            }
            Step::RedeliveredWebhook(at) => {
                if let Some(session) = self.session(env, Session::Latest) {
                    let event = format!("evt_{}_{}", self.transfer, self.events.saturating_sub(1));
                    env.webhook(*at, &event, "session.status", &session).await;
                }
            }
            Step::Sweep(at) => env.sweep(*at).await,
            Step::Cancel(at) => {
                if let Some(held) = self.held.last() {
                    env.cancel(*at, &held.client_secret).await;
                }
            }
            Step::FaceSignFails(reads) => env.facesign.fail_next_reads(&self.transfer, *reads),
            Step::BankFails(fault) => env.bank.fail_next(&self.transfer, *fault),
            Step::Dispatch(at) => env.dispatch(*at).await,
            Step::Crash(at) => env.crash(*at).await,
            Step::Together(_) => unreachable!("not within one another"),
        }
        None
    }

    async fn hold(&self, env: &TestEnv, at: Instance, version: u64) -> Option<Held> {
        let reply = env.create(at, &self.transfer, version).await?;
        let id = reply.body["id"].as_str()?.to_owned();
        let client_secret = reply.body["clientSecret"].as_str()?.to_owned();
        Some(Held {
            version,
            id,
            client_secret,
            answer: reply.body,
        })
    }

    fn session(&self, env: &TestEnv, which: Session) -> Option<String> {
        let sessions = env.facesign.sessions_of(&self.transfer);
        match which {
            Session::First => sessions.first().cloned(),
            Session::Latest => sessions.last().cloned(),
            Session::Unknown => Some(format!("unknown-{}", self.transfer)),
        }
    }

    /// Checks the invariants once nothing more can happen.
    async fn check(&self, env: &TestEnv) -> Result<Outcome, String> {
        let wrong = |what: &str| Err(format!("{what}\n{self:#?}"));
        let executions = env.bank.executions(&self.transfer);
        let ids: BTreeSet<&str> = self.held.iter().map(|held| held.id.as_str()).collect();
        let mut approved = None;
        for id in ids {
            match env.status(0, id).await.as_str() {
                "pending" => return wrong("it never settled"),
                "approved" if approved.is_some() => return wrong("two versions are approved"),
                "approved" => approved = Some(id),
                _ => {}
            }
        }
        let execution = match executions.as_slice() {
            [] if approved.is_some() => return wrong("it was approved and never executed"),
            [] => return Ok(Outcome::NotExecuted),
            [execution] => execution,
            [..] => return wrong("it was executed more than once"),
        };
        let Some(version) = execution.data["version"].as_u64() else {
            return wrong("it does not say which version was executed");
        };
        // The partner knows that the newest version is held, so no older one may be executed.
        if self.held.iter().any(|held| held.version > version) {
            return wrong("an older version was executed");
        }
        if execution.data["amount"]["minor"] != amount_of(version) {
            return wrong("another amount was executed");
        }
        if !env.facesign.has_verified(&self.transfer, &decimal_of(version)) {
            return wrong("it was executed without a confirmation");
        }
        if approved.is_some_and(|id| execution.data["id"] != id) {
            return wrong("another approval was executed");
        }
        Ok(Outcome::Executed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Executed,
    NotExecuted,
}

mod in_any_order_of_events_a_transfer_is_executed_at_most_once_and_only_when_confirmed {
    #[tokio::test]
    async fn shard_1() {
        super::play_shard().await;
    }

    #[tokio::test]
    async fn shard_2() {
        super::play_shard().await;
    }

    #[tokio::test]
    async fn shard_3() {
        super::play_shard().await;
    }

    #[tokio::test]
    async fn shard_4() {
        super::play_shard().await;
    }
}

/// Plays a shard's transfers. Each shard has a seed of its own, unless `SCA_INTERLEAVINGS_SEED` gives all of them the same one.
async fn play_shard() {
    let seed: u64 = match std::env::var("SCA_INTERLEAVINGS_SEED") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => rand_seed(),
    };
    let all = if databases::is_postgres() {
        TRANSFERS_ON_POSTGRES
    } else {
        TRANSFERS
    };
    let transfers = all / SHARDS;
    println!("SCA_INTERLEAVINGS_SEED={seed} plays the same scripts again");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let scripts = script();

    let env = Arc::new(TestEnv::start(databases::any()).await);
    let mut executed = 0;
    for wave in 0..WAVES {
        let mut cases: Vec<Case> = (0..transfers / WAVES)
            .map(|number| Case {
                transfer: format!("txn-{wave}-{number}"),
                script: scripts.new_tree(&mut runner).unwrap().current(),
                held: Vec::new(),
                events: 0,
            })
            .collect();
        cases = play(&env, cases, |script| script.before.clone()).await;
        // In three waves of ten, the approvals expire.
        env.clock.advance(if wave % 4 == 1 {
            Duration::from_secs(16 * 60)
        } else {
            Duration::from_secs(40)
        });
        cases = play(&env, cases, |script| script.after.clone()).await;
        settle(&env).await;
        for case in &cases {
            match case.check(&env).await {
                Ok(Outcome::Executed) => executed += 1,
                Ok(Outcome::NotExecuted) => {}
                Err(what) => panic!("SCA_INTERLEAVINGS_SEED={seed}: {what}"),
            }
        }
    }
    println!("{executed} of {transfers} transfers executed");
    // Otherwise the scripts would exercise nothing.
    assert!(executed > transfers / 20, "{executed}");
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

async fn play(env: &Arc<TestEnv>, cases: Vec<Case>, steps: impl Fn(&Script) -> Vec<Step>) -> Vec<Case> {
    let at_once = if databases::is_postgres() {
        AT_ONCE_ON_POSTGRES
    } else {
        AT_ONCE
    };
    stream::iter(cases)
        .map(|mut case| {
            let (env, steps) = (Arc::clone(env), steps(&case.script));
            async move {
                case.run(&env, &steps).await;
                case
            }
        })
        .buffer_unordered(at_once)
        .collect()
        .await
}

/// Lets time pass until every poll, retry and expiry has happened.
async fn settle(env: &TestEnv) {
    env.facesign.clear_faults();
    env.bank.clear_faults();
    for _ in 0..4 {
        env.clock.advance(Duration::from_secs(60));
        env.sweep(0).await;
        env.sweep(1).await;
    }
    for _ in 0..4 {
        env.clock.advance(Duration::from_secs(600));
        env.sweep(0).await;
        env.dispatch(1).await;
    }
}
