//! Runs a flow: performs its effects, returns their results as events, shows its screens.

use std::{
    cell::{Cell, RefCell},
    fmt,
    rc::{Rc, Weak},
};

use futures_util::future::LocalBoxFuture;
use sca_protocol::{
    Timestamp,
    enrolment_api::{
        DEVICE_REMOVE, DEVICES, END, ENROLMENT, Enrolled, EnrolmentVerdict, FACE_REMOVE, NewPhone, PHONE, PHONE_CHANGE,
        PHONE_REMOVE, PHONE_VERIFY, PIN, PIN_CHANGE, PIN_REMOVE, write_new_phone, write_phone_code, write_pin,
    },
    enrolment_flow::{
        Attempt, BrowserKey, Effect, EnrolmentEnd, EnrolmentFlow, Event, Failure, NumberPurpose, PinPurpose, Screen,
        Timer, View,
    },
};
use zeroize::Zeroizing;

use super::{
    enrol_device::{NotEnrolled, enrol_device},
    enrol_face::enrol_face,
    ports::DeviceKeys,
    submit::{Submission, submit},
};
use crate::driver::{
    Access, READ_DEADLINE_MS,
    backend::{Backend, Call, read},
    ports::{Clock, Diagnostic, DiagnosticLog, FaceCapture, Page, Ports},
    provider_key::ProviderKey,
    queue::Queue,
    submit_encrypted::pin_document,
    tasks::Tasks,
};

/// How an element's flow ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub end: EnrolmentEnd,
    /// The enrolment's id, if it became known.
    pub enrolment_id: Option<String>,
}

/// Receives the screens and the end of a flow.
pub trait Observer {
    /// The screen has changed.
    fn show(&self, screen: Screen);
    /// The flow has ended. Called at most once, and after every [`show`](Self::show).
    fn settled(&self, end: End);
}

/// Runs one element's flow. Dropping it cancels all its work, without a result.
pub struct Driver<P: Ports, K: DeviceKeys>(Rc<Inner<P, K>>);

/// Sends events to a driver while it lives.
pub struct Events<P: Ports, K: DeviceKeys>(Weak<Inner<P, K>>);

struct Inner<P: Ports, K> {
    backend: Rc<Backend<P>>,
    keys: Rc<K>,
    flow: RefCell<EnrolmentFlow>,
    /// Fetched as soon as the screen asks for something to encrypt.
    provider_key: Rc<ProviderKey<P>>,
    asks_for_secret: Cell<bool>,
    /// The phone number that a code was requested for. The backend does not store it.
    phone: RefCell<Option<NewPhone>>,
    tasks: Tasks<Purpose>,
    events: Queue<Event>,
    observer: Box<dyn Observer>,
}

/// The purpose of a task. At most one task runs for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Read,
    Change,
    Wait(Timer),
    LookUpKey,
    ProviderKey,
}

impl<P: Ports, K: DeviceKeys> fmt::Debug for Driver<P, K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Driver")
    }
}

impl<P: Ports, K: DeviceKeys> fmt::Debug for Events<P, K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Events")
    }
}

impl<P: Ports, K: DeviceKeys> Clone for Events<P, K> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<P: Ports, K: DeviceKeys> Events<P, K> {
    /// Sends an event. Does nothing when the driver has been dropped.
    pub fn send(&self, event: Event) {
        if let Some(inner) = self.0.upgrade() {
            inner.dispatch(event);
        }
    }
}

impl<P: Ports, K: DeviceKeys> Driver<P, K> {
    /// A driver that has not started.
    #[must_use]
    pub fn new(ports: P, keys: K, access: Access, observer: Box<dyn Observer>) -> Self {
        let flow = EnrolmentFlow::new(access.secret.id().to_owned());
        let flow = flow.with_face_capture(ports.face_capture().here().is_some());
        Self(Rc::new(Inner {
            backend: Rc::new(Backend { ports, access }),
            keys: Rc::new(keys),
            flow: RefCell::new(flow),
            provider_key: Rc::default(),
            asks_for_secret: Cell::new(false),
            phone: RefCell::default(),
            tasks: Tasks::default(),
            events: Queue::default(),
            observer,
        }))
    }

    /// A handle that sends events to this driver.
    #[must_use]
    pub fn events(&self) -> Events<P, K> {
        Events(Rc::downgrade(&self.0))
    }

    /// Starts the flow.
    pub fn open(&self) {
        self.0.dispatch(Event::Opened);
    }

    /// Call this when the page may have been suspended, hidden or offline and is active again.
    pub fn resume(&self) {
        if self.0.backend.ports.page().is_visible() {
            self.0.dispatch(Event::Resumed);
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
impl<P: Ports, K: DeviceKeys> Driver<P, K> {
    /// Whether a phone number is kept.
    pub(super) fn keeps_a_number(&self) -> bool {
        self.0.phone.borrow().is_some()
    }
}

impl<P: Ports, K: DeviceKeys> Inner<P, K> {
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
        let screen = self.flow.borrow().screen();
        let asks_for_secret = matches!(screen.view, View::NewPin { .. } | View::NewDevice { .. });
        // The number is needed while its code is asked for.
        let keeps_number = matches!(
            screen.view,
            View::NewPhone { .. } | View::PhoneCode { .. } | View::Checking
        );
        if !keeps_number {
            self.phone.replace(None);
        }
        self.observer.show(screen);
        for effect in effects {
            self.perform(effect);
        }
        let asked_before = self.asks_for_secret.replace(asks_for_secret);
        if asks_for_secret && !asked_before {
            self.prepare_key();
        }
    }

    /// Prepares the provider's key while the customer types. If that fails, the submission tries again.
    fn prepare_key(self: &Rc<Self>) {
        let backend = Rc::clone(&self.backend);
        let key = Rc::clone(&self.provider_key);
        let work = async move {
            key.ready(&backend).await.ok();
            None
        };
        self.start(Purpose::ProviderKey, Box::pin(work));
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        let backend = Rc::clone(&self.backend);
        let key = Rc::clone(&self.provider_key);
        let keys = Rc::clone(&self.keys);
        match effect {
            Effect::ReadEnrolment(attempt) => {
                let work = async move {
                    let answer = read(backend.call(Call::get(ENROLMENT)).await);
                    Some(match answer {
                        Ok(enrolment) => Event::EnrolmentRead(attempt, enrolment),
                        Err(failure) => Event::ReadFailed(attempt, failure),
                    })
                };
                self.start(Purpose::Read, Box::pin(work));
            }
            Effect::LookUpKey(name) => {
                let work = async move {
                    let looking = keys.look_up(&name);
                    let found = backend.before_deadline(READ_DEADLINE_MS, looking).await;
                    Some(Event::KeyLookedUp(found.unwrap_or(BrowserKey::Refused)))
                };
                self.start(Purpose::LookUpKey, Box::pin(work));
            }
            Effect::SubmitPin { attempt, purpose, pin } => {
                let submission = Submission {
                    path: match purpose {
                        PinPurpose::Set => PIN,
                        PinPurpose::Change => PIN_CHANGE,
                    },
                    plaintext: pin_document(&pin),
                    body: Box::new(write_pin),
                };
                drop(pin);
                self.change(attempt, async move {
                    let submitted = submit(&backend, &key, &submission).await;
                    submitted.map(|submitted| submitted.enrolled)
                });
            }
            Effect::RemovePin(attempt) => {
                self.change(attempt, async move {
                    read(backend.call(Call::post(PIN_REMOVE, None)).await)
                });
            }
            Effect::EnrolDevice {
                attempt,
                key: name,
                name: label,
            } => {
                let work = async move {
                    Some(match enrol_device(&backend, &*keys, &key, &name, label).await {
                        Ok(enrolled) => Event::Answered(attempt, enrolled),
                        Err(NotEnrolled::KeyRefused) => Event::KeyRefused(attempt),
                        Err(NotEnrolled::Failed(failure)) => Event::CallFailed(attempt, failure),
                    })
                };
                self.start(Purpose::Change, Box::pin(work));
            }
            Effect::RemoveDevice { attempt, device, key } => {
                self.change(attempt, async move {
                    let call = Call::post([DEVICES, "/", &device, DEVICE_REMOVE].concat(), None);
                    let enrolled: Enrolled = read(backend.call(call).await)?;
                    if let Some(name) = key.filter(|_| is_gone(&enrolled.verdict)) {
                        let forgetting = keys.forget(&name);
                        backend.before_deadline(READ_DEADLINE_MS, forgetting).await;
                    }
                    Ok(enrolled)
                });
            }
            Effect::SendCode {
                attempt,
                number,
                country,
            } => {
                self.phone.replace(Some(NewPhone { number, country }));
                self.send_code(attempt);
            }
            Effect::SendCodeAgain(attempt) => self.send_code(attempt),
            Effect::SubmitCode { attempt, purpose, code } => {
                let path = match purpose {
                    NumberPurpose::Add => PHONE_VERIFY,
                    NumberPurpose::Replace => PHONE_CHANGE,
                };
                let body = self.phone.borrow().as_ref().map(|phone| write_phone_code(phone, &code));
                self.submit_for_number(attempt, path, body);
            }
            Effect::RemovePhone(attempt) => {
                self.change(attempt, async move {
                    read(backend.call(Call::post(PHONE_REMOVE, None)).await)
                });
            }
            Effect::EnrolFace(attempt) => {
                let inner = Rc::downgrade(self);
                let scanned = move || {
                    if let Some(inner) = inner.upgrade() {
                        inner.dispatch(Event::FaceScanned(attempt));
                    }
                };
                let work = async move { Some(enrol_face(&backend, attempt, scanned).await) };
                self.start(Purpose::Change, Box::pin(work));
            }
            Effect::AbandonScan => self.tasks.cancel(Purpose::Change),
            Effect::RemoveFace(attempt) => {
                self.change(attempt, async move {
                    read(backend.call(Call::post(FACE_REMOVE, None)).await)
                });
            }
            Effect::EndEnrolment(attempt) => {
                let work = async move {
                    // Whatever the answer is, the customer is done. An enrolment that stays open expires.
                    backend.call(Call::post(END, None)).await.ok();
                    Some(Event::Ended(attempt))
                };
                self.start(Purpose::Change, Box::pin(work));
            }
            Effect::Wait(timer, until) => self.wait(timer, until),
            Effect::Settle(end) => {
                self.tasks.cancel_all();
                self.provider_key.forget();
                self.phone.replace(None);
                self.observer.settled(End {
                    end,
                    enrolment_id: self.flow.borrow().enrolment_id().map(str::to_owned),
                });
            }
        }
    }

    fn send_code(self: &Rc<Self>, attempt: Attempt) {
        let body = self.phone.borrow().as_ref().map(write_new_phone);
        self.submit_for_number(attempt, PHONE, body);
    }

    /// Submits a body about the number that is kept. Without one, nothing is sent.
    fn submit_for_number(self: &Rc<Self>, attempt: Attempt, path: &'static str, body: Option<Zeroizing<String>>) {
        let backend = Rc::clone(&self.backend);
        self.change(attempt, async move {
            let body = body.ok_or(Failure::NotSent)?;
            read(backend.call(Call::post(path, Some(body))).await)
        });
    }

    fn change(self: &Rc<Self>, attempt: Attempt, work: impl Future<Output = Result<Enrolled, Failure>> + 'static) {
        let work = async move {
            Some(match work.await {
                Ok(enrolled) => Event::Answered(attempt, enrolled),
                Err(failure) => Event::CallFailed(attempt, failure),
            })
        };
        self.start(Purpose::Change, Box::pin(work));
    }

    fn wait(self: &Rc<Self>, timer: Timer, until: Timestamp) {
        let backend = Rc::clone(&self.backend);
        let work = async move {
            let clock = backend.ports.clock();
            clock.sleep(clock.now().ms_until(until)).await;
            Some(Event::WaitOver(timer))
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

/// Whether the provider no longer has a device.
fn is_gone(verdict: &EnrolmentVerdict) -> bool {
    match verdict {
        EnrolmentVerdict::Removed | EnrolmentVerdict::NotEnrolled => true,
        EnrolmentVerdict::Enrolled
        | EnrolmentVerdict::AlreadyEnrolled
        | EnrolmentVerdict::LimitReached
        | EnrolmentVerdict::KeyStale
        | EnrolmentVerdict::Rejected
        | EnrolmentVerdict::ReplacementFailed
        | EnrolmentVerdict::ReplacementUnknown
        | EnrolmentVerdict::OldNumberUnknown
        | EnrolmentVerdict::NumberInvalid
        | EnrolmentVerdict::NumberTooShort
        | EnrolmentVerdict::NumberTooLong
        | EnrolmentVerdict::NumberOfOtherCountry
        | EnrolmentVerdict::NumberUnreachable
        | EnrolmentVerdict::NumberRepeated
        | EnrolmentVerdict::CodeSent
        | EnrolmentVerdict::CodeWrong
        | EnrolmentVerdict::CodeExpired
        | EnrolmentVerdict::CodeLimitReached
        | EnrolmentVerdict::ScanRejected
        | EnrolmentVerdict::NoMatch
        | EnrolmentVerdict::Other(_) => false,
    }
}
