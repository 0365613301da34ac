//! Handlers of events of the environment: snapshots, timers, the page.

use super::{
    effect::{Effect, Timer},
    machine::{Effects, Ignored},
    pause::{FIRST_PAUSE_MS, pause_after},
    state::{Flow, PendingCheck, Phase},
    transitions::MAX_CANCEL_REFUSALS,
};
use crate::{Approval, Timestamp};

impl Flow {
    pub(super) fn approval_changed(&mut self, approval: Approval, now: Timestamp) -> Result<Effects, Ignored> {
        if matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        if self.is_foreign(&approval) {
            return Err(Ignored::OtherApproval);
        }
        if self
            .approval
            .as_ref()
            .is_some_and(|known| known.version >= approval.version)
        {
            return Err(Ignored::OutOfDate);
        }
        let mut effects = Vec::new();
        self.idle_polls = 0;
        self.accept_snapshot(approval, now, &mut effects);
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }

    pub(super) fn listening_ended(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        if !self.listening {
            return Err(Ignored::NotNow);
        }
        self.listening = false;
        self.idle_polls = self.idle_polls.saturating_add(1);
        let pause = pause_after(self.idle_polls, self.max_pause_ms());
        Ok(vec![Effect::Wait(Timer::Poll, now.plus_ms(pause))])
    }

    pub(super) fn poll_is_due(&mut self) -> Result<Effects, Ignored> {
        if self.poll.is_some() || matches!(self.phase, Phase::New | Phase::Unreachable) {
            return Err(Ignored::NotNow);
        }
        let mut effects = Vec::new();
        if let Phase::Checking {
            pending:
                PendingCheck::Cancel {
                    refusals: refusals @ 1..MAX_CANCEL_REFUSALS,
                    stop,
                },
            ..
        } = self.phase
        {
            // The provider may have verified the PIN or code by now.
            self.send_stop(stop, refusals, &mut effects);
        } else {
            self.poll(&mut effects);
        }
        Ok(effects)
    }

    pub(super) fn expiry_is_due(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        let expires_at = self.expires_at().ok_or(Ignored::NotNow)?;
        if now < expires_at {
            return Ok(vec![Effect::Wait(Timer::Expiry, expires_at)]);
        }
        let mut effects = Vec::new();
        match &self.phase {
            Phase::Starting { .. } | Phase::Submitting { .. } | Phase::Checking { .. } => {
                effects.push(Effect::Wait(Timer::Expiry, now.plus_ms(FIRST_PAUSE_MS)));
            }
            Phase::New | Phase::Cancelling { .. } | Phase::Done(_) => return Err(Ignored::NotNow),
            Phase::Opening { .. }
            | Phase::Choosing { .. }
            | Phase::Entering { .. }
            | Phase::Scanning { .. }
            | Phase::Waiting { .. }
            | Phase::Hosted { .. }
            | Phase::Settling
            | Phase::Unreachable
            | Phase::CannotBeDoneHere { .. } => self.poll_at_expiry(&mut effects)?,
        }
        Ok(effects)
    }

    pub(super) fn resumed(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        if matches!(self.phase, Phase::New) {
            return Err(Ignored::NotNow);
        }
        if matches!(self.phase, Phase::Unreachable) {
            return self.retry();
        }
        let mut effects = Vec::new();
        self.poll(&mut effects);
        if let Phase::Hosted { here, .. } = &self.phase {
            self.query_camera_permission(*here, &mut effects);
        }
        effects.extend(self.request_is_due(now).unwrap_or_default());
        effects.extend(
            self.expires_at()
                .map(|expires_at| Effect::Wait(Timer::Expiry, expires_at)),
        );
        Ok(effects)
    }
}
