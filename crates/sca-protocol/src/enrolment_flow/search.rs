//! Every state that the flow can reach against every behaviour of a small backend: one PIN and one device, or one phone number, or
//! one face; a network that answers late, with old snapshots, wrongly or never; two points in time. The assertions hold for every order of events within these bounds.

mod cases;

use std::collections::{HashMap, VecDeque};

use rustc_hash::FxBuildHasher;

use super::{
    Advice, Attempt, BrowserKey, Change, Effect, EnrolmentEnd, EnrolmentFlow, Event, Failure, Ignored, NewFaceStage,
    NoScan, Notice, NumberFlaw, NumberPurpose, PinPurpose, Question, Timer, View,
    state::{Pending, Phase},
};
use crate::{
    Factor, PlainText, Timestamp,
    enrolment_api::{
        Enrolled, EnrolledDevice, EnrolledPhone, Enrolment, EnrolmentStatus, EnrolmentVerdict, FactorKind,
        FactorReport, FactorState, Hidden, PhoneCodeDelivery, WeakPins,
    },
    entry::{DigitEntry, Digits},
};

const EXPIRY: Timestamp = Timestamp(1_900_000);
/// Now, and after the end.
const TIMES: [Timestamp; 2] = [Timestamp(1_000_000), Timestamp(1_900_001)];
/// A read, and a change.
const MOST_CALLS: usize = 2;

/// One failure of each kind that the flow tells apart.
const FAILURES: [Failure; 5] = [
    Failure::NotSent,
    Failure::OutcomeUnknown,
    Failure::NotYet { retry_after: 1_000 },
    Failure::OutOfDate,
    Failure::AccessEnded,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Factors {
    PinAndDevice,
    Phone,
    Face,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Backend {
    /// The factors that the enrolment is about.
    factors: Factors,
    pin: FactorState,
    device: bool,
    phone: bool,
    face: FactorState,
    /// Whether a code can be entered.
    code: bool,
    open: bool,
    version: u64,
}

impl Backend {
    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut backend = self.clone();
        change(&mut backend);
        if backend != *self {
            backend.version += 1;
        }
        backend
    }

    fn snapshot(&self, now: Timestamp) -> Enrolment {
        let report = |factor, kind, state| FactorReport {
            factor,
            kind,
            state,
            usable_from: None,
        };
        let device = if self.device {
            FactorState::Enrolled
        } else {
            FactorState::Unknown
        };
        let name = PlainText::new("Phone").unwrap();
        let device_1 = EnrolledDevice {
            id: "d1".into(),
            name,
            created_at: TIMES[0],
            usable_from: None,
        };
        Enrolment {
            id: "a".into(),
            version: self.version,
            server_time: now,
            expires_at: EXPIRY,
            status: if self.open {
                EnrolmentStatus::Open
            } else {
                EnrolmentStatus::Ended
            },
            factors: match self.factors {
                Factors::PinAndDevice => vec![
                    report(Factor::Pin, FactorKind::Knowledge, self.pin.clone()),
                    report(Factor::Device, FactorKind::Possession, device),
                ],
                Factors::Phone => vec![report(Factor::Sms, FactorKind::Possession, FactorState::Unknown)],
                Factors::Face => vec![report(Factor::FaceScan, FactorKind::Inherence, self.face.clone())],
            },
            devices: self.device.then_some(device_1).into_iter().collect(),
            browser_key: "key".into(),
            weak_pins: WeakPins::Refused,
            phone: self.phone.then(|| EnrolledPhone {
                number: Some("*88".into()),
                created_at: None,
            }),
            phone_code: self.code.then(|| PhoneCodeDelivery {
                number: "*99".into(),
                resend_at: TIMES[0],
                expires_at: EXPIRY,
                checks_left: 3,
                verified: false,
            }),
        }
    }

    /// What the backend may say to the request for a code, and the backend after it.
    fn code_verdicts(&self) -> Vec<(EnrolmentVerdict, Self)> {
        vec![
            (EnrolmentVerdict::CodeSent, self.changed(|backend| backend.code = true)),
            (EnrolmentVerdict::NumberInvalid, self.clone()),
            (EnrolmentVerdict::CodeLimitReached, self.clone()),
            (EnrolmentVerdict::from_name("sublime"), self.clone()),
        ]
    }

    /// What the provider may say to a change, and the backend after it.
    fn verdicts(&self, change: Change) -> Vec<(EnrolmentVerdict, Self)> {
        let pin = |state: FactorState| self.changed(|backend| backend.pin = state);
        let device = |device| self.changed(|backend| backend.device = device);
        let phone = |phone| {
            self.changed(|backend| {
                backend.phone = phone;
                backend.code = false;
            })
        };
        let face = |state: FactorState| self.changed(|backend| backend.face = state);
        let mut verdicts = vec![
            (EnrolmentVerdict::Rejected, self.clone()),
            (EnrolmentVerdict::from_name("sublime"), self.clone()),
        ];
        verdicts.extend(match change {
            Change::SetPin => vec![
                (EnrolmentVerdict::Enrolled, pin(FactorState::Enrolled)),
                (EnrolmentVerdict::AlreadyEnrolled, pin(FactorState::Enrolled)),
                (EnrolmentVerdict::KeyStale, self.clone()),
            ],
            Change::ChangePin => vec![
                (EnrolmentVerdict::Enrolled, pin(FactorState::Enrolled)),
                (EnrolmentVerdict::ReplacementFailed, pin(FactorState::NotEnrolled)),
                (EnrolmentVerdict::ReplacementUnknown, pin(FactorState::Unknown)),
            ],
            Change::RemovePin => vec![
                (EnrolmentVerdict::Removed, pin(FactorState::NotEnrolled)),
                (EnrolmentVerdict::NotEnrolled, pin(FactorState::NotEnrolled)),
            ],
            Change::EnrolDevice => vec![
                (EnrolmentVerdict::Enrolled, device(true)),
                (EnrolmentVerdict::AlreadyEnrolled, self.clone()),
                (EnrolmentVerdict::LimitReached, self.clone()),
            ],
            Change::RemoveDevice => vec![
                (EnrolmentVerdict::Removed, device(false)),
                (EnrolmentVerdict::NotEnrolled, device(false)),
            ],
            Change::AddPhone => vec![
                (EnrolmentVerdict::Enrolled, phone(true)),
                (EnrolmentVerdict::NumberRepeated, phone(false)),
                (EnrolmentVerdict::CodeWrong, self.clone()),
                (
                    EnrolmentVerdict::CodeExpired,
                    self.changed(|backend| backend.code = false),
                ),
            ],
            Change::ReplacePhone => vec![
                (EnrolmentVerdict::Enrolled, phone(true)),
                (EnrolmentVerdict::OldNumberUnknown, phone(true)),
                (EnrolmentVerdict::ReplacementFailed, phone(false)),
                (EnrolmentVerdict::ReplacementUnknown, phone(false)),
            ],
            Change::RemovePhone => vec![
                (EnrolmentVerdict::Removed, phone(false)),
                (EnrolmentVerdict::NotEnrolled, phone(false)),
            ],
            Change::EnrolFace => vec![
                (EnrolmentVerdict::Enrolled, face(FactorState::Enrolled)),
                (EnrolmentVerdict::AlreadyEnrolled, face(FactorState::Enrolled)),
                (EnrolmentVerdict::ScanRejected, self.clone()),
                (EnrolmentVerdict::NoMatch, self.clone()),
            ],
            Change::RemoveFace => vec![
                (EnrolmentVerdict::Removed, face(FactorState::NotEnrolled)),
                (EnrolmentVerdict::NotEnrolled, face(FactorState::NotEnrolled)),
            ],
        });
        verdicts
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Read,
    /// A change, with what the provider said if it was asked.
    Change(Change, Option<(EnrolmentVerdict, Backend)>),
    /// The request for a code, with what the backend said if it was asked.
    Code(Option<(EnrolmentVerdict, Backend)>),
    /// A scan of the customer's face, before it is submitted.
    Scan,
    End,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Call {
    attempt: Attempt,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    flow: EnrolmentFlow,
    time: usize,
    first: Backend,
    backend: Backend,
    calls: Vec<Call>,
    timers: Vec<Timer>,
    settled: Option<EnrolmentEnd>,
}

fn digits(text: &str) -> Digits {
    let mut entry = DigitEntry::new(4);
    entry.push(text).unwrap();
    entry.take().unwrap()
}

fn chosen(pin: &str, again: &str) -> Event {
    Event::PinChosen {
        pin: digits(pin),
        again: digits(again),
    }
}

fn questions() -> Vec<Question> {
    vec![
        Question::NewPin(PinPurpose::Set),
        Question::NewPin(PinPurpose::Change),
        Question::RemovePin,
        Question::NewDevice,
        Question::RemoveDevice("d1".into()),
        Question::RemoveDevice("not listed".into()),
        Question::NewPhone(NumberPurpose::Add),
        Question::NewPhone(NumberPurpose::Replace),
        Question::PhoneCode(NumberPurpose::Add),
        Question::RemovePhone,
        Question::NewFace,
        Question::RemoveFace,
    ]
}

fn customer_events() -> Vec<Event> {
    let mut events: Vec<Event> = questions().into_iter().map(Event::QuestionWanted).collect();
    events.extend([
        Event::Opened,
        Event::BackWanted,
        chosen("2580", "2580"),
        chosen("2580", "2581"),
        chosen("1234", "1234"),
        Event::DeviceNamed(PlainText::new("Phone").unwrap()),
        Event::NumberEntered {
            number: Hidden::new("0171".into()),
            country: "DE".into(),
        },
        Event::CodeEntered(Hidden::new("1234".into())),
        Event::NewCodeWanted,
        Event::ScanWanted,
        Event::RemovalConfirmed,
        Event::RetryWanted,
        Event::DoneWanted,
    ]);
    events
}

/// What happens without the customer: it must never begin a change.
fn world_events(world: &World) -> Vec<Event> {
    let mut events = vec![Event::Resumed, Event::KeyRefused(Attempt(99))];
    events.extend(
        [
            // A refused key is as one that nothing is known of, and one without a device as none.
            BrowserKey::Missing,
            BrowserKey::Kept {
                device: Some("d1".into()),
            },
        ]
        .map(Event::KeyLookedUp),
    );
    events.extend(world.timers.iter().map(|timer| Event::WaitOver(*timer)));
    events
}

impl World {
    fn new(pin: FactorState, device: bool) -> Self {
        Self::with(Backend {
            factors: Factors::PinAndDevice,
            pin,
            device,
            phone: false,
            face: FactorState::Unknown,
            code: false,
            open: true,
            version: 1,
        })
    }

    fn with_phone(phone: bool) -> Self {
        Self::with(Backend {
            factors: Factors::Phone,
            pin: FactorState::Unknown,
            device: false,
            phone,
            face: FactorState::Unknown,
            code: false,
            open: true,
            version: 1,
        })
    }

    fn with_face(face: FactorState) -> Self {
        Self::with(Backend {
            factors: Factors::Face,
            pin: FactorState::Unknown,
            device: false,
            phone: false,
            face,
            code: false,
            open: true,
            version: 1,
        })
    }

    fn with(backend: Backend) -> Self {
        Self {
            flow: EnrolmentFlow::new("a".into()).with_face_capture(true),
            time: 0,
            first: backend.clone(),
            backend,
            calls: Vec::new(),
            timers: Vec::new(),
            settled: None,
        }
    }

    fn now(&self) -> Timestamp {
        TIMES[self.time]
    }

    fn next(&self) -> Vec<World> {
        let mut worlds = Vec::new();
        for event in customer_events() {
            worlds.extend(self.after(event, true));
        }
        for event in world_events(self) {
            worlds.extend(self.after(event, false));
        }
        for index in 0..self.calls.len() {
            let mut world = self.clone();
            let Call { attempt, kind } = world.calls.remove(index);
            match kind {
                Kind::Read => {
                    for failure in FAILURES {
                        worlds.extend(world.after(Event::ReadFailed(attempt, failure), false));
                    }
                    let mut other = world.backend.snapshot(self.now());
                    other.id = "b".into();
                    let old = world.first.snapshot(self.now());
                    for snapshot in [world.backend.snapshot(self.now()), old, other] {
                        worlds.extend(world.after(Event::EnrolmentRead(attempt, snapshot), false));
                    }
                }
                Kind::Code(asked) => {
                    let failures = FAILURES.into_iter();
                    // As below.
                    for failure in failures.filter(|failure| asked.is_none() || *failure == Failure::OutcomeUnknown) {
                        worlds.extend(world.after(Event::CallFailed(attempt, failure), false));
                    }
                    if let Some((verdict, then)) = asked {
                        let enrolled = Enrolled {
                            verdict,
                            relayed: None,
                            enrolment: then.snapshot(self.now()),
                        };
                        worlds.extend(world.after(Event::Answered(attempt, enrolled), false));
                    }
                }
                Kind::Change(change, asked) => {
                    for failure in FAILURES {
                        // What the provider was asked did leave the browser, and was not refused.
                        let is_possible = asked.is_none() || failure == Failure::OutcomeUnknown;
                        if is_possible {
                            worlds.extend(world.after(Event::CallFailed(attempt, failure), false));
                        }
                    }
                    if change == Change::EnrolDevice && asked.is_none() {
                        worlds.extend(world.after(Event::KeyRefused(attempt), false));
                    }
                    if let Some((verdict, then)) = asked {
                        let mut enrolment = then.snapshot(self.now());
                        let enrolled = |enrolment| Enrolled {
                            verdict: verdict.clone(),
                            relayed: None,
                            enrolment,
                        };
                        worlds.extend(world.after(Event::Answered(attempt, enrolled(enrolment.clone())), false));
                        enrolment.id = "b".into();
                        worlds.extend(world.after(Event::Answered(attempt, enrolled(enrolment)), false));
                    }
                }
                Kind::Scan => {
                    for failure in FAILURES {
                        worlds.extend(world.after(Event::CallFailed(attempt, failure), false));
                    }
                    for cause in [NoScan::Cancelled, NoScan::Failed] {
                        worlds.extend(world.after(Event::FaceNotScanned(attempt, cause), false));
                    }
                    let scanned = world.after(Event::FaceScanned(attempt), false);
                    worlds.extend(
                        scanned
                            .into_iter()
                            .flat_map(|world| world.changes(attempt, Change::EnrolFace)),
                    );
                }
                Kind::End => worlds.extend(world.after(Event::Ended(attempt), false)),
            }
        }
        if self.time + 1 < TIMES.len() {
            worlds.push(World {
                time: self.time + 1,
                ..self.clone()
            });
        }
        // Another tab.
        if self.backend.open {
            for backend in [
                self.backend.changed(|backend| backend.open = false),
                self.backend.changed(|backend| match backend.factors {
                    Factors::PinAndDevice => {
                        backend.pin = FactorState::Enrolled;
                        backend.device = false;
                    }
                    Factors::Phone => {
                        backend.phone = true;
                        backend.code = false;
                    }
                    Factors::Face => backend.face = FactorState::Enrolled,
                }),
            ] {
                worlds.push(World {
                    backend,
                    ..self.clone()
                });
            }
        }
        worlds.into_iter().map(World::renamed).collect()
    }

    fn after(&self, event: Event, of_customer: bool) -> Vec<World> {
        let waited = if let Event::WaitOver(timer) = &event {
            Some(*timer)
        } else {
            None
        };
        let mut world = self.clone();
        world.timers.retain(|timer| Some(*timer) != waited);
        let answer = if let Event::Answered(_, enrolled) = &event {
            Some(enrolled.verdict.clone())
        } else {
            None
        };
        let effects = match world.flow.handle(event, self.now()) {
            Ok(effects) => effects,
            Err(ignored) => {
                assert_eq!(world.flow, self.flow, "an ignored event changed the flow");
                assert_eq!(ignored == Ignored::Settled, self.settled.is_some());
                return vec![world];
            }
        };
        world.assert_claims_only_what_it_was_told(answer.as_ref());
        let mut worlds = vec![world];
        for effect in effects {
            worlds = worlds
                .into_iter()
                .flat_map(|world| world.perform(&effect, of_customer))
                .collect();
        }
        worlds
    }

    /// A success is only claimed when the provider has just said so.
    fn assert_claims_only_what_it_was_told(&self, answer: Option<&EnrolmentVerdict>) {
        // A notice of before is not part of a world.
        if let Some(Notice::Changed(_)) = &self.flow.notice {
            assert!(
                matches!(answer, Some(EnrolmentVerdict::Enrolled | EnrolmentVerdict::Removed)),
                "claimed without an answer"
            );
        }
    }

    fn perform(mut self, effect: &Effect, of_customer: bool) -> Vec<World> {
        assert!(self.settled.is_none(), "an effect after the flow was settled");
        let change = match effect {
            Effect::ReadEnrolment(attempt) => return vec![self.called(*attempt, Kind::Read)],
            Effect::LookUpKey(name) => {
                assert_eq!(name, "key");
                return vec![self];
            }
            Effect::EndEnrolment(attempt) => {
                assert!(of_customer);
                self.backend = self.backend.changed(|backend| backend.open = false);
                return vec![self.called(*attempt, Kind::End)];
            }
            Effect::Wait(timer, _) => {
                if !self.timers.contains(timer) {
                    self.timers.push(*timer);
                    self.timers.sort();
                }
                return vec![self];
            }
            Effect::Settle(end) => {
                self.settled = Some(*end);
                return vec![self];
            }
            Effect::SubmitPin { attempt, purpose, pin } => {
                assert_eq!(
                    pin.weakness(),
                    None,
                    "a weak PIN was submitted though the partner refuses it"
                );
                (*attempt, Question::NewPin(*purpose).change())
            }
            Effect::SendCode { attempt, .. } | Effect::SendCodeAgain(attempt) => {
                assert!(of_customer, "a code that the customer did not ask for");
                let mut worlds = vec![self.clone().called(*attempt, Kind::Code(None))];
                for (verdict, backend) in self.backend.code_verdicts() {
                    let mut world = self.clone();
                    world.backend = backend.clone();
                    worlds.push(world.called(*attempt, Kind::Code(Some((verdict, backend)))));
                }
                return worlds;
            }
            Effect::SubmitCode { attempt, purpose, .. } => (*attempt, Question::PhoneCode(*purpose).change()),
            Effect::EnrolFace(attempt) => {
                assert!(of_customer, "a scan that the customer did not ask for");
                return vec![self.called(*attempt, Kind::Scan)];
            }
            Effect::AbandonScan => {
                self.calls.retain(|call| call.kind != Kind::Scan);
                return vec![self];
            }
            Effect::RemoveFace(attempt) => (*attempt, Change::RemoveFace),
            Effect::RemovePhone(attempt) => (*attempt, Change::RemovePhone),
            Effect::RemovePin(attempt) => (*attempt, Change::RemovePin),
            Effect::EnrolDevice { attempt, key, .. } => {
                assert_eq!(key, "key");
                (*attempt, Change::EnrolDevice)
            }
            Effect::RemoveDevice { attempt, device, .. } => {
                assert_eq!(device, "d1", "a device that is not listed");
                (*attempt, Change::RemoveDevice)
            }
        };
        assert!(of_customer, "a change that the customer did not ask for");
        let (attempt, change) = change;
        self.changes(attempt, change)
    }

    /// The worlds after a change was submitted.
    fn changes(self, attempt: Attempt, change: Change) -> Vec<World> {
        assert!(
            !self
                .calls
                .iter()
                .any(|call| matches!(call.kind, Kind::Change(..) | Kind::Code(_) | Kind::Scan)),
            "two changes in flight"
        );
        let mut worlds = vec![self.clone().called(attempt, Kind::Change(change, None))];
        for (verdict, backend) in self.backend.verdicts(change) {
            let mut world = self.clone();
            world.backend = backend.clone();
            worlds.push(world.called(attempt, Kind::Change(change, Some((verdict, backend)))));
        }
        worlds
    }

    fn called(mut self, attempt: Attempt, kind: Kind) -> World {
        // The flow dropped the read that it no longer waits for.
        if matches!(kind, Kind::Read | Kind::Change(..) | Kind::Code(_)) {
            let current = self.flow.read;
            self.calls
                .retain(|call| call.kind != Kind::Read || current == Some(call.attempt));
        }
        self.calls.push(Call { attempt, kind });
        assert!(self.calls.len() <= MOST_CALLS, "too many calls: {self:?}");
        self
    }

    /// The same world with attempts and versions renumbered, and without what makes no difference.
    fn renamed(mut self) -> Self {
        let mut attempts: Vec<u32> = self.calls.iter().map(|call| call.attempt.0).collect();
        attempts.extend(self.flow.read.map(|attempt| attempt.0));
        if let Phase::Calling { attempt, .. } | Phase::Scanning { attempt } | Phase::Ending { attempt } =
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
        self.flow.read.iter_mut().for_each(rename);
        if let Phase::Calling { attempt, .. } | Phase::Scanning { attempt } | Phase::Ending { attempt } =
            &mut self.flow.phase
        {
            rename(attempt);
        }
        self.flow.last_attempt = Attempt(u32::try_from(attempts.len()).unwrap());
        let mut versions = vec![self.first.version, self.backend.version];
        versions.extend(self.flow.enrolment.iter().map(|enrolment| enrolment.version));
        for call in &self.calls {
            if let Kind::Change(_, Some((_, backend))) | Kind::Code(Some((_, backend))) = &call.kind {
                versions.push(backend.version);
            }
        }
        versions.sort_unstable();
        versions.dedup();
        let rename = |version: &mut u64| {
            let rank = versions.iter().position(|known| known == version).unwrap();
            *version = u64::try_from(rank).unwrap() + 1;
        };
        rename(&mut self.first.version);
        rename(&mut self.backend.version);
        for call in &mut self.calls {
            if let Kind::Change(_, Some((_, backend))) | Kind::Code(Some((_, backend))) = &mut call.kind {
                rename(&mut backend.version);
            }
        }
        if let Some(enrolment) = &mut self.flow.enrolment {
            rename(&mut enrolment.version);
            enrolment.server_time = TIMES[0];
        }
        self.flow.clock_offset = 0;
        self.flow.notice = None;
        let now = self.now();
        self.flow.not_before = self.flow.not_before.filter(|until| *until > now);
        self
    }

    fn assert_sound(&self) {
        assert_eq!(self.settled.is_some(), self.flow.is_settled());
        assert!(
            self.flow.enrolment_id().is_none_or(|id| id == "a"),
            "another enrolment was adopted"
        );
        let screen = self.flow.screen();
        if self.settled.is_some() {
            assert!(matches!(screen.view, View::Done(_)));
            return;
        }
        // What the screen offers is accepted, and nothing else.
        let accepts = |event| self.flow.clone().handle(event, self.now()).is_ok();
        assert_eq!(screen.can_finish, accepts(Event::DoneWanted));
        let offered = if let View::Overview(overview) = &screen.view {
            overview.questions.clone()
        } else {
            Vec::new()
        };
        for question in questions() {
            assert_eq!(offered.contains(&question), accepts(Event::QuestionWanted(question)));
        }
        assert_eq!(matches!(screen.view, View::Unreachable), accepts(Event::RetryWanted));
        // A screen that asks the customer for nothing waits for an answer or a timer.
        let asks = screen.can_finish || matches!(self.flow.phase, Phase::New | Phase::Asking(_));
        assert!(
            asks || !self.calls.is_empty() || !self.timers.is_empty(),
            "stuck: {self:?}"
        );
        // A lost answer leads to a read before the customer can act again.
        if let Phase::Reading {
            pending: Some(Pending::Lost(_) | Pending::LostCode(_)),
            ..
        } = &self.flow.phase
        {
            assert!(matches!(screen.view, View::Checking));
        }
    }
}

fn walk(first: World) -> usize {
    let first = first.renamed();
    let mut queue = VecDeque::from([(0_usize, first.clone())]);
    let mut numbers: HashMap<World, usize, FxBuildHasher> = HashMap::from_iter([(first, 0)]);
    let mut came_from: Vec<Vec<usize>> = vec![Vec::new()];
    let mut ended = Vec::new();
    let mut ends = Vec::new();
    while let Some((number, world)) = queue.pop_front() {
        world.assert_sound();
        if let Some(end) = world.settled {
            ended.push(number);
            ends.push(end);
            for event in customer_events().into_iter().chain(world_events(&world)) {
                assert_eq!(
                    world.flow.clone().handle(event, world.now()).unwrap_err(),
                    Ignored::Settled
                );
            }
            continue;
        }
        for next in world.next() {
            if let Some(known) = numbers.get(&next) {
                came_from[*known].push(number);
                continue;
            }
            let number_of_next = came_from.len();
            queue.push_back((number_of_next, next.clone()));
            numbers.insert(next, number_of_next);
            came_from.push(vec![number]);
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
    assert!(ends.contains(&EnrolmentEnd::Done) && ends.contains(&EnrolmentEnd::Ended));
    can_end.len()
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_without_factors() {
    let worlds = walk(World::new(FactorState::NotEnrolled, false));
    assert!(worlds > 1_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_with_both_factors() {
    let worlds = walk(World::new(FactorState::Enrolled, true));
    assert!(worlds > 1_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_nothing_is_known() {
    let worlds = walk(World::new(FactorState::Unknown, false));
    assert!(worlds > 1_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_without_a_phone_number() {
    let worlds = walk(World::with_phone(false));
    assert!(worlds > 1_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_with_a_phone_number() {
    let worlds = walk(World::with_phone(true));
    assert!(worlds > 1_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_without_a_face() {
    let worlds = walk(World::with_face(FactorState::NotEnrolled));
    assert!(worlds > 500, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_for_a_customer_with_a_face() {
    let worlds = walk(World::with_face(FactorState::Enrolled));
    assert!(worlds > 500, "{worlds} worlds: the search has shrunk");
}
