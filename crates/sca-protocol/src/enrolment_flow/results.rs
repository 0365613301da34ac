//! Handlers of the results of effects.

use super::{
    Attempt, Failure, Ignored,
    effect::{Effect, Timer},
    machine::Effects,
    notice::{Notice, NumberFlaw},
    state::{Change, EnrolmentEnd, EnrolmentFlow, NumberPurpose, Pending, Phase, Question},
};
use crate::{
    Timestamp,
    enrolment_api::{Enrolled, Enrolment, EnrolmentVerdict},
    flow::pause_after,
};

/// How many reads in a row may fail before the customer is asked whether to go on.
const MAX_READ_FAILURES: u8 = 4;

/// The longest pause between two reads, in milliseconds.
const MAX_PAUSE_MS: u64 = 5_000;

impl EnrolmentFlow {
    pub(super) fn enrolment_read(
        &mut self,
        attempt: Attempt,
        enrolment: Enrolment,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if enrolment.id != self.id {
            return self.read_failed(attempt, Failure::OtherApproval, now);
        }
        self.take_read(attempt)?;
        let mut effects = Vec::new();
        self.accept(enrolment, now, &mut effects);
        if let Phase::Reading { pending, .. } = &self.phase {
            let (notice, phase) = match pending {
                None => (None, Phase::Overview),
                Some(Pending::Lost(change)) => (Some(Notice::OutcomeUnknown(*change)), Phase::Overview),
                Some(Pending::Refused) => (Some(Notice::ChangedElsewhere), Phase::Overview),
                Some(Pending::LostCode(purpose)) => {
                    // A code that was sent can be entered.
                    let question = if self.has_code() {
                        Question::PhoneCode(*purpose)
                    } else {
                        Question::NewPhone(*purpose)
                    };
                    (Some(Notice::CodeUnknown), Phase::Asking(question))
                }
            };
            self.notice = notice;
            self.phase = phase;
        }
        self.settle_if_over(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn read_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        self.take_read(attempt)?;
        let asked_to_wait = match failure {
            Failure::AccessEnded | Failure::SessionEnded => return Ok(vec![self.settle(EnrolmentEnd::Ended)]),
            Failure::NotYet { retry_after } => retry_after,
            Failure::NotSent
            | Failure::OutcomeUnknown
            | Failure::OutOfDate
            | Failure::OtherApproval
            | Failure::ShownMismatch
            | Failure::CannotEncrypt => 0,
        };
        // The overview stays as it is: the next change reads again.
        let Phase::Reading { pending, failures } = &mut self.phase else {
            return Ok(Vec::new());
        };
        *failures = failures.saturating_add(1);
        if *failures >= MAX_READ_FAILURES {
            let pending = pending.take();
            self.phase = Phase::Unreachable { pending };
            return Ok(Vec::new());
        }
        let pause = pause_after(*failures, MAX_PAUSE_MS).max(asked_to_wait);
        Ok(vec![Effect::Wait(Timer::Retry, now.plus_ms(pause))])
    }

    pub(super) fn answered(
        &mut self,
        attempt: Attempt,
        enrolled: Enrolled,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if enrolled.enrolment.id != self.id {
            return self.call_failed(attempt, Failure::OtherApproval, now);
        }
        let question = self.take_call(attempt)?;
        let change = question.change();
        let mut effects = Vec::new();
        self.accept(enrolled.enrolment, now, &mut effects);
        if matches!(change, Change::EnrolDevice | Change::RemoveDevice) {
            effects.extend(self.key_name().map(Effect::LookUpKey));
        }
        let notice = match enrolled.verdict {
            EnrolmentVerdict::Enrolled | EnrolmentVerdict::Removed => Notice::Changed(change),
            EnrolmentVerdict::AlreadyEnrolled => Notice::AlreadyEnrolled(change),
            EnrolmentVerdict::NotEnrolled => Notice::NotEnrolled(change),
            EnrolmentVerdict::LimitReached => Notice::LimitReached,
            EnrolmentVerdict::ReplacementFailed => Notice::ReplacementFailed(change),
            EnrolmentVerdict::ReplacementUnknown => Notice::ReplacementUnknown(change),
            EnrolmentVerdict::OldNumberUnknown => Notice::OldNumberUnknown,
            EnrolmentVerdict::CodeLimitReached => Notice::CodeLimitReached,
            // The customer can try again at once.
            EnrolmentVerdict::Rejected => {
                self.ask_again(question, Some(Notice::Rejected(change)), now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::KeyStale => {
                self.ask_again(question, Some(Notice::CannotEncrypt), now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::NumberInvalid => {
                return Ok(self.ask_number(&question, NumberFlaw::Invalid, now, effects));
            }
            EnrolmentVerdict::NumberTooShort => {
                return Ok(self.ask_number(&question, NumberFlaw::TooShort, now, effects));
            }
            EnrolmentVerdict::NumberTooLong => {
                return Ok(self.ask_number(&question, NumberFlaw::TooLong, now, effects));
            }
            EnrolmentVerdict::NumberOfOtherCountry => {
                return Ok(self.ask_number(&question, NumberFlaw::OtherCountry, now, effects));
            }
            EnrolmentVerdict::NumberUnreachable => {
                return Ok(self.ask_number(&question, NumberFlaw::Unreachable, now, effects));
            }
            EnrolmentVerdict::NumberRepeated => {
                self.ask_about_number(&question, Notice::NumberRepeated, now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::CodeSent => {
                self.ask_about_code(&question, Notice::CodeSent, now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::CodeWrong => {
                self.ask_about_code(&question, Notice::CodeWrong, now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::CodeExpired => {
                self.ask_about_code(&question, Notice::CodeExpired, now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::ScanRejected if question == Question::NewFace => {
                self.ask_again(question, Some(Notice::ScanRejected), now, &mut effects);
                return Ok(effects);
            }
            EnrolmentVerdict::NoMatch if question == Question::NewFace => {
                self.ask_again(question, Some(Notice::NoMatch), now, &mut effects);
                return Ok(effects);
            }
            // It does not count as done.
            EnrolmentVerdict::ScanRejected | EnrolmentVerdict::NoMatch | EnrolmentVerdict::Other(_) => {
                effects.push(self.read_after(lost(&question)));
                return Ok(effects);
            }
        };
        self.notice = Some(notice);
        self.phase = Phase::Overview;
        self.settle_if_over(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn call_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let question = self.take_call(attempt)?;
        let notice = match failure {
            Failure::AccessEnded | Failure::SessionEnded => return Ok(vec![self.settle(EnrolmentEnd::Ended)]),
            Failure::OutcomeUnknown | Failure::OtherApproval | Failure::ShownMismatch => {
                return Ok(vec![self.read_after(lost(&question))]);
            }
            Failure::OutOfDate => return Ok(vec![self.read_after(Pending::Refused)]),
            Failure::NotSent => Notice::NotSent,
            Failure::CannotEncrypt => Notice::CannotEncrypt,
            Failure::NotYet { retry_after } => {
                let until = now.plus_ms(retry_after);
                self.not_before = Some(until);
                Notice::Wait { until }
            }
        };
        let mut effects = Vec::new();
        self.ask_again(question, Some(notice), now, &mut effects);
        Ok(effects)
    }

    pub(super) fn key_refused(&mut self, attempt: Attempt, now: Timestamp) -> Result<Effects, Ignored> {
        self.take_call(attempt)?;
        let mut effects = Vec::new();
        self.notice = Some(Notice::KeyRefused);
        self.phase = Phase::Overview;
        effects.extend(self.key_name().map(Effect::LookUpKey));
        self.settle_if_over(now, &mut effects);
        Ok(effects)
    }

    /// Asks the same question again after a call that changed nothing.
    pub(super) fn ask_again(
        &mut self,
        question: Question,
        notice: Option<Notice>,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        self.notice = notice;
        // The device may be gone by now, and a number may be there.
        let is_open = match &question {
            Question::PhoneCode(purpose) => self.offers(&Question::NewPhone(*purpose)),
            Question::NewPin(_)
            | Question::RemovePin
            | Question::NewDevice
            | Question::RemoveDevice(_)
            | Question::NewPhone(_)
            | Question::RemovePhone
            | Question::NewFace
            | Question::RemoveFace => self.offers(&question),
        };
        self.phase = if is_open {
            Phase::Asking(question)
        } else {
            Phase::Overview
        };
        self.settle_if_over(now, effects);
    }

    fn ask_number(&mut self, question: &Question, flaw: NumberFlaw, now: Timestamp, mut effects: Effects) -> Effects {
        self.ask_about_number(question, Notice::Number(flaw), now, &mut effects);
        effects
    }

    /// Asks for the number of a question about a number or its code. After any other, the verdict does not count.
    fn ask_about_number(&mut self, question: &Question, notice: Notice, now: Timestamp, effects: &mut Effects) {
        match number_purpose(question) {
            Some(purpose) => self.ask_again(Question::NewPhone(purpose), Some(notice), now, effects),
            None => effects.push(self.read_after(lost(question))),
        }
    }

    /// The same for the code.
    fn ask_about_code(&mut self, question: &Question, notice: Notice, now: Timestamp, effects: &mut Effects) {
        match number_purpose(question) {
            Some(purpose) => self.ask_again(Question::PhoneCode(purpose), Some(notice), now, effects),
            None => effects.push(self.read_after(lost(question))),
        }
    }

    fn has_code(&self) -> bool {
        self.enrolment
            .as_ref()
            .is_some_and(|enrolment| enrolment.phone_code.is_some())
    }

    fn read_after(&mut self, pending: Pending) -> Effect {
        self.notice = None;
        self.phase = Phase::Reading {
            pending: Some(pending),
            failures: 0,
        };
        self.begin_read()
    }

    /// Accepts a snapshot, unless a newer one has been accepted.
    fn accept(&mut self, enrolment: Enrolment, now: Timestamp, effects: &mut Effects) {
        let is_first = self.enrolment.is_none();
        if (self.enrolment.as_ref()).is_some_and(|known| known.version > enrolment.version) {
            return;
        }
        let offset = i128::from(now.0) - i128::from(enrolment.server_time.0);
        self.clock_offset = i64::try_from(offset).unwrap_or_default();
        if is_first {
            effects.push(Effect::LookUpKey(enrolment.browser_key.clone()));
        }
        self.enrolment = Some(enrolment);
        effects.extend(self.expires_at().map(|end| Effect::Wait(Timer::Expiry, end)));
    }

    /// Settles when the customer would be asked for something that can no longer be done. The notice stays on the last screen.
    fn settle_if_over(&mut self, now: Timestamp, effects: &mut Effects) {
        if !self.is_open() || self.is_over(now) {
            let end = self.settle(EnrolmentEnd::Ended);
            effects.push(end);
        }
    }

    fn take_read(&mut self, attempt: Attempt) -> Result<(), Ignored> {
        if self.read != Some(attempt) {
            return Err(Ignored::Superseded);
        }
        self.read = None;
        Ok(())
    }

    /// The question of the call that has ended. The flow is in its overview until the caller moves it on.
    fn take_call(&mut self, answered: Attempt) -> Result<Question, Ignored> {
        match &self.phase {
            Phase::Calling { attempt, question } if *attempt == answered => {
                let question = question.clone();
                self.phase = Phase::Overview;
                Ok(question)
            }
            // The scan could not begin.
            Phase::Scanning { attempt } if *attempt == answered => {
                self.phase = Phase::Overview;
                Ok(Question::NewFace)
            }
            Phase::Calling { .. }
            | Phase::Scanning { .. }
            | Phase::New
            | Phase::Reading { .. }
            | Phase::Overview
            | Phase::Asking(_)
            | Phase::Unreachable { .. }
            | Phase::Ending { .. }
            | Phase::Done(_) => Err(Ignored::Superseded),
        }
    }
}

/// What was lost with the answer to a question's call.
fn lost(question: &Question) -> Pending {
    match question {
        // A code was requested, and nothing changed at the provider.
        Question::NewPhone(purpose) => Pending::LostCode(*purpose),
        Question::NewPin(_)
        | Question::RemovePin
        | Question::NewDevice
        | Question::RemoveDevice(_)
        | Question::PhoneCode(_)
        | Question::RemovePhone
        | Question::NewFace
        | Question::RemoveFace => Pending::Lost(question.change()),
    }
}

fn number_purpose(question: &Question) -> Option<NumberPurpose> {
    match question {
        Question::NewPhone(purpose) | Question::PhoneCode(purpose) => Some(*purpose),
        Question::NewPin(_)
        | Question::RemovePin
        | Question::NewDevice
        | Question::RemoveDevice(_)
        | Question::RemovePhone
        | Question::NewFace
        | Question::RemoveFace => None,
    }
}
