//! The moves that handling an event is made of.

use super::{
    effect::{Attempt, Effect, Timer},
    machine::{Effects, Ignored},
    notice::Notice,
    state::{After, Flow, Look, Phase, Wanted},
};
use crate::{Approval, Challenge, Delivery, Factor, FactorOption, Outcome, Setback, Timestamp, factor::Handling};

/// The first pause before the backend is asked again, in milliseconds; it doubles up to the longest.
pub(super) const FIRST_PAUSE: u64 = 1_000;
/// The longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: u64 = 30_000;
/// How often the backend may refuse the customer's wish to stop before they are asked again: longer than an entry is judged.
pub(super) const MOST_REFUSALS: u8 = 16;
/// The longest pause between two looks at an approval that somebody else is about to change, in milliseconds.
pub(super) const LONGEST_LOOK_PAUSE: u64 = 5_000;

impl Flow {
    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.last_attempt = Attempt(self.last_attempt.0.wrapping_add(1));
        self.last_attempt
    }

    pub(super) fn look(&mut self, effects: &mut Effects) {
        if self.look.is_none() {
            self.begin_look(false, effects);
        }
    }

    /// Looks whether the time is up. What the customer is doing goes on meanwhile.
    pub(super) fn look_at_end(&mut self, effects: &mut Effects) -> Result<(), Ignored> {
        if self.look.is_some_and(|look| look.at_end) {
            return Err(Ignored::NotNow);
        }
        self.give_up_look(effects);
        self.begin_look(true, effects);
        Ok(())
    }

    fn begin_look(&mut self, at_end: bool, effects: &mut Effects) {
        let attempt = self.next_attempt();
        self.look = Some(Look { attempt, at_end });
        effects.push(Effect::ReadApproval(attempt));
    }

    fn give_up_look(&mut self, effects: &mut Effects) {
        effects.extend(self.look.take().map(|older| Effect::Abandon(older.attempt)));
    }

    /// Looks up what became of a call. A look that began before the call was over cannot tell, so it is given up.
    pub(super) fn check(&mut self, after: After, effects: &mut Effects) {
        self.give_up_look(effects);
        self.notice = None;
        self.phase = Phase::Checking { after, failures: 0 };
        self.look(effects);
    }

    pub(super) fn start(&mut self, challenge: String, factor: Factor, wanted: Wanted) -> Effects {
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.no_code_before = None;
        self.phase = Phase::Starting {
            attempt,
            challenge: challenge.clone(),
            factor: factor.clone(),
            wanted,
        };
        vec![Effect::StartFactor {
            attempt,
            challenge,
            factor,
        }]
    }

    /// Asks for digits, or waits for the phone.
    pub(super) fn ask(&mut self, challenge: String, factor: Factor, notice: Option<Notice>) {
        self.phase = if factor.handling() == Handling::Phone {
            Phase::Waiting { challenge, factor }
        } else {
            Phase::Entering { challenge, factor }
        };
        self.notice = notice;
    }

    /// Takes over a snapshot of this approval, unless a newer one has been seen.
    pub(super) fn adopt(&mut self, approval: Approval, now: Timestamp, effects: &mut Effects) {
        if self
            .approval
            .as_ref()
            .is_some_and(|known| known.version > approval.version)
        {
            return;
        }
        let offset = i128::from(now.0) - i128::from(approval.server_time.0);
        self.clock_offset = i64::try_from(offset).unwrap_or_default();
        if self.action.is_none() {
            self.action.clone_from(&approval.action);
        }
        self.approval = Some(approval);
        effects.extend(
            self.expires_at()
                .map(|expires_at| Effect::Wait(Timer::Expiry, expires_at)),
        );
    }

    /// Goes where the newest snapshot says, and stays where that is here.
    pub(super) fn follow(&mut self, now: Timestamp, effects: &mut Effects) {
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
                let usable = self.open_step().is_some_and(|step| self.has_usable_option(step));
                if !same || usable != matches!(self.phase, Phase::Choosing { .. }) {
                    self.enter_open_step(now, effects);
                }
            }
            Phase::Entering { challenge, factor } => {
                if !self.can_ask(&challenge, &factor) {
                    self.enter_open_step(now, effects);
                }
            }
            Phase::Waiting { challenge, factor } => self.follow_request(&challenge, &factor, now, effects),
            Phase::Facing {
                challenge,
                factor,
                stage,
            } => self.follow_face(challenge, factor, &stage, now, effects),
            Phase::Checking { after, .. } => self.checked(after, now, effects),
        }
    }

    /// The look-up of a call's fate has been answered.
    pub(super) fn checked(&mut self, after: After, now: Timestamp, effects: &mut Effects) {
        match after {
            After::Frame {
                challenge,
                factor,
                believed_until,
            } => self.check_face(challenge, factor, believed_until, now, effects),
            After::Submit { .. } | After::Start { .. } | After::Cancel { .. } if self.look.is_some() => {}
            After::Submit { challenge, factor } if self.can_ask(&challenge, &factor) => {
                self.ask(challenge, factor, Some(Notice::NotReceived));
            }
            After::Start {
                challenge,
                factor,
                wanted: wanted @ (Wanted::Frame | Wanted::OtherTab),
            } => self.session_opened(challenge, factor, wanted, now, effects),
            After::Start {
                challenge,
                factor,
                wanted: Wanted::First | Wanted::Another,
            } if self.can_ask(&challenge, &factor) => {
                if self
                    .step_named(&challenge)
                    .is_some_and(|step| delivery_by(step, &factor).is_some())
                {
                    self.ask(challenge, factor, None);
                    self.follow(now, effects);
                } else {
                    self.notice = Some(Notice::NotDelivered(factor));
                    self.phase = Phase::Choosing { challenge };
                }
            }
            After::Submit { .. } | After::Start { .. } => self.enter_open_step(now, effects),
            After::Cancel { refusals: 0 } => self.settle(Outcome::Cancelled, effects),
            After::Cancel { refusals } if refusals < MOST_REFUSALS => {
                let pause = pause_after(refusals, LONGEST_LOOK_PAUSE);
                effects.push(Effect::Wait(Timer::Look, now.plus_ms(pause)));
            }
            After::Cancel { .. } => self.enter_open_step(now, effects),
        }
    }

    /// Puts the step before the customer that is to be taken now.
    pub(super) fn enter_open_step(&mut self, now: Timestamp, effects: &mut Effects) {
        let Some(step) = self.open_step().filter(|step| !is_being_decided(step)) else {
            self.phase = Phase::Settling;
            self.notice = None;
            self.fruitless_looks = self.fruitless_looks.saturating_add(1);
            let pause = pause_after(self.fruitless_looks, LONGEST_LOOK_PAUSE);
            effects.push(Effect::Wait(Timer::Look, now.plus_ms(pause)));
            return;
        };
        let challenge = step.id.clone();
        let sent = step.delivery.as_ref().map(|delivery| delivery.factor.clone());
        let resumed = sent.filter(|factor| {
            matches!(factor.handling(), Handling::Code | Handling::Phone)
                && self.can_ask(&challenge, factor)
                && self.is_on_its_way_or_valid(step, factor, now)
        });
        let straight = self.straight_way(step).cloned();
        let can_choose = self.has_usable_option(step);
        let is_shut_out = self.is_shut_out(step);
        let went_unanswered = step.setback == Some(Setback::RequestExpired);
        self.phase = match (resumed, straight) {
            (Some(factor), _) if factor.handling() == Handling::Phone => {
                self.phase = Phase::Waiting { challenge, factor };
                self.notice = None;
                return self.wait_for_phone(now, effects);
            }
            (Some(factor), _) => Phase::Entering { challenge, factor },
            (None, Some(factor)) if factor.handling() == Handling::Frame => {
                let notice = self.notice.take();
                return self.explain(challenge, factor, notice, effects);
            }
            (None, Some(factor)) => Phase::Entering { challenge, factor },
            (None, None) if can_choose => Phase::Choosing { challenge },
            (None, None) => Phase::CannotBeDoneHere { challenge },
        };
        if went_unanswered && matches!(self.phase, Phase::Choosing { .. }) {
            self.notice.get_or_insert(Notice::RequestExpired);
        }
        if is_shut_out && !matches!(self.phase, Phase::Entering { .. }) {
            self.notice.get_or_insert(Notice::FrameNotAllowed);
        }
    }

    /// The way that is put before the customer without asking which: a PIN or the face where it is what the provider suggests,
    /// and the face where there is nothing else or where a try at it came to nothing.
    fn straight_way<'a>(&self, step: &'a Challenge) -> Option<&'a Factor> {
        let usable = || step.options().filter(|option| self.is_usable(step, option));
        let mut faces = usable().filter(|option| option.factor.handling() == Handling::Frame);
        let setback = step
            .setback
            .as_ref()
            .filter(|setback| **setback != Setback::RequestExpired);
        if let (Some(_), Some(face)) = (setback, faces.next()) {
            return Some(&face.factor);
        }
        let mut usable = usable();
        let first = &usable.next()?.factor;
        let is_suggested = *first == step.primary.factor;
        let is_straight = match first.handling() {
            Handling::Secret => is_suggested,
            Handling::Frame => is_suggested || usable.next().is_none(),
            Handling::Code | Handling::Phone | Handling::Unsupported => false,
        };
        is_straight.then_some(first)
    }

    pub(super) fn settle_if_over(&mut self, effects: &mut Effects) -> bool {
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

    pub(super) fn settle(&mut self, outcome: Outcome, effects: &mut Effects) {
        if let Phase::Starting { attempt, .. } | Phase::Submitting { attempt, .. } = self.phase {
            effects.push(Effect::Abandon(attempt));
        }
        self.give_up_look(effects);
        if self.listening {
            self.listening = false;
            effects.push(Effect::StopListening);
        }
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Done(outcome.clone());
        effects.push(Effect::Settle(outcome));
    }

    /// The longest pause between two looks: short where the customer waits for what happens elsewhere.
    pub(super) fn longest_pause(&self) -> u64 {
        match &self.phase {
            Phase::Waiting { .. }
            | Phase::Facing { .. }
            | Phase::Checking {
                after: After::Frame { .. },
                ..
            } => LONGEST_LOOK_PAUSE,
            Phase::New
            | Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Starting { .. }
            | Phase::Entering { .. }
            | Phase::Submitting { .. }
            | Phase::Checking { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => LONGEST_PAUSE,
        }
    }

    pub(super) fn refuse_too_early(&self, now: Timestamp) -> Result<(), Ignored> {
        if self.not_before.is_some_and(|not_before| now < not_before) {
            Err(Ignored::TooEarly)
        } else {
            Ok(())
        }
    }

    pub(super) fn open_step(&self) -> Option<&Challenge> {
        self.approval.as_ref().and_then(Approval::open_challenge)
    }

    pub(super) fn step_named(&self, id: &str) -> Option<&Challenge> {
        self.approval.as_ref().and_then(|approval| approval.challenge(id))
    }

    /// Whether the factor can take the step here and now. Nothing can while it is not known what is being approved: no
    /// screen takes a PIN or code without showing that.
    pub(super) fn is_usable(&self, step: &Challenge, option: &FactorOption) -> bool {
        option.is_usable()
            && self.approval.as_ref().is_some_and(|approval| approval.action.is_some())
            && (option.factor.handling() != Handling::Frame || self.may_show(step))
    }

    fn has_usable_option(&self, step: &Challenge) -> bool {
        step.options().any(|option| self.is_usable(step, option))
    }

    /// The ways in which the step can be taken besides this one.
    pub(super) fn other_ways<'a>(
        &'a self,
        step: &'a Challenge,
        factor: &'a Factor,
    ) -> impl Iterator<Item = &'a Factor> {
        step.options()
            .filter(move |option| option.factor != *factor && self.is_usable(step, option))
            .map(|option| &option.factor)
    }

    pub(super) fn has_other_way(&self, step: &Challenge, factor: &Factor) -> bool {
        self.other_ways(step, factor).next().is_some()
    }

    /// Whether the step is the one to take now and the factor can take it.
    pub(super) fn can_ask(&self, challenge: &str, factor: &Factor) -> bool {
        self.open_step().is_some_and(|step| {
            step.id == challenge && step.option(factor).is_some_and(|option| self.is_usable(step, option))
        })
    }

    /// Whether a code was sent that way so lately that another cannot be had yet.
    pub(super) fn is_on_its_way(&self, step: &Challenge, factor: &Factor, now: Timestamp) -> bool {
        delivery_by(step, factor).is_some_and(|delivery| now < self.local(delivery.resend_at))
    }

    /// From when on another code can be had that way.
    pub(super) fn resend_at(&self, challenge: &str, factor: &Factor) -> Timestamp {
        let delivery = self.step_named(challenge).and_then(|step| delivery_by(step, factor));
        let resend_at = delivery.map(|delivery| self.local(delivery.resend_at));
        resend_at.max(self.no_code_before).unwrap_or_default()
    }

    /// Whether a code that was sent that way can still be entered, or a request still be answered.
    pub(super) fn is_on_its_way_or_valid(&self, step: &Challenge, factor: &Factor, now: Timestamp) -> bool {
        let delivery = delivery_by(step, factor);
        delivery.is_some_and(|delivery| delivery.expires_at.is_none_or(|end| now < self.local(end)))
    }
}

/// Whether the customer has done their part and the backend is deciding.
fn is_being_decided(step: &Challenge) -> bool {
    step.face.as_ref().is_some_and(|session| session.ended)
}

/// What was last sent for a step, if it was sent that way.
pub(super) fn delivery_by<'a>(step: &'a Challenge, factor: &Factor) -> Option<&'a Delivery> {
    step.delivery.as_ref().filter(|delivery| delivery.factor == *factor)
}

pub(super) fn pause_after(failures: u8, longest: u64) -> u64 {
    let doublings = u32::from(failures.saturating_sub(1)).min(16);
    FIRST_PAUSE.saturating_mul(1_u64 << doublings).min(longest)
}
