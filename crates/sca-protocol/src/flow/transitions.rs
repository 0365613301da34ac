//! The transitions that event handlers are made of.

use super::{
    effect::{Attempt, Effect, Timer},
    hosted::hosted_session,
    machine::{Effects, Ignored},
    notice::Notice,
    pause::{MAX_POLL_PAUSE_MS, pause_after},
    state::{Flow, PendingCheck, Phase, Poll, StartPurpose},
};
use crate::{Approval, Challenge, Delivery, Factor, FactorOption, Outcome, StepFailure, Timestamp, factor::Handling};

/// The longest pause between two polls, in milliseconds.
const MAX_PAUSE_MS: u64 = 30_000;
/// A code that can be requested only this long before the approval ends is of no use, in milliseconds. More than what rounding and the
/// network add to a wait that lasts until the end.
const USELESS_MS: u64 = 2_000;
/// How often the backend may refuse a cancellation before the customer is asked again: longer than a verification attempt takes.
pub(super) const MAX_CANCEL_REFUSALS: u8 = 16;

impl Flow {
    pub(super) fn next_attempt(&mut self) -> Attempt {
        self.last_attempt = Attempt(self.last_attempt.0.wrapping_add(1));
        self.last_attempt
    }

    pub(super) fn poll(&mut self, effects: &mut Effects) {
        if self.poll.is_none() {
            self.begin_poll(false, effects);
        }
    }

    /// Polls whether the approval has expired. The customer can continue meanwhile.
    pub(super) fn poll_at_expiry(&mut self, effects: &mut Effects) -> Result<(), Ignored> {
        if self.poll.is_some_and(|poll| poll.at_end) {
            return Err(Ignored::NotNow);
        }
        self.abandon_poll(effects);
        self.begin_poll(true, effects);
        Ok(())
    }

    fn begin_poll(&mut self, at_end: bool, effects: &mut Effects) {
        let attempt = self.next_attempt();
        self.poll = Some(Poll { attempt, at_end });
        effects.push(Effect::ReadApproval(attempt));
    }

    fn abandon_poll(&mut self, effects: &mut Effects) {
        effects.extend(self.poll.take().map(|older| Effect::Abandon(older.attempt)));
    }

    /// Checks the outcome of a call whose response was lost. A poll that began before the call ended cannot tell, so it is abandoned.
    pub(super) fn check(&mut self, pending: PendingCheck, effects: &mut Effects) {
        self.abandon_poll(effects);
        self.notice = None;
        self.phase = Phase::Checking { pending, failures: 0 };
        self.poll(effects);
    }

    pub(super) fn start(&mut self, challenge_id: String, factor: Factor, purpose: StartPurpose) -> Effects {
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.no_code_before = None;
        self.phase = Phase::Starting {
            attempt,
            challenge_id: challenge_id.clone(),
            factor: factor.clone(),
            purpose,
        };
        vec![Effect::StartFactor {
            attempt,
            challenge_id,
            factor,
        }]
    }

    /// Asks for digits, waits for the phone, or lets the customer choose again.
    pub(super) fn ask(&mut self, challenge_id: String, factor: Factor, notice: Option<Notice>) {
        self.phase = match factor.handling() {
            Handling::Phone => Phase::Waiting { challenge_id, factor },
            Handling::Device(_) | Handling::FaceScan(_) => Phase::Choosing { challenge_id },
            Handling::Secret | Handling::Code | Handling::Frame(_) | Handling::Unsupported => {
                Phase::Entering { challenge_id, factor }
            }
        };
        self.notice = notice;
    }

    /// Accepts a snapshot of this approval, unless a newer one has been accepted.
    pub(super) fn accept_snapshot(&mut self, approval: Approval, now: Timestamp, effects: &mut Effects) {
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

    /// Moves the flow to where the newest snapshot says.
    pub(super) fn apply_snapshot(&mut self, now: Timestamp, effects: &mut Effects) {
        if self.settle_if_over(effects) {
            return;
        }
        match self.phase.clone() {
            Phase::New
            | Phase::Starting { .. }
            | Phase::Submitting { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => {}
            Phase::Opening { .. } | Phase::Unreachable | Phase::Settling => self.enter_open_challenge(now, effects),
            Phase::Choosing { challenge_id } | Phase::CannotBeDoneHere { challenge_id } => {
                let same = self
                    .open_challenge()
                    .is_some_and(|challenge| challenge.id == challenge_id);
                let usable = self
                    .open_challenge()
                    .is_some_and(|challenge| self.has_usable_option(challenge));
                if !same || usable != matches!(self.phase, Phase::Choosing { .. }) {
                    self.enter_open_challenge(now, effects);
                }
            }
            Phase::Scanning {
                attempt, challenge_id, ..
            } => {
                if !self.can_ask(&challenge_id, &Factor::FaceScan) {
                    effects.push(Effect::Abandon(attempt));
                    self.enter_open_challenge(now, effects);
                }
            }
            Phase::Entering { challenge_id, factor } => {
                if !self.can_ask(&challenge_id, &factor) {
                    self.enter_open_challenge(now, effects);
                }
            }
            Phase::Waiting { challenge_id, factor } => self.apply_to_request(&challenge_id, &factor, now, effects),
            Phase::Hosted {
                challenge_id,
                factor,
                stage,
                here,
            } => self.apply_to_hosted(challenge_id, factor, &stage, here, now, effects),
            Phase::Checking { pending, .. } => self.checked(pending, now, effects),
        }
    }

    /// Applies the snapshot that answers a pending check.
    pub(super) fn checked(&mut self, pending: PendingCheck, now: Timestamp, effects: &mut Effects) {
        match pending {
            PendingCheck::Frame {
                challenge_id,
                factor,
                check_until,
                here,
            } => self.check_hosted(challenge_id, factor, check_until, here, now, effects),
            PendingCheck::Submit { .. } | PendingCheck::Start { .. } | PendingCheck::Cancel { .. }
                if self.poll.is_some() => {}
            PendingCheck::Submit { challenge_id, factor } if self.can_ask(&challenge_id, &factor) => {
                self.ask(challenge_id, factor, Some(Notice::NoAnswer));
            }
            PendingCheck::Start {
                challenge_id,
                factor,
                purpose: purpose @ (StartPurpose::Frame(here) | StartPurpose::OtherTab(here)),
            } => self.session_opened(challenge_id, factor, purpose, here, now, effects),
            PendingCheck::Start {
                challenge_id,
                factor,
                purpose: StartPurpose::First | StartPurpose::Another,
            } if self.can_ask(&challenge_id, &factor) => {
                if self
                    .challenge_by_id(&challenge_id)
                    .is_some_and(|challenge| delivery_by(challenge, &factor).is_some())
                {
                    self.ask(challenge_id, factor, None);
                    self.apply_snapshot(now, effects);
                } else {
                    self.notice = Some(Notice::NotDelivered(factor));
                    self.phase = Phase::Choosing { challenge_id };
                }
            }
            PendingCheck::Submit { .. } | PendingCheck::Start { .. } => self.enter_open_challenge(now, effects),
            PendingCheck::Cancel { refusals: 0, stop } => self.settle(stop.outcome(), effects),
            PendingCheck::Cancel { refusals, .. } if refusals < MAX_CANCEL_REFUSALS => {
                let pause = pause_after(refusals, MAX_POLL_PAUSE_MS);
                effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
            }
            PendingCheck::Cancel { .. } => self.enter_open_challenge(now, effects),
        }
    }

    /// Shows the customer the challenge that is open now.
    pub(super) fn enter_open_challenge(&mut self, now: Timestamp, effects: &mut Effects) {
        let Some(challenge) = self.open_challenge().filter(|challenge| !is_being_decided(challenge)) else {
            self.phase = Phase::Settling;
            self.notice = None;
            self.idle_polls = self.idle_polls.saturating_add(1);
            let pause = pause_after(self.idle_polls, MAX_POLL_PAUSE_MS);
            effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
            return;
        };
        let challenge_id = challenge.id.clone();
        let sent = challenge.delivery.as_ref().map(|delivery| delivery.factor.clone());
        let resumed = sent.filter(|factor| {
            matches!(factor.handling(), Handling::Code | Handling::Phone)
                && self.can_ask(&challenge_id, factor)
                && self.is_delivery_valid(challenge, factor, now)
        });
        let straight = self.default_factor(challenge).cloned();
        let can_choose = self.has_usable_option(challenge);
        let is_origin_refused = self.is_origin_refused(challenge);
        let went_unanswered = challenge.step_failure == Some(StepFailure::RequestExpired);
        self.phase = match (resumed, straight) {
            (Some(factor), _) if factor.handling() == Handling::Phone => {
                self.phase = Phase::Waiting { challenge_id, factor };
                self.notice = None;
                return self.wait_for_phone(now, effects);
            }
            (Some(factor), _) => Phase::Entering { challenge_id, factor },
            (None, Some(factor)) if let Handling::Frame(here) = factor.handling() => {
                let notice = self.notice.take();
                return self.explain(challenge_id, factor, here, notice, effects);
            }
            (None, Some(factor)) => Phase::Entering { challenge_id, factor },
            (None, None) if can_choose => Phase::Choosing { challenge_id },
            (None, None) => Phase::CannotBeDoneHere { challenge_id },
        };
        if went_unanswered && matches!(self.phase, Phase::Choosing { .. }) {
            self.notice.get_or_insert(Notice::RequestExpired);
        }
        if is_origin_refused && !matches!(self.phase, Phase::Entering { .. }) {
            self.notice.get_or_insert(Notice::FrameNotAllowed);
        }
    }

    /// The factor that is shown without a choice: a PIN or a hosted factor that the provider suggests, and a hosted factor that is
    /// the only one or whose last try failed.
    fn default_factor<'a>(&self, challenge: &'a Challenge) -> Option<&'a Factor> {
        let usable = || challenge.options().filter(|option| self.is_usable(challenge, option));
        let mut hosted = usable().filter(|option| matches!(option.factor.handling(), Handling::Frame(_)));
        let step_failure = challenge
            .step_failure
            .as_ref()
            .filter(|step_failure| **step_failure != StepFailure::RequestExpired);
        if let (Some(_), Some(option)) = (step_failure, hosted.next()) {
            return Some(&option.factor);
        }
        let mut usable = usable();
        let first = &usable.next()?.factor;
        let is_suggested = *first == challenge.primary.factor;
        let is_straight = match first.handling() {
            Handling::Secret => is_suggested,
            Handling::Frame(_) => is_suggested || usable.next().is_none(),
            Handling::Device(_) | Handling::FaceScan(_) | Handling::Code | Handling::Phone | Handling::Unsupported => {
                false
            }
        };
        is_straight.then_some(first)
    }

    pub(super) fn settle_if_over(&mut self, effects: &mut Effects) -> bool {
        // A customer who has cancelled waits for the backend's answer to that, which has the same snapshot.
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
        if let Phase::Starting { attempt, .. } | Phase::Scanning { attempt, .. } | Phase::Submitting { attempt, .. } =
            self.phase
        {
            effects.push(Effect::Abandon(attempt));
        }
        self.abandon_poll(effects);
        if self.listening {
            self.listening = false;
            effects.push(Effect::StopListening);
        }
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Done(outcome.clone());
        effects.push(Effect::Settle(outcome));
    }

    /// The longest pause between two polls: short while the customer waits for the provider.
    pub(super) fn max_pause_ms(&self) -> u64 {
        match &self.phase {
            Phase::Waiting { .. }
            | Phase::Hosted { .. }
            | Phase::Checking {
                pending: PendingCheck::Frame { .. },
                ..
            } => MAX_POLL_PAUSE_MS,
            Phase::New
            | Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Starting { .. }
            | Phase::Entering { .. }
            | Phase::Scanning { .. }
            | Phase::Submitting { .. }
            | Phase::Checking { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. }
            | Phase::Cancelling { .. }
            | Phase::Done(_) => MAX_PAUSE_MS,
        }
    }

    pub(super) fn refuse_too_early(&self, now: Timestamp) -> Result<(), Ignored> {
        if self.not_before.is_some_and(|not_before| now < not_before) {
            Err(Ignored::TooEarly)
        } else {
            Ok(())
        }
    }

    pub(super) fn open_challenge(&self) -> Option<&Challenge> {
        self.approval.as_ref().and_then(Approval::open_challenge)
    }

    pub(super) fn challenge_by_id(&self, id: &str) -> Option<&Challenge> {
        self.approval.as_ref().and_then(|approval| approval.challenge(id))
    }

    /// Whether the factor can clear the challenge here and now. No factor can while the action is not known: no screen takes a PIN or
    /// code without showing what is approved.
    pub(super) fn is_usable(&self, challenge: &Challenge, option: &FactorOption) -> bool {
        option.is_usable()
            && self.approval.as_ref().is_some_and(|approval| approval.action.is_some())
            && match option.factor.handling() {
                Handling::Frame(_) => self.is_origin_allowed(challenge),
                Handling::Device(_) => self.browser_key().is_some(),
                Handling::FaceScan(_) => self.face_capture.is_some(),
                Handling::Secret | Handling::Code | Handling::Phone | Handling::Unsupported => true,
            }
    }

    fn has_usable_option(&self, challenge: &Challenge) -> bool {
        challenge.options().any(|option| self.is_usable(challenge, option))
    }

    /// The other factors that can clear the challenge.
    pub(super) fn other_factors<'a>(
        &'a self,
        challenge: &'a Challenge,
        factor: &'a Factor,
    ) -> impl Iterator<Item = &'a Factor> {
        challenge
            .options()
            .filter(move |option| option.factor != *factor && self.is_usable(challenge, option))
            .map(|option| &option.factor)
    }

    pub(super) fn has_other_factor(&self, challenge: &Challenge, factor: &Factor) -> bool {
        self.other_factors(challenge, factor).next().is_some()
    }

    /// Whether the challenge is the open one and the factor can clear it.
    pub(super) fn can_ask(&self, challenge_id: &str, factor: &Factor) -> bool {
        self.open_challenge().is_some_and(|challenge| {
            challenge.id == challenge_id
                && challenge
                    .option(factor)
                    .is_some_and(|option| self.is_usable(challenge, option))
        })
    }

    /// Whether the resend pause of a factor's last code is not over.
    pub(super) fn is_resend_held_back(&self, challenge: &Challenge, factor: &Factor, now: Timestamp) -> bool {
        delivery_by(challenge, factor).is_some_and(|delivery| now < self.local(delivery.resend_at))
    }

    /// When another code of the factor can be requested; `None` if that is not before the approval ends.
    pub(super) fn resend_at(&self, challenge_id: &str, factor: &Factor) -> Option<Timestamp> {
        let delivery = self
            .challenge_by_id(challenge_id)
            .and_then(|challenge| delivery_by(challenge, factor));
        let resend_at = delivery.map(|delivery| self.local(delivery.resend_at));
        let resend_at = resend_at.max(self.no_code_before).unwrap_or_default();
        let is_possible = self.expires_at().is_none_or(|end| resend_at.plus_ms(USELESS_MS) < end);
        is_possible.then_some(resend_at)
    }

    /// Whether the factor's last code can still be entered, or its request still be answered.
    pub(super) fn is_delivery_valid(&self, challenge: &Challenge, factor: &Factor, now: Timestamp) -> bool {
        let delivery = delivery_by(challenge, factor);
        delivery.is_some_and(|delivery| delivery.expires_at.is_none_or(|end| now < self.local(end)))
    }
}

/// Whether the customer has completed the session and the backend is deciding.
fn is_being_decided(challenge: &Challenge) -> bool {
    hosted_session(challenge).is_some_and(|session| session.ended)
}

/// The challenge's last delivery, if it was sent by this factor.
pub(super) fn delivery_by<'a>(challenge: &'a Challenge, factor: &Factor) -> Option<&'a Delivery> {
    challenge
        .delivery
        .as_ref()
        .filter(|delivery| delivery.factor == *factor)
}
