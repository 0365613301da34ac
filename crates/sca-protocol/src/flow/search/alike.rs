//! Treats worlds as equal that differ only in irrelevant state.

use std::rc::Rc;

use super::{
    super::{
        camera::Camera,
        effect::{Attempt, Timer},
        state::{HostedPhase, PendingCheck, Phase},
        transitions::MAX_CANCEL_REFUSALS,
    },
    START,
    world::World,
};
use crate::Approval;

impl World {
    /// The same world with attempts and versions renumbered from zero in the same order: the flow only compares them with each
    /// other.
    pub(super) fn renamed(mut self) -> Self {
        let mut attempts: Vec<u32> = self.calls.iter().map(|call| call.attempt.0).collect();
        attempts.extend(self.open_entry.map(|attempt| attempt.0));
        attempts.extend(self.flow.poll.map(|poll| poll.attempt.0));
        if let Phase::Starting { attempt, .. }
        | Phase::Scanning { attempt, .. }
        | Phase::Submitting { attempt, .. }
        | Phase::Cancelling { attempt, .. } = &self.flow.phase
        {
            attempts.push(attempt.0);
        }
        attempts.sort_unstable();
        attempts.dedup();
        let rename = |attempt: &mut Attempt| {
            let rank = attempts.iter().position(|known| *known == attempt.0).unwrap();
            *attempt = Attempt(u32::try_from(rank).unwrap());
        };
        self.calls.iter_mut().for_each(|call| rename(&mut call.attempt));
        self.open_entry.iter_mut().for_each(rename);
        self.flow.poll.iter_mut().for_each(|poll| rename(&mut poll.attempt));
        if let Phase::Starting { attempt, .. }
        | Phase::Scanning { attempt, .. }
        | Phase::Submitting { attempt, .. }
        | Phase::Cancelling { attempt, .. } = &mut self.flow.phase
        {
            rename(attempt);
        }
        self.flow.last_attempt = Attempt(u32::try_from(attempts.len()).unwrap());

        let mut versions = vec![self.first.version, self.backend.approval.version];
        versions.extend(self.flow.approval.iter().map(|approval| approval.version));
        versions.sort_unstable();
        versions.dedup();
        let rename = |approval: &mut Approval| {
            let rank = versions.iter().position(|known| *known == approval.version).unwrap();
            approval.version = u64::try_from(rank).unwrap() + 1;
        };
        rename(&mut Rc::make_mut(&mut self.backend).approval);
        self.flow.approval.iter_mut().for_each(rename);
        self.flow
            .approval
            .iter_mut()
            .for_each(|approval| approval.server_time = START);
        self.forget_what_makes_no_difference();
        self
    }

    /// Notices, the length of a pause and the state of a settled flow do not change what can happen next.
    fn forget_what_makes_no_difference(&mut self) {
        self.flow.notice = None;
        self.flow.idle_polls = 0;
        // A refused cancellation is repeated, up to the limit.
        if let Phase::Cancelling { refusals, .. }
        | Phase::Checking {
            pending: PendingCheck::Cancel { refusals, .. },
            ..
        } = &mut self.flow.phase
            && (1..MAX_CANCEL_REFUSALS).contains(refusals)
        {
            *refusals = MAX_CANCEL_REFUSALS - 1;
        }
        let now = self.now();
        self.flow.not_before = self.flow.not_before.filter(|until| *until > now);
        self.flow.no_code_before = self.flow.no_code_before.filter(|until| *until > now);
        if self.flow.camera == Camera::Ready {
            self.flow.camera = Camera::Unknown;
        }
        let is_shown = matches!(
            &self.flow.phase,
            Phase::Hosted {
                stage: HostedPhase::Shown { .. },
                ..
            }
        );
        if !is_shown {
            self.timers.retain(|timer| *timer != Timer::Frame);
        }
        if !matches!(&self.flow.phase, Phase::Waiting { .. }) {
            self.timers.retain(|timer| *timer != Timer::Request);
        }
    }
}
