//! A customer's face: the face server enrols it from a scan, and the provider receives the export.

use std::time::Duration;

use sca_protocol::{
    Timestamp,
    enrolment_api::{EnrolmentVerdict, FactorState},
};

use super::{
    EnrolledFactor, EnrolmentConclusion, EnrolmentRecord, EnrolmentRefusal, FactorChange, KnownFactors, RemovedFace,
};
use crate::{FaceOutcome, FaceReference, ProviderError, RemoveOutcome, ScanOutcome};

/// How many scans are accepted in one enrolment. A comparison must not become an oracle.
const MAX_SCANS: u8 = 10;

/// How far the enrolment of a face has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceCreation {
    /// The face server did not accept the scan. The provider was not called.
    NotScanned(Result<ScanOutcome, ProviderError>),
    /// The scan was accepted, but the provider was not called: no key, or no export.
    NotExported(ProviderError),
    /// The provider was called.
    Submitted {
        /// The reference at the face server.
        reference: FaceReference,
        /// The provider's answer.
        created: Result<FaceOutcome, ProviderError>,
    },
}

impl FaceCreation {
    /// The reference of a face that this call has enrolled, or may have enrolled.
    #[must_use]
    pub fn kept(&self) -> Option<&FaceReference> {
        let Self::Submitted { reference, created } = self else {
            return None;
        };
        let is_kept = match created {
            Ok(FaceOutcome::Enrolled) => true,
            Ok(FaceOutcome::AlreadyEnrolled | FaceOutcome::CannotDecrypt | FaceOutcome::Rejected) => false,
            Err(error) => !error.is_not_executed(),
        };
        is_kept.then_some(reference)
    }
}

impl EnrolmentRecord {
    pub(super) fn face_state(&self, known: &KnownFactors) -> FactorState {
        let progress = &self.progress;
        if self.is_in_flight(EnrolledFactor::Face) || progress.face_unanswered {
            FactorState::Unknown
        } else if progress.face == FactorState::Unknown && known.face.as_ref().is_some_and(|face| face.is_confirmed) {
            FactorState::Enrolled
        } else {
            progress.face.clone()
        }
    }

    /// Takes the lease for a scan, and counts it.
    ///
    /// # Errors
    /// When the enrolment is over, another call holds the lease, or the limit is reached.
    pub fn reserve_face(&mut self, holder: &str, now: Timestamp, lease: Duration) -> Result<(), EnrolmentRefusal> {
        if !self.is_over(now) && self.progress.face_scans >= MAX_SCANS {
            return Err(EnrolmentRefusal::ScanLimitReached);
        }
        self.reserve(holder, EnrolledFactor::Face, now, lease)?;
        self.progress.face_scans += 1;
        Ok(())
    }

    /// Applies the outcome of enrolling a face. A known face that the provider never confirmed may be one whose answer an earlier
    /// enrolment lost.
    pub fn conclude_face_creation(
        &mut self,
        holder: &str,
        creation: FaceCreation,
        known: &KnownFactors,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.face_unanswered;
        match creation {
            FaceCreation::NotScanned(Ok(ScanOutcome::Passed | ScanOutcome::Rejected | ScanOutcome::NotEnrolled)) => {
                EnrolmentConclusion::verdict(EnrolmentVerdict::ScanRejected, None)
            }
            FaceCreation::NotScanned(Ok(ScanOutcome::NoMatch)) => {
                EnrolmentConclusion::verdict(EnrolmentVerdict::NoMatch, None)
            }
            FaceCreation::NotScanned(Err(error)) | FaceCreation::NotExported(error) => {
                EnrolmentConclusion::failed(error)
            }
            FaceCreation::Submitted { reference, created } => {
                let concluded = match created {
                    Ok(FaceOutcome::Enrolled) => {
                        self.set_face(FactorState::Enrolled);
                        let change = FactorChange::FaceEnrolled(Some(reference));
                        EnrolmentConclusion::verdict(EnrolmentVerdict::Enrolled, [change])
                    }
                    Ok(FaceOutcome::AlreadyEnrolled) => {
                        self.set_face(FactorState::Enrolled);
                        // The lost call may have enrolled it, and no event about that was written. A face that is not known was enrolled
                        // for this call alone and is discarded.
                        let change = match known.face.as_ref().filter(|face| face.reference == reference) {
                            Some(face) => (was_unanswered || !face.is_confirmed).then_some(Some(reference)),
                            None => was_unanswered.then_some(None),
                        };
                        let change = change.map(FactorChange::FaceEnrolled);
                        EnrolmentConclusion::verdict(EnrolmentVerdict::AlreadyEnrolled, change)
                    }
                    Ok(FaceOutcome::CannotDecrypt | FaceOutcome::Rejected) => {
                        EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None)
                    }
                    Err(error) => {
                        let kept = (!error.is_not_executed()).then_some(FactorChange::FaceKept(reference));
                        let mut concluded = self.conclude_error(EnrolledFactor::Face, error);
                        concluded.changes.extend(kept);
                        concluded
                    }
                };
                self.doubt_if(is_late, EnrolledFactor::Face);
                concluded
            }
        }
    }

    /// Applies the outcome of removing the face, which is at the face server as given.
    pub fn conclude_face_removal(
        &mut self,
        holder: &str,
        removed: Result<RemoveOutcome, ProviderError>,
        known: &KnownFactors,
        face: Option<RemovedFace>,
    ) -> EnrolmentConclusion {
        let is_late = !self.drop_lease(holder);
        let was_unanswered = self.progress.face_unanswered;
        let concluded = match removed {
            Ok(RemoveOutcome::Removed) => {
                self.set_face(FactorState::NotEnrolled);
                EnrolmentConclusion::verdict(EnrolmentVerdict::Removed, [FactorChange::FaceRemoved(face)])
            }
            Ok(RemoveOutcome::NotEnrolled) => {
                self.set_face(FactorState::NotEnrolled);
                let had_face = was_unanswered || known.face.as_ref().is_some_and(|face| face.is_confirmed);
                let change = match face {
                    face if had_face => Some(FactorChange::FaceRemoved(face)),
                    Some(face) if !face.is_kept => Some(FactorChange::FaceForgotten(face.reference)),
                    Some(_) | None => None,
                };
                EnrolmentConclusion::verdict(EnrolmentVerdict::NotEnrolled, change)
            }
            Ok(RemoveOutcome::Rejected) => EnrolmentConclusion::verdict(EnrolmentVerdict::Rejected, None),
            Err(error) => self.conclude_error(EnrolledFactor::Face, error),
        };
        self.doubt_if(is_late, EnrolledFactor::Face);
        concluded
    }

    fn set_face(&mut self, state: FactorState) {
        self.progress.face = state;
        self.progress.face_unanswered = false;
    }
}
