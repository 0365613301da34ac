//! What comes of the effects.

use super::{
    effect::{Attempt, Effect, Timer},
    event::Failure,
    machine::{Effects, Ignored},
    moves::{delivery_by, pause_after},
    notice::Notice,
    state::{After, Flow, Look, Phase, Wanted},
};
use crate::{
    Approval, Challenge, Factor, Outcome, Reason, Timestamp,
    api::{Verdict, Verified},
};

/// How many reads in a row may fail before the customer is asked whether to go on.
const MOST_FAILURES: u8 = 4;

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
        let look = self.answer_to_look(attempt)?;
        let mut effects = Vec::new();
        self.adopt(approval, now, &mut effects);
        if !self.listening {
            self.listening = true;
            effects.push(Effect::Listen);
        }
        if self.settle_if_over(&mut effects) {
            return Ok(effects);
        }
        let is_over = self.expires_at().is_none_or(|expires_at| expires_at <= now);
        if look.at_end && is_over && !self.awaits_a_call() {
            self.settle(Outcome::Expired, &mut effects);
        } else {
            self.follow(now, &mut effects);
        }
        Ok(effects)
    }

    pub(super) fn read_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let look = self.answer_to_look(attempt)?;
        let mut effects = Vec::new();
        if let Phase::Checking {
            after: After::Cancel { refusals: 0 },
            ..
        } = &self.phase
        {
            self.settle(Outcome::Cancelled, &mut effects);
            return Ok(effects);
        }
        if look.at_end && !self.awaits_a_call() {
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
            | Phase::Facing { .. }
            | Phase::Submitting { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => {
                self.fruitless_looks = self.fruitless_looks.saturating_add(1);
                let pause = pause_after(self.fruitless_looks, self.longest_pause()).max(asked_to_wait);
                effects.push(Effect::Wait(Timer::Look, now.plus_ms(pause)));
                return Ok(effects);
            }
        };
        if failures >= MOST_FAILURES {
            self.phase = Phase::Unreachable;
            self.notice = (failure == Failure::OtherApproval).then_some(Notice::OtherApproval);
        } else {
            let pause = pause_after(failures, self.longest_pause()).max(asked_to_wait);
            effects.push(Effect::Wait(Timer::Look, now.plus_ms(pause)));
        }
        Ok(effects)
    }

    pub(super) fn started(&mut self, attempt: Attempt, approval: Approval, now: Timestamp) -> Result<Effects, Ignored> {
        if self.is_foreign(&approval) {
            return self.start_failed(attempt, Failure::OtherApproval, now);
        }
        let (challenge, factor, wanted) = self.answer_to_start(attempt)?;
        let mut effects = Vec::new();
        self.adopt(approval, now, &mut effects);
        if self.settle_if_over(&mut effects) {
            return Ok(effects);
        }
        let notice = match wanted {
            // The first one needs no notice: the screen itself says where it went.
            Wanted::First => None,
            Wanted::Another => Some(Notice::Sent(factor.clone())),
            Wanted::Frame | Wanted::OtherTab => {
                self.session_opened(challenge, factor, wanted, now, &mut effects);
                return Ok(effects);
            }
        };
        let step = self.open_step().filter(|step| step.id == challenge);
        let sent = step.map(|step| delivery_by(step, &factor).is_some());
        if sent == Some(true) && self.can_ask(&challenge, &factor) {
            self.ask(challenge, factor, notice);
        } else if sent.is_some() {
            // Where the step has been taken meanwhile there is nothing to complain of.
            self.phase = Phase::Choosing { challenge };
            self.notice = Some(Notice::NotDelivered(factor));
        }
        self.follow(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn start_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let (challenge, factor, wanted) = self.answer_to_start(attempt)?;
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
                let after = After::Start {
                    challenge,
                    factor,
                    wanted,
                };
                self.check(after, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus_ms(retry_after);
                let held_back = match wanted {
                    Wanted::Another => &mut self.no_code_before,
                    Wanted::First | Wanted::Frame | Wanted::OtherTab => &mut self.not_before,
                };
                *held_back = Some(until);
                Notice::Wait { until }
            }
            Failure::NotSent | Failure::CannotEncrypt => Notice::NotDelivered(factor.clone()),
        };
        match wanted {
            Wanted::First => {
                self.phase = Phase::Choosing { challenge };
                self.notice = Some(notice);
            }
            Wanted::Another => self.ask(challenge, factor, Some(notice)),
            Wanted::Frame | Wanted::OtherTab => self.explain(challenge, factor, Some(notice), &mut effects),
        }
        self.follow(now, &mut effects);
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
        let (challenge, factor) = self.answer_to_submit(attempt)?;
        let mut effects = Vec::new();
        self.adopt(verified.approval, now, &mut effects);
        let still_open = self.step_named(&challenge).is_some_and(Challenge::is_open);
        let attempts_left = self.approval.as_ref().and_then(|approval| approval.attempts_left);
        let notice = match verified.verdict {
            Verdict::Accepted if still_open => Some(Notice::NotReceived),
            Verdict::Accepted => None,
            Verdict::Refused => Some(Notice::Wrong { attempts_left }),
            Verdict::Blocked => Some(Notice::Blocked(factor.clone())),
            Verdict::NotSetUp => Some(Notice::NotSetUp(factor.clone())),
            Verdict::CodeExpired => Some(Notice::CodeExpired),
            Verdict::KeyStale => Some(Notice::NotReceived),
            Verdict::Other(_) => {
                self.check(After::Submit { challenge, factor }, &mut effects);
                self.settle_if_over(&mut effects);
                return Ok(effects);
            }
        };
        self.ask(challenge, factor, notice);
        self.follow(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn verify_failed(
        &mut self,
        attempt: Attempt,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let (challenge, factor) = self.answer_to_submit(attempt)?;
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
                self.check(After::Submit { challenge, factor }, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus_ms(retry_after);
                self.not_before = Some(until);
                Notice::Wait { until }
            }
            Failure::NotSent => Notice::NotReceived,
            Failure::CannotEncrypt => Notice::CannotEncrypt,
        };
        self.ask(challenge, factor, Some(notice));
        self.follow(now, &mut effects);
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
        self.answer_to_cancel(attempt)?;
        let mut effects = Vec::new();
        self.adopt(approval, now, &mut effects);
        let outcome = self
            .approval
            .as_ref()
            .and_then(Approval::outcome)
            .unwrap_or(Outcome::Cancelled);
        self.settle(outcome, &mut effects);
        Ok(effects)
    }

    /// The customer stopped and the backend did not say so: it may have been settled otherwise just before. One look tells;
    /// without it the customer's word stands, unless the backend has refused it.
    pub(super) fn cancel_failed(&mut self, attempt: Attempt, failure: Failure) -> Result<Effects, Ignored> {
        let mut refusals = self.answer_to_cancel(attempt)?;
        let mut effects = Vec::new();
        if !self.settle_if_over(&mut effects) {
            if refusals > 0 || matches!(failure, Failure::OutOfDate) {
                refusals = refusals.saturating_add(1);
            }
            self.check(After::Cancel { refusals }, &mut effects);
        }
        Ok(effects)
    }

    fn answer_to_look(&mut self, attempt: Attempt) -> Result<Look, Ignored> {
        let look = self.look.filter(|look| look.attempt == attempt);
        let look = look.ok_or(Ignored::Superseded)?;
        self.look = None;
        Ok(look)
    }

    /// Whether a call is under way, or its fate being looked up, that has more to say than the approval's end.
    fn awaits_a_call(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting { .. } | Phase::Submitting { .. } | Phase::Checking { .. } | Phase::Cancelling { .. }
        )
    }

    fn answer_to_start(&mut self, answered: Attempt) -> Result<(String, Factor, Wanted), Ignored> {
        let waiting = matches!(&self.phase, Phase::Starting { attempt, .. } if *attempt == answered);
        // The call is over: whatever comes next, there is nothing left to give up.
        match waiting.then(|| std::mem::replace(&mut self.phase, Phase::Settling)) {
            Some(Phase::Starting {
                challenge,
                factor,
                wanted,
                ..
            }) => Ok((challenge, factor, wanted)),
            Some(_) | None => Err(Ignored::Superseded),
        }
    }

    fn answer_to_submit(&mut self, answered: Attempt) -> Result<(String, Factor), Ignored> {
        let waiting = matches!(&self.phase, Phase::Submitting { attempt, .. } if *attempt == answered);
        match waiting.then(|| std::mem::replace(&mut self.phase, Phase::Settling)) {
            Some(Phase::Submitting { challenge, factor, .. }) => Ok((challenge, factor)),
            Some(_) | None => Err(Ignored::Superseded),
        }
    }

    fn answer_to_cancel(&mut self, answered: Attempt) -> Result<u8, Ignored> {
        let Phase::Cancelling { attempt, refusals } = self.phase else {
            return Err(Ignored::Superseded);
        };
        if attempt != answered {
            return Err(Ignored::Superseded);
        }
        self.phase = Phase::Settling;
        Ok(refusals)
    }
}
