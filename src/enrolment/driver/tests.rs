//! The driver in a world that a test controls: what it sends, in which order, and what this browser keeps.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::LocalPool;
use sca_jose::{IV_LENGTH, TAG_LENGTH};
use sca_protocol::{
    PlainText,
    enrolment_api::Hidden,
    enrolment_flow::{
        BrowserKey, Change, EnrolmentEnd, Event, Notice, NumberPurpose, PinPurpose, Question, Screen, View,
    },
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Driver, End, Events, Observer, ports::DeviceKeys};
use crate::driver::{
    Access, ClientSecret, FACE_DEADLINE_MS, READ_DEADLINE_MS, WRITE_DEADLINE_MS,
    ports::Diagnostic,
    tests::world::{Call, FakePorts, SPKI, START, State, digits},
};

const FINGERPRINT: &str = "fingerprint-canary";
const DEVICE: &str = "636dfa3a-6277-4aa3-9a84-e21b6bd2c98b";

/// What this browser keeps, and whether it lets us.
#[derive(Default)]
struct Kept {
    /// The device of the key that is kept.
    key: RefCell<Option<Option<String>>>,
    refuses: Cell<bool>,
    hangs: Cell<bool>,
}

#[derive(Clone)]
struct FakeKeys(Rc<Kept>);

impl FakeKeys {
    async fn storage(&self) -> Option<()> {
        if self.0.hangs.get() {
            std::future::pending::<()>().await;
        }
        (!self.0.refuses.get()).then_some(())
    }
}

impl DeviceKeys for FakeKeys {
    async fn look_up(&self, name: &str) -> BrowserKey {
        assert_eq!(name, "key-1");
        if self.storage().await.is_none() {
            return BrowserKey::Refused;
        }
        match &*self.0.key.borrow() {
            Some(device) => BrowserKey::Kept { device: device.clone() },
            None => BrowserKey::Missing,
        }
    }

    async fn fingerprint(&self, _: &str) -> Option<Zeroizing<String>> {
        self.storage().await?;
        self.0.key.borrow_mut().get_or_insert_default();
        Some(Zeroizing::new(FINGERPRINT.to_owned()))
    }

    async fn remember(&self, _: &str, device: &str) {
        if self.storage().await.is_some() {
            *self.0.key.borrow_mut() = Some(Some(device.to_owned()));
        }
    }

    async fn forget(&self, _: &str) {
        if self.storage().await.is_some() {
            *self.0.key.borrow_mut() = None;
        }
    }
}

#[derive(Clone, Default)]
struct Watch {
    screens: Rc<RefCell<Vec<Screen>>>,
    ends: Rc<RefCell<Vec<End>>>,
}

impl Observer for Watch {
    fn show(&self, screen: Screen) {
        self.screens.borrow_mut().push(screen);
    }

    fn settled(&self, end: End) {
        self.ends.borrow_mut().push(end);
    }
}

struct World {
    state: Rc<State>,
    kept: Rc<Kept>,
    watch: Watch,
    driver: Option<Driver<FakePorts, FakeKeys>>,
    events: Events<FakePorts, FakeKeys>,
    pool: LocalPool,
}

impl World {
    fn opened(prepare: impl FnOnce(&Kept)) -> Self {
        let pool = LocalPool::new();
        let ports = FakePorts::new(&pool);
        let state = ports.state();
        let kept = Rc::new(Kept::default());
        prepare(&kept);
        let watch = Watch::default();
        let access = Access {
            base: "https://partner.example/sca".to_owned(),
            secret: ClientSecret::of_enrolment("enr_1_secret_canary".to_owned()).unwrap(),
        };
        let keys = FakeKeys(Rc::clone(&kept));
        let driver = Driver::new(ports, keys, access, Box::new(watch.clone()));
        let mut world = Self {
            state,
            kept,
            watch,
            events: driver.events(),
            driver: Some(driver),
            pool,
        };
        world.driver.as_ref().unwrap().open();
        world.run();
        world
    }

    /// An element that shows the overview.
    fn overview(factors: &Value) -> Self {
        Self::overview_in(factors, |_| {})
    }

    fn overview_in(factors: &Value, prepare: impl FnOnce(&Kept)) -> Self {
        let mut world = Self::opened(prepare);
        world.answer(factors);
        assert!(matches!(world.screen().view, View::Overview(_)));
        world
    }

    fn run(&mut self) {
        self.pool.run_until_stalled();
    }

    fn pass(&mut self, milliseconds: u64) {
        self.state.pass(&mut self.pool, milliseconds);
    }

    fn send(&mut self, event: Event) {
        self.events.send(event);
        self.run();
    }

    fn ask(&mut self, question: Question) {
        self.send(Event::QuestionWanted(question));
    }

    fn last_call(&self) -> Rc<Call> {
        Rc::clone(self.state.calls.borrow().last().unwrap())
    }

    fn answer(&mut self, body: &Value) {
        self.last_call().answer(200, body);
        self.run();
    }

    fn answer_key(&mut self) {
        assert_eq!(self.calls().last().unwrap(), "GET /encryption-key");
        self.answer(&json!({"spki": SPKI.trim(), "keyId": "7f2c"}));
    }

    fn calls(&self) -> Vec<String> {
        let calls = self.state.calls.borrow();
        let path = |call: &Rc<Call>| call.line.replace("https://partner.example/sca/v1/enrolment/enr_1", "");
        calls.iter().map(path).collect()
    }

    fn screen(&self) -> Screen {
        self.watch.screens.borrow().last().unwrap().clone()
    }

    fn notice(&self) -> Option<Notice> {
        self.screen().notice
    }

    fn end(&self) -> Option<End> {
        self.watch.ends.borrow().last().cloned()
    }

    /// Enters a new PIN twice, with the provider's key at hand, and returns the call that submits it.
    fn choose(&mut self, purpose: PinPurpose, pin: &str) -> Rc<Call> {
        self.ask(Question::NewPin(purpose));
        self.answer_key();
        self.send(Event::PinChosen {
            pin: digits(pin),
            again: digits(pin),
        });
        self.last_call()
    }

    /// Names this device, with the provider's key at hand, and returns the call that submits it.
    fn name_device(&mut self) -> Rc<Call> {
        self.ask(Question::NewDevice);
        self.answer_key();
        self.send(Event::DeviceNamed(PlainText::new("Phone").unwrap()));
        self.last_call()
    }
}

fn enrolment(version: u64, pin: &str, devices: &[&str]) -> Value {
    let device = if devices.is_empty() { "unknown" } else { "enrolled" };
    let devices: Vec<Value> = devices
        .iter()
        .map(|id| json!({"id": id, "name": "Phone", "createdAt": START}))
        .collect();
    json!({
        "id": "enr_1", "version": version, "serverTime": START, "expiresAt": START + 900_000, "status": "open",
        "factors": [
            {"factor": "pin", "kind": "knowledge", "state": pin},
            {"factor": "device", "kind": "possession", "state": device},
        ],
        "devices": devices, "browserKey": "key-1", "weakPins": "warned",
    })
}

fn enrolled(verdict: &str, enrolment: &Value) -> Value {
    json!({"verdict": verdict, "enrolment": enrolment})
}

#[test]
fn a_pin_leaves_only_as_ciphertext_and_is_shown_as_the_backend_says() {
    let mut world = World::overview(&enrolment(1, "not-enrolled", &[]));
    assert_eq!(world.calls(), ["GET "]);
    let call = world.choose(PinPurpose::Set, "9173");
    assert_eq!(world.calls(), ["GET ", "GET /encryption-key", "POST /pin"]);
    assert_eq!(call.authorization, "Bearer enr_1_secret_canary");
    assert_eq!(call.idempotency_key.as_deref().unwrap().len(), 32);
    assert_eq!(call.json()["jwe"].as_str().unwrap().split('.').count(), 5);
    assert!(!call.body.as_deref().unwrap().contains("9173"));
    world.answer(&enrolled("enrolled", &enrolment(2, "enrolled", &[])));
    assert_eq!(world.notice(), Some(Notice::Changed(Change::SetPin)));
}

#[test]
fn a_changed_pin_has_a_call_of_its_own_and_a_failed_second_half_is_said() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    let call = world.choose(PinPurpose::Change, "9173");
    assert_eq!(world.calls().last().unwrap(), "POST /pin/change");
    call.answer(200, &enrolled("replacement-failed", &enrolment(2, "not-enrolled", &[])));
    world.run();
    assert_eq!(world.notice(), Some(Notice::ReplacementFailed(Change::ChangePin)));
}

#[test]
fn a_stale_key_is_fetched_again_and_the_pin_encrypted_again_once() {
    let mut world = World::overview(&enrolment(1, "not-enrolled", &[]));
    let first = world.choose(PinPurpose::Set, "9173");
    world.answer(&enrolled("key-stale", &enrolment(1, "not-enrolled", &[])));
    world.answer_key();
    let second = world.last_call();
    assert_ne!(first.json()["jwe"], second.json()["jwe"]);
    assert_ne!(first.idempotency_key, second.idempotency_key);
    world.answer(&enrolled("key-stale", &enrolment(1, "not-enrolled", &[])));
    assert_eq!(world.calls().iter().filter(|call| *call == "POST /pin").count(), 2);
    assert_eq!(world.notice(), Some(Notice::CannotEncrypt));
}

#[test]
fn after_a_lost_answer_the_enrolment_is_read_and_nothing_is_claimed() {
    let mut world = World::overview(&enrolment(1, "not-enrolled", &[]));
    let call = world.choose(PinPurpose::Set, "9173");
    world.pass(WRITE_DEADLINE_MS);
    assert!(call.is_given_up());
    assert_eq!((world.screen().view, world.notice()), (View::Checking, None));
    assert_eq!(world.calls().last().unwrap(), "GET ");
    world.answer(&enrolment(2, "unknown", &[]));
    assert_eq!(world.notice(), Some(Notice::OutcomeUnknown(Change::SetPin)));
    assert_eq!(world.calls().iter().filter(|call| *call == "POST /pin").count(), 1);
}

#[test]
fn a_call_that_never_left_says_so_and_can_be_repeated() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.ask(Question::RemovePin);
    world.state.is_offline.set(true);
    world.send(Event::RemovalConfirmed);
    assert_eq!(world.notice(), Some(Notice::NotSent));
    world.state.is_offline.set(false);
    world.send(Event::RemovalConfirmed);
    assert_eq!(world.calls().last().unwrap(), "POST /pin/remove");
    world.answer(&enrolled("removed", &enrolment(2, "not-enrolled", &[])));
    assert_eq!(world.notice(), Some(Notice::Changed(Change::RemovePin)));
}

#[test]
fn an_answer_about_another_enrolment_is_refused() {
    let mut world = World::overview(&enrolment(1, "not-enrolled", &[]));
    world.choose(PinPurpose::Set, "9173");
    let mut other = enrolment(9, "enrolled", &[]);
    other["id"] = json!("enr_2");
    world.answer(&enrolled("enrolled", &other));
    assert_eq!(world.screen().view, View::Checking);
    world.answer(&enrolment(2, "unknown", &[]));
    assert_eq!(world.notice(), Some(Notice::OutcomeUnknown(Change::SetPin)));
}

#[test]
fn a_second_press_submits_nothing() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.ask(Question::RemovePin);
    world.send(Event::RemovalConfirmed);
    let before = world.calls().len();
    world.send(Event::RemovalConfirmed);
    assert_eq!(world.calls().len(), before);
    assert_eq!(*world.state.diagnostics.borrow(), [Diagnostic::EventIgnored]);
}

#[test]
fn a_device_leaves_only_as_ciphertext_and_its_id_is_kept_beside_the_key() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    let call = world.name_device();
    assert_eq!(world.calls().last().unwrap(), "POST /devices");
    assert_eq!(call.json()["name"], "Phone");
    assert!(!call.body.as_deref().unwrap().contains(FINGERPRINT));
    world.answer(&enrolled("enrolled", &enrolment(2, "enrolled", &[DEVICE])));
    assert_eq!(world.notice(), Some(Notice::Changed(Change::EnrolDevice)));
    assert_eq!(*world.kept.key.borrow(), Some(Some(DEVICE.to_owned())));
    let View::Overview(overview) = world.screen().view else {
        panic!("no overview");
    };
    assert_eq!(
        overview.browser_key,
        BrowserKey::Kept {
            device: Some(DEVICE.to_owned())
        }
    );
}

/// A provider's answer to this element alone: the fake cipher inverts every byte of it.
fn relayed(document: &Value) -> String {
    let sealed = document.to_string().bytes().map(|byte| !byte).collect();
    let [header, iv, ciphertext, tag] = [
        br#"{"alg":"dir","enc":"A256GCM"}"#.to_vec(),
        vec![99; IV_LENGTH],
        sealed,
        vec![0; TAG_LENGTH],
    ]
    .map(|part: Vec<u8>| Base64UrlUnpadded::encode_string(&part));
    [header, String::new(), iv, ciphertext, tag].join(".")
}

#[test]
fn an_id_that_only_the_element_can_read_is_recorded_at_the_backend() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.name_device();
    let mut answer = enrolled("enrolled", &enrolment(2, "enrolled", &[]));
    answer["relayed"] = json!(relayed(&json!({"deviceFingerprintId": DEVICE})));
    world.answer(&answer);
    assert_eq!(
        *world.calls().last().unwrap(),
        ["POST /devices/", DEVICE, "/record"].concat()
    );
    world.answer(&enrolment(3, "enrolled", &[DEVICE]));
    assert_eq!(world.notice(), Some(Notice::Changed(Change::EnrolDevice)));
    assert_eq!(*world.kept.key.borrow(), Some(Some(DEVICE.to_owned())));
}

#[test]
fn an_id_that_could_change_the_path_is_not_recorded() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.name_device();
    let mut answer = enrolled("enrolled", &enrolment(2, "enrolled", &[]));
    answer["relayed"] = json!(relayed(&json!({"deviceFingerprintId": "../end"})));
    world.answer(&answer);
    assert_eq!(world.calls().last().unwrap(), "POST /devices");
    assert_eq!(*world.kept.key.borrow(), Some(None));
}

#[test]
fn a_browser_that_keeps_no_key_is_said_before_or_after_it_was_asked() {
    let world = World::overview_in(&enrolment(1, "enrolled", &[]), |kept| kept.refuses.set(true));
    let View::Overview(overview) = world.screen().view else {
        panic!("no overview");
    };
    assert_eq!(overview.browser_key, BrowserKey::Refused);
    assert!(!overview.questions.contains(&Question::NewDevice));

    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.ask(Question::NewDevice);
    world.answer_key();
    world.kept.refuses.set(true);
    world.send(Event::DeviceNamed(PlainText::new("Phone").unwrap()));
    assert_eq!(world.notice(), Some(Notice::KeyRefused));
    assert!(!world.calls().contains(&"POST /devices".to_owned()));
}

#[test]
fn storage_that_does_not_answer_holds_nothing_up() {
    let mut world = World::overview_in(&enrolment(1, "enrolled", &[]), |kept| kept.hangs.set(true));
    world.pass(READ_DEADLINE_MS);
    let View::Overview(overview) = world.screen().view else {
        panic!("no overview");
    };
    assert_eq!(overview.browser_key, BrowserKey::Refused);
}

#[test]
fn the_key_goes_with_this_browsers_device_alone() {
    for (removed, verdict, stays) in [
        (DEVICE, "removed", false),
        (DEVICE, "not-enrolled", false),
        (DEVICE, "rejected", true),
        ("d2", "removed", true),
    ] {
        let devices = [DEVICE, "d2"];
        let mut world = World::overview_in(&enrolment(1, "enrolled", &devices), |kept| {
            *kept.key.borrow_mut() = Some(Some(DEVICE.to_owned()));
        });
        world.ask(Question::RemoveDevice(removed.to_owned()));
        world.send(Event::RemovalConfirmed);
        assert_eq!(
            *world.calls().last().unwrap(),
            ["POST /devices/", removed, "/remove"].concat()
        );
        world.answer(&enrolled(verdict, &enrolment(2, "enrolled", &devices)));
        assert_eq!(world.kept.key.borrow().is_some(), stays, "{removed} {verdict}");
    }
}

#[test]
fn a_phone_number_is_kept_for_its_code_alone_and_sent_with_it() {
    let mut phone = enrolment(1, "enrolled", &[]);
    phone["factors"] = json!([{"factor": "sms", "kind": "possession", "state": "unknown"}]);
    let with_code = |version| {
        let mut after = phone.clone();
        after["version"] = json!(version);
        after["phoneCode"] = json!({
            "number": "*********4567", "resendAt": START + 30_000, "expiresAt": START + 600_000,
            "checksLeft": 5, "verified": false,
        });
        after
    };
    let mut world = World::overview(&phone);
    world.ask(Question::NewPhone(NumberPurpose::Add));
    world.send(Event::NumberEntered {
        number: Hidden::new("0171 1234567".to_owned()),
        country: "DE".to_owned(),
    });
    assert_eq!(world.calls().last().unwrap(), "POST /phone");
    assert_eq!(
        world.last_call().json(),
        json!({"number": "0171 1234567", "country": "DE"})
    );
    world.answer(&enrolled("code-sent", &with_code(2)));
    assert_eq!(world.notice(), Some(Notice::CodeSent));

    // Too early, and then by the browser's clock.
    world.send(Event::NewCodeWanted);
    assert_eq!(world.calls().len(), 2);
    world.pass(30_000);
    world.send(Event::NewCodeWanted);
    assert_eq!(
        world.last_call().json(),
        json!({"number": "0171 1234567", "country": "DE"})
    );
    world.answer(&enrolled("code-sent", &with_code(3)));

    world.send(Event::CodeEntered(Hidden::new("111111".to_owned())));
    assert_eq!(world.calls().last().unwrap(), "POST /phone/verify");
    let body = json!({"number": "0171 1234567", "country": "DE", "code": "111111"});
    assert_eq!(world.last_call().json(), body);
    let mut after = phone.clone();
    after["version"] = json!(4);
    after["phone"] = json!({"number": "*********4567", "createdAt": START});
    world.answer(&enrolled("enrolled", &after));
    assert_eq!(world.notice(), Some(Notice::Changed(Change::AddPhone)));
    assert!(!world.driver.as_ref().unwrap().keeps_a_number());

    world.ask(Question::RemovePhone);
    world.send(Event::RemovalConfirmed);
    assert_eq!(world.calls().last().unwrap(), "POST /phone/remove");
}

#[test]
fn done_ends_the_enrolment_at_the_backend_even_without_an_answer() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.send(Event::DoneWanted);
    assert_eq!(world.calls().last().unwrap(), "POST /end");
    world.last_call().fail();
    world.run();
    let end = world.end().unwrap();
    assert_eq!(
        (end.end, end.enrolment_id.as_deref()),
        (EnrolmentEnd::Done, Some("enr_1"))
    );
    assert_eq!(world.watch.ends.borrow().len(), 1);
}

#[test]
fn a_secret_that_is_no_longer_valid_ends_the_flow() {
    let mut world = World::opened(|_| {});
    world.last_call().answer(401, &json!({"code": "unauthorized"}));
    world.run();
    let end = world.end().unwrap();
    assert_eq!((end.end, end.enrolment_id), (EnrolmentEnd::Ended, None));
}

#[test]
fn the_enrolments_time_runs_out_by_the_servers_clock() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.pass(899_000);
    assert_eq!(world.end(), None);
    world.pass(1_000);
    assert_eq!(world.end().unwrap().end, EnrolmentEnd::Ended);
}

#[test]
fn an_enrolment_that_may_make_no_more_calls_has_ended() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.ask(Question::RemovePin);
    world.send(Event::RemovalConfirmed);
    world
        .last_call()
        .answer(429, &json!({"code": "enrolment-limit-reached"}));
    world.run();
    assert_eq!(world.end().unwrap().end, EnrolmentEnd::Ended);
}

#[test]
fn a_dropped_driver_gives_up_its_calls() {
    let mut world = World::overview(&enrolment(1, "enrolled", &[]));
    world.ask(Question::RemovePin);
    world.send(Event::RemovalConfirmed);
    let call = world.last_call();
    world.driver = None;
    world.run();
    assert!(call.is_given_up());
    assert_eq!(world.end(), None);
}

fn with_face(version: u64, state: &str) -> Value {
    let mut enrolment = enrolment(version, "enrolled", &[]);
    enrolment["factors"] = json!([{"factor": "face-scan", "kind": "inherence", "state": state}]);
    enrolment
}

/// An element whose customer wants their face scanned, after the face server's token has arrived.
fn scanning() -> World {
    let mut world = World::overview(&with_face(1, "not-enrolled"));
    world.ask(Question::NewFace);
    world.send(Event::ScanWanted);
    assert_eq!(world.calls().last().unwrap(), "POST /face/session");
    world.answer(&json!({"sessionToken": "token-1"}));
    world
}

#[test]
fn a_scan_is_submitted_and_its_result_goes_to_the_host() {
    let mut world = World::overview(&with_face(1, "not-enrolled"));
    *world.state.scan.borrow_mut() = Some(Ok("c2NhbiBjYW5hcnk="));
    world.ask(Question::NewFace);
    world.send(Event::ScanWanted);
    world.answer(&json!({"sessionToken": "token-1"}));
    assert_eq!(world.calls().last().unwrap(), "POST /face");
    assert_eq!(world.last_call().json()["scan"]["faceScan"], "c2NhbiBjYW5hcnk=");
    let mut answer = enrolled("enrolled", &with_face(2, "enrolled"));
    answer["scanResult"] = json!("result-1");
    world.answer(&answer);
    assert_eq!(world.notice(), Some(Notice::Changed(Change::EnrolFace)));
    assert_eq!(*world.state.captures.borrow(), ["token-1", "result-1"]);
    world.ask(Question::RemoveFace);
    world.send(Event::RemovalConfirmed);
    assert_eq!(world.calls().last().unwrap(), "POST /face/remove");
}

#[test]
fn going_back_tells_the_host_to_stop() {
    let mut world = scanning();
    world.send(Event::BackWanted);
    assert_eq!(*world.state.captures.borrow(), ["token-1", "stop"]);
    assert!(matches!(world.screen().view, View::Overview(_)));
    assert!(!world.calls().contains(&"POST /face".to_owned()));
}

#[test]
fn after_a_lost_answer_to_a_scan_the_enrolment_is_read_and_nothing_is_claimed() {
    let mut world = World::overview(&with_face(1, "not-enrolled"));
    *world.state.scan.borrow_mut() = Some(Ok("c2NhbiBjYW5hcnk="));
    world.ask(Question::NewFace);
    world.send(Event::ScanWanted);
    world.answer(&json!({"sessionToken": "token-1"}));
    world.pass(FACE_DEADLINE_MS);
    assert_eq!((world.screen().view, world.notice()), (View::Checking, None));
    assert_eq!(*world.state.captures.borrow(), ["token-1", "no result"]);
    world.answer(&with_face(2, "unknown"));
    assert_eq!(world.notice(), Some(Notice::OutcomeUnknown(Change::EnrolFace)));
}
