//! A fake environment for the driver, in which nothing happens unless a test causes it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    rc::Rc,
    task::{Poll, Waker},
};

use futures_executor::LocalPool;
use futures_util::{future::LocalBoxFuture, task::LocalSpawnExt};
use sca_jose::{Cipher, CipherError, ContentKey, IV_LENGTH, PublicKey, Sealed, TAG_LENGTH};
use sca_protocol::{
    PageFactors, Timestamp,
    entry::{DigitEntry, Digits},
    face::default_frame_origins,
    face_scan::{Blob, FaceScan},
    flow::{self, Event, NoScan, Screen},
};
use serde_json::{Value, json};

use crate::json::JsonValue;
use zeroize::Zeroizing;

use crate::driver::{
    Access, ClientSecret, Driver, End, Events, Observer,
    ports::{
        BodyError, Camera, CapturedFace, Clock, DeviceKeysUnreadable, Diagnostic, DiagnosticLog, Digest, FaceCapture,
        Http, Json, KnownDeviceKeys, Method, NoRandomness, Page, Ports, Random, Request, Response, SendError, Spawn,
    },
};

pub(crate) const START: u64 = 1_700_000_000_000;
pub(crate) const SPKI: &str = include_str!("../../../tests/fixtures/jose/test-key-2048.spki.b64");

/// One call, as the server would see it.
#[derive(Default)]
pub(crate) struct Call {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: Option<String>,
    state: RefCell<CallState>,
}

#[derive(Default)]
struct CallState {
    head: Option<Result<Head, SendError>>,
    pieces: VecDeque<Result<Option<Vec<u8>>, BodyError>>,
    waker: Option<Waker>,
    dropped: bool,
}

struct Head {
    status: u16,
    headers: Vec<(&'static str, String)>,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.body.as_deref().unwrap()).unwrap()
    }

    /// Answers with a complete body.
    pub(crate) fn answer(&self, status: u16, body: &Value) {
        self.answer_text(status, &body.to_string());
    }

    pub(crate) fn answer_text(&self, status: u16, body: &str) {
        self.begin(status, vec![]);
        self.piece(body.as_bytes());
        self.end();
    }

    pub(crate) fn begin(&self, status: u16, headers: Vec<(&'static str, String)>) {
        self.change(|state| state.head = Some(Ok(Head { status, headers })));
    }

    pub(crate) fn piece(&self, bytes: &[u8]) {
        self.change(|state| state.pieces.push_back(Ok(Some(bytes.to_vec()))));
    }

    pub(crate) fn end(&self) {
        self.change(|state| state.pieces.push_back(Ok(None)));
    }

    pub(crate) fn break_off(&self) {
        self.change(|state| state.pieces.push_back(Err(BodyError)));
    }

    pub(crate) fn fail(&self) {
        self.change(|state| state.head = Some(Err(SendError::NoResponse)));
    }

    /// Whether the driver has dropped the call.
    pub(crate) fn is_given_up(&self) -> bool {
        self.state.borrow().dropped
    }

    fn change(&self, change: impl FnOnce(&mut CallState)) {
        let mut state = self.state.borrow_mut();
        change(&mut state);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

struct GivesUp(Rc<Call>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.state.borrow_mut().dropped = true;
    }
}

pub(crate) struct FakeResponse(GivesUp);

impl Response for FakeResponse {
    fn status(&self) -> u16 {
        match &self.0.0.state.borrow().head {
            Some(Ok(head)) => head.status,
            Some(Err(_)) | None => 0,
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        let state = self.0.0.state.borrow();
        let Some(Ok(head)) = &state.head else { return None };
        let header = head.headers.iter().find(|(header, _)| *header == name)?;
        Some(header.1.clone())
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        poll_fn(|context| {
            let mut state = self.0.0.state.borrow_mut();
            if let Some(piece) = state.pieces.pop_front() {
                return Poll::Ready(piece);
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// The state of the world, shared by the ports and the test.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: Cell<u64>,
    pub(crate) is_visible: Cell<bool>,
    pub(crate) is_offline: Cell<bool>,
    /// The result of a camera query; without one the query never ends.
    pub(crate) camera: Cell<Option<flow::Camera>>,
    /// The result of deriving a fingerprint; without one it never ends.
    pub(crate) fingerprint: RefCell<Option<Result<Option<&'static str>, DeviceKeysUnreadable>>>,
    /// The names of the keys that a fingerprint was derived from.
    pub(crate) fingerprints: RefCell<Vec<String>>,
    /// What the host's capture of a face ends with; without it, it never ends.
    pub(crate) scan: RefCell<Option<Result<&'static str, NoScan>>>,
    /// Whether the host has no such capture.
    pub(crate) has_no_capture: Cell<bool>,
    /// The calls of the host's capture: with the token, with the face server's result, and to stop.
    pub(crate) captures: RefCell<Vec<String>>,
    /// The origins that the camera was queried for.
    pub(crate) camera_looks: RefCell<Vec<String>>,
    pub(crate) calls: RefCell<Vec<Rc<Call>>>,
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
    pub(crate) screens: RefCell<Vec<Screen>>,
    pub(crate) ends: RefCell<Vec<End>>,
    sleepers: RefCell<Vec<(u64, Waker)>>,
    random: Cell<u8>,
    seals: Cell<u8>,
}

impl State {
    /// Advances the clock, second by second, and runs what is due.
    pub(crate) fn pass(&self, pool: &mut LocalPool, milliseconds: u64) {
        let end = self.now.get() + milliseconds;
        while self.now.get() < end {
            self.now.set((self.now.get() + 1_000).min(end));
            for (_, waker) in self.sleepers.take() {
                waker.wake();
            }
            pool.run_until_stalled();
        }
    }
}

#[derive(Clone)]
pub(crate) struct FakePorts(Rc<State>, futures_executor::LocalSpawner);

impl FakePorts {
    /// A visible page at [`START`].
    pub(crate) fn new(pool: &LocalPool) -> Self {
        let state = State::default();
        state.now.set(START);
        state.is_visible.set(true);
        Self(Rc::new(state), pool.spawner())
    }

    pub(crate) fn state(&self) -> Rc<State> {
        Rc::clone(&self.0)
    }
}

impl Ports for FakePorts {
    type Http = Self;
    type Json = Self;
    type Cipher = Self;
    type Digest = Self;
    type Clock = Self;
    type Random = Self;
    type Page = Self;
    type Camera = Self;
    type DeviceKeys = Self;
    type FaceCapture = Self;
    type Tasks = Self;
    type DiagnosticLog = Self;

    fn http(&self) -> &Self {
        self
    }
    fn json(&self) -> &Self {
        self
    }
    fn cipher(&self) -> &Self {
        self
    }
    fn digest(&self) -> &Self {
        self
    }
    fn clock(&self) -> &Self {
        self
    }
    fn random(&self) -> &Self {
        self
    }
    fn page(&self) -> &Self {
        self
    }
    fn camera(&self) -> &Self {
        self
    }
    fn device_keys(&self) -> &Self {
        self
    }
    fn face_capture(&self) -> &Self {
        self
    }
    fn tasks(&self) -> &Self {
        self
    }
    fn diagnostics(&self) -> &Self {
        self
    }
}

impl Http for FakePorts {
    type Response = FakeResponse;

    async fn send(&self, request: Request) -> Result<FakeResponse, SendError> {
        if self.0.is_offline.get() {
            return Err(SendError::NotSent);
        }
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let call = Rc::new(Call {
            line: format!("{method} {}", request.url),
            authorization: request.bearer.authorization().to_string(),
            idempotency_key: request.idempotency_key,
            body: request.body.map(|body| body.0.to_string()),
            state: RefCell::default(),
        });
        self.0.calls.borrow_mut().push(Rc::clone(&call));
        let held = GivesUp(Rc::clone(&call));
        poll_fn(move |context| {
            let mut state = call.state.borrow_mut();
            match &state.head {
                Some(Ok(_)) => Poll::Ready(Ok(())),
                Some(Err(error)) => Poll::Ready(Err(*error)),
                None => {
                    state.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await?;
        Ok(FakeResponse(held))
    }
}

impl Json for FakePorts {
    type Value = Parsed;

    fn parse(&self, text: &str) -> Option<Parsed> {
        serde_json::from_str(text).ok().map(Parsed)
    }
}

pub(crate) struct Parsed(Value);

impl JsonValue for Parsed {
    fn get(&self, name: &str) -> Option<Self> {
        let member = self.0.as_object()?.get(name)?;
        (!member.is_null()).then(|| Self(member.clone()))
    }

    fn as_array(&self) -> Option<Vec<Self>> {
        Some(self.0.as_array()?.iter().cloned().map(Self).collect())
    }

    fn as_string(&self) -> Option<String> {
        self.0.as_str().map(str::to_owned)
    }

    fn as_u64(&self) -> Option<u64> {
        self.0.as_u64()
    }

    fn as_bool(&self) -> Option<bool> {
        self.0.as_bool()
    }
}

impl Clock for FakePorts {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now.get())
    }

    fn read_http_date(&self, text: &str) -> Option<Timestamp> {
        (text == "Tue, 14 Nov 2023 22:13:30 GMT").then_some(Timestamp(START + 10_000))
    }

    async fn sleep(&self, milliseconds: u64) {
        let until = self.0.now.get() + milliseconds;
        poll_fn(|context| {
            if self.0.now.get() >= until {
                return Poll::Ready(());
            }
            self.0.sleepers.borrow_mut().push((until, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Random for FakePorts {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.random.set(self.0.random.get() + 1);
        buffer.fill(self.0.random.get());
        Ok(())
    }
}

impl Page for FakePorts {
    fn is_visible(&self) -> bool {
        self.0.is_visible.get()
    }
}

impl Camera for FakePorts {
    async fn look(&self, origin: &str) -> flow::Camera {
        self.0.camera_looks.borrow_mut().push(origin.to_owned());
        poll_fn(|_| self.0.camera.get().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl KnownDeviceKeys for FakePorts {
    async fn known_fingerprint(&self, name: &str) -> Result<Option<Zeroizing<String>>, DeviceKeysUnreadable> {
        self.0.fingerprints.borrow_mut().push(name.to_owned());
        let derived = poll_fn(|_| self.0.fingerprint.borrow().map_or(Poll::Pending, Poll::Ready)).await;
        Ok(derived?.map(|fingerprint| Zeroizing::new(fingerprint.to_owned())))
    }
}

/// Tells the host to stop when it is dropped, unless the capture is over.
struct FakeCapture(Rc<State>, bool);

impl FakeCapture {
    fn is_told(&mut self, what: &str) {
        self.1 = true;
        self.0.captures.borrow_mut().push(what.to_owned());
    }
}

impl Drop for FakeCapture {
    fn drop(&mut self) {
        if !self.1 {
            self.is_told("stop");
        }
    }
}

impl FaceCapture for FakePorts {
    fn here(&self) -> Option<PageFactors> {
        PageFactors::HERE.filter(|_| !self.0.has_no_capture.get())
    }

    async fn capture(&self, session: &Blob) -> Result<CapturedFace, NoScan> {
        self.0.captures.borrow_mut().push(session.as_str().to_owned());
        let mut capture = FakeCapture(Rc::clone(&self.0), false);
        let scan = poll_fn(|_| self.0.scan.borrow().map_or(Poll::Pending, Poll::Ready)).await;
        let scan = scan.inspect_err(|_| capture.1 = true)?;
        let blob = || Blob::new(scan.to_owned());
        Ok(CapturedFace {
            scan: FaceScan {
                face_scan: blob(),
                audit_trail_image: blob(),
                low_quality_audit_trail_image: blob(),
                user_agent: None,
            },
            finish: Box::new(move |result| capture.is_told(result.unwrap_or("no result"))),
        })
    }
}

impl Spawn for FakePorts {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        let task: LocalBoxFuture<'static, ()> = task;
        self.1.spawn_local(task).unwrap();
    }
}

impl DiagnosticLog for FakePorts {
    fn record(&self, diagnostic: Diagnostic) {
        self.0.diagnostics.borrow_mut().push(diagnostic);
    }
}

/// A fake digest that differs for the texts of the tests. The browser tests use the real one.
impl Digest for FakePorts {
    async fn sha256(&self, text: &str) -> Option<Vec<u8>> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Some([hasher.finish().to_be_bytes(); 4].concat())
    }
}

/// The same, as a body contains it.
pub(crate) fn fake_digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish()).repeat(4)
}

/// Inverts every byte: enough to see which text was encrypted. For this file only.
impl Cipher for FakePorts {
    type ContentKey = FakeKey;
    type RecipientKey = PublicKey;

    async fn import_key(&self, recipient: &PublicKey) -> Result<PublicKey, CipherError> {
        Ok(recipient.clone())
    }

    async fn seal(&self, recipient: &PublicKey, _: &[u8], plaintext: &[u8]) -> Result<Sealed<FakeKey>, CipherError> {
        let number = self.0.seals.get() + 1;
        self.0.seals.set(number);
        let mut ciphertext_and_tag: Vec<u8> = plaintext.iter().map(|byte| !byte).collect();
        ciphertext_and_tag.extend([number; TAG_LENGTH]);
        Ok(Sealed {
            content_key: FakeKey,
            encrypted_key: vec![number; recipient.modulus().len()],
            iv: [number; IV_LENGTH],
            ciphertext_and_tag,
        })
    }
}

pub(crate) struct FakeKey;

impl ContentKey for FakeKey {
    async fn open(self, _: &[u8; IV_LENGTH], _: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CipherError> {
        let tag_at = sealed.len() - TAG_LENGTH;
        let plaintext = sealed[..tag_at].iter().map(|byte| !byte).collect();
        Ok(Zeroizing::new(plaintext))
    }
}

struct Watch(Rc<State>);

impl Observer for Watch {
    fn hands_over(&self) -> bool {
        false
    }

    fn show(&self, screen: Screen) {
        self.0.screens.borrow_mut().push(screen);
    }

    fn settled(&self, end: End) {
        self.0.ends.borrow_mut().push(end);
    }
}

/// A driver with its fake environment.
pub(crate) struct World {
    pub(crate) state: Rc<State>,
    pub(crate) driver: Option<Driver<FakePorts>>,
    events: Events<FakePorts>,
    pool: LocalPool,
}

impl World {
    /// A widget that has just been opened.
    pub(crate) fn opened() -> Self {
        Self::opened_in(|_| {})
    }

    /// The same, in an environment that is prepared before.
    pub(crate) fn opened_in(prepare: impl FnOnce(&State)) -> Self {
        let pool = LocalPool::new();
        let ports = FakePorts::new(&pool);
        let state = ports.state();
        prepare(&state);
        let driver = Driver::new(
            ports,
            Access {
                base: "https://partner.example/sca".to_owned(),
                secret: ClientSecret::new("apr_1_secret_canary".to_owned()).unwrap(),
            },
            default_frame_origins(),
            Box::new(Watch(Rc::clone(&state))),
        );
        let mut world = Self {
            state,
            events: driver.events(),
            driver: Some(driver),
            pool,
        };
        world.driver.as_ref().unwrap().open();
        world.run();
        world
    }

    /// A widget that asks for the PIN, listens for events, and is fetching the provider's key.
    pub(crate) fn asking_for_pin() -> Self {
        let mut world = Self::opened();
        world.last_call().answer(200, &approval(1, false));
        world.run();
        assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key"]);
        world
    }

    /// A widget that explains the face check and listens for events.
    pub(crate) fn asking_for_face() -> Self {
        let mut world = Self::opened();
        world.last_call().answer(200, &face_approval(1, None));
        world.run();
        assert_eq!(world.calls(), ["GET ", "GET /events"]);
        world
    }

    /// A widget that shows the face check in a frame.
    pub(crate) fn showing_face() -> Self {
        let mut world = Self::asking_for_face();
        world.send(Event::FrameWanted);
        world.last_call().answer(200, &face_approval(2, Some(SESSION)));
        world.run();
        world
    }

    /// Runs every task until it waits.
    pub(crate) fn run(&mut self) {
        self.pool.run_until_stalled();
    }

    /// Advances the clock, second by second.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.state.pass(&mut self.pool, milliseconds);
    }

    pub(crate) fn send(&mut self, event: Event) {
        self.events.send(event);
        self.run();
    }

    pub(crate) fn resume(&mut self) {
        self.driver.as_ref().unwrap().resume();
        self.run();
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.state.calls.borrow();
        calls
            .iter()
            .map(|call| call.line.replace("https://partner.example/sca/v1/approval/apr_1", ""))
            .collect()
    }

    pub(crate) fn last_call(&self) -> Rc<Call> {
        Rc::clone(self.state.calls.borrow().last().unwrap())
    }

    /// The event stream of a widget.
    pub(crate) fn stream(&self) -> Rc<Call> {
        self.call(1)
    }

    /// Answers the request for the provider's key.
    pub(crate) fn answer_key(&mut self) {
        let call = self.last_call();
        assert_eq!(
            call.line,
            "GET https://partner.example/sca/v1/approval/apr_1/encryption-key"
        );
        call.answer(200, &json!({"spki": SPKI.trim(), "keyId": "7f2c"}));
        self.run();
    }

    pub(crate) fn call(&self, number: usize) -> Rc<Call> {
        Rc::clone(&self.state.calls.borrow()[number])
    }

    pub(crate) fn screen(&self) -> Screen {
        self.state.screens.borrow().last().unwrap().clone()
    }
}

pub(crate) fn digits(text: &str) -> Digits {
    let mut entry = DigitEntry::new(u8::try_from(text.len()).unwrap());
    entry.push(text).unwrap();
    entry.take().unwrap()
}

/// An approval with a PIN as its only challenge.
pub(crate) fn approval(version: u64, is_passed: bool) -> Value {
    json!({
        "id": "apr_1", "version": version, "serverTime": START, "expiresAt": START + 900_000,
        "status": if is_passed { "approved" } else { "pending" },
        "action": {"statement": {"account": "EUR balance", "from": "2026-01-01", "to": "2026-01-31"}},
        "challenges": [{
            "id": "1", "required": true, "passed": is_passed,
            "primary": {"factor": "pin", "availability": "available", "digits": 4},
        }],
    })
}

/// An approval with the device as its only challenge, and a PIN instead. It names the customer's key.
pub(crate) fn device_approval(version: u64) -> Value {
    let mut approval = approval(version, false);
    let pin = approval["challenges"][0]["primary"].clone();
    approval["challenges"][0]["primary"] = json!({"factor": "device", "availability": "available"});
    approval["challenges"][0]["alternatives"] = json!([pin]);
    approval["browserKey"] = json!("key-of-c1");
    approval
}

/// An approval with the scan of a face as its only challenge, and a PIN instead.
pub(crate) fn scan_approval(version: u64) -> Value {
    let mut approval = device_approval(version);
    approval["challenges"][0]["primary"] = json!({"factor": "face-scan", "availability": "available"});
    approval
}

/// The URL of a session's page.
pub(crate) const SESSION: &str = "https://session.facesign.ai?cs=canary";

/// An approval with the face as its only challenge.
pub(crate) fn face_approval(version: u64, session: Option<&str>) -> Value {
    let mut approval = approval(version, false);
    approval["challenges"][0]["primary"] = json!({"factor": "face", "availability": "available"});
    if let Some(url) = session {
        approval["challenges"][0]["face"] = json!({"url": url, "expiresAt": START + 7_200_000});
    }
    approval
}

pub(crate) fn verified(verdict: &str, approval: &Value) -> Value {
    json!({"verdict": verdict, "approval": approval})
}
