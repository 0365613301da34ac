//! Cooling-off: a factor that was just enrolled waits before it can clear a challenge, so that whoever takes an account over cannot use a
//! factor of their own at once.
//!
//! A wait begins before the provider is called, and is dropped only if the factor is certainly not new. So it covers a call in flight, one
//! whose answer was lost, and one whose backend crashed.

use sca_protocol::{
    Availability, Challenge, Factor, Reason, Timestamp,
    enrolment_api::{Enrolment, WeakPins},
};
use serde::{Deserialize, Serialize};

use super::{EnrolledFactor, EnrolmentRecord, FactorChange, KnownFactors, OfferedFactors, Record};

/// A factor that is too new to be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FactorWait {
    /// The factor.
    pub factor: Factor,
    /// From when on it can be used; server clock.
    pub usable_from: Timestamp,
}

/// A change of the waits of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitChange {
    /// A call begins that may enrol a factor.
    Begin {
        /// The id of the call: the holder of its lease.
        call: String,
        /// What it is about.
        about: EnrolledFactor,
        /// From when on the factor can be used.
        usable_from: Timestamp,
    },
    /// The call with this id certainly enrolled nothing.
    Drop(String),
}

impl EnrolledFactor {
    /// The factors that challenges name for it.
    #[must_use]
    pub fn challenged_as(self) -> &'static [Factor] {
        match self {
            Self::Pin => &[Factor::Pin],
            Self::Device => &[Factor::Device],
            // A code is sent to the number in either of three ways.
            Self::Phone => &[Factor::Sms, Factor::WhatsApp, Factor::Voice],
            Self::PhoneCode => &[],
            Self::Face => &[Factor::FaceScan],
        }
    }

    /// What a factor of a challenge stands for; `None` where it cannot be enrolled here.
    #[must_use]
    pub fn behind(factor: &Factor) -> Option<Self> {
        match factor {
            Factor::Pin => Some(Self::Pin),
            Factor::Device => Some(Self::Device),
            Factor::Sms | Factor::WhatsApp | Factor::Voice => Some(Self::Phone),
            Factor::FaceScan => Some(Self::Face),
            Factor::Face | Factor::Push | Factor::Biometric | Factor::Other(_) => None,
        }
    }
}

impl FactorChange {
    /// What it enrolled, or may have enrolled; `None` for other changes.
    #[must_use]
    pub fn enrolled(&self) -> Option<EnrolledFactor> {
        match self {
            Self::PinEnrolled => Some(EnrolledFactor::Pin),
            Self::DeviceEnrolled(_) => Some(EnrolledFactor::Device),
            Self::PhoneEnrolled(_) => Some(EnrolledFactor::Phone),
            Self::FaceEnrolled(_) | Self::FaceKept(_) => Some(EnrolledFactor::Face),
            Self::PinRemoved
            | Self::DeviceRecorded(_)
            | Self::DeviceRemoved(_)
            | Self::PhoneFound(_)
            | Self::PhoneRemoved(_)
            | Self::PhoneForgotten(_)
            | Self::FaceForgotten(_)
            | Self::FaceRemoved(_) => None,
        }
    }
}

impl EnrolmentRecord {
    /// Makes the factor that the reserved call may enrol wait until `usable_from`.
    pub fn begin_wait(&mut self, usable_from: Timestamp) {
        if let Some(lease) = &mut self.progress.lease {
            lease.usable_from = Some(usable_from);
        }
    }

    /// What a change of the enrolment means for the waits of its customer. `changes` is what has changed at the provider.
    ///
    /// The wait of a call that lost its lease is kept: its answer does not say in which order the provider executed it.
    #[must_use]
    pub fn wait_changes(&self, before: &Self, changes: &[FactorChange]) -> Vec<WaitChange> {
        let (ended, begun) = (before.progress.lease.as_ref(), self.progress.lease.as_ref());
        if ended.map(|lease| &lease.holder) == begun.map(|lease| &lease.holder) {
            return Vec::new();
        }
        let begin = begun.and_then(|lease| {
            Some(WaitChange::Begin {
                call: lease.holder.clone(),
                about: lease.about,
                usable_from: lease.usable_from?,
            })
        });
        let dropped = ended.filter(|lease| {
            let may_be_new =
                changes.iter().any(|change| change.enrolled() == Some(lease.about)) || self.is_unanswered(lease.about);
            lease.usable_from.is_some() && begun.is_none() && !may_be_new
        });
        let dropped = dropped.map(|lease| WaitChange::Drop(lease.holder.clone()));
        begin.into_iter().chain(dropped).collect()
    }

    /// As [`snapshot`](Self::snapshot), with the waits of the customer.
    #[must_use]
    pub fn snapshot_with(
        &self,
        known: &KnownFactors,
        offered: OfferedFactors,
        waits: &[FactorWait],
        weak_pins: WeakPins,
        now: Timestamp,
    ) -> Enrolment {
        let mut enrolment = self.snapshot(known, offered, weak_pins, now);
        let usable_from = |factor: &Factor| latest(waits, factor).filter(|usable_from| now < *usable_from);
        for report in &mut enrolment.factors {
            report.usable_from = usable_from(&report.factor);
        }
        for device in &mut enrolment.devices {
            device.usable_from = usable_from(&Factor::Device);
        }
        enrolment
    }

    fn is_unanswered(&self, about: EnrolledFactor) -> bool {
        match about {
            EnrolledFactor::Pin => self.progress.pin_unanswered,
            EnrolledFactor::Device => self.progress.device_unanswered,
            EnrolledFactor::Phone => self.progress.phone_unanswered,
            EnrolledFactor::Face => self.progress.face_unanswered,
            EnrolledFactor::PhoneCode => false,
        }
    }
}

impl Record {
    /// Takes over the waits of the customer, as they are now. The approval fails when a required challenge has no factor left, and when a
    /// factor became new while an attempt with it was in flight: the provider may have accepted the new one.
    pub fn apply_waits(&mut self, waits: Vec<FactorWait>, now: Timestamp) {
        if self.is_settled() {
            return;
        }
        self.progress.waits = waits;
        let in_flight = self.progress.lease.as_ref().and_then(|lease| lease.attempt.as_ref());
        let attempted = in_flight.or(self.progress.unanswered_attempt.as_ref());
        let attempt = attempted.and_then(|challenge| {
            let of_challenge = self.progress.evidence.iter().rev();
            of_challenge.into_iter().find(|shown| shown.challenge == *challenge)
        });
        if attempt.is_some_and(|attempt| self.is_cooling_off(&attempt.factor, now)) {
            self.fail(Reason::FactorCoolingOff, now);
        } else {
            self.fail_if_no_factor_left(now);
        }
    }

    /// Whether a factor is too new to be used.
    pub(super) fn is_cooling_off(&self, factor: &Factor, now: Timestamp) -> bool {
        latest(&self.progress.waits, factor).is_some_and(|usable_from| now < usable_from)
    }

    /// The challenges with the availability of their factors at this time.
    pub(super) fn challenges_at(&self, now: Timestamp) -> Vec<Challenge> {
        let mut challenges = self.progress.challenges.clone();
        for challenge in &mut challenges {
            for option in std::iter::once(&mut challenge.primary).chain(&mut challenge.alternatives) {
                if option.availability == Availability::Available && self.is_cooling_off(&option.factor, now) {
                    option.availability = Availability::CoolingOff;
                }
            }
        }
        challenges
    }
}

fn latest(waits: &[FactorWait], factor: &Factor) -> Option<Timestamp> {
    let of_factor = waits.iter().filter(|wait| wait.factor == *factor);
    of_factor.map(|wait| wait.usable_from).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use sca_protocol::{
        Status,
        api::{Shown, Verdict},
    };

    use crate::{
        Limits, Refusal, TokenStatus, VerificationVerdict,
        enrolment_table::{NOW, record as enrolment, reserved},
        properties::record as approval,
    };

    const LATER: Timestamp = Timestamp(NOW.0 + 86_400_000);

    fn waiting(about: EnrolledFactor) -> EnrolmentRecord {
        let mut record = reserved(about);
        record.begin_wait(LATER);
        record
    }

    #[test]
    fn what_challenges_name_stands_for_what_was_enrolled() {
        for enrolled in [
            EnrolledFactor::Pin,
            EnrolledFactor::Device,
            EnrolledFactor::Phone,
            EnrolledFactor::Face,
        ] {
            for factor in enrolled.challenged_as() {
                assert_eq!(EnrolledFactor::behind(factor), Some(enrolled));
            }
        }
        for factor in [
            Factor::Face,
            Factor::Push,
            Factor::Biometric,
            Factor::from_name("other"),
        ] {
            assert_eq!(EnrolledFactor::behind(&factor), None);
        }
    }

    #[test]
    fn a_call_that_may_enrol_begins_a_wait_and_a_removal_begins_none() {
        let begin = WaitChange::Begin {
            call: "one".into(),
            about: EnrolledFactor::Pin,
            usable_from: LATER,
        };
        assert_eq!(waiting(EnrolledFactor::Pin).wait_changes(&enrolment(), &[]), [begin]);
        assert_eq!(reserved(EnrolledFactor::Pin).wait_changes(&enrolment(), &[]), []);
    }

    #[test]
    fn a_wait_is_dropped_only_when_the_factor_is_certainly_not_new() {
        use crate::{CreateOutcome as Outcome, ProviderError};
        for (created, unanswered, dropped) in [
            (Ok(Outcome::Enrolled(())), false, false),
            (Ok(Outcome::AlreadyEnrolled), false, true),
            // The lost call may have set it.
            (Ok(Outcome::AlreadyEnrolled), true, false),
            (Ok(Outcome::Rejected), false, true),
            (Ok(Outcome::Rejected), true, false),
            (Ok(Outcome::CannotDecrypt), false, false),
            (Err(ProviderError::Unreachable), false, true),
            (Err(ProviderError::TimedOut), false, false),
        ] {
            let mut before = waiting(EnrolledFactor::Pin);
            before.progress.pin_unanswered = unanswered;
            let mut after = before.clone();
            let concluded = after.conclude_pin_creation("one", created.clone());
            let changes = after.wait_changes(&before, &concluded.changes);
            let expected = dropped.then(|| WaitChange::Drop("one".into()));
            assert_eq!(changes, Vec::from_iter(expected), "{created:?} {unanswered}");
        }
    }

    #[test]
    fn a_phone_number_waits_unless_the_answer_excludes_a_new_one() {
        use crate::{
            CodeCheck, PhoneId, PhoneOutcome as Outcome, PhoneRegistration, ProviderError, RemoveOutcome,
            ReservedCheck, VerificationId,
        };
        let check = ReservedCheck {
            verification: VerificationId::new("ver_1").unwrap(),
            verified: false,
        };
        let new = || PhoneId::new("9").unwrap();
        let created = |created| PhoneRegistration::Created {
            created,
            listed: None,
            is_new: false,
        };
        let replaced = |created| PhoneRegistration::Replaced { created };
        let lost = ProviderError::TimedOut;
        for (registration, dropped) in [
            (created(Ok(Outcome::Registered(new()))), false),
            (created(Ok(Outcome::AlreadyRegistered)), true),
            (created(Ok(Outcome::Repeated)), true),
            (created(Ok(Outcome::Rejected)), true),
            (created(Err(ProviderError::Unreachable)), true),
            (created(Err(lost.clone())), false),
            (PhoneRegistration::Updated(Ok(Outcome::Registered(new()))), false),
            (PhoneRegistration::Updated(Err(lost.clone())), false),
            (PhoneRegistration::RemovalFailed(Ok(RemoveOutcome::Rejected)), true),
            (PhoneRegistration::RemovalFailed(Err(lost.clone())), false),
            (replaced(Ok(Outcome::Registered(new()))), false),
            (replaced(Ok(Outcome::Rejected)), true),
            (replaced(Err(lost.clone())), false),
            (
                PhoneRegistration::Beside {
                    created: new(),
                    removed: Err(lost.clone()),
                },
                false,
            ),
        ] {
            let before = waiting(EnrolledFactor::Phone);
            let mut after = before.clone();
            let concluded = after.conclude_phone_registration("one", &check, "*45", None, registration.clone(), NOW);
            let changes = after.wait_changes(&before, &concluded.changes);
            let expected = dropped.then(|| WaitChange::Drop("one".into()));
            assert_eq!(changes, Vec::from_iter(expected), "{registration:?}");
        }
        // Without a correct code, the provider was not called, whatever the partner's server says.
        for checked in [Ok(CodeCheck::Wrong), Ok(CodeCheck::Expired), Err(lost)] {
            let before = waiting(EnrolledFactor::Phone);
            let mut after = before.clone();
            after.conclude_phone_check("one", &check, checked);
            assert_eq!(after.wait_changes(&before, &[]), [WaitChange::Drop("one".into())]);
        }
    }

    #[test]
    fn a_face_waits_unless_the_answer_excludes_a_new_one() {
        use crate::{FaceCreation, FaceOutcome as Outcome, FaceReference, ProviderError, ScanOutcome};
        let submitted = |created| FaceCreation::Submitted {
            reference: FaceReference::new("face_1").unwrap(),
            created,
        };
        let lost = ProviderError::TimedOut;
        for (creation, unanswered, dropped) in [
            (submitted(Ok(Outcome::Enrolled)), false, false),
            (submitted(Ok(Outcome::AlreadyEnrolled)), false, true),
            // The lost call may have enrolled it.
            (submitted(Ok(Outcome::AlreadyEnrolled)), true, false),
            (submitted(Ok(Outcome::Rejected)), false, true),
            (submitted(Ok(Outcome::CannotDecrypt)), false, true),
            (submitted(Err(ProviderError::Unreachable)), false, true),
            (submitted(Err(lost.clone())), false, false),
            // The provider was not called.
            (FaceCreation::NotScanned(Ok(ScanOutcome::NoMatch)), false, true),
            (FaceCreation::NotScanned(Err(lost.clone())), false, true),
            (FaceCreation::NotExported(lost), false, true),
        ] {
            let mut before = waiting(EnrolledFactor::Face);
            before.progress.face_unanswered = unanswered;
            let mut after = before.clone();
            let concluded = after.conclude_face_creation("one", creation.clone(), &KnownFactors::default());
            let changes = after.wait_changes(&before, &concluded.changes);
            let expected = dropped.then(|| WaitChange::Drop("one".into()));
            assert_eq!(changes, Vec::from_iter(expected), "{creation:?} {unanswered}");
        }
    }

    #[test]
    fn a_phone_number_is_challenged_in_three_ways_and_a_code_for_it_in_none() {
        let challenged = EnrolledFactor::Phone.challenged_as();
        assert_eq!(challenged, [Factor::Sms, Factor::WhatsApp, Factor::Voice]);
        assert_eq!(EnrolledFactor::PhoneCode.challenged_as(), []);
        assert_eq!(EnrolledFactor::Face.challenged_as(), [Factor::FaceScan]);
    }

    #[test]
    fn a_call_that_takes_over_a_lost_lease_keeps_its_wait() {
        let before = waiting(EnrolledFactor::Device);
        let mut after = before.clone();
        let lease = Duration::from_secs(45);
        after
            .reserve("two", EnrolledFactor::Pin, NOW.plus(lease), lease)
            .unwrap();
        after.begin_wait(LATER);
        let begin = WaitChange::Begin {
            call: "two".into(),
            about: EnrolledFactor::Pin,
            usable_from: LATER,
        };
        assert_eq!(after.wait_changes(&before, &[]), [begin]);
        // The late answer of the first call neither has the lease nor drops anything.
        let mut late = after.clone();
        let concluded = late.conclude_pin_creation("one", Ok(crate::CreateOutcome::Rejected));
        assert_eq!(late.wait_changes(&after, &concluded.changes), []);
    }

    #[test]
    fn the_report_says_until_when_a_factor_waits() {
        let wait = |factor, usable_from| FactorWait { factor, usable_from };
        let waits = [
            wait(Factor::Device, NOW),
            wait(Factor::Device, LATER),
            wait(Factor::Sms, LATER),
            wait(Factor::FaceScan, LATER),
        ];
        let known = KnownFactors {
            devices: vec![crate::enrolment_table::listed()],
            ..KnownFactors::default()
        };
        let offered = OfferedFactors {
            phone: true,
            lists_phones: false,
            face: true,
        };
        for (now, expected) in [(NOW, Some(LATER)), (Timestamp(LATER.0 - 1), Some(LATER)), (LATER, None)] {
            let snapshot = enrolment().snapshot_with(&known, offered, &waits, WeakPins::Warned, now);
            let reports = snapshot.factors.iter();
            let reports: Vec<_> = reports
                .map(|report| (report.factor.clone(), report.usable_from))
                .collect();
            let all = [
                (Factor::Pin, None),
                (Factor::Device, expected),
                (Factor::Sms, expected),
                (Factor::FaceScan, expected),
            ];
            assert_eq!(reports, all, "{now:?}");
            assert_eq!(snapshot.devices[0].usable_from, expected, "{now:?}");
        }
    }

    fn waits(factor: Factor, usable_from: Timestamp) -> Vec<FactorWait> {
        vec![FactorWait { factor, usable_from }]
    }

    /// Reserves an attempt at the first challenge, and keeps the evidence.
    fn attempt(approval: &mut Record, now: Timestamp) -> Result<crate::AttemptReservation, Refusal> {
        let shown = Shown {
            approval: approval.id.clone(),
            version: approval.version,
            digest: approval.shown_digest(),
        };
        approval.with_evidence(&shown, "1", &Factor::Pin, now, |record| {
            record.reserve_attempt("1", &Factor::Pin, "one", now, &Limits::default())
        })
    }

    #[test]
    fn a_challenge_whose_only_factor_is_new_fails_the_approval_and_another_does_not() {
        for (factor, usable_from, status) in [
            (Factor::Pin, LATER, Status::Failed),
            (Factor::Pin, NOW, Status::Pending),
            // A call passes the challenge as well as a text message.
            (Factor::Sms, LATER, Status::Pending),
            (Factor::Device, LATER, Status::Pending),
        ] {
            let mut approval = approval(NOW);
            approval.apply_waits(waits(factor.clone(), usable_from), NOW);
            assert_eq!(approval.status, status, "{factor:?}");
            let reason = (status == Status::Failed).then_some(Reason::FactorCoolingOff);
            assert_eq!(approval.reason, reason, "{factor:?}");
        }
    }

    #[test]
    fn a_new_factor_is_shown_as_such_and_refused_until_its_time_comes() {
        let mut approval = approval(NOW);
        let until = NOW.plus_ms(1_000);
        approval.apply_waits(waits(Factor::Sms, until), NOW);
        approval.progress.challenges[0].passed = true;
        let availability = |approval: &Record, now| {
            let shown = approval.snapshot(now, &Limits::default()).challenges;
            shown[1].option(&Factor::Sms).unwrap().availability.clone()
        };
        let send =
            |approval: &mut Record, now| approval.reserve_otp_send("2", &Factor::Sms, "one", now, &Limits::default());
        let before = approval.clone();
        let last = until.minus(Duration::from_millis(1));
        assert_eq!(availability(&approval, last), Availability::CoolingOff);
        assert_eq!(send(&mut approval, last), Err(Refusal::CoolingOff));
        assert_eq!(approval, before);
        assert_eq!(availability(&approval, until), Availability::Available);
        assert_eq!(send(&mut approval, until), Ok(()));
    }

    /// The provider may have verified the new factor: the attempt was sent before the backend knew that it is new.
    #[test]
    fn an_attempt_with_a_factor_that_became_new_meanwhile_never_approves() {
        let cleared = TokenStatus {
            challenges: Vec::new(),
            valid_seconds: None,
            user: None,
        };
        for is_lost in [false, true] {
            let mut approval = approval(NOW);
            let reserved = attempt(&mut approval, NOW).unwrap();
            let mut now = NOW;
            if is_lost {
                now = NOW.plus(Limits::default().lease);
                assert_eq!(approval.reserve_refresh("two", now, &Limits::default()), Ok(true));
            }
            approval.apply_waits(waits(Factor::Pin, LATER), now);
            assert_eq!(approval.status, Status::Failed);
            assert_eq!(approval.reason, Some(Reason::FactorCoolingOff));
            if is_lost {
                approval.conclude_refresh("two", Some(&cleared), now);
            } else {
                let accepted = Ok(VerificationVerdict::Accepted);
                let result = approval.conclude_attempt(&reserved, accepted, Some(&cleared), now, &Limits::default());
                assert_eq!(result, crate::AttemptResult::Verdict(Verdict::Refused));
            }
            assert_eq!(approval.status, Status::Failed);
        }
        // A factor that is not new is not held back by another one that is.
        let mut approval = approval(NOW);
        let reserved = attempt(&mut approval, NOW).unwrap();
        approval.apply_waits(waits(Factor::Sms, LATER), NOW);
        let accepted = Ok(VerificationVerdict::Accepted);
        approval.conclude_attempt(&reserved, accepted, Some(&cleared), NOW, &Limits::default());
        assert_eq!(approval.status, Status::Approved);
    }
}
