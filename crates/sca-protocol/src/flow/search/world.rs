//! A world: the shipped machine with the backend, the network and the clock.

use std::{
    hash::{Hash, Hasher},
    rc::Rc,
};

use super::{
    super::{
        camera::Camera,
        effect::{Attempt, Effect, Timer},
        event::{Event, Failure, NoScan},
        machine::Ignored,
        state::{Flow, Phase},
    },
    backend::Backend,
    network::{Call, FAILURES, Kind},
};
use crate::{
    Action, Approval, Factor, Outcome, PageFactors, Reason, Status, Timestamp,
    api::{Verdict, shown_text},
    entry::{DigitEntry, Digits},
    face::default_frame_origins,
};

/// A poll, and one call that changes something.
const MOST_CALLS: usize = 2;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct World {
    pub(super) flow: Flow,
    pub(super) time: usize,
    pub(super) backend: Rc<Backend>,
    /// The approval as it was at first.
    pub(super) first: Rc<Approval>,
    pub(super) times: &'static [Timestamp],
    pub(super) calls: Vec<Call>,
    /// The verification attempt whose answer the flow waits for.
    pub(super) open_entry: Option<Attempt>,
    pub(super) timers: Vec<Timer>,
    pub(super) settled: Option<Outcome>,
    /// Whether the backend has refused the newest cancellation.
    pub(super) stop_refused: bool,
}

impl Hash for World {
    /// Leaves out what is the same in all worlds of a search.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            flow,
            time,
            backend,
            first: _,
            times: _,
            calls,
            open_entry,
            timers,
            settled,
            stop_refused,
        } = self;
        (flow, time, backend, calls).hash(state);
        (open_entry, timers, settled, stop_refused).hash(state);
    }
}

fn digits() -> Digits {
    let mut entry = DigitEntry::new(4);
    entry.push("1234").unwrap();
    entry.take().unwrap()
}

impl World {
    pub(super) fn new(backend: Backend, times: &'static [Timestamp]) -> Self {
        Self {
            flow: Flow::new(backend.approval.id.clone(), default_frame_origins()).with_face_capture(PageFactors::HERE),
            time: 0,
            first: Rc::new(backend.approval.clone()),
            backend: Rc::new(backend),
            times,
            calls: Vec::new(),
            open_entry: None,
            timers: Vec::new(),
            settled: None,
            stop_refused: false,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.times[self.time]
    }

    /// Every world that one event can lead to.
    pub(super) fn next(&self) -> Vec<World> {
        let mut worlds = Vec::new();
        // Most events are ignored: one clone serves until an event changes it.
        let mut flow = self.flow.clone();
        for event in self.customer_and_world_events() {
            worlds.extend(self.after(&mut flow, event));
        }
        for index in 0..self.calls.len() {
            let mut lost = self.clone();
            let call = lost.calls.remove(index);
            let flow = &mut flow;
            for failure in FAILURES {
                worlds.extend(lost.after(flow, call.failed(failure)));
            }
            if let (Kind::Verify, true, Some(here)) = (call.kind, self.submits_device(), PageFactors::HERE) {
                worlds.extend(lost.after(flow, Event::DeviceKeyMissing(call.attempt, here)));
            }
            if let (Kind::Scan, Some(here)) = (call.kind, PageFactors::HERE) {
                for cause in [NoScan::Cancelled, NoScan::Failed] {
                    worlds.extend(lost.after(flow, Event::FaceNotScanned(call.attempt, cause, here)));
                }
                let scanned = lost.after(flow, Event::FaceScanned(call.attempt, here));
                worlds.extend(scanned.into_iter().flat_map(|world| world.scanned(call.attempt)));
                continue;
            }
            worlds.extend(lost.after(flow, call.answered(self.told_of_another())));
            // Once is enough: the flow keeps the first action that it sees.
            let is_first = self.flow.approval_id().is_none() && *self.first == self.backend.approval;
            if call.kind == Kind::Read && is_first {
                worlds.extend(lost.after(flow, call.answered(self.told_altered())));
            }
            if call.heard {
                for approval in [lost.snapshot_now(), lost.snapshot_long_ago()] {
                    worlds.extend(lost.after(flow, call.answered(approval)));
                }
            }
        }
        if self.time + 1 < self.times.len() {
            let mut later = self.clone();
            later.time += 1;
            worlds.push(later);
        }
        for backend in self.changed_backends() {
            worlds.push(self.with(backend));
        }
        worlds
    }

    fn submits_device(&self) -> bool {
        matches!(
            &self.flow.phase,
            Phase::Submitting {
                factor: Factor::Device,
                ..
            }
        )
    }

    fn with(&self, backend: Backend) -> World {
        World {
            backend: Rc::new(backend),
            ..self.clone()
        }
    }

    /// The states that the backend may reach by itself.
    fn changed_backends(&self) -> Vec<Backend> {
        let backend = &*self.backend;
        if !backend.open() {
            return Vec::new();
        }
        let ends = [
            Status::Cancelled,
            Status::Expired,
            Status::Failed,
            Status::from_name("sublime"),
        ];
        // A face and the phone have ends of their own; one unknown status in addition is enough there.
        let has_own_ends = backend.hosted.is_some() || backend.phone.is_some();
        let ends = ends.into_iter().skip(if has_own_ends { 3 } else { 0 });
        let mut backends: Vec<Backend> = ends.map(|status| backend.settled(status)).collect();
        // Another tab, or an abandoned call that arrives only now.
        if let Some(challenge) = backend.approval.open_challenge() {
            let verdicts = backend.verdicts(&challenge.id, &challenge.primary.factor);
            backends.extend(verdicts.into_iter().map(|(_, backend)| backend));
            let factor = match (&backend.hosted, &backend.phone) {
                (Some(_), _) => Factor::Face,
                (None, Some(_)) => challenge.primary.factor.clone(),
                (None, None) => Factor::Sms,
            };
            backends.push(backend.started(&challenge.id, &factor, self.now()));
            backends.extend(backend.session_changed());
            backends.extend(backend.request_answered());
        } else {
            backends.push(backend.settled(Status::Approved));
        }
        backends
    }

    /// The backend's current snapshot.
    pub(super) fn snapshot_now(&self) -> Approval {
        Approval {
            server_time: self.now(),
            ..self.backend.approval.clone()
        }
    }

    /// An outdated snapshot, in an answer that newer ones have overtaken.
    fn snapshot_long_ago(&self) -> Approval {
        Approval {
            server_time: self.now(),
            ..Approval::clone(&self.first)
        }
    }

    /// A snapshot of another approval, from a cache that confuses the two.
    fn told_of_another(&self) -> Approval {
        Approval {
            id: "b".into(),
            ..self.told_altered()
        }
    }

    /// A snapshot whose action was altered on the way.
    fn told_altered(&self) -> Approval {
        let mut snapshot = self.snapshot_now();
        if let Some(Action::Statement(statement)) = &mut snapshot.action {
            statement.account.clone_from(&statement.to);
        }
        snapshot
    }

    pub(super) fn customer_and_world_events(&self) -> Vec<Event> {
        let mut events = vec![
            Event::Opened,
            Event::OtherFactorWanted,
            Event::PinEntered(digits()),
            Event::CodeEntered(digits()),
            Event::ResendWanted,
            Event::RetryWanted,
            Event::CancelWanted,
            Event::DenyWanted,
            Event::FrameWanted,
            Event::TabWanted,
            Event::FrameLoaded,
            Event::FrameFinished,
            Event::FrameLost,
            Event::ApprovalChanged(self.snapshot_now()),
            Event::ApprovalChanged(self.snapshot_long_ago()),
            Event::ApprovalChanged(self.told_of_another()),
            Event::ListeningEnded,
            Event::Resumed,
        ];
        for factor in [
            Factor::Pin,
            Factor::Device,
            Factor::Sms,
            Factor::Face,
            Factor::FaceScan,
            Factor::from_name("retina"),
        ] {
            events.push(Event::FactorChosen(factor));
        }
        if self.backend.phone.is_some() {
            events.extend([Factor::Push, Factor::Biometric].map(Event::FactorChosen));
        }
        // Without a face check the flow never queries the camera.
        if self.backend.hosted.is_some() {
            events.extend([Camera::Ready, Camera::Refused].map(Event::CameraPermissionChanged));
        }
        events.extend(self.timers.iter().map(|timer| Event::WaitOver(*timer)));
        events
    }

    /// The worlds after an event: more than one if the backend may act in several ways. `flow` is this world's and stays unchanged.
    fn after(&self, flow: &mut Flow, event: Event) -> Vec<World> {
        let answered_entry = if let Event::Verified(attempt, _)
        | Event::VerifyFailed(attempt, _)
        | Event::DeviceKeyMissing(attempt, _) = &event
        {
            Some(*attempt)
        } else {
            None
        };
        let waited = if let Event::WaitOver(timer) = &event {
            Some(*timer)
        } else {
            None
        };
        let is_hint = matches!(event, Event::FrameFinished);
        let is_refused = matches!(event, Event::CancelFailed(_, Failure::OutOfDate));
        let is_asked = matches!(event, Event::CancelWanted | Event::DenyWanted | Event::Cancelled(..));
        let stop_refused = is_refused || (self.stop_refused && !is_asked);
        let outcome = flow.handle(event, self.now());
        if let Err(ignored) = &outcome {
            assert_eq!(*flow, self.flow, "an ignored event changed the flow");
            assert_eq!(*ignored == Ignored::Settled, self.settled.is_some());
            if waited.is_none() {
                return Vec::new();
            }
        }
        let mut world = self.clone();
        if outcome.is_ok() {
            std::mem::swap(&mut world.flow, flow);
        }
        if let Some(timer) = waited {
            world.timers.retain(|armed| *armed != timer);
        }
        let Ok(effects) = outcome else {
            // An ignored event changes nothing, except that an elapsed timer is gone.
            return vec![world];
        };
        assert!(self.settled.is_none(), "a settled flow accepted an event");
        self.assert_frames_are_wanted(&world, &effects, is_hint);
        self.assert_under_its_own_text(&world, &effects);
        world.stop_refused = stop_refused;
        if answered_entry.is_some() && answered_entry == world.open_entry {
            world.open_entry = None;
        }
        let mut worlds = vec![world];
        for effect in effects {
            worlds = worlds.into_iter().flat_map(|world| world.perform(&effect)).collect();
        }
        // Kept only while the flow is cancelling: other worlds do not depend on it.
        for world in &mut worlds {
            world.stop_refused &= world.flow.is_stopping();
        }
        worlds
    }

    fn perform(mut self, effect: &Effect) -> Vec<World> {
        assert!(self.settled.is_none(), "an effect after the flow was settled");
        match effect {
            Effect::ReadApproval(attempt) => vec![self.called(*attempt, Kind::Read, true, None)],
            Effect::StartFactor {
                attempt,
                challenge_id,
                factor,
            } => {
                if !self.is_of_this() {
                    return vec![self.called(*attempt, Kind::StartMismatch, false, None)];
                }
                let mut heard = self.clone();
                heard.backend = Rc::new(self.backend.started(challenge_id, factor, self.now()));
                vec![
                    self.called(*attempt, Kind::Start, false, None),
                    heard.called(*attempt, Kind::Start, true, None),
                ]
            }
            Effect::SubmitPin {
                attempt, challenge_id, ..
            } => self.entered(*attempt, challenge_id, &Factor::Pin),
            Effect::SubmitDevice(submission) => {
                self.entered(submission.attempt, &submission.challenge_id, &Factor::Device)
            }
            Effect::SubmitFace(submission) => vec![self.called(submission.attempt, Kind::Scan, false, None)],
            Effect::SubmitCode {
                attempt,
                challenge_id,
                factor,
                ..
            } => self.entered(*attempt, challenge_id, factor),
            Effect::CancelApproval(attempt) | Effect::DenyApproval(attempt) => {
                let status = if matches!(effect, Effect::DenyApproval(_)) {
                    Status::Declined
                } else {
                    Status::Cancelled
                };
                let heard = if self.backend.open() {
                    self.with(self.backend.settled(status))
                } else {
                    self.clone()
                };
                vec![
                    self.called(*attempt, Kind::Cancel, false, None),
                    heard.called(*attempt, Kind::Cancel, true, None),
                ]
            }
            Effect::Abandon(attempt) => {
                if self.open_entry == Some(*attempt) {
                    self.open_entry = None;
                }
                let (abandoned, waited_for) = self.calls.into_iter().partition(|call: &Call| call.attempt == *attempt);
                self.calls = waited_for;
                self.assert_dropped(&abandoned);
                vec![self]
            }
            Effect::Wait(timer, _) => {
                if !self.timers.contains(timer) {
                    self.timers.push(*timer);
                    self.timers.sort();
                }
                vec![self]
            }
            Effect::Settle(outcome) => {
                if *outcome == Outcome::Approved {
                    assert_eq!(
                        self.backend.approval.status,
                        Status::Approved,
                        "approved without the backend's word"
                    );
                }
                let stopped = match outcome {
                    Outcome::Cancelled => Some(Status::Cancelled),
                    Outcome::Declined(Some(Reason::Denied)) => Some(Status::Declined),
                    Outcome::Approved | Outcome::Declined(_) | Outcome::Expired | Outcome::Failed(_) => None,
                };
                assert!(
                    !self.stop_refused || stopped.is_none_or(|status| self.backend.approval.status == status),
                    "stopped though the backend refused to stop"
                );
                self.settled = Some(outcome.clone());
                vec![self]
            }
            // The camera's state may be reported at any time, with or without a query.
            Effect::Listen | Effect::StopListening | Effect::QueryCameraPermission { .. } => vec![self],
        }
    }

    /// The worlds after a scan was submitted.
    fn scanned(self, attempt: Attempt) -> Vec<World> {
        let Phase::Submitting { challenge_id, .. } = &self.flow.phase else {
            panic!("a scan is submitted, and the flow does not know it")
        };
        let challenge_id = challenge_id.clone();
        self.entered(attempt, &challenge_id, &Factor::FaceScan)
    }

    /// Whether what the customer was shown is what the backend approves.
    fn is_of_this(&self) -> bool {
        let shown = self.flow.on_screen().map(|shown| shown.text);
        let approved = self.first.action.as_ref();
        shown == approved.map(|action| shown_text(&self.first.id, action))
    }

    fn entered(mut self, attempt: Attempt, challenge_id: &str, factor: &Factor) -> Vec<World> {
        assert_eq!(self.open_entry, None, "two verification attempts in flight");
        assert!(
            self.flow.screen().action.is_some(),
            "an entry without showing what it approves"
        );
        self.open_entry = Some(attempt);
        if !self.is_of_this() {
            return vec![self.called(attempt, Kind::VerifyMismatch, false, None)];
        }
        let verdicts = self.backend.verdicts(challenge_id, factor);
        let mut worlds = vec![self.clone().called(attempt, Kind::Verify, false, None)];
        for (verdict, backend) in verdicts {
            let heard = self.with(backend);
            worlds.push(heard.called(attempt, Kind::Verify, verdict.is_some(), verdict));
        }
        worlds
    }

    fn called(mut self, attempt: Attempt, kind: Kind, heard: bool, verdict: Option<Verdict>) -> World {
        self.calls.push(Call {
            attempt,
            kind,
            heard,
            verdict,
        });
        assert!(
            self.calls.len() <= MOST_CALLS,
            "more calls are waited for than ever should be: {self:?}"
        );
        self
    }
}
