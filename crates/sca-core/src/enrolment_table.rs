//! Every outcome of an enrolment's calls, and every approval that an enrolment may or may not begin with.

use std::time::Duration;

use sca_protocol::{
    Access, Action, Availability, Challenge, Factor, FactorOption, PlainText, Statement, Status, Timestamp,
    enrolment_api::{EnrolledDevice, EnrolmentStatus, EnrolmentVerdict as Verdict, FactorState, WeakPins},
};

use crate::{
    CreateOutcome, DeviceId, EnrolledFactor, EnrolmentApprovalRefusal, EnrolmentAuthorisation, EnrolmentProgress,
    EnrolmentRecord, EnrolmentRefusal, Evidence, FaceReference, FactorChange, Fingerprint, InvalidResponse,
    KnownFactors, KnownPhone, Limits, OfferedFactors, PhoneId, Progress, ProviderError, ProviderId, Record,
    RemoveOutcome, Source, provider::CreatedDevice,
};

pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LEASE: Duration = Duration::from_secs(45);
const PROVIDER: ProviderId = ProviderId::new("provider-a");
const LOST: ProviderError = ProviderError::TimedOut;
const NOT_SENT: ProviderError = ProviderError::Unreachable;

pub(super) fn record() -> EnrolmentRecord {
    EnrolmentRecord {
        id: "enr_1".into(),
        owner: "shop".into(),
        version: 1,
        provider: PROVIDER,
        customer: "ann".into(),
        profile: Some("101".into()),
        user: None,
        authorised_by: EnrolmentAuthorisation::Partner,
        created_at: NOW,
        expires_at: NOW.plus_ms(900_000),
        ended_at: None,
        progress: EnrolmentProgress::default(),
    }
}

pub(super) fn reserved(about: EnrolledFactor) -> EnrolmentRecord {
    let mut record = record();
    record.reserve("one", about, NOW, LEASE).unwrap();
    record
}

fn text(text: &str) -> PlainText {
    PlainText::new(text).unwrap()
}

fn device_id() -> DeviceId {
    DeviceId::new("device-1").unwrap()
}

pub(super) fn listed() -> EnrolledDevice {
    EnrolledDevice {
        id: "device-1".into(),
        name: text("Laptop"),
        created_at: NOW,
        usable_from: None,
    }
}

fn state_of(record: &EnrolmentRecord, factor: &Factor, devices: &[EnrolledDevice]) -> FactorState {
    let known = KnownFactors {
        devices: devices.to_vec(),
        ..KnownFactors::default()
    };
    let snapshot = record.snapshot(&known, OfferedFactors::default(), WeakPins::Warned, NOW);
    let report = snapshot.factors.iter().find(|report| report.factor == *factor);
    report.unwrap().state.clone()
}

fn pin(record: &EnrolmentRecord) -> FactorState {
    state_of(record, &Factor::Pin, &[])
}

#[test]
fn every_outcome_of_setting_a_pin() {
    use CreateOutcome::{AlreadyEnrolled, CannotDecrypt, Enrolled, LimitReached, Rejected};
    use FactorState::{NotEnrolled, Unknown};
    let broken = ProviderError::Unusable(InvalidResponse::Status(502));
    for (created, result, state, changes) in [
        (
            Ok(Enrolled(())),
            Ok(Verdict::Enrolled),
            FactorState::Enrolled,
            vec![FactorChange::PinEnrolled],
        ),
        (
            Ok(AlreadyEnrolled),
            Ok(Verdict::AlreadyEnrolled),
            FactorState::Enrolled,
            vec![],
        ),
        (Ok(CannotDecrypt), Ok(Verdict::KeyStale), Unknown, vec![]),
        (Ok(Rejected), Ok(Verdict::Rejected), NotEnrolled, vec![]),
        (Ok(LimitReached), Ok(Verdict::Rejected), NotEnrolled, vec![]),
        (Err(NOT_SENT), Err(NOT_SENT), NotEnrolled, vec![]),
        (Err(LOST), Err(LOST), Unknown, vec![]),
        (Err(broken.clone()), Err(broken), Unknown, vec![]),
    ] {
        let mut record = reserved(EnrolledFactor::Pin);
        record.progress.pin = NotEnrolled;
        let concluded = record.conclude_pin_creation("one", created.clone());
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{created:?}");
        assert_eq!((pin(&record), record.progress.lease), (state, None), "{created:?}");
    }
}

#[test]
fn every_outcome_of_removing_a_pin() {
    use FactorState::{Enrolled, NotEnrolled, Unknown};
    for (removed, result, state, changes) in [
        (
            Ok(RemoveOutcome::Removed),
            Ok(Verdict::Removed),
            NotEnrolled,
            vec![FactorChange::PinRemoved],
        ),
        (
            Ok(RemoveOutcome::NotEnrolled),
            Ok(Verdict::NotEnrolled),
            NotEnrolled,
            vec![],
        ),
        (Ok(RemoveOutcome::Rejected), Ok(Verdict::Rejected), Enrolled, vec![]),
        (Err(NOT_SENT), Err(NOT_SENT), Enrolled, vec![]),
        (Err(LOST), Err(LOST), Unknown, vec![]),
    ] {
        let mut record = reserved(EnrolledFactor::Pin);
        record.progress.pin = Enrolled;
        let concluded = record.conclude_pin_removal("one", removed.clone());
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{removed:?}");
        assert_eq!((pin(&record), record.progress.lease), (state, None), "{removed:?}");
    }
}

/// The old PIN is gone whatever happens to the new one, and every outcome says so.
#[test]
fn every_outcome_of_replacing_a_pin() {
    use CreateOutcome::{AlreadyEnrolled, CannotDecrypt, Enrolled, LimitReached, Rejected};
    use FactorState::{NotEnrolled, Unknown};
    for (created, verdict, state) in [
        (Ok(Enrolled(())), Verdict::Enrolled, FactorState::Enrolled),
        (Ok(AlreadyEnrolled), Verdict::AlreadyEnrolled, FactorState::Enrolled),
        (Ok(Rejected), Verdict::ReplacementFailed, NotEnrolled),
        (Ok(LimitReached), Verdict::ReplacementFailed, NotEnrolled),
        (Ok(CannotDecrypt), Verdict::ReplacementUnknown, Unknown),
        (Err(NOT_SENT), Verdict::ReplacementFailed, NotEnrolled),
        (
            Err(ProviderError::SessionEnded),
            Verdict::ReplacementFailed,
            NotEnrolled,
        ),
        (Err(LOST), Verdict::ReplacementUnknown, Unknown),
    ] {
        for was_removed in [true, false] {
            let mut record = reserved(EnrolledFactor::Pin);
            record.progress.pin = FactorState::Enrolled;
            let concluded = record.conclude_pin_replacement("one", was_removed, created.clone());
            assert_eq!(concluded.result, Ok(verdict.clone()), "{created:?}");
            assert_eq!(pin(&record), state, "{created:?}");
            let removal = was_removed.then_some(FactorChange::PinRemoved);
            let creation = (verdict == Verdict::Enrolled).then_some(FactorChange::PinEnrolled);
            let expected: Vec<FactorChange> = removal.into_iter().chain(creation).collect();
            assert_eq!(concluded.changes, expected, "{created:?}");
        }
    }
}

#[test]
fn every_outcome_of_enrolling_a_device() {
    use CreateOutcome::{AlreadyEnrolled, CannotDecrypt, Enrolled, LimitReached, Rejected};
    let created_at = NOW.minus(Duration::from_secs(1));
    let created = |created_at| CreatedDevice {
        id: device_id(),
        created_at,
    };
    let device = |created_at| EnrolledDevice { created_at, ..listed() };
    for (created, result, state, changes) in [
        (
            Ok(Enrolled(Some(created(Some(created_at))))),
            Ok(Verdict::Enrolled),
            FactorState::Unknown,
            vec![FactorChange::DeviceEnrolled(Some(device(created_at)))],
        ),
        (
            Ok(Enrolled(Some(created(None)))),
            Ok(Verdict::Enrolled),
            FactorState::Unknown,
            vec![FactorChange::DeviceEnrolled(Some(device(NOW)))],
        ),
        (
            Ok(Enrolled(None)),
            Ok(Verdict::Enrolled),
            FactorState::Enrolled,
            vec![FactorChange::DeviceEnrolled(None)],
        ),
        (
            Ok(AlreadyEnrolled),
            Ok(Verdict::AlreadyEnrolled),
            FactorState::Enrolled,
            vec![],
        ),
        (
            Ok(LimitReached),
            Ok(Verdict::LimitReached),
            FactorState::Enrolled,
            vec![],
        ),
        (Ok(CannotDecrypt), Ok(Verdict::KeyStale), FactorState::Unknown, vec![]),
        (Ok(Rejected), Ok(Verdict::Rejected), FactorState::Unknown, vec![]),
        (Err(NOT_SENT), Err(NOT_SENT), FactorState::Unknown, vec![]),
        (Err(LOST), Err(LOST), FactorState::Unknown, vec![]),
    ] {
        let mut record = reserved(EnrolledFactor::Device);
        let concluded = record.conclude_device_creation("one", &text("Laptop"), created.clone(), false, NOW);
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{created:?}");
        // The list itself is the store's.
        assert_eq!(state_of(&record, &Factor::Device, &[]), state, "{created:?}");
        assert_eq!(state_of(&record, &Factor::Device, &[listed()]), FactorState::Enrolled);
        assert_eq!(record.progress.lease, None);
    }
}

#[test]
fn every_outcome_of_removing_a_device() {
    let gone = || vec![FactorChange::DeviceRemoved(device_id())];
    for (removed, result, changes) in [
        (Ok(RemoveOutcome::Removed), Ok(Verdict::Removed), gone()),
        (Ok(RemoveOutcome::NotEnrolled), Ok(Verdict::NotEnrolled), gone()),
        (Ok(RemoveOutcome::Rejected), Ok(Verdict::Rejected), vec![]),
        (Err(LOST), Err(LOST), vec![]),
    ] {
        let mut record = record();
        record
            .reserve_device_removal("one", &device_id(), &[listed()], NOW, LEASE)
            .unwrap();
        let concluded = record.conclude_device_removal("one", &device_id(), removed.clone());
        assert_eq!((concluded.result, concluded.changes), (result, changes), "{removed:?}");
        assert_eq!(record.progress.lease, None);
    }
    let unknown = record().reserve_device_removal("one", &device_id(), &[], NOW, LEASE);
    assert_eq!(unknown, Err(EnrolmentRefusal::NoSuchDevice));
}

#[test]
fn one_call_is_in_flight_and_one_that_is_lost_leaves_the_state_unknown() {
    let mut record = reserved(EnrolledFactor::Pin);
    record.progress.pin = FactorState::Enrolled;
    assert_eq!(pin(&record), FactorState::Unknown);
    let before = record.clone();
    for about in [EnrolledFactor::Pin, EnrolledFactor::Device] {
        let refused = record.reserve("two", about, NOW.plus(LEASE).minus(Duration::from_millis(1)), LEASE);
        assert_eq!((refused, &record), (Err(EnrolmentRefusal::InProgress), &before));
    }
    record
        .reserve("two", EnrolledFactor::Device, NOW.plus(LEASE), LEASE)
        .unwrap();
    assert_eq!(record.progress.pin, FactorState::Unknown);
    // The late answer names the change, and leaves the state unknown: a later call may have been executed before it.
    let late = record.conclude_pin_creation("one", Ok(CreateOutcome::Enrolled(())));
    assert_eq!(late.result, Ok(Verdict::Enrolled));
    assert_eq!(late.changes, [FactorChange::PinEnrolled]);
    assert_eq!(pin(&record), FactorState::Unknown);
    assert_eq!(record.progress.lease.unwrap().holder, "two");
}

/// What a lost call did is reported to the partner as soon as a later answer shows it.
#[test]
fn a_lost_call_is_reported_when_the_next_one_shows_what_it_did() {
    let mut record = reserved(EnrolledFactor::Pin);
    record.conclude_pin_creation("one", Err(LOST));
    record.reserve("two", EnrolledFactor::Pin, NOW, LEASE).unwrap();
    let shown = record.conclude_pin_creation("two", Ok(CreateOutcome::AlreadyEnrolled));
    assert_eq!(shown.changes, [FactorChange::PinEnrolled]);

    record.reserve("three", EnrolledFactor::Pin, NOW, LEASE).unwrap();
    record.conclude_pin_removal("three", Err(LOST));
    record.reserve("four", EnrolledFactor::Pin, NOW, LEASE).unwrap();
    let shown = record.conclude_pin_removal("four", Ok(RemoveOutcome::NotEnrolled));
    assert_eq!(shown.changes, [FactorChange::PinRemoved]);

    record.reserve("five", EnrolledFactor::Device, NOW, LEASE).unwrap();
    record.conclude_device_creation("five", &text("Laptop"), Err(LOST), false, NOW);
    record.reserve("six", EnrolledFactor::Device, NOW, LEASE).unwrap();
    let shown = record.conclude_device_creation("six", &text("Laptop"), Ok(CreateOutcome::AlreadyEnrolled), false, NOW);
    assert_eq!(shown.changes, [FactorChange::DeviceEnrolled(None)]);
}

#[test]
fn only_the_device_that_was_enrolled_last_can_be_recorded_once_and_soon() {
    let mut record = reserved(EnrolledFactor::Device);
    assert_eq!(
        record.record_device(&device_id(), &[], NOW),
        Err(EnrolmentRefusal::InProgress)
    );
    record.conclude_device_creation("one", &text("Laptop"), Ok(CreateOutcome::Enrolled(None)), false, NOW);
    let enrolled = record.clone();
    for (devices, after) in [(&[listed()][..], 9), (&[], 120_000)] {
        assert_eq!(
            record.record_device(&device_id(), devices, NOW.plus_ms(after)),
            Err(EnrolmentRefusal::NoSuchDevice)
        );
        assert_eq!(record, enrolled);
    }
    let recorded = record.record_device(&device_id(), &[], NOW.plus_ms(119_999));
    assert_eq!(recorded, Ok(FactorChange::DeviceRecorded(listed())));
    assert_eq!(
        record.record_device(&device_id(), &[], NOW),
        Err(EnrolmentRefusal::NoSuchDevice)
    );
    assert_eq!(record.event_of(&FactorChange::DeviceRecorded(listed())), None);
}

#[test]
fn an_enrolment_that_is_over_accepts_nothing_and_still_concludes_its_call() {
    for end in [
        |record: &mut EnrolmentRecord| record.end(NOW),
        |record: &mut EnrolmentRecord| record.expires_at = NOW,
    ] {
        let mut record = reserved(EnrolledFactor::Pin);
        end(&mut record);
        assert!(record.is_over(NOW));
        let snapshot = record.snapshot(
            &KnownFactors::default(),
            OfferedFactors::default(),
            WeakPins::Warned,
            NOW,
        );
        assert_eq!(snapshot.status, EnrolmentStatus::Ended);
        let refused = record.reserve("two", EnrolledFactor::Pin, NOW, LEASE);
        assert_eq!(refused, Err(EnrolmentRefusal::Ended));
        assert_eq!(
            record.record_device(&device_id(), &[], NOW),
            Err(EnrolmentRefusal::Ended)
        );
        let concluded = record.conclude_pin_creation("one", Ok(CreateOutcome::Enrolled(())));
        assert_eq!(concluded.changes, [FactorChange::PinEnrolled]);
        assert_eq!(pin(&record), FactorState::Enrolled);
    }
    let mut record = record();
    record.end(NOW);
    record.end(NOW.plus_ms(1));
    assert_eq!(record.ended_at, Some(NOW));
}

#[test]
fn an_event_names_the_customer_and_the_factor() {
    let reference = || FaceReference::new("face_1").unwrap();
    let phone = || KnownPhone {
        id: PhoneId::new("9").unwrap(),
        masked: "*45".into(),
        created_at: None,
    };
    let (enrolled, removed) = ("factor.enrolled", "factor.removed");
    let none = Option::<&str>::None;
    for (change, kind, factor, device, number) in [
        (FactorChange::PinEnrolled, enrolled, "pin", none, none),
        (FactorChange::PinRemoved, removed, "pin", none, none),
        (
            FactorChange::DeviceEnrolled(Some(listed())),
            enrolled,
            "device",
            Some("device-1"),
            none,
        ),
        (FactorChange::DeviceEnrolled(None), enrolled, "device", none, none),
        (
            FactorChange::DeviceRemoved(device_id()),
            removed,
            "device",
            Some("device-1"),
            none,
        ),
        (
            FactorChange::PhoneEnrolled(Some(phone())),
            enrolled,
            "sms",
            none,
            Some("*45"),
        ),
        (FactorChange::PhoneEnrolled(None), enrolled, "sms", none, none),
        (
            FactorChange::PhoneRemoved(Some(phone())),
            removed,
            "sms",
            none,
            Some("*45"),
        ),
        (
            FactorChange::FaceEnrolled(Some(reference())),
            enrolled,
            "face-scan",
            none,
            none,
        ),
        (FactorChange::FaceRemoved(None), removed, "face-scan", none, none),
    ] {
        let event = record().event_of(&change).unwrap();
        assert_eq!(event.kind.as_str(), kind);
        let expected = serde_json::json!({
            "enrolment": "enr_1", "owner": "shop", "provider": "provider-a", "customer": "ann",
            "factor": factor, "device": device, "phone": number,
        });
        assert_eq!(event.data, expected, "{change:?}");
    }
    for quiet in [
        FactorChange::PhoneFound(phone()),
        FactorChange::PhoneForgotten(phone().id),
        FactorChange::FaceKept(reference()),
        FactorChange::FaceForgotten(reference()),
    ] {
        assert_eq!(record().event_of(&quiet), None);
    }
}

fn challenge(passed: bool) -> Challenge {
    Challenge {
        id: "1".into(),
        primary: FactorOption {
            factor: Factor::Pin,
            availability: Availability::Available,
            digits: Some(4),
        },
        alternatives: Vec::new(),
        required: true,
        passed,
        delivery: None,
        face: None,
        step_failure: None,
    }
}

/// An approval of access to the security settings that the customer has just given.
fn approved() -> Record {
    Record {
        id: "appr_1".into(),
        owner: "shop".into(),
        version: 3,
        status: Status::Approved,
        reason: None,
        action: Action::Access(Access::Security),
        request: None,
        source: Source::OneTimeToken {
            provider: PROVIDER,
            profile: Some("101".into()),
            token_digest: Fingerprint::of(&[b"token"]),
        },
        created_at: NOW,
        expires_at: NOW.plus_ms(900_000),
        settled_at: Some(NOW),
        consumed_at: None,
        progress: Progress {
            challenges: vec![challenge(true)],
            evidence: vec![Evidence {
                challenge: "1".into(),
                factor: Factor::Pin,
                version: 1,
                digest: String::new(),
                at: NOW,
            }],
            ..Progress::default()
        },
    }
}

#[test]
fn an_enrolment_knows_the_factors_that_cleared_its_approval() {
    let attempt = |challenge: &str, factor| Evidence {
        challenge: challenge.into(),
        factor,
        version: 1,
        digest: String::new(),
        at: NOW,
    };
    let code = |passed| Challenge {
        id: "2".into(),
        ..challenge(passed)
    };
    let (enrolled, unknown) = (FactorState::Enrolled, FactorState::Unknown);
    for (challenges, attempts, pin, phone) in [
        (
            vec![challenge(true)],
            vec![attempt("1", Factor::Pin)],
            &enrolled,
            &unknown,
        ),
        (
            vec![challenge(false)],
            vec![attempt("1", Factor::Pin)],
            &unknown,
            &unknown,
        ),
        (vec![challenge(true)], vec![], &unknown, &unknown),
        (
            vec![challenge(true), code(true)],
            vec![
                attempt("1", Factor::Pin),
                attempt("2", Factor::Sms),
                attempt("2", Factor::Voice),
            ],
            &enrolled,
            &enrolled,
        ),
        // Either of them cleared it.
        (
            vec![challenge(true)],
            vec![attempt("1", Factor::Sms), attempt("1", Factor::Pin)],
            &unknown,
            &unknown,
        ),
        (
            vec![challenge(true)],
            vec![attempt("1", Factor::Other("x".into()))],
            &unknown,
            &unknown,
        ),
    ] {
        let mut approval = approved();
        approval.progress.challenges = challenges;
        approval.progress.evidence = attempts;
        let mut record = record();
        record.progress.pin = FactorState::Unknown;
        record.learn_from(&approval);
        assert_eq!((&record.progress.pin, &record.progress.phone), (pin, phone));
    }
}

#[test]
fn only_a_fresh_approval_of_the_customers_security_settings_begins_an_enrolment() {
    use EnrolmentApprovalRefusal::{Mismatch, NotApproved, TooOld, Used};
    type Change = fn(&mut Record);
    let ten_minutes = NOW.plus_ms(600_000);
    let statement = |record: &mut Record| {
        record.action = Action::Statement(Statement {
            account: text("EUR"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        });
    };
    let cases: [(&str, Change, Timestamp, Result<(), EnrolmentApprovalRefusal>); 16] = [
        ("as it is", |_| {}, NOW, Ok(())),
        ("almost old", |_| {}, NOW.plus_ms(599_999), Ok(())),
        ("old", |_| {}, ten_minutes, Err(TooOld)),
        (
            "of the user",
            |record| record.progress.user = Some("7".into()),
            NOW,
            Ok(()),
        ),
        (
            "of another user",
            |record| record.progress.user = Some("8".into()),
            NOW,
            Err(Mismatch),
        ),
        ("used", |record| record.consumed_at = Some(NOW), NOW, Err(Used)),
        ("of a statement", statement, NOW, Err(Mismatch)),
        (
            "of the account",
            |record| record.action = Action::Access(Access::Account),
            NOW,
            Err(Mismatch),
        ),
        (
            "of another provider",
            |record| {
                record.source = Source::OneTimeToken {
                    provider: ProviderId::new("provider-b"),
                    profile: Some("101".into()),
                    token_digest: Fingerprint::of(&[b"token"]),
                };
            },
            NOW,
            Err(Mismatch),
        ),
        (
            "of another profile",
            |record| {
                record.source = Source::OneTimeToken {
                    provider: PROVIDER,
                    profile: Some("102".into()),
                    token_digest: Fingerprint::of(&[b"token"]),
                };
            },
            NOW,
            Err(Mismatch),
        ),
        (
            "of no profile",
            |record| {
                record.source = Source::OneTimeToken {
                    provider: PROVIDER,
                    profile: None,
                    token_digest: Fingerprint::of(&[b"token"]),
                };
            },
            NOW,
            Err(Mismatch),
        ),
        (
            "of a request",
            |record| record.request = Some(Fingerprint::of(&[b"request"])),
            NOW,
            Err(Mismatch),
        ),
        (
            "pending",
            |record| (record.status, record.settled_at) = (Status::Pending, None),
            NOW,
            Err(NotApproved),
        ),
        (
            "declined",
            |record| record.status = Status::Declined,
            NOW,
            Err(NotApproved),
        ),
        (
            "without a factor",
            |record| record.progress.challenges.clear(),
            NOW,
            Err(NotApproved),
        ),
        (
            "never shown",
            |record| record.progress.evidence.clear(),
            NOW,
            Err(NotApproved),
        ),
    ];
    for (name, change, at, expected) in cases {
        let mut record = approved();
        change(&mut record);
        let before = record.clone();
        let consumed = record.consume_for_enrolment(&PROVIDER, Some("101"), Some("7"), at, &Limits::default());
        assert_eq!(consumed, expected, "{name}");
        match expected {
            Ok(()) => assert_eq!(record.consumed_at, Some(at), "{name}"),
            Err(_) => assert_eq!(record, before, "{name}"),
        }
    }
    let mut record = approved();
    let without_profile = record.consume_for_enrolment(&PROVIDER, None, None, NOW, &Limits::default());
    assert_eq!(without_profile, Err(Mismatch));
}
