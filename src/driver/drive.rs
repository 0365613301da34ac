//! Runs a flow: performs its effects, returns their results as events, shows its screens.

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::{Rc, Weak},
};

use futures_util::future::LocalBoxFuture;
use sca_protocol::{
    Factor, Origin, Outcome, Timestamp, api,
    flow::{Attempt, Effect, Event, Failure, Flow, Screen, Timer, View},
};

use super::{
    backend::{Access, Backend, Call, JsonValueOf, read},
    listen::{Listened, listen},
    ports::{Camera, Clock, Diagnostic, DiagnosticLog, FaceCapture, Page, Ports},
    provider_key::ProviderKey,
    queue::Queue,
    submit_device::submit_device,
    submit_encrypted::{pin_document, submit_encrypted},
    submit_face::submit_face,
    tasks::{Purpose, Tasks},
};

/// How often the approval is read where no stream can be heard, in milliseconds. Another page's progress is seen within five seconds.
const POLL_WITHOUT_STREAM_MS: u64 = 4_000;

/// How a widget's flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The outcome.
    pub outcome: Outcome,
    /// The approval's id, if it became known.
    pub approval_id: Option<String>,
}

/// Receives the screens and the result of a flow.
pub trait Observer {
    /// The screen has changed.
    fn show(&self, screen: Screen);
    /// The open challenge needs a build that shows hosted challenges, and this is none. Returns whether such a build takes over; then nothing
    /// more is shown here.
    fn hands_over(&self) -> bool;
    /// The flow has ended. Called at most once, and after every [`show`](Self::show).
    fn settled(&self, end: End);
}

/// Runs one widget's flow. Dropping it cancels all its work, without a result.
pub struct Driver<P: Ports>(Rc<Inner<P>>);

/// Sends events to a driver while it lives.
pub struct Events<P: Ports>(Weak<Inner<P>>);

struct Inner<P: Ports> {
    backend: Rc<Backend<P>>,
    flow: RefCell<Flow>,
    /// Fetched as soon as the screen asks for a PIN.
    provider_key: Rc<ProviderKey<P>>,
    asks_for_pin: Cell<bool>,
    tasks: Tasks<Purpose>,
    /// Whether the stream of events waits for the page to be visible: a browser has few connections for all tabs of an origin.
    listens_later: Cell<bool>,
    events: Queue<Event>,
    observer: Box<dyn Observer>,
}

impl<P: Ports> fmt::Debug for Driver<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Driver")
    }
}

impl<P: Ports> fmt::Debug for Events<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Events")
    }
}

impl<P: Ports> Clone for Events<P> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<P: Ports> Events<P> {
    /// Sends an event. Does nothing when the driver has been dropped.
    pub fn send(&self, event: Event) {
        if let Some(inner) = self.0.upgrade() {
            inner.dispatch(event);
        }
    }
}

impl<P: Ports> Driver<P> {
    /// A driver that has not started. It shows frames from these origins alone.
    #[must_use]
    pub fn new(ports: P, access: Access, frame_origins: Vec<Origin>, observer: Box<dyn Observer>) -> Self {
        let flow = Flow::new(access.secret.id().to_owned(), frame_origins);
        let flow = flow.with_face_capture(ports.face_capture().here());
        Self(Rc::new(Inner {
            backend: Rc::new(Backend { ports, access }),
            flow: RefCell::new(flow),
            provider_key: Rc::default(),
            asks_for_pin: Cell::new(false),
            tasks: Tasks::default(),
            listens_later: Cell::new(false),
            events: Queue::default(),
            observer,
        }))
    }

    /// A handle that sends events to this driver.
    #[must_use]
    pub fn events(&self) -> Events<P> {
        Events(Rc::downgrade(&self.0))
    }

    /// Starts the flow.
    pub fn open(&self) {
        self.0.dispatch(Event::Opened);
    }

    /// Call this when the page is hidden, and when it may have been suspended, hidden or offline and is active again. A hidden page has no
    /// event stream. An open one is opened again, because it may have broken without an error.
    pub fn resume(&self) {
        let inner = &self.0;
        if inner.tasks.is_running(Purpose::Listen) || inner.listens_later.get() {
            inner.listen();
        }
        if inner.backend.ports.page().is_visible() {
            inner.dispatch(Event::Resumed);
        }
    }

    /// The approval's id, once it is known.
    #[must_use]
    pub fn approval_id(&self) -> Option<String> {
        self.0.flow.borrow().approval_id().map(str::to_owned)
    }
}

impl<P: Ports> Inner<P> {
    /// Lets the flow handle an event, after those that arrived before it.
    fn dispatch(self: &Rc<Self>, event: Event) {
        self.events.dispatch(event, |event| self.handle(event));
    }

    fn handle(self: &Rc<Self>, event: Event) {
        let now = self.backend.ports.clock().now();
        let handled = self.flow.borrow_mut().handle(event, now);
        let Ok(effects) = handled else {
            self.backend.ports.diagnostics().record(Diagnostic::EventIgnored);
            return;
        };
        if self.flow.borrow().lacks_hosted_challenges() && self.observer.hands_over() {
            return;
        }
        let screen = self.flow.borrow().screen();
        let asks_for_pin = matches!(screen.view, View::Pin { .. });
        self.observer.show(screen);
        for effect in effects {
            self.perform(effect);
        }
        let asked_before = self.asks_for_pin.replace(asks_for_pin);
        if asks_for_pin && !asked_before {
            self.prepare_for_pin();
        }
    }

    /// Prepares the provider's key while the customer types the PIN. If that fails, the submission tries again.
    fn prepare_for_pin(self: &Rc<Self>) {
        let backend = Rc::clone(&self.backend);
        let key = Rc::clone(&self.provider_key);
        let work = async move {
            key.ready(&backend).await.ok();
            None
        };
        self.start(Purpose::ProviderKey, Box::pin(work));
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::ReadApproval(attempt) => self.call(attempt, Call::get(api::APPROVAL), |attempt, answer| {
                call_event(attempt, read(answer), Event::ApprovalRead, Event::ReadFailed)
            }),
            Effect::StartFactor {
                attempt,
                challenge_id,
                factor,
            } => {
                let call = Call::post(api::START, Some(api::write_start(&challenge_id, &factor)));
                self.call(
                    attempt,
                    call.with_shown(self.flow.borrow().on_screen()),
                    |attempt, answer| call_event(attempt, read(answer), Event::Started, Event::StartFailed),
                );
            }
            Effect::SubmitPin {
                attempt,
                challenge_id,
                pin,
            } => {
                let backend = Rc::clone(&self.backend);
                let key = Rc::clone(&self.provider_key);
                let shown = self.flow.borrow().on_screen();
                let plaintext = pin_document(&pin);
                drop(pin);
                let work = async move {
                    let submitting = submit_encrypted(&backend, &key, &challenge_id, Factor::Pin, shown, plaintext);
                    let verified = submitting.await;
                    Some(call_event(attempt, verified, Event::Verified, Event::VerifyFailed))
                };
                self.start(Purpose::Call(attempt), Box::pin(work));
            }
            Effect::SubmitDevice(submission) => {
                let backend = Rc::clone(&self.backend);
                let key = Rc::clone(&self.provider_key);
                let shown = self.flow.borrow().on_screen();
                let attempt = submission.attempt;
                let work = async move { Some(submit_device(&backend, &key, submission, shown).await) };
                self.start(Purpose::Call(attempt), Box::pin(work));
            }
            Effect::SubmitFace(submission) => {
                let backend = Rc::clone(&self.backend);
                let inner = Rc::downgrade(self);
                let (attempt, here) = (submission.attempt, submission.here);
                let scanned = move || {
                    let inner = inner.upgrade()?;
                    inner.dispatch(Event::FaceScanned(attempt, here));
                    inner.flow.borrow().on_screen()
                };
                let work = async move { Some(submit_face(&backend, submission, scanned).await) };
                self.start(Purpose::Call(attempt), Box::pin(work));
            }
            Effect::SubmitCode {
                attempt,
                challenge_id,
                factor,
                code,
            } => {
                let body = api::write_verify_code(&challenge_id, &factor, &code);
                let call = Call::post(api::VERIFY, Some(body));
                self.call(
                    attempt,
                    call.with_shown(self.flow.borrow().on_screen()),
                    |attempt, answer| call_event(attempt, read(answer), Event::Verified, Event::VerifyFailed),
                );
            }
            Effect::QueryCameraPermission { origin, here: _ } => {
                let backend = Rc::clone(&self.backend);
                let work = async move {
                    Some(Event::CameraPermissionChanged(
                        backend.ports.camera().look(origin.as_str()).await,
                    ))
                };
                self.start(Purpose::QueryCameraPermission, Box::pin(work));
            }
            Effect::CancelApproval(attempt) => self.stop(attempt, api::CANCEL),
            Effect::DenyApproval(attempt) => self.stop(attempt, api::DENY),
            Effect::Listen => self.listen(),
            Effect::StopListening => {
                self.listens_later.set(false);
                self.tasks.cancel(Purpose::Listen);
            }
            Effect::Abandon(attempt) => self.tasks.cancel(Purpose::Call(attempt)),
            Effect::Wait(timer, until) => self.wait(timer, until),
            Effect::Settle(outcome) => {
                self.tasks.cancel_all();
                self.provider_key.forget();
                self.observer.settled(End {
                    outcome,
                    approval_id: self.flow.borrow().approval_id().map(str::to_owned),
                });
            }
        }
    }

    fn stop(self: &Rc<Self>, attempt: Attempt, route: &'static str) {
        self.call(attempt, Call::post(route, None), |attempt, answer| {
            call_event(attempt, read(answer), Event::Cancelled, Event::CancelFailed)
        });
    }

    fn call(self: &Rc<Self>, attempt: Attempt, call: Call, end: fn(Attempt, Result<JsonValueOf<P>, Failure>) -> Event) {
        let backend = Rc::clone(&self.backend);
        let work = async move { Some(end(attempt, backend.call(call).await)) };
        self.start(Purpose::Call(attempt), Box::pin(work));
    }

    fn listen(self: &Rc<Self>) {
        let is_visible = self.backend.ports.page().is_visible();
        self.listens_later.set(!is_visible);
        if !is_visible {
            return self.tasks.cancel(Purpose::Listen);
        }
        let backend = Rc::clone(&self.backend);
        let events = Events(Rc::downgrade(self));
        let work = async move {
            match listen(&backend, |approval| events.send(Event::ApprovalChanged(approval))).await {
                Listened::Ended => Some(Event::ListeningEnded),
                Listened::Silence => loop {
                    backend.ports.clock().sleep(POLL_WITHOUT_STREAM_MS).await;
                    if backend.ports.page().is_visible() {
                        events.send(Event::WaitOver(Timer::Poll));
                    }
                },
            }
        };
        self.start(Purpose::Listen, Box::pin(work));
    }

    fn wait(self: &Rc<Self>, timer: Timer, until: Timestamp) {
        let backend = Rc::clone(&self.backend);
        let work = async move {
            let clock = backend.ports.clock();
            clock.sleep(clock.now().ms_until(until)).await;
            // A hidden page does not poll; it does when it is visible again.
            let is_held_back = timer == Timer::Poll && !backend.ports.page().is_visible();
            (!is_held_back).then_some(Event::WaitOver(timer))
        };
        self.start(Purpose::Wait(timer), Box::pin(work));
    }

    /// Starts a task whose result is an event.
    fn start(self: &Rc<Self>, purpose: Purpose, work: LocalBoxFuture<'static, Option<Event>>) {
        let inner = Rc::downgrade(self);
        let work = async move {
            let event = work.await;
            if let (Some(inner), Some(event)) = (inner.upgrade(), event) {
                inner.tasks.cancel(purpose);
                inner.dispatch(event);
            }
        };
        self.tasks.start(self.backend.ports.tasks(), purpose, work);
    }
}

/// The event for the result of a call.
fn call_event<T>(
    attempt: Attempt,
    result: Result<T, Failure>,
    done: fn(Attempt, T) -> Event,
    failed: fn(Attempt, Failure) -> Event,
) -> Event {
    match result {
        Ok(answer) => done(attempt, answer),
        Err(failure) => failed(attempt, failure),
    }
}
