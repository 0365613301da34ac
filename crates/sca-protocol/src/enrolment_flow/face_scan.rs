//! The scan of the customer's face. The host's own SDK shows its steps and makes the scan; the customer can leave it at any time.

use super::{
    Attempt, Ignored, NoScan,
    effect::Effect,
    machine::Effects,
    notice::Notice,
    state::{EnrolmentFlow, Phase, Question},
};
use crate::Timestamp;

impl EnrolmentFlow {
    /// A flow on a page whose host can scan a face, or cannot.
    #[must_use]
    pub fn with_face_capture(mut self, can_scan_faces: bool) -> Self {
        self.can_scan_faces = can_scan_faces;
        self
    }

    pub(super) fn scan_face(&mut self, now: Timestamp) -> Result<Effects, Ignored> {
        if self.question(now)? != Question::NewFace {
            return Err(Ignored::NotNow);
        }
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Scanning { attempt };
        Ok(vec![Effect::EnrolFace(attempt)])
    }

    /// The scan is being submitted: from now on it may change something.
    pub(super) fn face_scanned(&mut self, attempt: Attempt) -> Result<Effects, Ignored> {
        self.take_scan(attempt)?;
        // A read that began before the change would show the state before it.
        self.read = None;
        self.phase = Phase::Calling {
            attempt,
            question: Question::NewFace,
        };
        Ok(Vec::new())
    }

    pub(super) fn face_not_scanned(
        &mut self,
        attempt: Attempt,
        cause: NoScan,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        self.take_scan(attempt)?;
        let notice = match cause {
            // They know it.
            NoScan::Cancelled => None,
            NoScan::Failed => Some(Notice::NotScanned),
        };
        let mut effects = Vec::new();
        self.ask_again(Question::NewFace, notice, now, &mut effects);
        Ok(effects)
    }

    fn take_scan(&self, attempt: Attempt) -> Result<(), Ignored> {
        if self.phase == (Phase::Scanning { attempt }) {
            Ok(())
        } else {
            Err(Ignored::Superseded)
        }
    }
}
