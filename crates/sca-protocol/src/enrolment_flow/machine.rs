//! The machine's entry point, and the handlers of what the customer does and of the environment.

use super::{
    Attempt, Ignored,
    browser_key::BrowserKey,
    effect::{Effect, Timer},
    event::Event,
    notice::Notice,
    state::{EnrolmentEnd, EnrolmentFlow, NumberPurpose, Phase, PinPurpose, Question},
};
use crate::{
    Factor, PlainText, Timestamp,
    enrolment_api::{FactorState, Hidden, WeakPins},
    entry::Digits,
};

pub(super) type Effects = Vec<Effect>;

impl EnrolmentFlow {
    /// Handles an event that happened at a point in time (browser clock), and returns the effects to perform.
    ///
    /// # Errors
    /// When the event is ignored. The flow stays unchanged.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<Effects, Ignored> {
        if self.is_settled() {
            return Err(Ignored::Settled);
        }
        match event {
            Event::Opened => self.open(),
            Event::QuestionWanted(question) => self.ask(question),
            Event::BackWanted => self.back(),
            Event::PinChosen { pin, again } => self.submit_pin(pin, &again, now),
            Event::DeviceNamed(name) => self.enrol_device(name, now),
            Event::NumberEntered { number, country } => self.send_code(number, country, now),
            Event::CodeEntered(code) => self.submit_code(code, now),
            Event::NewCodeWanted => self.send_code_again(now),
            Event::ScanWanted => self.scan_face(now),
            Event::RemovalConfirmed => self.remove(now),
            Event::RetryWanted => self.retry(),
            Event::DoneWanted => self.finish(),
            Event::EnrolmentRead(attempt, enrolment) => self.enrolment_read(attempt, enrolment, now),
            Event::ReadFailed(attempt, failure) => self.read_failed(attempt, failure, now),
            Event::Answered(attempt, enrolled) => self.answered(attempt, enrolled, now),
            Event::CallFailed(attempt, failure) => self.call_failed(attempt, failure, now),
            Event::KeyRefused(attempt) => self.key_refused(attempt, now),
            Event::FaceScanned(attempt) => self.face_scanned(attempt),
            Event::FaceNotScanned(attempt, cause) => self.face_not_scanned(attempt, cause, now),
            Event::KeyLookedUp(key) => self.key_looked_up(key),
            Event::Ended(attempt) => self.ended(attempt),
            Event::WaitOver(Timer::Retry) => self.retry_is_due(),
            Event::WaitOver(Timer::Expiry) => self.expiry_is_due(now),
            Event::Resumed => self.resumed(now),
        }
    }

    fn open(&mut self) -> Result<Effects, Ignored> {
        if self.phase != Phase::New {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Reading {
            pending: None,
            failures: 0,
        };
        Ok(vec![self.begin_read()])
    }

    /// Asks what a change needs to know. Only what the overview offers can be asked.
    fn ask(&mut self, question: Question) -> Result<Effects, Ignored> {
        if self.phase != Phase::Overview || !self.offers(&question) {
            return Err(Ignored::NotNow);
        }
        self.notice = None;
        self.phase = Phase::Asking(question);
        Ok(Vec::new())
    }

    /// Whether a change is possible, as far as the newest snapshot and this browser say. Where a state is not known, every change of it
    /// is possible: the provider decides.
    pub(super) fn offers(&self, question: &Question) -> bool {
        let pin = self.report(&Factor::Pin).map(|report| &report.state);
        match question {
            Question::NewPin(PinPurpose::Set) => match pin {
                Some(FactorState::NotEnrolled | FactorState::Unknown | FactorState::Other(_)) => true,
                Some(FactorState::Enrolled) | None => false,
            },
            Question::NewPin(PinPurpose::Change) | Question::RemovePin => match pin {
                Some(FactorState::Enrolled | FactorState::Unknown | FactorState::Other(_)) => true,
                Some(FactorState::NotEnrolled) | None => false,
            },
            Question::NewDevice => self.report(&Factor::Device).is_some() && self.can_enrol_this_browser(),
            Question::RemoveDevice(device) => self.has_device(device),
            Question::NewPhone(NumberPurpose::Add) => match self.report(&Factor::Sms).map(|report| &report.state) {
                Some(FactorState::NotEnrolled | FactorState::Unknown | FactorState::Other(_)) => !self.knows_phone(),
                // A second one is not possible.
                Some(FactorState::Enrolled) | None => false,
            },
            Question::NewPhone(NumberPurpose::Replace) | Question::RemovePhone => {
                self.report(&Factor::Sms).is_some() && self.knows_phone()
            }
            Question::NewFace => {
                self.can_scan_faces
                    && match self.report(&Factor::FaceScan).map(|report| &report.state) {
                        Some(FactorState::NotEnrolled | FactorState::Unknown | FactorState::Other(_)) => true,
                        Some(FactorState::Enrolled) | None => false,
                    }
            }
            Question::RemoveFace => match self.report(&Factor::FaceScan).map(|report| &report.state) {
                Some(FactorState::Enrolled | FactorState::Unknown | FactorState::Other(_)) => true,
                Some(FactorState::NotEnrolled) | None => false,
            },
            // Asked after a code was sent, never from the overview.
            Question::PhoneCode(_) => false,
        }
    }

    fn knows_phone(&self) -> bool {
        self.enrolment
            .as_ref()
            .is_some_and(|enrolment| enrolment.phone.is_some())
    }

    fn can_enrol_this_browser(&self) -> bool {
        match &self.browser_key {
            BrowserKey::Missing => true,
            // The key of a device that was removed elsewhere, or whose id this browser never learnt.
            BrowserKey::Kept { device } => !device.as_ref().is_some_and(|device| self.has_device(device)),
            BrowserKey::Unknown | BrowserKey::Refused => false,
        }
    }

    fn has_device(&self, id: &str) -> bool {
        (self.enrolment.as_ref()).is_some_and(|enrolment| enrolment.devices.iter().any(|device| device.id == id))
    }

    fn back(&mut self) -> Result<Effects, Ignored> {
        let effects = match &self.phase {
            Phase::Asking(_) => Vec::new(),
            Phase::Scanning { .. } => vec![Effect::AbandonScan],
            Phase::New
            | Phase::Reading { .. }
            | Phase::Overview
            | Phase::Calling { .. }
            | Phase::Unreachable { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => return Err(Ignored::NotNow),
        };
        self.notice = None;
        self.phase = Phase::Overview;
        Ok(effects)
    }

    /// The question that is asked now, if it can be answered.
    pub(super) fn question(&self, now: Timestamp) -> Result<Question, Ignored> {
        let Phase::Asking(question) = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if self.not_before.is_some_and(|until| now < until) {
            return Err(Ignored::TooEarly);
        }
        Ok(question.clone())
    }

    fn submit_pin(&mut self, pin: Digits, again: &Digits, now: Timestamp) -> Result<Effects, Ignored> {
        let question = self.question(now)?;
        let Question::NewPin(purpose) = question else {
            return Err(Ignored::NotNow);
        };
        let refuses_weak = self.refuses_weak_pins();
        self.notice = if !pin.equals(again) {
            Some(Notice::PinsDiffer)
        } else if refuses_weak && pin.weakness().is_some() {
            Some(Notice::WeakPin)
        } else {
            let attempt = self.call(question);
            return Ok(vec![Effect::SubmitPin { attempt, purpose, pin }]);
        };
        Ok(Vec::new())
    }

    /// Whether the partner accepts no PIN that is easy to guess. A policy that this version does not know counts as the strict one.
    pub(super) fn refuses_weak_pins(&self) -> bool {
        self.enrolment
            .as_ref()
            .is_some_and(|enrolment| match enrolment.weak_pins {
                WeakPins::Warned => false,
                WeakPins::Refused | WeakPins::Other(_) => true,
            })
    }

    fn enrol_device(&mut self, name: PlainText, now: Timestamp) -> Result<Effects, Ignored> {
        let question = self.question(now)?;
        let Some(key) = self.key_name().filter(|_| question == Question::NewDevice) else {
            return Err(Ignored::NotNow);
        };
        let attempt = self.call(question);
        Ok(vec![Effect::EnrolDevice { attempt, key, name }])
    }

    fn send_code(&mut self, number: Hidden, country: String, now: Timestamp) -> Result<Effects, Ignored> {
        let question = self.question(now)?;
        let Question::NewPhone(_) = question else {
            return Err(Ignored::NotNow);
        };
        let attempt = self.call(question);
        Ok(vec![Effect::SendCode {
            attempt,
            number,
            country,
        }])
    }

    /// The question of the call is the number, because a code changes nothing at the provider.
    fn send_code_again(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Question::PhoneCode(purpose) = self.question(now)? else {
            return Err(Ignored::NotNow);
        };
        let sent = (self.enrolment.as_ref()).and_then(|enrolment| enrolment.phone_code.as_ref());
        if sent.is_some_and(|code| now < self.in_browser_time(code.resend_at)) {
            return Err(Ignored::TooEarly);
        }
        let attempt = self.call(Question::NewPhone(purpose));
        Ok(vec![Effect::SendCodeAgain(attempt)])
    }

    fn submit_code(&mut self, code: Hidden, now: Timestamp) -> Result<Effects, Ignored> {
        let question = self.question(now)?;
        let Question::PhoneCode(purpose) = question else {
            return Err(Ignored::NotNow);
        };
        let attempt = self.call(question);
        Ok(vec![Effect::SubmitCode { attempt, purpose, code }])
    }

    fn remove(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let question = self.question(now)?;
        let device = match &question {
            Question::RemovePin => {
                let attempt = self.call(question);
                return Ok(vec![Effect::RemovePin(attempt)]);
            }
            Question::RemovePhone => {
                let attempt = self.call(question);
                return Ok(vec![Effect::RemovePhone(attempt)]);
            }
            Question::RemoveFace => {
                let attempt = self.call(question);
                return Ok(vec![Effect::RemoveFace(attempt)]);
            }
            Question::RemoveDevice(device) => device.clone(),
            Question::NewPin(_)
            | Question::NewDevice
            | Question::NewPhone(_)
            | Question::PhoneCode(_)
            | Question::NewFace => {
                return Err(Ignored::NotNow);
            }
        };
        let is_this_browser = self.is_this_browser(&device);
        let key = self.key_name().filter(|_| is_this_browser);
        let attempt = self.call(question);
        Ok(vec![Effect::RemoveDevice { attempt, device, key }])
    }

    /// Whether a device is this browser.
    pub(super) fn is_this_browser(&self, id: &str) -> bool {
        match &self.browser_key {
            BrowserKey::Kept { device } => device.as_deref() == Some(id),
            BrowserKey::Unknown | BrowserKey::Missing | BrowserKey::Refused => false,
        }
    }

    fn retry(&mut self) -> Result<Effects, Ignored> {
        let Phase::Unreachable { pending } = &mut self.phase else {
            return Err(Ignored::NotNow);
        };
        let pending = pending.take();
        self.phase = Phase::Reading { pending, failures: 0 };
        Ok(vec![self.begin_read()])
    }

    fn finish(&mut self) -> Result<Effects, Ignored> {
        match &self.phase {
            Phase::Overview | Phase::Unreachable { .. } => {}
            Phase::New
            | Phase::Reading { .. }
            | Phase::Asking(_)
            | Phase::Scanning { .. }
            | Phase::Calling { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => {
                return Err(Ignored::NotNow);
            }
        }
        let attempt = self.next_attempt();
        self.notice = None;
        self.phase = Phase::Ending { attempt };
        Ok(vec![Effect::EndEnrolment(attempt)])
    }

    fn ended(&mut self, attempt: Attempt) -> Result<Effects, Ignored> {
        if self.phase != (Phase::Ending { attempt }) {
            return Err(Ignored::Superseded);
        }
        Ok(vec![self.settle(EnrolmentEnd::Done)])
    }

    fn key_looked_up(&mut self, key: BrowserKey) -> Result<Effects, Ignored> {
        if self.enrolment.is_none() {
            return Err(Ignored::NotNow);
        }
        self.browser_key = key;
        Ok(Vec::new())
    }

    fn retry_is_due(&mut self) -> Result<Effects, Ignored> {
        match &self.phase {
            Phase::Reading { .. } if self.read.is_none() => Ok(vec![self.begin_read()]),
            Phase::Reading { .. }
            | Phase::New
            | Phase::Overview
            | Phase::Asking(_)
            | Phase::Scanning { .. }
            | Phase::Calling { .. }
            | Phase::Unreachable { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => Err(Ignored::NotNow),
        }
    }

    fn expiry_is_due(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let expires_at = self.expires_at().ok_or(Ignored::NotNow)?;
        if now < expires_at {
            return Ok(vec![Effect::Wait(Timer::Expiry, expires_at)]);
        }
        match &self.phase {
            Phase::Overview | Phase::Asking(_) | Phase::Scanning { .. } => Ok(vec![self.settle(EnrolmentEnd::Ended)]),
            // The answer to what is in progress decides.
            Phase::New
            | Phase::Reading { .. }
            | Phase::Calling { .. }
            | Phase::Unreachable { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => Err(Ignored::NotNow),
        }
    }

    /// Reads what may have changed in another tab, and whether the enrolment is over: a suspended page has no timers.
    fn resumed(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        match &self.phase {
            Phase::Unreachable { .. } => self.retry(),
            Phase::Overview | Phase::Asking(_) | Phase::Scanning { .. } if self.is_over(now) => {
                Ok(vec![self.settle(EnrolmentEnd::Ended)])
            }
            Phase::Overview | Phase::Reading { .. } if self.read.is_none() => Ok(vec![self.begin_read()]),
            Phase::Overview
            | Phase::Reading { .. }
            | Phase::New
            | Phase::Asking(_)
            | Phase::Scanning { .. }
            | Phase::Calling { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => Err(Ignored::NotNow),
        }
    }

    /// Begins a change.
    fn call(&mut self, question: Question) -> Attempt {
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        // A read that began before the change would show the state before it.
        self.read = None;
        self.phase = Phase::Calling { attempt, question };
        attempt
    }

    pub(super) fn begin_read(&mut self) -> Effect {
        let attempt = self.next_attempt();
        self.read = Some(attempt);
        Effect::ReadEnrolment(attempt)
    }

    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.last_attempt = Attempt(self.last_attempt.0.wrapping_add(1));
        self.last_attempt
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at().is_some_and(|expires_at| expires_at <= now)
    }

    pub(super) fn key_name(&self) -> Option<String> {
        self.enrolment.as_ref().map(|enrolment| enrolment.browser_key.clone())
    }

    pub(super) fn settle(&mut self, end: EnrolmentEnd) -> Effect {
        self.read = None;
        self.phase = Phase::Done(end);
        Effect::Settle(end)
    }
}
