//! The machine's entry point: one event and its effects.

use super::{
    effect::{Effect, Timer},
    event::Event,
    state::{Flow, Stop},
};
use crate::{Timestamp, factor::Handling};

/// Why an event changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The flow is over.
    Settled,
    /// The answer belongs to a call that was superseded or abandoned.
    Superseded,
    /// The snapshot is older than the one already seen, or the same.
    OutOfDate,
    /// The event is not possible in this state.
    NotNow,
    /// The server's `Retry-After` or the wait before another code is not over.
    TooEarly,
    /// The snapshot is of another approval, or has another action.
    OtherApproval,
}

pub(super) type Effects = Vec<Effect>;

impl Flow {
    /// Handles an event that happened at a point in time (browser clock), and returns the effects to perform.
    ///
    /// # Errors
    /// When the event is ignored. The flow stays unchanged.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<Effects, Ignored> {
        if self.is_settled() {
            return Err(Ignored::Settled);
        }
        match event {
            Event::Opened => self.open(),
            Event::FactorChosen(factor) => self.choose(&factor, now),
            Event::OtherFactorWanted => self.return_to_choice(),
            Event::PinEntered(pin) => self.submit(pin, Handling::Secret, now),
            Event::CodeEntered(code) => self.submit(code, Handling::Code, now),
            Event::ResendWanted => self.resend(now),
            Event::FrameWanted => self.open_frame(now),
            Event::TabWanted => self.open_tab(now),
            Event::RetryWanted => self.retry(),
            Event::CancelWanted => self.stop(Stop::Cancel),
            Event::DenyWanted => self.stop(Stop::Deny),
            Event::ApprovalRead(attempt, approval) => self.approval_read(attempt, approval, now),
            Event::ReadFailed(attempt, failure) => self.read_failed(attempt, failure, now),
            Event::Started(attempt, approval) => self.started(attempt, approval, now),
            Event::StartFailed(attempt, failure) => self.start_failed(attempt, failure, now),
            Event::Verified(attempt, verified) => self.verified(attempt, verified, now),
            Event::VerifyFailed(attempt, failure) => self.verify_failed(attempt, failure, now),
            Event::DeviceKeyMissing(attempt, here) => self.device_key_missing(attempt, here, now),
            Event::FaceScanned(attempt, _) => self.face_scanned(attempt),
            Event::FaceNotScanned(attempt, cause, here) => self.face_not_scanned(attempt, cause, here, now),
            Event::Cancelled(attempt, approval) => self.cancelled(attempt, approval, now),
            Event::CancelFailed(attempt, failure) => self.cancel_failed(attempt, failure),
            Event::CameraPermissionChanged(camera) => self.camera_permission_changed(camera),
            Event::FrameLoaded => self.frame_loaded(),
            Event::FrameFinished => self.frame_finished(now),
            Event::FrameLost => self.frame_lost(),
            Event::ApprovalChanged(approval) => self.approval_changed(approval, now),
            Event::ListeningEnded => self.listening_ended(now),
            Event::WaitOver(Timer::Poll) => self.poll_is_due(),
            Event::WaitOver(Timer::Frame) => self.frame_is_due(now),
            Event::WaitOver(Timer::Request) => self.request_is_due(now),
            Event::WaitOver(Timer::Expiry) => self.expiry_is_due(now),
            Event::Resumed => self.resumed(now),
        }
    }
}
