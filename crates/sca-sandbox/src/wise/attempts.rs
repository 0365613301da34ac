//! Failed attempts at a factor: five in a row block it, and the creation of one-time tokens, for 15 minutes
//! ([one-time tokens](https://docs.wise.com/api-reference/one-time-token)).

use jiff::{SignedDuration, Timestamp};

use super::challenge::ChallengeType;
use crate::kit::clock::later;

/// This many consecutive failures block a factor.
const MAX_FAILURES: u32 = 5;
/// How long it stays blocked.
const BLOCK_DURATION: SignedDuration = SignedDuration::from_mins(15);

/// A factor that the customer enrolled, and whose proof is compared with what was enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnrolledFactor {
    Pin,
    DeviceFingerprint,
    FaceMap,
}

impl EnrolledFactor {
    /// The challenge that a proof of this factor passes.
    pub(crate) fn challenge(self) -> ChallengeType {
        match self {
            Self::Pin => ChallengeType::Pin,
            Self::DeviceFingerprint => ChallengeType::DeviceFingerprint,
            Self::FaceMap => ChallengeType::FaceMap,
        }
    }

    /// The beginning of its error codes. `pin.not.setup` and `facemap.not.setup` are Wise's, the others are the simulator's.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::DeviceFingerprint => "device.fingerprint",
            Self::FaceMap => "facemap",
        }
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pin => "PIN",
            Self::DeviceFingerprint => "Device fingerprint",
            Self::FaceMap => "FaceMap",
        }
    }
}

/// The attempts at one factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Consecutive failures.
    pub(crate) failures: u32,
    blocked_until: Option<Timestamp>,
}

impl Attempts {
    /// Until when the factor is blocked, if it is at this instant.
    pub(crate) fn blocked_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| now < *until)
    }

    /// Counts a failure.
    pub(crate) fn fail(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= MAX_FAILURES {
            self.failures = 0;
            self.blocked_until = Some(later(now, BLOCK_DURATION));
        }
    }

    /// Clears the failures and ends a block.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The attempts at every factor of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttemptsByFactor {
    pin: Attempts,
    device_fingerprint: Attempts,
    face_map: Attempts,
}

impl AttemptsByFactor {
    /// The attempts at one factor.
    pub(crate) fn at(&self, factor: EnrolledFactor) -> &Attempts {
        match factor {
            EnrolledFactor::Pin => &self.pin,
            EnrolledFactor::DeviceFingerprint => &self.device_fingerprint,
            EnrolledFactor::FaceMap => &self.face_map,
        }
    }

    /// The attempts at one factor, to change them.
    pub(crate) fn at_mut(&mut self, factor: EnrolledFactor) -> &mut Attempts {
        match factor {
            EnrolledFactor::Pin => &mut self.pin,
            EnrolledFactor::DeviceFingerprint => &mut self.device_fingerprint,
            EnrolledFactor::FaceMap => &mut self.face_map,
        }
    }

    /// Until when any factor is blocked.
    pub(crate) fn blocked_at(&self, now: Timestamp) -> Option<Timestamp> {
        [&self.pin, &self.device_fingerprint, &self.face_map]
            .into_iter()
            .filter_map(|attempts| attempts.blocked_at(now))
            .max()
    }
}
