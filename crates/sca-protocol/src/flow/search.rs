//! Every state that the flow can reach against every behaviour of a small backend.
//!
//! The model is the shipped machine beside a backend of a few states and a network that answers late, twice over, wrongly
//! or never. Worlds are walked breadth first until no new one appears, so what is asserted here holds for all orders of
//! events within the bounds: two steps, two wrong entries, three points in time.

use std::collections::{HashMap, VecDeque};

use super::{
    effect::{Attempt, Effect, Timer},
    event::{Event, Failure},
    machine::Ignored,
    screen::View,
    state::{After, Flow, Phase},
};
use crate::{
    Action, Approval, Availability, Challenge, Delivery, Factor, FactorOption, Millis, Outcome, PlainText, Reason,
    Statement, Status,
    entry::{DigitEntry, Digits},
    wire::{Verdict, Verified},
};

const START: Millis = Millis(1_000_000);
const RESEND: Millis = Millis(1_030_000);
const EXPIRY: Millis = Millis(1_900_000);
/// Now, after the resend pause, after the end.
const TIMES: [Millis; 3] = [START, Millis(1_040_000), Millis(1_900_001)];
const MOST_WRONG: u8 = 2;
/// A look at the approval, and one call that does something.
const MOST_CALLS: usize = 2;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    flow: Flow,
    time: usize,
    server: Server,
    calls: Vec<Call>,
    /// The entry that the flow waits for.
    open_entry: Option<Attempt>,
    timers: Vec<Timer>,
    settled: Option<Outcome>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Server {
    approval: Approval,
    /// The approval as it was at first.
    first: Approval,
    /// The steps that the provider has not named yet.
    later: Vec<Challenge>,
    wrong: u8,
}

/// A call that is waited for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Call {
    attempt: Attempt,
    kind: Kind,
    /// Whether the backend carried it out, so that it may answer.
    heard: bool,
    /// What it says to an entry.
    verdict: Option<Verdict>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Read,
    Start,
    Verify,
    Cancel,
}

fn option(factor: Factor) -> FactorOption {
    FactorOption {
        factor,
        availability: Availability::Available,
        digits: Some(4),
    }
}

fn step(id: &str, primary: Factor, alternatives: &[Factor]) -> Challenge {
    Challenge {
        id: id.into(),
        primary: option(primary),
        alternatives: alternatives.iter().cloned().map(option).collect(),
        required: true,
        passed: false,
        delivery: None,
        face: None,
        setback: None,
    }
}

fn approval(challenges: Vec<Challenge>) -> Approval {
    let text = |text| PlainText::new(text).unwrap();
    Approval {
        id: "a".into(),
        version: 1,
        server_time: START,
        expires_at: EXPIRY,
        status: Status::Pending,
        reason: None,
        action: Some(Action::Statement(Statement {
            account: text("EUR"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        })),
        challenges,
        steps: None,
        attempts_left: None,
    }
}

fn digits() -> Digits {
    let mut entry = DigitEntry::new(4);
    entry.push("1234").unwrap();
    entry.take().unwrap()
}

impl Server {
    fn new(approval: Approval, later: Vec<Challenge>) -> Self {
        Self {
            first: approval.clone(),
            approval,
            later,
            wrong: 0,
        }
    }

    fn settle(&mut self, status: Status) {
        self.approval.status = status;
        self.approval.action = None;
        self.approval.challenges.clear();
        self.approval.version += 1;
    }

    fn open(&self) -> bool {
        self.approval.status == Status::Pending
    }

    fn has_blocked_option(&self) -> bool {
        let mut options = self.approval.challenges.iter().flat_map(Challenge::options);
        options.any(|option| option.availability == Availability::Blocked)
    }

    /// The backend after every way in which it may judge an entry.
    fn judged(&self, id: &str, factor: &Factor) -> Vec<(Option<Verdict>, Server)> {
        if !self.open() || self.approval.open_challenge().is_none_or(|step| step.id != id) {
            return vec![(None, self.clone())];
        }
        let mut right = self.clone();
        right.wrong = 0;
        right.approval.version += 1;
        for challenge in &mut right.approval.challenges {
            challenge.passed |= challenge.id == id;
        }
        if let (None, Some(next)) = (right.approval.open_challenge(), right.later.pop()) {
            right.approval.challenges.push(next);
        }
        let mut worlds = Vec::new();
        if right.approval.open_challenge().is_none() {
            let mut undecided = right.clone();
            undecided.approval.version += 1;
            worlds.push((Some(Verdict::Accepted), undecided));
            right.settle(Status::Approved);
        }
        worlds.push((Some(Verdict::Accepted), right));

        let mut wrong = self.clone();
        wrong.wrong += 1;
        wrong.approval.version += 1;
        if wrong.wrong >= MOST_WRONG {
            wrong.settle(Status::Declined);
        }
        worlds.push((Some(Verdict::Refused), wrong));

        let mut blocked = self.clone();
        blocked.approval.version += 1;
        for challenge in blocked
            .approval
            .challenges
            .iter_mut()
            .filter(|challenge| challenge.id == id)
        {
            for option in std::iter::once(&mut challenge.primary).chain(&mut challenge.alternatives) {
                if option.factor == *factor {
                    option.availability = Availability::Blocked;
                }
            }
        }
        if !self.has_blocked_option() {
            worlds.push((Some(Verdict::Blocked), blocked));
        }
        worlds.push((Some(Verdict::KeyStale), self.clone()));
        worlds.push((Some(Verdict::from_name("judged-by-moonlight")), self.clone()));
        worlds
    }

    fn sent(&self, id: &str, factor: &Factor) -> Server {
        let mut sent = self.clone();
        if self.open() {
            sent.approval.version += 1;
            for challenge in sent
                .approval
                .challenges
                .iter_mut()
                .filter(|challenge| challenge.id == id)
            {
                challenge.delivery = Some(Delivery {
                    factor: factor.clone(),
                    destination: None,
                    resend_at: RESEND,
                    code_expires_at: None,
                });
            }
        }
        sent
    }
}

const FAILURES: [Failure; 5] = [
    Failure::NotSent,
    Failure::OutcomeUnknown,
    Failure::NotYet { retry_after: 10_000 },
    Failure::OutOfDate,
    Failure::AccessEnded,
];

impl World {
    fn new(server: Server) -> Self {
        Self {
            flow: Flow::default(),
            time: 0,
            server,
            calls: Vec::new(),
            open_entry: None,
            timers: Vec::new(),
            settled: None,
        }
    }

    fn now(&self) -> Millis {
        TIMES[self.time]
    }

    /// Every world that one thing happening can lead to.
    fn next(&self) -> Vec<World> {
        let mut worlds = Vec::new();
        for event in self.customer_and_world_events() {
            worlds.extend(self.after(event));
        }
        for index in 0..self.calls.len() {
            let mut lost = self.clone();
            let call = lost.calls.remove(index);
            for failure in FAILURES {
                worlds.extend(lost.after(call.failed(failure)));
            }
            if call.heard {
                for approval in [lost.told_now(), lost.told_long_ago()] {
                    worlds.extend(lost.after(call.answered(approval)));
                }
            }
        }
        if self.time + 1 < TIMES.len() {
            let mut later = self.clone();
            later.time += 1;
            worlds.push(later);
        }
        if self.server.open() {
            for status in [
                Status::Cancelled,
                Status::Expired,
                Status::Failed,
                Status::from_name("sublime"),
            ] {
                let mut other = self.clone();
                other.server.settle(status);
                worlds.push(other);
            }
            // Another tab, or a call that was given up and is heard only now.
            if let Some(step) = self.server.approval.open_challenge() {
                for (_, server) in self.server.judged(&step.id, &step.primary.factor) {
                    worlds.push(World { server, ..self.clone() });
                }
                worlds.push(World {
                    server: self.server.sent(&step.id, &Factor::Sms),
                    ..self.clone()
                });
            } else {
                let mut decided = self.clone();
                decided.server.settle(Status::Approved);
                worlds.push(decided);
            }
        }
        worlds
    }

    /// The approval as the backend tells it now.
    fn told_now(&self) -> Approval {
        Approval {
            server_time: self.now(),
            ..self.server.approval.clone()
        }
    }

    /// An answer that was overtaken by others.
    fn told_long_ago(&self) -> Approval {
        Approval {
            server_time: self.now(),
            ..self.server.first.clone()
        }
    }

    fn customer_and_world_events(&self) -> Vec<Event> {
        let mut events = vec![
            Event::Opened,
            Event::OtherWayWanted,
            Event::PinEntered(digits()),
            Event::CodeEntered(digits()),
            Event::ResendWanted,
            Event::RetryWanted,
            Event::CancelWanted,
            Event::ApprovalChanged(self.told_now()),
            Event::ApprovalChanged(self.told_long_ago()),
            Event::ListeningEnded,
            Event::Resumed,
        ];
        for factor in [Factor::Pin, Factor::Sms, Factor::from_name("retina")] {
            events.push(Event::FactorChosen(factor));
        }
        events.extend(self.timers.iter().map(|timer| Event::WaitOver(*timer)));
        events
    }

    /// The worlds after an event: more than one where the backend may act in several ways.
    fn after(&self, event: Event) -> Vec<World> {
        let mut world = self.clone();
        let answered_entry = if let Event::Verified(attempt, _) | Event::VerifyFailed(attempt, _) = &event {
            Some(*attempt)
        } else {
            None
        };
        let waited = if let Event::WaitOver(timer) = &event {
            Some(*timer)
        } else {
            None
        };
        let before = self.flow.clone();
        let outcome = world.flow.handle(event, self.now());
        if let Some(timer) = waited {
            world.timers.retain(|armed| *armed != timer);
        }
        let effects = match outcome {
            Ok(effects) => effects,
            Err(ignored) => {
                assert_eq!(world.flow, before, "an event that does not belong changed the flow");
                assert_eq!(ignored == Ignored::Settled, self.settled.is_some());
                // Only a timer that is over has gone; otherwise the world is the one it was.
                return if waited.is_some() { vec![world] } else { Vec::new() };
            }
        };
        assert!(self.settled.is_none(), "a settled flow took an event");
        if answered_entry.is_some() && answered_entry == world.open_entry {
            world.open_entry = None;
        }
        let mut worlds = vec![world];
        for effect in effects {
            worlds = worlds.into_iter().flat_map(|world| world.perform(&effect)).collect();
        }
        worlds
    }

    fn perform(mut self, effect: &Effect) -> Vec<World> {
        assert!(self.settled.is_none(), "an effect after the flow was settled");
        match effect {
            Effect::ReadApproval(attempt) => vec![self.called(*attempt, Kind::Read, true, None)],
            Effect::StartFactor {
                attempt,
                challenge,
                factor,
            } => {
                let mut heard = self.clone();
                heard.server = self.server.sent(challenge, factor);
                vec![
                    self.called(*attempt, Kind::Start, false, None),
                    heard.called(*attempt, Kind::Start, true, None),
                ]
            }
            Effect::SubmitPin { attempt, challenge, .. } => self.entered(*attempt, challenge, &Factor::Pin),
            Effect::SubmitCode {
                attempt,
                challenge,
                factor,
                ..
            } => self.entered(*attempt, challenge, factor),
            Effect::CancelApproval(attempt) => {
                let mut heard = self.clone();
                if heard.server.open() {
                    heard.server.settle(Status::Cancelled);
                }
                vec![
                    self.called(*attempt, Kind::Cancel, false, None),
                    heard.called(*attempt, Kind::Cancel, true, None),
                ]
            }
            Effect::Abandon(attempt) => {
                if self.open_entry == Some(*attempt) {
                    self.open_entry = None;
                }
                let (abandoned, waited_for) = self.calls.into_iter().partition(|call: &Call| call.attempt == *attempt);
                self.calls = waited_for;
                self.assert_dropped(&abandoned);
                vec![self]
            }
            Effect::Wait(timer, _) => {
                if !self.timers.contains(timer) {
                    self.timers.push(*timer);
                    self.timers.sort();
                }
                vec![self]
            }
            Effect::Settle(outcome) => {
                if *outcome == Outcome::Approved {
                    assert_eq!(
                        self.server.approval.status,
                        Status::Approved,
                        "approved without the backend's word"
                    );
                }
                self.settled = Some(outcome.clone());
                vec![self]
            }
            Effect::Listen | Effect::StopListening | Effect::LookAtCamera { .. } => vec![self],
        }
    }

    fn entered(mut self, attempt: Attempt, challenge: &str, factor: &Factor) -> Vec<World> {
        assert_eq!(self.open_entry, None, "two entries on their way at once");
        assert!(
            self.flow.screen().action.is_some(),
            "an entry without showing what it approves"
        );
        self.open_entry = Some(attempt);
        let judged = self.server.judged(challenge, factor);
        let mut worlds = vec![self.clone().called(attempt, Kind::Verify, false, None)];
        for (verdict, server) in judged {
            let heard = World { server, ..self.clone() };
            worlds.push(heard.called(attempt, Kind::Verify, verdict.is_some(), verdict));
        }
        worlds
    }

    fn called(mut self, attempt: Attempt, kind: Kind, heard: bool, verdict: Option<Verdict>) -> World {
        self.calls.push(Call {
            attempt,
            kind,
            heard,
            verdict,
        });
        assert!(
            self.calls.len() <= MOST_CALLS,
            "more calls are waited for than ever should be: {self:?}"
        );
        self
    }

    /// Whatever still comes of a call that was given up is dropped: its number is never waited for again.
    fn assert_dropped(&self, abandoned: &[Call]) {
        for call in abandoned {
            let late = call.heard.then(|| call.answered(self.told_now()));
            for event in late.into_iter().chain(FAILURES.map(|failure| call.failed(failure))) {
                let ignored = self.flow.clone().handle(event, self.now()).unwrap_err();
                assert!(matches!(ignored, Ignored::Superseded | Ignored::Settled));
            }
        }
    }

    /// The same world with attempts and versions renamed to the smallest numbers in the same order: they are only ever
    /// compared with each other.
    fn renamed(mut self) -> Self {
        let mut attempts: Vec<u32> = self.calls.iter().map(|call| call.attempt.0).collect();
        attempts.extend(self.open_entry.map(|attempt| attempt.0));
        attempts.extend(self.flow.look.map(|look| look.attempt.0));
        if let Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } | Phase::Cancelling { attempt } =
            &self.flow.phase
        {
            attempts.push(attempt.0);
        }
        attempts.sort_unstable();
        attempts.dedup();
        let rename = |attempt: &mut Attempt| {
            let rank = attempts.iter().position(|known| *known == attempt.0).unwrap();
            *attempt = Attempt(u32::try_from(rank).unwrap());
        };
        self.calls.iter_mut().for_each(|call| rename(&mut call.attempt));
        self.open_entry.iter_mut().for_each(rename);
        self.flow.look.iter_mut().for_each(|look| rename(&mut look.attempt));
        if let Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } | Phase::Cancelling { attempt } =
            &mut self.flow.phase
        {
            rename(attempt);
        }
        self.flow.last_attempt = Attempt(u32::try_from(attempts.len()).unwrap());

        let mut versions = vec![self.server.first.version, self.server.approval.version];
        versions.extend(self.flow.approval.iter().map(|approval| approval.version));
        versions.sort_unstable();
        versions.dedup();
        let rename = |approval: &mut Approval| {
            let rank = versions.iter().position(|known| *known == approval.version).unwrap();
            approval.version = u64::try_from(rank).unwrap() + 1;
        };
        rename(&mut self.server.approval);
        self.flow.approval.iter_mut().for_each(rename);
        self.flow
            .approval
            .iter_mut()
            .for_each(|approval| approval.server_time = START);
        // What is told and how long a pause lasts makes no difference to what can happen next.
        self.flow.notice = None;
        self.flow.fruitless_looks = 0;
        self.flow.last_action = None;
        let now = self.now();
        self.flow.not_before = self.flow.not_before.filter(|until| *until > now);
        self
    }

    fn assert_sound(&self) {
        assert_eq!(self.settled.is_some(), self.flow.is_settled());
        if self.settled.is_some() {
            assert!(matches!(self.flow.screen().view, View::Done(_)));
            return;
        }
        // The customer can stop, unless that is being told already.
        let mut stopped = self.flow.clone();
        let cancelled = stopped.handle(Event::CancelWanted, self.now());
        assert_eq!(cancelled.is_ok(), !self.flow.is_stopping(), "cancel is out of reach");
        assert!(stopped.is_settled() || stopped.is_stopping());
        // Nobody waits for nothing: where the screen asks the customer for nothing, an answer or a timer is coming.
        let asks = matches!(
            self.flow.phase,
            Phase::New
                | Phase::Choosing { .. }
                | Phase::Entering { .. }
                | Phase::Unreachable
                | Phase::CannotBeDoneHere { .. }
        );
        let coming = !self.calls.is_empty() || !self.timers.is_empty();
        assert!(asks || coming, "stuck: {self:?}");
        // What is asked for can be answered.
        if let Phase::Entering { .. } = &self.flow.phase {
            assert!(matches!(self.flow.screen().view, View::Pin { .. } | View::Code { .. }));
        }
        if let Phase::Choosing { .. } = &self.flow.phase {
            let View::Choose { choices, .. } = self.flow.screen().view else {
                panic!("no choice to choose from")
            };
            assert!(choices.iter().any(|choice| choice.usable), "a choice of nothing");
        }
        if let Phase::Checking {
            after: After::Submit { .. } | After::Start { .. },
            ..
        } = &self.flow.phase
        {
            assert!(self.open_entry.is_none());
        }
    }
}

impl Call {
    fn failed(&self, failure: Failure) -> Event {
        match self.kind {
            Kind::Read => Event::ReadFailed(self.attempt, failure),
            Kind::Start => Event::StartFailed(self.attempt, failure),
            Kind::Verify => Event::VerifyFailed(self.attempt, failure),
            Kind::Cancel => Event::CancelFailed(self.attempt, failure),
        }
    }

    fn answered(&self, approval: Approval) -> Event {
        match self.kind {
            Kind::Read => Event::ApprovalRead(self.attempt, approval),
            Kind::Start => Event::Started(self.attempt, approval),
            Kind::Cancel => Event::Cancelled(self.attempt, approval),
            Kind::Verify => Event::Verified(
                self.attempt,
                Verified {
                    verdict: self.verdict.clone().unwrap(),
                    relayed: None,
                    approval,
                },
            ),
        }
    }
}

/// Walks every world and checks that each can come to an end. Answers how many there were.
fn search(server: Server) -> usize {
    let first = World::new(server).renamed();
    let mut numbers = HashMap::from([(first.clone(), 0_usize)]);
    let mut came_from: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ended = Vec::new();
    let mut queue = VecDeque::from([first]);
    let mut approved = false;
    while let Some(world) = queue.pop_front() {
        let number = numbers[&world];
        world.assert_sound();
        if let Some(outcome) = &world.settled {
            approved |= *outcome == Outcome::Approved;
            ended.push(number);
            for event in world.customer_and_world_events() {
                assert_eq!(
                    world.flow.clone().handle(event, world.now()).unwrap_err(),
                    Ignored::Settled
                );
            }
            continue;
        }
        for next in world.next() {
            let next = next.renamed();
            let known = numbers.len();
            let next_number = *numbers.entry(next.clone()).or_insert_with(|| {
                came_from.push(Vec::new());
                queue.push_back(next);
                known
            });
            came_from[next_number].push(number);
        }
    }
    let mut can_end = vec![false; came_from.len()];
    let mut queue = ended;
    while let Some(number) = queue.pop() {
        if !std::mem::replace(&mut can_end[number], true) {
            queue.extend(&came_from[number]);
        }
    }
    assert!(
        can_end.iter().all(|can_end| *can_end),
        "a state from which no end can be reached"
    );
    assert!(approved, "the model never gets to approved: it proves nothing");
    can_end.len()
}

#[test]
fn every_order_of_events_is_sound_when_steps_are_listed() {
    let steps = vec![step("1", Factor::Pin, &[]), step("2", Factor::Sms, &[])];
    let worlds = search(Server::new(approval(steps), Vec::new()));
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_steps_come_one_at_a_time() {
    let first = approval(vec![step("1", Factor::Sms, &[])]);
    let worlds = search(Server::new(first, vec![step("2", Factor::Face, &[])]));
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn an_unknown_factor_never_passes_and_its_alternative_does() {
    let unknown = approval(vec![step("1", Factor::from_name("retina"), &[Factor::Pin])]);
    let worlds = search(Server::new(unknown, Vec::new()));
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn reasons_survive_to_the_outcome() {
    let mut declined = approval(Vec::new());
    declined.status = Status::Declined;
    declined.reason = Some(Reason::TooManyAttempts);
    let mut flow = Flow::default();
    flow.handle(Event::Opened, START).unwrap();
    let effects = flow.handle(Event::ApprovalRead(Attempt(1), declined), START).unwrap();
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Settle(Outcome::Declined(Some(Reason::TooManyAttempts)))))
    );
}
