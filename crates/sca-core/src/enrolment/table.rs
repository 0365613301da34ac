//! Every outcome of the calls about a phone number and about a face.

use std::time::Duration;

use sca_protocol::{
    Factor, Timestamp,
    enrolment_api::{EnrolmentVerdict as Verdict, FactorState, WeakPins},
};

use super::{
    EnrolledFactor, EnrolmentAuthorisation, EnrolmentProgress, EnrolmentRecord, EnrolmentRefusal, FactorChange,
    KnownFace, KnownFactors, KnownPhone, OfferedFactors, RemovedFace,
    face::FaceCreation,
    phone::{PhoneLimits, PhoneRegistration, ReservedCheck},
};
use crate::{
    CodeCheck, CodeSendOutcome, FaceOutcome, FaceReference, Fingerprint, PhoneId, PhoneOutcome, ProviderError,
    ProviderId, RemoveOutcome, ScanOutcome, VerificationId,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LEASE: Duration = Duration::from_secs(45);
const LOST: ProviderError = ProviderError::TimedOut;
const NOT_SENT: ProviderError = ProviderError::Unreachable;
const ALL: OfferedFactors = OfferedFactors {
    phone: true,
    lists_phones: false,
    face: true,
};

fn record() -> EnrolmentRecord {
    EnrolmentRecord {
        id: "enr_1".into(),
        owner: "shop".into(),
        version: 1,
        provider: ProviderId::new("provider-a"),
        customer: "ann".into(),
        profile: None,
        user: Some("7".into()),
        authorised_by: EnrolmentAuthorisation::Partner,
        created_at: NOW,
        expires_at: NOW.plus_ms(900_000),
        ended_at: None,
        progress: EnrolmentProgress::default(),
    }
}

fn number(text: &str) -> Fingerprint {
    Fingerprint::of(&[text.as_bytes()])
}

fn id(text: &str) -> PhoneId {
    PhoneId::new(text).unwrap()
}

fn phone(id_text: &str, masked: &str) -> KnownPhone {
    KnownPhone {
        id: id(id_text),
        masked: masked.into(),
        created_at: Some(NOW),
    }
}

fn sent(verification: &str) -> CodeSendOutcome {
    CodeSendOutcome::Sent {
        verification: VerificationId::new(verification).unwrap(),
        lifetime: None,
    }
}

fn state(record: &EnrolmentRecord, factor: &Factor, known: &KnownFactors) -> FactorState {
    let snapshot = record.snapshot(known, ALL, WeakPins::Warned, NOW);
    let report = snapshot.factors.iter().find(|report| report.factor == *factor);
    report.unwrap().state.clone()
}

/// A record that waits for the code of the number `a`.
fn waiting() -> EnrolmentRecord {
    let mut record = record();
    let limits = PhoneLimits::default();
    record.reserve_phone_code("send", NOW, LEASE, &limits).unwrap();
    let concluded = record.conclude_phone_code("send", number("a"), "*45", Ok(sent("ver_a")), NOW, &limits);
    assert_eq!(concluded.result, Ok(Verdict::CodeSent));
    record
}

/// A record whose code was submitted.
fn checking() -> (EnrolmentRecord, ReservedCheck) {
    let mut record = waiting();
    let check = record.reserve_phone_check("one", &number("a"), NOW, LEASE).unwrap();
    (record, check)
}

fn created(created: Result<PhoneOutcome, ProviderError>, listed: Option<(KnownPhone, bool)>) -> PhoneRegistration {
    PhoneRegistration::Created {
        created,
        is_new: listed.as_ref().is_some_and(|(_, is_new)| *is_new),
        listed: listed.map(|(phone, _)| phone),
    }
}

#[test]
fn every_outcome_of_registering_a_number() {
    use FactorState::{Enrolled, NotEnrolled, Unknown};
    let new = || phone("9", "*45");
    let old = || phone("8", "*88");
    let enrolled = || FactorChange::PhoneEnrolled(Some(new()));
    let removed = || FactorChange::PhoneRemoved(Some(phone("8", "*88")));
    let registered = || Ok(PhoneOutcome::Registered(id("9")));
    let replaced = |created| PhoneRegistration::Replaced { created };
    let beside = |removed| PhoneRegistration::Beside {
        created: id("9"),
        removed,
    };
    for (registration, result, state_after, changes) in [
        (
            created(registered(), None),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![enrolled()],
        ),
        (
            created(Ok(PhoneOutcome::AlreadyRegistered), None),
            Ok(Verdict::AlreadyEnrolled),
            Enrolled,
            vec![],
        ),
        (
            created(Ok(PhoneOutcome::AlreadyRegistered), Some((old(), false))),
            Ok(Verdict::AlreadyEnrolled),
            Enrolled,
            vec![FactorChange::PhoneFound(old())],
        ),
        (
            created(Ok(PhoneOutcome::Repeated), None),
            Ok(Verdict::NumberRepeated),
            Unknown,
            vec![],
        ),
        (
            created(Ok(PhoneOutcome::Rejected), None),
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (created(Err(NOT_SENT), None), Err(NOT_SENT), Unknown, vec![]),
        (created(Err(LOST), None), Err(LOST), Unknown, vec![]),
        // The list shows the new number: the lost call was executed.
        (
            created(Err(LOST), Some((new(), true))),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![enrolled()],
        ),
        // It shows another one: the lost call may still be executed.
        (created(Err(LOST), Some((old(), false))), Err(LOST), Unknown, vec![]),
        (
            PhoneRegistration::Updated(registered()),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![removed(), enrolled()],
        ),
        (
            PhoneRegistration::Updated(Ok(PhoneOutcome::Repeated)),
            Ok(Verdict::NumberRepeated),
            Unknown,
            vec![],
        ),
        (PhoneRegistration::Updated(Err(LOST)), Err(LOST), Unknown, vec![]),
        (
            PhoneRegistration::RemovalFailed(Ok(RemoveOutcome::Rejected)),
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (PhoneRegistration::RemovalFailed(Err(LOST)), Err(LOST), Unknown, vec![]),
        (
            replaced(registered()),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![removed(), enrolled()],
        ),
        (
            replaced(Ok(PhoneOutcome::Repeated)),
            Ok(Verdict::ReplacementFailed),
            NotEnrolled,
            vec![removed()],
        ),
        (
            replaced(Err(NOT_SENT)),
            Ok(Verdict::ReplacementFailed),
            NotEnrolled,
            vec![removed()],
        ),
        (
            replaced(Err(LOST)),
            Ok(Verdict::ReplacementUnknown),
            Unknown,
            vec![removed()],
        ),
        (
            beside(Ok(RemoveOutcome::Removed)),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![removed(), enrolled()],
        ),
        (
            beside(Err(LOST)),
            Ok(Verdict::OldNumberUnknown),
            Enrolled,
            vec![enrolled()],
        ),
    ] {
        let (mut record, check) = checking();
        let concluded =
            record.conclude_phone_registration("one", &check, "*45", Some(&old()), registration.clone(), NOW);
        assert_eq!(
            (concluded.result, concluded.changes),
            (result, changes),
            "{registration:?}"
        );
        let known = KnownFactors::default();
        assert_eq!(state(&record, &Factor::Sms, &known), state_after, "{registration:?}");
        assert_eq!(record.progress.lease, None);
    }
}

#[test]
fn every_outcome_of_a_code() {
    for (checked, result, checks_left) in [
        (Ok(CodeCheck::Wrong), Ok(Verdict::CodeWrong), Some(4)),
        (Ok(CodeCheck::Expired), Ok(Verdict::CodeExpired), None),
        (Err(LOST), Err(LOST), Some(4)),
        (Err(NOT_SENT), Err(NOT_SENT), Some(5)),
    ] {
        let (mut record, check) = checking();
        let concluded = record.conclude_phone_check("one", &check, checked.clone());
        assert_eq!((concluded.result, concluded.changes), (result, vec![]), "{checked:?}");
        let left = record.progress.phone_code.map(|pending| pending.checks_left);
        assert_eq!(left, checks_left, "{checked:?}");
    }
}

/// The answer to the check of one number comes after its lease, when a code for another number was sent: it must not verify that one.
#[test]
fn a_late_answer_verifies_no_other_number() {
    let (mut record, check) = checking();
    let later = NOW.plus(LEASE);
    let limits = PhoneLimits {
        resend_after: Duration::ZERO,
        ..PhoneLimits::default()
    };
    record.progress.phone_resend_at = None;
    record.reserve_phone_code("two", later, LEASE, &limits).unwrap();
    record.conclude_phone_code("two", number("b"), "*99", Ok(sent("ver_b")), later, &limits);
    let late = record.conclude_phone_registration("one", &check, "*45", None, created(Err(LOST), None), later);
    assert_eq!(late.result, Err(LOST));
    let pending = record.progress.phone_code.clone().unwrap();
    assert!(!pending.verified && pending.checks_left == 5);
    let wrong = record.conclude_phone_check("one", &check, Ok(CodeCheck::Expired));
    assert_eq!(wrong.result, Ok(Verdict::CodeExpired));
    assert_eq!(record.progress.phone_code, Some(pending));
    assert_eq!(
        state(&record, &Factor::Sms, &KnownFactors::default()),
        FactorState::Unknown
    );
}

#[test]
fn a_code_is_for_its_number_until_it_expires() {
    let mut record = waiting();
    let until = NOW.plus(PhoneLimits::default().code_lifetime);
    record.expires_at = until.plus_ms(1);
    for (digest, now) in [(number("b"), NOW), (number("a"), until)] {
        let before = record.clone();
        let refused = record.reserve_phone_check("one", &digest, now, LEASE);
        assert_eq!((refused, &record), (Err(EnrolmentRefusal::NoCode), &before));
    }
    let refused = record.reserve_phone_check("one", &number("a"), until.plus_ms(1), LEASE);
    assert_eq!(refused, Err(EnrolmentRefusal::Ended));
}

#[test]
fn a_code_that_may_have_been_sent_counts() {
    let limits = PhoneLimits::default();
    for (outcome, sends) in [
        (Ok(sent("ver_a")), 1),
        (Ok(CodeSendOutcome::Unreachable), 1),
        (Err(LOST), 1),
        (Err(NOT_SENT), 0),
    ] {
        let mut record = record();
        record.reserve_phone_code("one", NOW, LEASE, &limits).unwrap();
        record.conclude_phone_code("one", number("a"), "*45", outcome.clone(), NOW, &limits);
        assert_eq!(record.progress.phone_sends, sends, "{outcome:?}");
        let waits = record.progress.phone_resend_at.is_some();
        assert_eq!(waits, sends == 1, "{outcome:?}");
    }
    let mut record = record();
    record.progress.phone_sends = limits.max_sends;
    let refused = record.reserve_phone_code("one", NOW, LEASE, &limits);
    assert_eq!(refused, Err(EnrolmentRefusal::CodeLimitReached));
}

#[test]
fn every_outcome_of_removing_a_number() {
    use FactorState::{NotEnrolled, Unknown};
    let removed = || vec![FactorChange::PhoneRemoved(Some(phone("8", "*88")))];
    for (outcome, masked, result, state_after, changes) in [
        (
            Ok(RemoveOutcome::Removed),
            true,
            Ok(Verdict::Removed),
            NotEnrolled,
            removed(),
        ),
        (
            Ok(RemoveOutcome::NotEnrolled),
            true,
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            removed(),
        ),
        (
            Ok(RemoveOutcome::NotEnrolled),
            false,
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            vec![],
        ),
        (
            Ok(RemoveOutcome::Rejected),
            true,
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (Err(LOST), true, Err(LOST), Unknown, vec![]),
        (Err(NOT_SENT), true, Err(NOT_SENT), Unknown, vec![]),
    ] {
        let mut record = record();
        let known = KnownFactors::default();
        record.reserve_phone_removal("one", &known, true, NOW, LEASE).unwrap();
        let concluded = record.conclude_phone_removal("one", None, masked.then(|| phone("8", "*88")), outcome.clone());
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{outcome:?}");
        assert_eq!(state(&record, &Factor::Sms, &known), state_after, "{outcome:?}");
    }
    // The provider lists another number than the stored one, which is gone.
    let mut record = record();
    let stored = phone("7", "*77");
    record.reserve("one", EnrolledFactor::Phone, NOW, LEASE).unwrap();
    let removal = Ok(RemoveOutcome::Removed);
    let concluded = record.conclude_phone_removal("one", Some(&stored), Some(phone("8", "*88")), removal);
    let forgotten = FactorChange::PhoneForgotten(id("7"));
    assert_eq!(concluded.changes, [&[forgotten][..], &removed()].concat());
    let unknown = self::record().reserve_phone_removal("one", &KnownFactors::default(), false, NOW, LEASE);
    assert_eq!(unknown, Err(EnrolmentRefusal::NoKnownPhone));
}

#[test]
fn every_outcome_of_enrolling_a_face() {
    use FactorState::{Enrolled, Unknown};
    let reference = || FaceReference::new("face_1").unwrap();
    let submitted = |created| FaceCreation::Submitted {
        reference: reference(),
        created,
    };
    for (creation, result, state_after, changes) in [
        (
            FaceCreation::NotScanned(Ok(ScanOutcome::Rejected)),
            Ok(Verdict::ScanRejected),
            Unknown,
            vec![],
        ),
        (
            FaceCreation::NotScanned(Ok(ScanOutcome::NoMatch)),
            Ok(Verdict::NoMatch),
            Unknown,
            vec![],
        ),
        // The provider was not called, so that its state is what it was.
        (FaceCreation::NotScanned(Err(LOST)), Err(LOST), Unknown, vec![]),
        (FaceCreation::NotExported(LOST), Err(LOST), Unknown, vec![]),
        (
            submitted(Ok(FaceOutcome::Enrolled)),
            Ok(Verdict::Enrolled),
            Enrolled,
            vec![FactorChange::FaceEnrolled(Some(reference()))],
        ),
        (
            submitted(Ok(FaceOutcome::AlreadyEnrolled)),
            Ok(Verdict::AlreadyEnrolled),
            Enrolled,
            vec![],
        ),
        (
            submitted(Ok(FaceOutcome::Rejected)),
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (
            submitted(Ok(FaceOutcome::CannotDecrypt)),
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (
            submitted(Err(LOST)),
            Err(LOST),
            Unknown,
            vec![FactorChange::FaceKept(reference())],
        ),
        (submitted(Err(NOT_SENT)), Err(NOT_SENT), Unknown, vec![]),
    ] {
        let mut record = record();
        record.reserve_face("one", NOW, LEASE).unwrap();
        let concluded = record.conclude_face_creation("one", creation.clone(), &KnownFactors::default());
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{creation:?}");
        let known = KnownFactors::default();
        assert_eq!(state(&record, &Factor::FaceScan, &known), state_after, "{creation:?}");
        let is_unanswered = matches!(&creation, FaceCreation::Submitted { created: Err(error), .. } if *error == LOST);
        assert_eq!(record.progress.face_unanswered, is_unanswered, "{creation:?}");
    }
}

#[test]
fn every_outcome_of_removing_a_face() {
    use FactorState::{NotEnrolled, Unknown};
    let reference = || FaceReference::new("face_1").unwrap();
    let face = |is_kept| RemovedFace {
        reference: reference(),
        is_kept,
    };
    let removed = |is_kept| vec![FactorChange::FaceRemoved(Some(face(is_kept)))];
    for (outcome, is_confirmed, is_kept, result, state_after, changes) in [
        (
            Ok(RemoveOutcome::Removed),
            true,
            false,
            Ok(Verdict::Removed),
            NotEnrolled,
            removed(false),
        ),
        (
            Ok(RemoveOutcome::Removed),
            false,
            true,
            Ok(Verdict::Removed),
            NotEnrolled,
            removed(true),
        ),
        (
            Ok(RemoveOutcome::NotEnrolled),
            true,
            false,
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            removed(false),
        ),
        // Whether the provider ever had it is not known, and the face server has it no more.
        (
            Ok(RemoveOutcome::NotEnrolled),
            false,
            false,
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            vec![FactorChange::FaceForgotten(reference())],
        ),
        (
            Ok(RemoveOutcome::NotEnrolled),
            false,
            true,
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            vec![],
        ),
        (
            Ok(RemoveOutcome::Rejected),
            true,
            true,
            Ok(Verdict::Rejected),
            Unknown,
            vec![],
        ),
        (Err(LOST), true, true, Err(LOST), Unknown, vec![]),
    ] {
        let mut record = record();
        record.reserve("one", EnrolledFactor::Face, NOW, LEASE).unwrap();
        let known = KnownFactors {
            face: Some(KnownFace {
                reference: reference(),
                is_confirmed,
            }),
            ..KnownFactors::default()
        };
        let concluded = record.conclude_face_removal("one", outcome.clone(), &known, Some(face(is_kept)));
        assert_eq!(
            (concluded.result, concluded.changes),
            (result, changes),
            "{outcome:?} {is_confirmed} {is_kept}"
        );
        let state_now = state(&record, &Factor::FaceScan, &KnownFactors::default());
        assert_eq!(state_now, state_after, "{outcome:?}");
    }
}

/// A lost answer of an earlier enrolment: the store has the face, unconfirmed.
#[test]
fn a_face_that_an_earlier_enrolment_left_unconfirmed_is_confirmed_when_the_provider_has_it() {
    let reference = |name: &str| FaceReference::new(name).unwrap();
    let confirmed = || vec![FactorChange::FaceEnrolled(Some(reference("face_1")))];
    for (is_confirmed, stored, was_unanswered, expected) in [
        (false, Some("face_1"), false, confirmed()),
        (false, Some("face_1"), true, confirmed()),
        (true, Some("face_1"), false, vec![]),
        (true, Some("face_1"), true, confirmed()),
        // The scan was enrolled anew, and that one is not at the provider.
        (false, Some("face_2"), false, vec![]),
        // The lost call may have enrolled a face; it is not this one, which is discarded.
        (false, Some("face_2"), true, vec![FactorChange::FaceEnrolled(None)]),
        (false, None, true, vec![FactorChange::FaceEnrolled(None)]),
        (false, None, false, vec![]),
    ] {
        let known = KnownFactors {
            face: stored.map(|stored| KnownFace {
                reference: reference(stored),
                is_confirmed,
            }),
            ..KnownFactors::default()
        };
        let mut record = record();
        record.progress.face_unanswered = was_unanswered;
        record.reserve_face("one", NOW, LEASE).unwrap();
        let creation = FaceCreation::Submitted {
            reference: reference("face_1"),
            created: Ok(FaceOutcome::AlreadyEnrolled),
        };
        let concluded = record.conclude_face_creation("one", creation, &known);
        assert_eq!(concluded.result, Ok(Verdict::AlreadyEnrolled));
        assert_eq!(
            concluded.changes, expected,
            "{is_confirmed} {stored:?} {was_unanswered}"
        );
    }
}

/// What the store has is believed until a call says something else, and an unconfirmed face is not.
#[test]
fn a_stored_factor_counts_unless_a_call_was_lost() {
    let known = |is_confirmed| KnownFactors {
        phone: Some(phone("8", "*88")),
        face: Some(KnownFace {
            reference: FaceReference::new("face_1").unwrap(),
            is_confirmed,
        }),
        ..KnownFactors::default()
    };
    let mut record = record();
    assert_eq!(state(&record, &Factor::Sms, &known(true)), FactorState::Enrolled);
    assert_eq!(state(&record, &Factor::FaceScan, &known(true)), FactorState::Enrolled);
    assert_eq!(state(&record, &Factor::FaceScan, &known(false)), FactorState::Unknown);
    for about in [EnrolledFactor::Phone, EnrolledFactor::Face] {
        record.reserve("lost", about, NOW, Duration::ZERO).unwrap();
    }
    record.reserve("next", EnrolledFactor::Pin, NOW, LEASE).unwrap();
    assert_eq!(state(&record, &Factor::Sms, &known(true)), FactorState::Unknown);
    assert_eq!(state(&record, &Factor::FaceScan, &known(true)), FactorState::Unknown);
    let none = record.snapshot(
        &KnownFactors::default(),
        OfferedFactors::default(),
        WeakPins::Warned,
        NOW,
    );
    assert_eq!(none.factors.len(), 2);
}
