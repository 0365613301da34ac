//! Verification with this browser as a device of the customer. It is one press, without an entry.

use super::{
    effect::{Attempt, DeviceSubmission, Effect},
    machine::{Effects, Ignored},
    notice::{DeviceNotice, Notice},
    state::{Flow, Phase},
};
use crate::{Factor, PageFactors, Timestamp};

impl Flow {
    /// The name of the customer's key, while this browser may keep it.
    pub(super) fn browser_key(&self) -> Option<&str> {
        let approval = self.approval.as_ref().filter(|_| self.device_failed.is_none())?;
        approval.browser_key.get()
    }

    /// Submits the fingerprint of this browser.
    pub(super) fn submit_device(&mut self, challenge_id: String, here: PageFactors) -> Result<Effects, Ignored> {
        let browser_key = self.browser_key().ok_or(Ignored::NotNow)?.to_owned();
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Submitting {
            attempt,
            challenge_id: challenge_id.clone(),
            factor: Factor::Device,
        };
        Ok(vec![Effect::SubmitDevice(DeviceSubmission {
            attempt,
            challenge_id,
            browser_key,
            here,
        })])
    }

    pub(super) fn device_key_missing(
        &mut self,
        attempt: Attempt,
        here: PageFactors,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        let (challenge_id, factor) = self.take_submission(attempt)?;
        let mut effects = Vec::new();
        let notice = self.device_fails(here, DeviceNotice::KeyMissing(here));
        self.ask(challenge_id, factor, Some(notice));
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    /// Offers this browser no more: another try would end the same way, and a refused one uses up an attempt.
    pub(super) fn device_fails(&mut self, here: PageFactors, notice: DeviceNotice) -> Notice {
        self.device_failed = Some(here);
        Notice::Device(notice)
    }
}
