//! Handlers of the customer's actions.

use super::{
    effect::Effect,
    machine::{Effects, Ignored},
    screen::{CODE_DIGITS, PIN_DIGITS},
    state::{Flow, Phase, StartPurpose, Stop},
};
use crate::{Factor, Timestamp, entry::Digits, factor::Handling};

impl Flow {
    pub(super) fn open(&mut self) -> Result<Effects, Ignored> {
        if !matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        let mut effects = Vec::new();
        self.poll(&mut effects);
        Ok(effects)
    }

    pub(super) fn choose(&mut self, factor: &Factor, now: Timestamp) -> Result<Effects, Ignored> {
        let scan = self.scan();
        let mut effects = self.use_factor(factor, now)?;
        if let Some((attempt, _)) = scan {
            effects.insert(0, Effect::Abandon(attempt));
        }
        Ok(effects)
    }

    fn use_factor(&mut self, factor: &Factor, now: Timestamp) -> Result<Effects, Ignored> {
        let (Phase::Choosing { challenge_id }
        | Phase::Waiting { challenge_id, .. }
        | Phase::Scanning { challenge_id, .. }) = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        if matches!(&self.phase, Phase::Waiting { factor: waited_for, .. } if waited_for == factor) {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        let challenge = self.challenge_by_id(challenge_id).ok_or(Ignored::NotNow)?;
        if !challenge
            .option(factor)
            .is_some_and(|option| self.is_usable(challenge, option))
        {
            return Err(Ignored::NotNow);
        }
        let challenge_id = challenge_id.clone();
        match factor.handling() {
            Handling::Secret => {
                self.ask(challenge_id, factor.clone(), None);
                Ok(Vec::new())
            }
            Handling::Code if self.is_resend_held_back(challenge, factor, now) => {
                self.ask(challenge_id, factor.clone(), None);
                Ok(Vec::new())
            }
            Handling::Phone if self.is_delivery_valid(challenge, factor, now) => {
                let mut effects = Vec::new();
                self.ask(challenge_id, factor.clone(), None);
                self.apply_snapshot(now, &mut effects);
                Ok(effects)
            }
            Handling::Code | Handling::Phone => Ok(self.start(challenge_id, factor.clone(), StartPurpose::First)),
            Handling::Frame(here) => {
                let mut effects = Vec::new();
                self.explain(challenge_id, factor.clone(), here, None, &mut effects);
                self.apply_snapshot(now, &mut effects);
                Ok(effects)
            }
            Handling::Device(here) => self.submit_device(challenge_id, here),
            Handling::FaceScan(_) if self.scan().is_some() => Err(Ignored::NotNow),
            Handling::FaceScan(here) => Ok(self.scan_face(challenge_id, here)),
            Handling::Unsupported => Err(Ignored::NotNow),
        }
    }

    pub(super) fn return_to_choice(&mut self) -> Result<Effects, Ignored> {
        let (Phase::Entering { challenge_id, factor }
        | Phase::Waiting { challenge_id, factor }
        | Phase::Hosted {
            challenge_id, factor, ..
        }) = &self.phase
        else {
            return Err(Ignored::NotNow);
        };
        let challenge = self.challenge_by_id(challenge_id).ok_or(Ignored::NotNow)?;
        if !self.has_other_factor(challenge, factor) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Choosing {
            challenge_id: challenge_id.clone(),
        };
        self.notice = None;
        Ok(Vec::new())
    }

    pub(super) fn submit(&mut self, digits: Digits, handling: Handling, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge_id, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if factor.handling() != handling {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        let option = self
            .challenge_by_id(challenge_id)
            .and_then(|challenge| challenge.option(factor))
            .ok_or(Ignored::NotNow)?;
        let fallback = if handling == Handling::Secret {
            PIN_DIGITS
        } else {
            CODE_DIGITS
        };
        if digits.expose().len() != usize::from(option.digits.unwrap_or(fallback)) {
            return Err(Ignored::NotNow);
        }
        let (challenge_id, factor) = (challenge_id.clone(), factor.clone());
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Submitting {
            attempt,
            challenge_id: challenge_id.clone(),
            factor: factor.clone(),
        };
        Ok(vec![if handling == Handling::Secret {
            Effect::SubmitPin {
                attempt,
                challenge_id,
                pin: digits,
            }
        } else {
            Effect::SubmitCode {
                attempt,
                challenge_id,
                factor,
                code: digits,
            }
        }])
    }

    pub(super) fn resend(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let Phase::Entering { challenge_id, factor } = &self.phase else {
            return Err(Ignored::NotNow);
        };
        if factor.handling() != Handling::Code {
            return Err(Ignored::NotNow);
        }
        self.refuse_too_early(now)?;
        if self.resend_at(challenge_id, factor).ok_or(Ignored::NotNow)? > now {
            return Err(Ignored::TooEarly);
        }
        let (challenge_id, factor) = (challenge_id.clone(), factor.clone());
        Ok(self.start(challenge_id, factor, StartPurpose::Another))
    }

    pub(super) fn retry(&mut self) -> Result<Effects, Ignored> {
        if !matches!(self.phase, Phase::Unreachable) {
            return Err(Ignored::NotNow);
        }
        self.phase = Phase::Opening { failures: 0 };
        self.notice = None;
        let mut effects = Vec::new();
        self.poll(&mut effects);
        Ok(effects)
    }

    /// Stops the approval.
    pub(super) fn stop(&mut self, stop: Stop) -> Result<Effects, Ignored> {
        if self.is_stopping() {
            return Err(Ignored::NotNow);
        }
        let mut effects = Vec::new();
        match &self.phase {
            Phase::New => self.settle(stop.outcome(), &mut effects),
            Phase::Cancelling { .. } | Phase::Done(_) => {}
            Phase::Starting { attempt, .. } | Phase::Scanning { attempt, .. } | Phase::Submitting { attempt, .. } => {
                effects.push(Effect::Abandon(*attempt));
                self.send_stop(stop, 0, &mut effects);
            }
            Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Entering { .. }
            | Phase::Waiting { .. }
            | Phase::Hosted { .. }
            | Phase::Checking { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. } => self.send_stop(stop, 0, &mut effects),
        }
        Ok(effects)
    }

    pub(super) fn send_stop(&mut self, stop: Stop, refusals: u8, effects: &mut Effects) {
        let attempt = self.next_attempt();
        self.phase = Phase::Cancelling {
            attempt,
            refusals,
            stop,
        };
        self.notice = None;
        effects.push(match stop {
            Stop::Cancel => Effect::CancelApproval(attempt),
            Stop::Deny => Effect::DenyApproval(attempt),
        });
    }
}
