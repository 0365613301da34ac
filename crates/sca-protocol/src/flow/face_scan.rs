//! Verification with a scan of the customer's face. The host's own SDK shows its steps and makes the scan; the customer can turn to another
//! factor meanwhile.

use super::{
    effect::{Attempt, Effect, FaceSubmission},
    event::NoScan,
    machine::{Effects, Ignored},
    notice::{FaceNotice, Notice},
    state::{Flow, Phase},
};
use crate::{Factor, PageFactors, Timestamp};

impl Flow {
    /// A flow on a page whose host can scan a face.
    #[must_use]
    pub fn with_face_capture(mut self, capture: Option<PageFactors>) -> Self {
        self.face_capture = capture;
        self
    }

    /// The scan that is being made.
    pub(super) fn scan(&self) -> Option<(Attempt, PageFactors)> {
        if let Phase::Scanning { attempt, here, .. } = self.phase {
            Some((attempt, here))
        } else {
            None
        }
    }

    /// Has the host's SDK scan the customer's face.
    pub(super) fn scan_face(&mut self, challenge_id: String, here: PageFactors) -> Effects {
        let attempt = self.next_attempt();
        self.notice = None;
        self.not_before = None;
        self.phase = Phase::Scanning {
            attempt,
            challenge_id: challenge_id.clone(),
            here,
        };
        vec![Effect::SubmitFace(FaceSubmission {
            attempt,
            challenge_id,
            here,
        })]
    }

    /// The scan is being submitted: from now on it may count.
    pub(super) fn face_scanned(&mut self, scanned: Attempt) -> Result<Effects, Ignored> {
        if self.scan().is_none() {
            return Err(Ignored::Superseded);
        }
        let (challenge_id, factor) = self.take_submission(scanned)?;
        self.phase = Phase::Submitting {
            attempt: scanned,
            challenge_id,
            factor,
        };
        Ok(Vec::new())
    }

    pub(super) fn face_not_scanned(
        &mut self,
        attempt: Attempt,
        cause: NoScan,
        here: PageFactors,
        now: Timestamp,
    ) -> Result<Effects, Ignored> {
        if self.scan().is_none() {
            return Err(Ignored::Superseded);
        }
        let (challenge_id, _) = self.take_submission(attempt)?;
        let notice = match cause {
            // They know it.
            NoScan::Cancelled => None,
            NoScan::Failed => Some(Notice::FaceScan(FaceNotice::NotScanned(here))),
        };
        let mut effects = Vec::new();
        self.ask(challenge_id, Factor::FaceScan, notice);
        self.apply_snapshot(now, &mut effects);
        Ok(effects)
    }
}
