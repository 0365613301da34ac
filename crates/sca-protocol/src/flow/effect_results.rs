//! Handlers of the results of effects.

use super::{
    effect::{Attempt, Effect, Timer},
    event::Failure,
    machine::{Effects, Ignored},
    notice::{DeviceNotice, FaceNotice, Notice},
    pause::pause_after,
    state::{Flow, PendingCheck, Phase, Poll, StartPurpose, Stop},
    transitions::delivery_by,
};
use crate::{
    Approval, Challenge, Factor, Outcome, Reason, Timestamp,
    api::{Verdict, Verified},
    factor::Handling,
};

/// How many reads in a row may fail before the customer is asked whether to go on.
const MAX_READ_FAILURES: u8 = 4;

impl Flow {
    pub(super) fn approval_read(
        &mut self,
        attempt: Attempt,
        approval: Approval,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if self.is_foreign(&approval) {
            return self.read_failed(attempt, Failure::OtherApproval, now);
        }
        let poll = self.take_poll(attempt)?;
        let mut effects = Vec::new();
        self.accept_snapshot(approval, now, &mut effects);
        if !self.listening {
            self.listening = true;
            effects.push(Effect::Listen);
        }
        if self.settle_if_over(&mut effects) {
            return Ok(effects);
        }
        let is_over = self.expires_at().is_none_or(|expires_at| expires_at <= now);
        if poll.at_end && is_over && !self.awaits_a_call() {
            self.settle(Outcome::Expired, &mut effects);
        } else {
            self.apply_snapshot(now, &mut effects);
        }
        Ok(effects)
    }

    pub(super) fn read_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let poll = self.take_poll(attempt)?;
        let mut effects = Vec::new();
        if let Phase::Checking {
            pending: PendingCheck::Cancel { refusals: 0, stop },
            ..
        } = self.phase
        {
            self.settle(stop.outcome(), &mut effects);
            return Ok(effects);
        }
        if poll.at_end && !self.awaits_a_call() {
            self.settle(Outcome::Expired, &mut effects);
            return Ok(effects);
        }
        let asked_to_wait = match failure {
            Failure::AccessEnded | Failure::SessionEnded => {
                self.settle(Outcome::Failed(Some(Reason::SessionEnded)), &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => retry_after,
            Failure::NotSent
            | Failure::OutcomeUnknown
            | Failure::OutOfDate
            | Failure::OtherApproval
            | Failure::ShownMismatch
            | Failure::CannotEncrypt => 0,
        };
        let failures = match &mut self.phase {
            Phase::Opening { failures } | Phase::Checking { failures, .. } => {
                *failures = failures.saturating_add(1);
                *failures
            }
            Phase::New
            | Phase::Choosing { .. }
            | Phase::Starting { .. }
            | Phase::Entering { .. }
            | Phase::Waiting { .. }
            | Phase::Hosted { .. }
            | Phase::Scanning { .. }
            | Phase::Submitting { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => {
                self.idle_polls = self.idle_polls.saturating_add(1);
                let pause = pause_after(self.idle_polls, self.max_pause_ms()).max(asked_to_wait);
                effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
                return Ok(effects);
            }
        };
        if failures >= MAX_READ_FAILURES {
            self.phase = Phase::Unreachable;
            self.notice = (failure == Failure::OtherApproval).then_some(Notice::OtherApproval);
        } else {
            let pause = pause_after(failures, self.max_pause_ms()).max(asked_to_wait);
            effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
        }
        Ok(effects)
    }

    pub(super) fn started(&mut self, attempt: Attempt, approval: Approval, now: Timestamp) -> Result<Effects, Ignored> {
        if self.is_foreign(&approval) {
            return self.start_failed(attempt, Failure::OtherApproval, now);
        }
        let (challenge_id, factor, purpose) = self.take_start(attempt)?;
        let mut effects = Vec::new();
        self.accept_snapshot(approval, now, &mut effects);
        if self.settle_if_over(&mut effects) {
            return Ok(effects);
        }
        let notice = match purpose {
            // The first code needs no notice: the screen itself shows its destination.
            StartPurpose::First => None,
            StartPurpose::Another => Some(Notice::Sent(factor.clone())),
            StartPurpose::Frame(here) | StartPurpose::OtherTab(here) => {
                self.session_opened(challenge_id, factor, purpose, here, now, &mut effects);
                return Ok(effects);
            }
        };
        let challenge = self.open_challenge().filter(|challenge| challenge.id == challenge_id);
        let sent = challenge.map(|challenge| delivery_by(challenge, &factor).is_some());
        if sent == Some(true) && self.can_ask(&challenge_id, &factor) {
            self.ask(challenge_id, factor, notice);
        } else if sent.is_some() {
            // No notice if the challenge has been cleared meanwhile.
            self.phase = Phase::Choosing { challenge_id };
            self.notice = Some(Notice::NotDelivered(factor));
        }
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn start_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let (challenge_id, factor, purpose) = self.take_start(attempt)?;
        let mut effects = Vec::new();
        let notice = match failure {
            Failure::AccessEnded | Failure::SessionEnded | Failure::ShownMismatch => {
                let is_mismatch = failure == Failure::ShownMismatch;
                let reason = if is_mismatch {
                    Reason::Changed
                } else {
                    Reason::SessionEnded
                };
                self.settle(Outcome::Failed(Some(reason)), &mut effects);
                return Ok(effects);
            }
            Failure::OutcomeUnknown | Failure::OutOfDate | Failure::OtherApproval => {
                let pending = PendingCheck::Start {
                    challenge_id,
                    factor,
                    purpose,
                };
                self.check(pending, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus_ms(retry_after);
                let held_back = match purpose {
                    StartPurpose::Another => &mut self.no_code_before,
                    StartPurpose::First | StartPurpose::Frame(_) | StartPurpose::OtherTab(_) => &mut self.not_before,
                };
                *held_back = Some(until);
                // That no more codes are sent is part of the view.
                let is_final = purpose == StartPurpose::Another && self.resend_at(&challenge_id, &factor).is_none();
                (!is_final).then_some(Notice::Wait { until })
            }
            Failure::NotSent | Failure::CannotEncrypt => Some(Notice::NotDelivered(factor.clone())),
        };
        match purpose {
            StartPurpose::First => {
                self.phase = Phase::Choosing { challenge_id };
                self.notice = notice;
            }
            StartPurpose::Another => self.ask(challenge_id, factor, notice),
            StartPurpose::Frame(here) | StartPurpose::OtherTab(here) => {
                self.explain(challenge_id, factor, here, notice, &mut effects)
            }
        }
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn verified(
        &mut self,
        attempt: Attempt,
        verified: Verified,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if self.is_foreign(&verified.approval) {
            return self.verify_failed(attempt, Failure::OtherApproval, now);
        }
        let (challenge_id, factor) = self.take_submission(attempt)?;
        let mut effects = Vec::new();
        self.accept_snapshot(verified.approval, now, &mut effects);
        let still_open = self.challenge_by_id(&challenge_id).is_some_and(Challenge::is_open);
        let attempts_left = self.approval.as_ref().and_then(|approval| approval.attempts_left);
        let notice = match verified.verdict {
            Verdict::Accepted if still_open => Some(Notice::NoAnswer),
            Verdict::Accepted => None,
            Verdict::Refused | Verdict::NotSetUp if let Handling::Device(here) = factor.handling() => {
                Some(self.device_fails(here, DeviceNotice::NotRecognised { attempts_left, here }))
            }
            Verdict::Refused if let Handling::FaceScan(here) = factor.handling() => {
                Some(Notice::FaceScan(FaceNotice::NotRecognised { attempts_left, here }))
            }
            Verdict::Refused => Some(Notice::Wrong { attempts_left }),
            Verdict::Blocked => Some(Notice::Blocked(factor.clone())),
            Verdict::NotSetUp => Some(Notice::NotSetUp(factor.clone())),
            Verdict::CodeExpired => Some(Notice::CodeExpired),
            Verdict::KeyStale => Some(Notice::not_received(&factor)),
            Verdict::Other(_) => {
                self.check(PendingCheck::Submit { challenge_id, factor }, &mut effects);
                self.settle_if_over(&mut effects);
                return Ok(effects);
            }
        };
        self.ask(challenge_id, factor, notice);
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn verify_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let (challenge_id, factor) = self.take_submission(attempt)?;
        let mut effects = Vec::new();
        let notice = match failure {
            Failure::AccessEnded | Failure::SessionEnded | Failure::ShownMismatch => {
                let is_mismatch = failure == Failure::ShownMismatch;
                let reason = if is_mismatch {
                    Reason::Changed
                } else {
                    Reason::SessionEnded
                };
                self.settle(Outcome::Failed(Some(reason)), &mut effects);
                return Ok(effects);
            }
            Failure::OutcomeUnknown | Failure::OutOfDate | Failure::OtherApproval => {
                self.check(PendingCheck::Submit { challenge_id, factor }, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus_ms(retry_after);
                self.not_before = Some(until);
                Notice::Wait { until }
            }
            Failure::NotSent => Notice::not_received(&factor),
            Failure::CannotEncrypt => Notice::cannot_encrypt(&factor),
        };
        self.ask(challenge_id, factor, Some(notice));
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn cancelled(
        &mut self,
        attempt: Attempt,
        approval: Approval,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if self.is_foreign(&approval) {
            return self.cancel_failed(attempt, Failure::OtherApproval);
        }
        let (stop, _) = self.take_stop(attempt)?;
        let mut effects = Vec::new();
        self.accept_snapshot(approval, now, &mut effects);
        let outcome = self.approval.as_ref().and_then(Approval::outcome);
        let outcome = outcome.unwrap_or_else(|| stop.outcome());
        self.settle(outcome, &mut effects);
        Ok(effects)
    }

    /// The backend did not confirm a cancellation: it may have settled the approval otherwise just before. One poll tells. If that
    /// fails too, the flow reports what the customer wanted, unless the backend has refused to cancel.
    pub(super) fn cancel_failed(&mut self, attempt: Attempt, failure: Failure) -> Result<Effects, Ignored> {
        let (stop, mut refusals) = self.take_stop(attempt)?;
        let mut effects = Vec::new();
        if !self.settle_if_over(&mut effects) {
            if refusals > 0 || matches!(failure, Failure::OutOfDate) {
                refusals = refusals.saturating_add(1);
            }
            self.check(PendingCheck::Cancel { refusals, stop }, &mut effects);
        }
        Ok(effects)
    }

    fn take_poll(&mut self, attempt: Attempt) -> Result<Poll, Ignored> {
        let poll = self.poll.filter(|poll| poll.attempt == attempt);
        let poll = poll.ok_or(Ignored::Superseded)?;
        self.poll = None;
        Ok(poll)
    }

    /// Whether a call is in flight, or its outcome being checked, that decides more than the approval's end.
    fn awaits_a_call(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting { .. } | Phase::Submitting { .. } | Phase::Checking { .. } | Phase::Cancelling { .. }
        )
    }

    fn take_start(&mut self, answered: Attempt) -> Result<(String, Factor, StartPurpose), Ignored> {
        let waiting = matches!(&self.phase, Phase::Starting { attempt, .. } if *attempt == answered);
        // The call is over: nothing is left to abandon.
        match waiting.then(|| std::mem::replace(&mut self.phase, Phase::Settling)) {
            Some(Phase::Starting {
                challenge_id,
                factor,
                purpose,
                ..
            }) => Ok((challenge_id, factor, purpose)),
            Some(_) | None => Err(Ignored::Superseded),
        }
    }

    pub(super) fn take_submission(&mut self, answered: Attempt) -> Result<(String, Factor), Ignored> {
        let waiting = matches!(
            &self.phase,
            Phase::Submitting { attempt, .. } | Phase::Scanning { attempt, .. } if *attempt == answered
        );
        match waiting.then(|| std::mem::replace(&mut self.phase, Phase::Settling)) {
            Some(Phase::Submitting {
                challenge_id, factor, ..
            }) => Ok((challenge_id, factor)),
            Some(Phase::Scanning { challenge_id, .. }) => Ok((challenge_id, Factor::FaceScan)),
            Some(_) | None => Err(Ignored::Superseded),
        }
    }

    fn take_stop(&mut self, answered: Attempt) -> Result<(Stop, u8), Ignored> {
        let Phase::Cancelling {
            attempt,
            refusals,
            stop,
        } = self.phase
        else {
            return Err(Ignored::Superseded);
        };
        if attempt != answered {
            return Err(Ignored::Superseded);
        }
        self.phase = Phase::Settling;
        Ok((stop, refusals))
    }
}
