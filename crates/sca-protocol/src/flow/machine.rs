//! What an event does to a flow.

use super::{
    effect::{Attempt, Effect, Timer},
    event::{Event, Failure},
    notice::Notice,
    screen::{CODE_DIGITS, PIN_DIGITS},
    state::{After, Flow, Phase},
};
use crate::{
    Approval, Challenge, Factor, Millis, Outcome, Reason,
    entry::Digits,
    factor::Handling,
    wire::{Verdict, Verified},
};

/// How many reads in a row may fail before the customer is asked whether to go on.
const MOST_FAILURES: u8 = 4;
/// The first pause before the backend is asked again, in milliseconds; it doubles up to the last.
const FIRST_PAUSE: u64 = 1_000;
/// The longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: u64 = 30_000;
/// The longest pause between two looks at an approval that is being settled, in milliseconds.
const LONGEST_LOOK_PAUSE: u64 = 5_000;

/// Why an event changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The flow is over.
    Settled,
    /// The answer belongs to a call that was superseded or given up.
    Superseded,
    /// The snapshot is older than the one already seen, or the same.
    OutOfDate,
    /// The event does not belong where the flow stands.
    NotNow,
    /// The server, or the time before another code, says to wait.
    TooEarly,
}

type Effects = Vec<Effect>;

impl Flow {
    /// Takes in what happened at a point in time (browser clock) and answers what to do.
    ///
    /// # Errors
    /// When the event does not belong: the flow is then as it was.
    pub fn handle(&mut self, event: Event, now: Millis) -> Result<Effects, Ignored> {
        if self.is_settled() {
            return Err(Ignored::Settled);
        }
        match event {
            Event::Opened => self.open(),
            Event::FactorChosen(factor) => self.choose(&factor, now),
            Event::OtherWayWanted => self.go_back_to_choice(),
            Event::PinEntered(pin) => self.submit(pin, Handling::Secret, now),
            Event::CodeEntered(code) => self.submit(code, Handling::Code, now),
            Event::ResendWanted => self.resend(now),
            Event::RetryWanted => self.retry(),
            Event::CancelWanted => Ok(self.cancel()),
            Event::ApprovalRead(attempt, approval) => self.approval_read(attempt, approval, now),
            Event::ReadFailed(attempt, failure) => self.read_failed(attempt, failure, now),
            Event::Started(attempt, approval) => self.started(attempt, approval, now),
            Event::StartFailed(attempt, failure) => self.start_failed(attempt, failure, now),
            Event::Verified(attempt, verified) => self.verified(attempt, verified, now),
            Event::VerifyFailed(attempt, failure) => self.verify_failed(attempt, failure, now),
            Event::Cancelled(attempt, approval) => self.cancelled(attempt, approval, now),
            Event::CancelFailed(attempt, _) => self.cancel_failed(attempt),
            Event::ApprovalChanged(approval) => self.approval_changed(approval, now),
            Event::ListeningEnded => self.listening_ended(now),
            Event::WaitOver(Timer::Look) => self.look_is_due(),
            Event::WaitOver(Timer::Expiry) => self.expiry_is_due(now),
            Event::Resumed => self.resumed(),
        }
    }

    // What the customer does

    fn open(&mut self) -> Result<Effects, Ignored> {
        if self.phase != Phase::New {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        let mut effects = Vec::new();
        self.look(&mut effects);
        Ok(effects)
    }

    fn choose(&mut self, factor: &Factor, now: Millis) -> Result<Effects, Ignored> {
        let Phase::Choosing { challenge } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        self.refuse_too_early(now)?;
        let step = self.step_named(challenge).ok_or(Ignored::NotNow)?;
        if !step.option(factor).is_some_and(crate::FactorOption::is_usable) {
            return Err(Ignored::NotNow);
        }
        let challenge = challenge.clone();
        match factor.handling() {
            Handling::Secret => {
                self.ask(challenge, factor.clone(), None);
                Ok(Vec::new())
            }
            Handling::Code if self.is_on_its_way(step, factor, now) => {
                self.ask(challenge, factor.clone(), None);
                Ok(Vec::new())
            }
            Handling::Code => Ok(self.start(challenge, factor.clone(), false)),
            Handling::Unsupported => Err(Ignored::NotNow),
        }
    }

    fn go_back_to_choice(&mut self) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        let step = self.step_named(challenge).ok_or(Ignored::NotNow)?;
        if !step
            .options()
            .any(|option| option.factor != *factor && option.is_usable())
        {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Choosing {
            challenge: challenge.clone(),
        };
        self.notice = None;
        Ok(Vec::new())
    }

    fn submit(&mut self, digits: Digits, handling: Handling, now: Millis) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if factor.handling() != handling {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        let option = self
            .step_named(challenge)
            .and_then(|step| step.option(factor))
            .ok_or(Ignored::NotNow)?;
        let fallback = if handling == Handling::Secret {
            PIN_DIGITS
        } else {
            CODE_DIGITS
        };
        if digits.expose().len() != usize::from(option.digits.unwrap_or(fallback)) {
            return Err(Ignored::NotNow);
        }
        let (challenge, factor) = (challenge.clone(), factor.clone());
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Submitting {
            attempt,
            challenge: challenge.clone(),
            factor: factor.clone(),
        };
        Ok(vec![if handling == Handling::Secret {
            Effect::SubmitPin {
                attempt,
                challenge,
                pin: digits,
            }
        } else {
            Effect::SubmitCode {
                attempt,
                challenge,
                factor,
                code: digits,
            }
        }])
    }

    fn resend(&mut self, now: Millis) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if factor.handling() != Handling::Code {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        let delivery = self.step_named(challenge).and_then(|step| step.delivery.as_ref());
        if delivery.is_some_and(|delivery| self.local(delivery.resend_at) > now) {
            return Err(Ignored::TooEarly);
        }
        let (challenge, factor) = (challenge.clone(), factor.clone());
        Ok(self.start(challenge, factor, true))
    }

    fn retry(&mut self) -> Result<Effects, Ignored> {
        if self.phase != Phase::Unreachable {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        let mut effects = Vec::new();
        self.look(&mut effects);
        Ok(effects)
    }

    fn cancel(&mut self) -> Effects {
        let mut effects = Vec::new();
        match &self.phase {
            Phase::New => self.settle(Outcome::Cancelled, &mut effects),
            Phase::Cancelling { .. } | Phase::Done(_) => {}
            Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } => {
                effects.push(Effect::Abandon(*attempt));
                self.send_cancel(&mut effects);
            }
            Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Entering { .. }
            | Phase::Checking { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. } => self.send_cancel(&mut effects),
        }
        effects
    }

    fn send_cancel(&mut self, effects: &mut Effects) {
        let attempt = self.next_attempt();
        self.phase = Phase::Cancelling { attempt };
        self.notice = None;
        effects.push(Effect::CancelApproval(attempt));
    }

    // What comes of the effects

    fn approval_read(&mut self, attempt: Attempt, approval: Approval, now: Millis) -> Result<Effects, Ignored> {
        self.answer_to_look(attempt)?;
        let mut effects = Vec::new();
        self.adopt(approval, now, &mut effects);
        if !self.listening {
            self.listening = true;
            effects.push(Effect::Listen);
        }
        self.follow(now, &mut effects);
        Ok(effects)
    }

    fn read_failed(&mut self, attempt: Attempt, failure: Failure, now: Millis) -> Result<Effects, Ignored> {
        self.answer_to_look(attempt)?;
        let mut effects = Vec::new();
        if let Phase::Checking {
            after: After::Expiry, ..
        } = self.phase
        {
            self.settle(Outcome::Expired, &mut effects);
            return Ok(effects);
        }
        let asked_to_wait = match failure {
            Failure::AccessEnded | Failure::SessionEnded => {
                self.settle(Outcome::Failed(Some(Reason::SessionEnded)), &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => retry_after,
            Failure::NotSent | Failure::OutcomeUnknown | Failure::OutOfDate | Failure::CannotEncrypt => 0,
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
            | Phase::Submitting { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => {
                self.fruitless_looks = self.fruitless_looks.saturating_add(1);
                let pause = pause_after(self.fruitless_looks, LONGEST_PAUSE).max(asked_to_wait);
                effects.push(Effect::Wait(Timer::Look, now.plus(pause)));
                return Ok(effects);
            }
        };
        if failures >= MOST_FAILURES {
            self.phase = Phase::Unreachable;
        } else {
            let pause = pause_after(failures, LONGEST_PAUSE).max(asked_to_wait);
            effects.push(Effect::Wait(Timer::Look, now.plus(pause)));
        }
        Ok(effects)
    }

    fn started(&mut self, attempt: Attempt, approval: Approval, now: Millis) -> Result<Effects, Ignored> {
        let (challenge, factor, _) = self.answer_to_start(attempt)?;
        let mut effects = Vec::new();
        self.adopt(approval, now, &mut effects);
        let sent = self
            .step_named(&challenge)
            .is_some_and(|step| is_sent_by(step, &factor));
        let notice = if sent {
            Notice::Sent(factor.clone())
        } else {
            Notice::NotDelivered(factor.clone())
        };
        if sent && self.can_ask(&challenge, &factor) {
            self.ask(challenge, factor, Some(notice));
        } else {
            self.phase = Phase::Choosing { challenge };
            self.notice = Some(notice);
        }
        self.follow(now, &mut effects);
        Ok(effects)
    }

    fn start_failed(&mut self, attempt: Attempt, failure: Failure, now: Millis) -> Result<Effects, Ignored> {
        let (challenge, factor, resend) = self.answer_to_start(attempt)?;
        let mut effects = Vec::new();
        let notice = match failure {
            Failure::AccessEnded | Failure::SessionEnded => {
                self.settle(Outcome::Failed(Some(Reason::SessionEnded)), &mut effects);
                return Ok(effects);
            }
            Failure::OutcomeUnknown | Failure::OutOfDate => {
                self.check(After::Start { challenge, factor }, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus(retry_after);
                self.not_before = Some(until);
                Notice::Wait { until }
            }
            Failure::NotSent | Failure::CannotEncrypt => Notice::NotDelivered(factor.clone()),
        };
        if resend {
            self.ask(challenge, factor, Some(notice));
        } else {
            self.phase = Phase::Choosing { challenge };
            self.notice = Some(notice);
        }
        self.follow(now, &mut effects);
        Ok(effects)
    }

    fn verified(&mut self, attempt: Attempt, verified: Verified, now: Millis) -> Result<Effects, Ignored> {
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

    fn verify_failed(&mut self, attempt: Attempt, failure: Failure, now: Millis) -> Result<Effects, Ignored> {
        let (challenge, factor) = self.answer_to_submit(attempt)?;
        let mut effects = Vec::new();
        let notice = match failure {
            Failure::AccessEnded | Failure::SessionEnded => {
                self.settle(Outcome::Failed(Some(Reason::SessionEnded)), &mut effects);
                return Ok(effects);
            }
            Failure::OutcomeUnknown | Failure::OutOfDate => {
                self.check(After::Submit { challenge, factor }, &mut effects);
                return Ok(effects);
            }
            Failure::NotYet { retry_after } => {
                let until = now.plus(retry_after);
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

    fn cancelled(&mut self, attempt: Attempt, approval: Approval, now: Millis) -> Result<Effects, Ignored> {
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

    fn cancel_failed(&mut self, attempt: Attempt) -> Result<Effects, Ignored> {
        self.answer_to_cancel(attempt)?;
        let mut effects = Vec::new();
        self.settle(Outcome::Cancelled, &mut effects);
        Ok(effects)
    }

    // What happens around it

    fn approval_changed(&mut self, approval: Approval, now: Millis) -> Result<Effects, Ignored> {
        if self.phase == Phase::New {
            return Err(Ignored::NotNow);
        }
        if self
            .approval
            .as_ref()
            .is_some_and(|known| known.version >= approval.version)
        {
            return Err(Ignored::OutOfDate);
        }
        let mut effects = Vec::new();
        self.fruitless_looks = 0;
        self.adopt(approval, now, &mut effects);
        self.follow(now, &mut effects);
        Ok(effects)
    }

    fn listening_ended(&mut self, now: Millis) -> Result<Effects, Ignored> {
        if !self.listening {
            return Err(Ignored::NotNow);
        }
        self.listening = false;
        self.fruitless_looks = self.fruitless_looks.saturating_add(1);
        let pause = pause_after(self.fruitless_looks, LONGEST_PAUSE);
        Ok(vec![Effect::Wait(Timer::Look, now.plus(pause))])
    }

    fn look_is_due(&mut self) -> Result<Effects, Ignored> {
        if self.look.is_some() || matches!(self.phase, Phase::New | Phase::Unreachable) {
            return Err(Ignored::NotNow);
        }
        let mut effects = Vec::new();
        self.look(&mut effects);
        Ok(effects)
    }

    fn expiry_is_due(&mut self, now: Millis) -> Result<Effects, Ignored> {
        let expires_at = self.expires_at().ok_or(Ignored::NotNow)?;
        if now < expires_at {
            return Ok(vec![Effect::Wait(Timer::Expiry, expires_at)]);
        }
        let mut effects = Vec::new();
        match &self.phase {
            Phase::Starting { .. } | Phase::Submitting { .. } | Phase::Checking { .. } => {
                effects.push(Effect::Wait(Timer::Expiry, now.plus(FIRST_PAUSE)));
            }
            Phase::New | Phase::Cancelling { .. } | Phase::Done(_) => return Err(Ignored::NotNow),
            Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Entering { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. } => self.check(After::Expiry, &mut effects),
        }
        Ok(effects)
    }

    fn resumed(&mut self) -> Result<Effects, Ignored> {
        if self.phase == Phase::New {
            return Err(Ignored::NotNow);
        }
        if self.phase == Phase::Unreachable {
            return self.retry();
        }
        let mut effects = Vec::new();
        if self.look.is_none() {
            self.look(&mut effects);
        }
        effects.extend(
            self.expires_at()
                .map(|expires_at| Effect::Wait(Timer::Expiry, expires_at)),
        );
        Ok(effects)
    }

    // The parts that these are made of

    fn next_attempt(&mut self) -> Attempt {
        self.last_attempt = Attempt(self.last_attempt.0.wrapping_add(1));
        self.last_attempt
    }

    fn look(&mut self, effects: &mut Effects) {
        if self.look.is_none() {
            let attempt = self.next_attempt();
            self.look = Some(attempt);
            effects.push(Effect::ReadApproval(attempt));
        }
    }

    /// Looks up what became of a call. A look that began before the call was over cannot tell, so it is given up.
    fn check(&mut self, after: After, effects: &mut Effects) {
        if let Some(older) = self.look.take() {
            effects.push(Effect::Abandon(older));
        }
        self.notice = None;
        self.phase = Phase::Checking { after, failures: 0 };
        self.look(effects);
    }

    fn start(&mut self, challenge: String, factor: Factor, resend: bool) -> Effects {
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Starting {
            attempt,
            challenge: challenge.clone(),
            factor: factor.clone(),
            resend,
        };
        vec![Effect::StartFactor {
            attempt,
            challenge,
            factor,
        }]
    }

    fn ask(&mut self, challenge: String, factor: Factor, notice: Option<Notice>) {
        self.phase = Phase::Entering { challenge, factor };
        self.notice = notice;
    }

    /// Takes over a snapshot, unless a newer one has been seen.
    fn adopt(&mut self, approval: Approval, now: Millis, effects: &mut Effects) {
        if self
            .approval
            .as_ref()
            .is_some_and(|known| known.version > approval.version)
        {
            return;
        }
        let offset = i128::from(now.0) - i128::from(approval.server_time.0);
        self.clock_offset = i64::try_from(offset).unwrap_or_default();
        if approval.action.is_some() {
            self.last_action.clone_from(&approval.action);
        }
        self.approval = Some(approval);
        effects.extend(
            self.expires_at()
                .map(|expires_at| Effect::Wait(Timer::Expiry, expires_at)),
        );
    }

    /// Goes where the newest snapshot says, and stays where that is here.
    fn follow(&mut self, now: Millis, effects: &mut Effects) {
        if self.settle_if_over(effects) {
            return;
        }
        match self.phase.clone() {
            Phase::New
            | Phase::Starting { .. }
            | Phase::Submitting { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => {}
            Phase::Opening { .. } | Phase::Unreachable | Phase::Settling => self.enter_open_step(now, effects),
            Phase::Choosing { challenge } | Phase::CannotBeDoneHere { challenge } => {
                let same = self.open_step().is_some_and(|step| step.id == challenge);
                let usable = self.open_step().is_some_and(has_usable_option);
                if !same || usable != matches!(self.phase, Phase::Choosing { .. }) {
                    self.enter_open_step(now, effects);
                }
            }
            Phase::Entering { challenge, factor } => {
                if !self.can_ask(&challenge, &factor) {
                    self.enter_open_step(now, effects);
                }
            }
            Phase::Checking { after, .. } => self.checked(after, now, effects),
        }
    }

    /// The look-up of a call's fate has been answered.
    fn checked(&mut self, after: After, now: Millis, effects: &mut Effects) {
        if self.look.is_some() {
            return;
        }
        match after {
            After::Submit { challenge, factor } if self.can_ask(&challenge, &factor) => {
                self.ask(challenge, factor, Some(Notice::NotReceived));
            }
            After::Start { challenge, factor } if self.can_ask(&challenge, &factor) => {
                if self
                    .step_named(&challenge)
                    .is_some_and(|step| is_sent_by(step, &factor))
                {
                    self.ask(challenge, factor, None);
                } else {
                    self.notice = Some(Notice::NotDelivered(factor));
                    self.phase = Phase::Choosing { challenge };
                }
            }
            After::Submit { .. } | After::Start { .. } => self.enter_open_step(now, effects),
            After::Expiry if self.expires_at().is_none_or(|expires_at| expires_at <= now) => {
                self.settle(Outcome::Expired, effects);
            }
            After::Expiry => self.enter_open_step(now, effects),
        }
    }

    /// Puts the step before the customer that is to be taken now.
    fn enter_open_step(&mut self, now: Millis, effects: &mut Effects) {
        let Some(step) = self.open_step() else {
            self.phase = Phase::Settling;
            self.notice = None;
            self.fruitless_looks = self.fruitless_looks.saturating_add(1);
            let pause = pause_after(self.fruitless_looks, LONGEST_LOOK_PAUSE);
            effects.push(Effect::Wait(Timer::Look, now.plus(pause)));
            return;
        };
        let challenge = step.id.clone();
        let sent = step.delivery.as_ref().map(|delivery| delivery.factor.clone());
        let resumed =
            sent.filter(|factor| self.can_ask(&challenge, factor) && self.is_on_its_way_or_valid(step, factor, now));
        let secret = (step.primary.is_usable() && step.primary.factor.handling() == Handling::Secret)
            .then(|| step.primary.factor.clone());
        self.phase = match resumed.or(secret) {
            Some(factor) => Phase::Entering { challenge, factor },
            None if has_usable_option(step) => Phase::Choosing { challenge },
            None => Phase::CannotBeDoneHere { challenge },
        };
    }

    fn settle_if_over(&mut self, effects: &mut Effects) -> bool {
        // A customer who has stopped waits for the backend's word on it, which carries the same news.
        if matches!(self.phase, Phase::Cancelling { .. }) {
            return false;
        }
        let outcome = self.approval.as_ref().and_then(Approval::outcome);
        if let Some(outcome) = outcome {
            self.settle(outcome, effects);
        }
        self.is_settled()
    }

    fn settle(&mut self, outcome: Outcome, effects: &mut Effects) {
        if let Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } = self.phase {
            effects.push(Effect::Abandon(attempt));
        }
        effects.extend(self.look.take().map(Effect::Abandon));
        if self.listening {
            self.listening = false;
            effects.push(Effect::StopListening);
        }
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Done(outcome.clone());
        effects.push(Effect::Settle(outcome));
    }

    fn answer_to_look(&mut self, attempt: Attempt) -> Result<(), Ignored> {
        if self.look != Some(attempt) {
            return Err(Ignored::Superseded);
        }
        self.look = None;
        Ok(())
    }

    fn answer_to_start(&self, answered: Attempt) -> Result<(String, Factor, bool), Ignored> {
        match &self.phase {
            Phase::Starting {
                attempt,
                challenge,
                factor,
                resend,
            } if *attempt == answered => Ok((challenge.clone(), factor.clone(), *resend)),
            _ => Err(Ignored::Superseded),
        }
    }

    fn answer_to_submit(&self, answered: Attempt) -> Result<(String, Factor), Ignored> {
        match &self.phase {
            Phase::Submitting {
                attempt,
                challenge,
                factor,
            } if *attempt == answered => Ok((challenge.clone(), factor.clone())),
            _ => Err(Ignored::Superseded),
        }
    }

    fn answer_to_cancel(&self, answered: Attempt) -> Result<(), Ignored> {
        if self.phase == (Phase::Cancelling { attempt: answered }) {
            Ok(())
        } else {
            Err(Ignored::Superseded)
        }
    }

    fn refuse_too_early(&self, now: Millis) -> Result<(), Ignored> {
        if self.not_before.is_some_and(|not_before| now < not_before) {
            Err(Ignored::TooEarly)
        } else {
            Ok(())
        }
    }

    fn open_step(&self) -> Option<&Challenge> {
        self.approval.as_ref().and_then(Approval::open_challenge)
    }

    fn step_named(&self, id: &str) -> Option<&Challenge> {
        self.approval.as_ref().and_then(|approval| approval.challenge(id))
    }

    /// Whether the step is the one to take now and the factor can take it.
    fn can_ask(&self, challenge: &str, factor: &Factor) -> bool {
        self.open_step()
            .is_some_and(|step| step.id == challenge && step.option(factor).is_some_and(crate::FactorOption::is_usable))
    }

    /// Whether a code was sent that way so lately that another cannot be had yet.
    fn is_on_its_way(&self, step: &Challenge, factor: &Factor, now: Millis) -> bool {
        step.delivery
            .as_ref()
            .is_some_and(|delivery| delivery.factor == *factor && now < self.local(delivery.resend_at))
    }

    /// Whether a code that was sent that way can still be entered.
    fn is_on_its_way_or_valid(&self, step: &Challenge, factor: &Factor, now: Millis) -> bool {
        step.delivery.as_ref().is_some_and(|delivery| {
            delivery.factor == *factor && delivery.code_expires_at.is_none_or(|end| now < self.local(end))
        })
    }
}

fn is_sent_by(step: &Challenge, factor: &Factor) -> bool {
    step.delivery
        .as_ref()
        .is_some_and(|delivery| delivery.factor == *factor)
}

fn has_usable_option(step: &Challenge) -> bool {
    step.options().any(crate::FactorOption::is_usable)
}

fn pause_after(failures: u8, longest: u64) -> u64 {
    let doublings = u32::from(failures.saturating_sub(1)).min(16);
    FIRST_PAUSE.saturating_mul(1_u64 << doublings).min(longest)
}
