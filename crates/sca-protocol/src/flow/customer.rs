//! What the customer does.

use super::{
    effect::Effect,
    machine::{Effects, Ignored},
    screen::{CODE_DIGITS, PIN_DIGITS},
    state::{Flow, Phase, Wanted},
};
use crate::{Factor, Outcome, Timestamp, entry::Digits, factor::Handling};

impl Flow {
    pub(super) fn open(&mut self) -> Result<Effects, Ignored> {
        if !matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        let mut effects = Vec::new();
        self.look(&mut effects);
        Ok(effects)
    }

    pub(super) fn choose(&mut self, factor: &Factor, now: Timestamp) -> Result<Effects, Ignored> {
        let (Phase::Choosing { challenge } | Phase::Waiting { challenge, .. }) = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if matches!(&self.phase, Phase::Waiting { factor: waited_for, .. } if waited_for == factor) {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        let step = self.step_named(challenge).ok_or(Ignored::NotNow)?;
        if !step.option(factor).is_some_and(|option| self.is_usable(step, option)) {
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
            Handling::Phone if self.is_on_its_way_or_valid(step, factor, now) => {
                let mut effects = Vec::new();
                self.ask(challenge, factor.clone(), None);
                self.follow(now, &mut effects);
                Ok(effects)
            }
            Handling::Code | Handling::Phone => Ok(self.start(challenge, factor.clone(), Wanted::First)),
            Handling::Frame => {
                let mut effects = Vec::new();
                self.explain(challenge, factor.clone(), None, &mut effects);
                self.follow(now, &mut effects);
                Ok(effects)
            }
            Handling::Unsupported => Err(Ignored::NotNow),
        }
    }

    pub(super) fn go_back_to_choice(&mut self) -> Result<Effects, Ignored> {
        let (Phase::Entering { challenge, factor }
        | Phase::Waiting { challenge, factor }
        | Phase::Facing { challenge, factor, .. }) = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        let step = self.step_named(challenge).ok_or(Ignored::NotNow)?;
        if !self.has_other_way(step, factor) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Choosing {
            challenge: challenge.clone(),
        };
        self.notice = None;
        Ok(Vec::new())
    }

    pub(super) fn submit(&mut self, digits: Digits, handling: Handling, now: Timestamp) -> Result<Effects, Ignored> {
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

    pub(super) fn resend(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if factor.handling() != Handling::Code {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        if self.resend_at(challenge, factor) > now {
            return Err(Ignored::TooEarly);
        }
        let (challenge, factor) = (challenge.clone(), factor.clone());
        Ok(self.start(challenge, factor, Wanted::Another))
    }

    pub(super) fn retry(&mut self) -> Result<Effects, Ignored> {
        if !matches!(self.phase, Phase::Unreachable) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        self.notice = None;
        let mut effects = Vec::new();
        self.look(&mut effects);
        Ok(effects)
    }

    pub(super) fn cancel(&mut self) -> Result<Effects, Ignored> {
        if self.is_stopping() {
            return Err(Ignored::NotNow);
        }
        let mut effects = Vec::new();
        match &self.phase {
            Phase::New => self.settle(Outcome::Cancelled, &mut effects),
            Phase::Cancelling { .. } | Phase::Done(_) => {}
            Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } => {
                effects.push(Effect::Abandon(*attempt));
                self.send_cancel(0, &mut effects);
            }
            Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Entering { .. }
            | Phase::Waiting { .. }
            | Phase::Facing { .. }
            | Phase::Checking { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. } => self.send_cancel(0, &mut effects),
        }
        Ok(effects)
    }

    pub(super) fn send_cancel(&mut self, refusals: u8, effects: &mut Effects) {
        let attempt = self.next_attempt();
        self.phase = Phase::Cancelling { attempt, refusals };
        self.notice = None;
        effects.push(Effect::CancelApproval(attempt));
    }
}
