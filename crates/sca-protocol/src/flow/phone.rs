//! Waiting for the answer to a request on the customer's phone.
//!
//! The answer goes from the phone to the provider and from there to the backend. The flow waits for the backend's event and
//! polls if none arrives. Choosing another factor does not withdraw the request: the customer can still answer it, and the next
//! snapshot has the result, whatever state the flow is in.

use super::{
    effect::{Effect, Timer},
    machine::{Effects, Ignored},
    pause::{MAX_POLL_PAUSE_MS, pause_after},
    screen::View,
    state::{Flow, Phase},
    transitions::delivery_by,
};
use crate::{Factor, Timestamp, factor::Handling};

impl Flow {
    /// Applies a snapshot that arrives while the flow waits for the phone.
    pub(super) fn apply_to_request(
        &mut self,
        challenge_id: &str,
        factor: &Factor,
        now: Timestamp,
        effects: &mut Effects,
    ) {
        let is_sent = self
            .challenge_by_id(challenge_id)
            .is_some_and(|challenge| delivery_by(challenge, factor).is_some());
        if is_sent && self.can_ask(challenge_id, factor) {
            self.wait_for_phone(now, effects);
        } else {
            self.enter_open_challenge(now, effects);
        }
    }

    /// Waits until the request expires or, if it has expired, until the backend reports that.
    pub(super) fn wait_for_phone(&mut self, now: Timestamp, effects: &mut Effects) {
        match self.request_ends_at() {
            Some(end) if now < end => effects.push(Effect::Wait(Timer::Request, end)),
            Some(_) => {
                self.idle_polls = self.idle_polls.saturating_add(1);
                let pause = pause_after(self.idle_polls, MAX_POLL_PAUSE_MS);
                effects.push(Effect::Wait(Timer::Poll, now.plus_ms(pause)));
            }
            None => {}
        }
    }

    pub(super) fn request_is_due(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let end = self.request_ends_at().ok_or(Ignored::NotNow)?;
        let mut effects = Vec::new();
        if now < end {
            effects.push(Effect::Wait(Timer::Request, end));
        } else {
            self.poll(&mut effects);
        }
        Ok(effects)
    }

    /// When the request expires, if that is known; browser clock.
    fn request_ends_at(&self) -> Option<Timestamp> {
        let Phase::Waiting { challenge_id, factor } = &self.phase else {
            return None;
        };
        let delivery = delivery_by(self.challenge_by_id(challenge_id)?, factor)?;
        delivery.expires_at.map(|end| self.local(end))
    }

    pub(super) fn phone_view(&self, challenge_id: &str, factor: &Factor) -> View {
        let (mut code_instead, mut other_factor) = (None, false);
        if let Some(challenge) = self.challenge_by_id(challenge_id) {
            for way in self.other_factors(challenge, factor) {
                if code_instead.is_none() && way.handling() == Handling::Code {
                    code_instead = Some(way.clone());
                } else {
                    other_factor = true;
                }
            }
        }
        View::Phone {
            factor: factor.clone(),
            expires_at: self.request_ends_at(),
            code_instead,
            other_factor,
        }
    }
}
