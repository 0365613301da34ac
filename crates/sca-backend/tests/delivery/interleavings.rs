//! Any order of events: whatever happens to a transfer, it is executed at most once, only as a person confirmed it, and a
//! decision that was made is carried out.

use std::time::Duration;

use std::{collections::BTreeSet, sync::Arc};

use futures_util::{StreamExt, stream};
use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use serde_json::Value;

use crate::{
    bank::Mishap,
    databases,
    facesign::Ending,
    fixture::{World, amount_of, decimal_of},
};

/// How many transfers go through one world.
const TRANSFERS: usize = 10_000;
/// How many of them in each wave, and how many of those at the same time.
const WAVE: usize = 250;
const AT_ONCE: usize = 24;

/// Which backend it happens at.
type Where = usize;

/// Which session is meant.
#[derive(Clone, Copy, Debug)]
enum Which {
    First,
    Latest,
    Unknown,
}

/// Something that happens to a transfer.
#[derive(Clone, Debug)]
enum Step {
    /// The partner has it held, or tries once more.
    Hold(Where),
    /// The partner changes it and has it held again.
    Change(Where),
    /// The customer asks for a session.
    Open(Where),
    /// The customer opens FaceSign's page.
    Begin,
    /// The session ends, and nobody is told yet.
    End(Ending),
    /// FaceSign tells of it, so many times at once.
    Webhook(Where, Which, usize),
    /// FaceSign tells of something that decides nothing.
    OtherWebhook(Where),
    /// An event that was told already is told again.
    Again(Where),
    /// Looks at what nobody told of, and at what is over.
    Sweep(Where),
    Cancel(Where),
    /// The next looks at FaceSign's sessions come to nothing.
    FaceSignFails(u32),
    /// The next execution goes wrong.
    BankFails(Mishap),
    HandOver(Where),
    /// All of these at the same time.
    Together(Vec<Step>),
    /// A backend dies.
    Crash(Where),
}

/// Before and after time passes.
#[derive(Clone, Debug)]
struct Script {
    before: Vec<Step>,
    after: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..2_usize;
    let which = prop_oneof![1 => Just(Which::First), 4 => Just(Which::Latest), 1 => Just(Which::Unknown)];
    let ending = prop_oneof![3 => Just(Ending::Verified), 4 => prop::sample::select(&Ending::ALL[..])];
    let mishap = prop_oneof![Just(Mishap::Refused), Just(Mishap::AnswerLost)];
    let simple = prop_oneof![
        2 => at.clone().prop_map(Step::Hold),
        1 => at.clone().prop_map(Step::Change),
        4 => at.clone().prop_map(Step::Open),
        1 => Just(Step::Begin),
        6 => ending.prop_map(Step::End),
        8 => (at.clone(), which, 1..4_usize).prop_map(|(at, which, copies)| Step::Webhook(at, which, copies)),
        1 => at.clone().prop_map(Step::OtherWebhook),
        2 => at.clone().prop_map(Step::Again),
        2 => at.clone().prop_map(Step::Sweep),
        1 => at.clone().prop_map(Step::Cancel),
        1 => (1..3_u32).prop_map(Step::FaceSignFails),
        2 => mishap.prop_map(Step::BankFails),
        3 => at.clone().prop_map(Step::HandOver),
    ];
    let together = vec(simple.clone(), 2..5).prop_map(Step::Together);
    prop_oneof![2000 => simple, 500 => together, 1 => at.prop_map(Step::Crash)]
}

fn script() -> impl Strategy<Value = Script> {
    // Half of them begin as nearly all do, so that there is something to go wrong.
    let beginning = prop_oneof![
        Just(Vec::new()),
        Just(vec![Step::Hold(0), Step::Open(0)]),
        Just(vec![
            Step::Hold(0),
            Step::Open(1),
            Step::Begin,
            Step::End(Ending::Verified)
        ]),
    ];
    (beginning, vec(step(), 1..7), vec(step(), 0..3)).prop_map(|(mut before, more, after)| {
        before.extend(more);
        Script { before, after }
    })
}

/// A transfer, with what its partner and its customer know.
#[derive(Debug)]
struct Case {
    transfer: String,
    script: Script,
    /// Approvals by version, with their client secrets.
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
    async fn run(&mut self, world: &World, steps: &[Step]) {
        for step in steps {
            if let Step::Together(steps) = step {
                let doing = steps.iter().map(|step| self.attempt(world, step));
                let done: Vec<Option<Held>> = futures_util::future::join_all(doing).await;
                self.events += steps.len();
                self.held.extend(done.into_iter().flatten());
            } else {
                let held = self.attempt(world, step).await;
                self.events += 1;
                self.held.extend(held);
            }
            world.clock.advance(Duration::from_millis(20));
        }
    }

    /// Does one thing. Gives what the partner is told of a transfer that is held.
    async fn attempt(&self, world: &World, step: &Step) -> Option<Held> {
        let version = self.held.iter().map(|held| held.version).max().unwrap_or(1);
        match step {
            Step::Hold(at) => return self.hold(world, *at, version).await,
            Step::Change(at) => return self.hold(world, *at, version + 1).await,
            Step::Open(at) => {
                if let Some(held) = self.held.last() {
                    world.start_face(*at, &held.answer).await;
                }
            }
            Step::Begin => {
                if let Some(session) = self.session(world, Which::Latest) {
                    world.facesign.begin(&session);
                }
            }
            Step::End(ending) => {
                if let Some(session) = self.session(world, Which::Latest) {
                    world.facesign.end(&session, *ending);
                }
            }
            Step::Webhook(at, which, copies) => {
                if let Some(session) = self.session(world, *which) {
                    let event = format!("evt_{}_{}", self.transfer, self.events);
                    let copies = (0..*copies).map(|_| world.webhook(*at, &event, "session.status", &session));
                    futures_util::future::join_all(copies).await;
                }
            }
            Step::OtherWebhook(at) => {
                if let Some(session) = self.session(world, Which::Latest) {
                    let event = format!("evt_{}_{}", self.transfer, self.events);
                    world.webhook(*at, &event, "media.user_photo", &session).await;
                }
            }
            Step::Again(at) => {
                if let Some(session) = self.session(world, Which::Latest) {
                    let event = format!("evt_{}_{}", self.transfer, self.events.saturating_sub(1));
                    world.webhook(*at, &event, "session.status", &session).await;
                }
            }
            Step::Sweep(at) => world.sweep(*at).await,
            Step::Cancel(at) => {
                if let Some(held) = self.held.last() {
                    world.cancel(*at, &held.client_secret).await;
                }
            }
            Step::FaceSignFails(looks) => world.facesign.fail(&self.transfer, *looks),
            Step::BankFails(mishap) => world.bank.next_goes_wrong(&self.transfer, *mishap),
            Step::HandOver(at) => world.dispatch(*at).await,
            Step::Crash(at) => world.crash(*at).await,
            Step::Together(_) => unreachable!("not within one another"),
        }
        None
    }

    async fn hold(&self, world: &World, at: Where, version: u64) -> Option<Held> {
        let reply = world.create(at, &self.transfer, version).await?;
        let id = reply.body["id"].as_str()?.to_owned();
        let client_secret = reply.body["clientSecret"].as_str()?.to_owned();
        Some(Held {
            version,
            id,
            client_secret,
            answer: reply.body,
        })
    }

    fn session(&self, world: &World, which: Which) -> Option<String> {
        let sessions = world.facesign.sessions_of(&self.transfer);
        match which {
            Which::First => sessions.first().cloned(),
            Which::Latest => sessions.last().cloned(),
            Which::Unknown => Some(format!("unknown-{}", self.transfer)),
        }
    }

    /// What must hold once nothing more can happen.
    async fn check(&self, world: &World) -> Result<Ended, String> {
        let wrong = |what: &str| Err(format!("{what}\n{self:#?}"));
        let executions = world.bank.executions(&self.transfer);
        let ids: BTreeSet<&str> = self.held.iter().map(|held| held.id.as_str()).collect();
        let mut approved = None;
        for id in ids {
            match world.status(0, id).await.as_str() {
                "pending" => return wrong("it never ended"),
                "approved" if approved.is_some() => return wrong("two versions are approved"),
                "approved" => approved = Some(id),
                _ => {}
            }
        }
        let execution = match executions.as_slice() {
            [] if approved.is_some() => return wrong("it was approved and never executed"),
            [] => return Ok(Ended::NotExecuted),
            [execution] => execution,
            [..] => return wrong("it was executed more than once"),
        };
        let Some(version) = execution.data["version"].as_u64() else {
            return wrong("it does not say which version was executed");
        };
        // The partner was told that the newest is held: what was before it must not be carried out.
        if self.held.iter().any(|held| held.version > version) {
            return wrong("an older version was executed");
        }
        if execution.data["amount"]["minor"] != amount_of(version) {
            return wrong("another amount was executed");
        }
        if !world.facesign.has_verified(&self.transfer, &decimal_of(version)) {
            return wrong("it was executed and nobody had confirmed it");
        }
        if approved.is_some_and(|id| execution.data["id"] != id) {
            return wrong("another approval was executed");
        }
        Ok(Ended::Executed)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Executed,
    NotExecuted,
}

#[tokio::test]
async fn in_any_order_of_events_nothing_is_executed_twice_or_without_its_customer() {
    let seed: u64 = match std::env::var("SCA_INTERLEAVINGS_SEED") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => rand_seed(),
    };
    println!("SCA_INTERLEAVINGS_SEED={seed} plays the same scripts again");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let scripts = script();

    let world = Arc::new(World::start(databases::any()).await);
    let mut executed = 0;
    for wave in 0..TRANSFERS / WAVE {
        let mut cases: Vec<Case> = (0..WAVE)
            .map(|number| Case {
                transfer: format!("txn-{wave}-{number}"),
                script: scripts.new_tree(&mut runner).unwrap().current(),
                held: Vec::new(),
                events: 0,
            })
            .collect();
        cases = play(&world, cases, |script| script.before.clone()).await;
        // One wave in four: the customers have taken too long.
        world.clock.advance(if wave % 4 == 3 {
            Duration::from_secs(16 * 60)
        } else {
            Duration::from_secs(40)
        });
        cases = play(&world, cases, |script| script.after.clone()).await;
        settle(&world).await;
        for case in &cases {
            match case.check(&world).await {
                Ok(Ended::Executed) => executed += 1,
                Ok(Ended::NotExecuted) => {}
                Err(what) => panic!("SCA_INTERLEAVINGS_SEED={seed}: {what}"),
            }
        }
    }
    println!("{executed} of {TRANSFERS} transfers executed");
    // Otherwise this test looks at nothing.
    assert!(executed > TRANSFERS / 20, "{executed}");
}

fn rand_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

async fn play(world: &Arc<World>, cases: Vec<Case>, steps: impl Fn(&Script) -> Vec<Step>) -> Vec<Case> {
    stream::iter(cases)
        .map(|mut case| {
            let (world, steps) = (Arc::clone(world), steps(&case.script));
            async move {
                case.run(&world, &steps).await;
                case
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// Time passes until nothing can happen any more.
async fn settle(world: &World) {
    world.facesign.heal();
    world.bank.heal();
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(60));
        world.sweep(0).await;
        world.sweep(1).await;
    }
    for _ in 0..4 {
        world.clock.advance(Duration::from_secs(600));
        world.sweep(0).await;
        world.dispatch(1).await;
    }
}
