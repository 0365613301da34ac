//! Invariants of an enrolment under arbitrary sequences of calls to a provider that executes them, loses answers and answers late.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;
use sca_protocol::{
    Factor, PlainText, Timestamp,
    enrolment_api::{EnrolledDevice, FactorState, WeakPins},
};

use crate::{
    CreateOutcome, DeviceId, EnrolledFactor, EnrolmentRecord, EnrolmentRefusal, FaceCreation, FaceOutcome,
    FaceReference, FactorChange, KnownFactors, MAX_CALLS, MAX_CALLS_PER_FACTOR, OfferedFactors, PhoneId, PhoneOutcome,
    PhoneRegistration, ProviderError, RemoveOutcome, ReservedCheck, VerificationId, WaitChange,
    enrolment::RECORD_WITHIN, enrolment_table::record as enrolment,
};

const LEASE: Duration = Duration::from_secs(20);
const COOLING_OFF: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SetPin,
    RemovePin,
    AddDevice,
    AddPhone,
    RemovePhone,
    AddFace,
}

impl Kind {
    fn about(self) -> EnrolledFactor {
        match self {
            Self::SetPin | Self::RemovePin => EnrolledFactor::Pin,
            Self::AddDevice => EnrolledFactor::Device,
            Self::AddPhone | Self::RemovePhone => EnrolledFactor::Phone,
            Self::AddFace => EnrolledFactor::Face,
        }
    }

    fn may_enrol(self) -> bool {
        match self {
            Self::SetPin | Self::AddDevice | Self::AddPhone | Self::AddFace => true,
            Self::RemovePin | Self::RemovePhone => false,
        }
    }
}

/// An operation. `which` chooses among the calls in flight.
#[derive(Clone, Debug)]
enum Operation {
    Begin(Kind),
    Execute { which: usize, rejects: bool },
    Answer { which: usize, lost: bool },
    Record { id: u8 },
    End,
    Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let kind = prop::sample::select(vec![
        Kind::SetPin,
        Kind::SetPin,
        Kind::RemovePin,
        Kind::AddDevice,
        Kind::AddPhone,
        Kind::RemovePhone,
        Kind::AddFace,
    ]);
    prop_oneof![
        6 => kind.prop_map(Operation::Begin),
        6 => (0_usize..3, prop::bool::weighted(0.1)).prop_map(|(which, rejects)| Operation::Execute { which, rejects }),
        6 => (0_usize..3, prop::bool::weighted(0.25)).prop_map(|(which, lost)| Operation::Answer { which, lost }),
        2 => (0_u8..3).prop_map(|id| Operation::Record { id }),
        1 => prop::bool::weighted(0.1).prop_map(|end| if end { Operation::End } else { Operation::Wait(1) }),
        3 => (1_u64..40_000).prop_map(Operation::Wait),
    ]
}

/// What the provider did with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Executed {
    Done,
    WasSo,
    Rejected,
}

/// A call in flight. It is executed within its lease, or not at all: the HTTP client's timeouts are shorter.
#[derive(Clone, Debug)]
struct Call {
    holder: String,
    kind: Kind,
    until: Timestamp,
    executed: Option<Executed>,
}

/// The customer at the provider, for whom nothing else changes anything.
#[derive(Debug, Default)]
struct Provider {
    has_pin: bool,
    devices: u8,
    has_phone: bool,
    has_face: bool,
    /// Until when what this enrolment set has to wait.
    waits: BTreeMap<EnrolledFactor, Timestamp>,
}

impl Provider {
    fn execute(&mut self, call: &mut Call, rejects: bool) {
        let executed = match call.kind {
            _ if rejects => Executed::Rejected,
            Kind::SetPin if self.has_pin => Executed::WasSo,
            Kind::RemovePin if !self.has_pin => Executed::WasSo,
            Kind::AddPhone if self.has_phone => Executed::WasSo,
            Kind::RemovePhone if !self.has_phone => Executed::WasSo,
            Kind::AddFace if self.has_face => Executed::WasSo,
            Kind::SetPin | Kind::RemovePin | Kind::AddDevice | Kind::AddPhone | Kind::RemovePhone | Kind::AddFace => {
                Executed::Done
            }
        };
        call.executed = Some(executed);
        if executed != Executed::Done {
            return;
        }
        match call.kind {
            Kind::SetPin => self.has_pin = true,
            Kind::RemovePin => self.has_pin = false,
            Kind::AddDevice => self.devices += 1,
            Kind::AddPhone => self.has_phone = true,
            Kind::RemovePhone => self.has_phone = false,
            Kind::AddFace => self.has_face = true,
        }
        if call.kind.may_enrol() {
            // The wait began when the call was reserved.
            let reserved_at = call.until.minus(LEASE);
            self.waits.insert(call.kind.about(), reserved_at.plus(COOLING_OFF));
        }
    }
}

fn conclude(record: &mut EnrolmentRecord, call: &Call, lost: bool, now: Timestamp) -> Vec<FactorChange> {
    let error = match call.executed {
        Some(_) if lost => Some(ProviderError::TimedOut),
        None => Some(ProviderError::Unreachable),
        Some(_) => None,
    };
    let executed = call.executed.unwrap_or(Executed::Rejected);
    match call.kind {
        Kind::SetPin => {
            let outcome = match executed {
                Executed::Done => CreateOutcome::Enrolled(()),
                Executed::WasSo => CreateOutcome::AlreadyEnrolled,
                Executed::Rejected => CreateOutcome::Rejected,
            };
            record.conclude_pin_creation(&call.holder, error.map_or(Ok(outcome), Err))
        }
        Kind::RemovePin => {
            let outcome = match executed {
                Executed::Done => RemoveOutcome::Removed,
                Executed::WasSo => RemoveOutcome::NotEnrolled,
                Executed::Rejected => RemoveOutcome::Rejected,
            };
            record.conclude_pin_removal(&call.holder, error.map_or(Ok(outcome), Err))
        }
        Kind::AddDevice => {
            let outcome = match executed {
                Executed::Done => CreateOutcome::Enrolled(None),
                Executed::WasSo => CreateOutcome::AlreadyEnrolled,
                Executed::Rejected => CreateOutcome::Rejected,
            };
            let name = PlainText::new("Laptop").unwrap();
            record.conclude_device_creation(&call.holder, &name, error.map_or(Ok(outcome), Err), true, now)
        }
        Kind::AddPhone => {
            let outcome = match executed {
                Executed::Done => PhoneOutcome::Registered(PhoneId::new("9").unwrap()),
                Executed::WasSo => PhoneOutcome::AlreadyRegistered,
                Executed::Rejected => PhoneOutcome::Rejected,
            };
            let check = ReservedCheck {
                verification: VerificationId::new("ver_1").unwrap(),
                verified: true,
            };
            let registration = PhoneRegistration::Created {
                created: error.map_or(Ok(outcome), Err),
                listed: None,
                is_new: false,
            };
            record.conclude_phone_registration(&call.holder, &check, "*45", None, registration, now)
        }
        Kind::RemovePhone => {
            let outcome = match executed {
                Executed::Done => RemoveOutcome::Removed,
                Executed::WasSo => RemoveOutcome::NotEnrolled,
                Executed::Rejected => RemoveOutcome::Rejected,
            };
            record.conclude_phone_removal(&call.holder, None, None, error.map_or(Ok(outcome), Err))
        }
        Kind::AddFace => {
            let outcome = match executed {
                Executed::Done => FaceOutcome::Enrolled,
                Executed::WasSo => FaceOutcome::AlreadyEnrolled,
                Executed::Rejected => FaceOutcome::Rejected,
            };
            let creation = FaceCreation::Submitted {
                reference: FaceReference::new("face_1").unwrap(),
                created: error.map_or(Ok(outcome), Err),
            };
            record.conclude_face_creation(&call.holder, creation, &KnownFactors::default())
        }
    }
    .changes
}

fn state_of(record: &EnrolmentRecord, factor: &Factor, now: Timestamp) -> FactorState {
    let offered = OfferedFactors {
        phone: true,
        lists_phones: false,
        face: true,
    };
    let snapshot = record.snapshot(&KnownFactors::default(), offered, WeakPins::Warned, now);
    let report = snapshot.factors.iter().find(|report| report.factor == *factor);
    report.unwrap().state.clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn invariants_of_an_enrolment_hold_for_arbitrary_operations(
        had_pin: bool,
        operations in prop::collection::vec(operation(), 1..80),
    ) {
        let mut record = enrolment();
        let mut now = record.created_at;
        let mut provider = Provider { has_pin: had_pin, ..Provider::default() };
        let mut calls: Vec<Call> = Vec::new();
        let mut devices: Vec<EnrolledDevice> = Vec::new();
        let mut waits: BTreeMap<String, (EnrolledFactor, Timestamp)> = BTreeMap::new();
        let mut named_until: Option<Timestamp> = None;
        for (number, operation) in operations.into_iter().enumerate() {
            let before = record.clone();
            let mut changes = Vec::new();
            match operation {
                Operation::Begin(kind) => {
                    let holder = format!("holder-{number}");
                    let reserved = record.reserve(&holder, kind.about(), now, LEASE);
                    let is_busy = before.progress.lease.as_ref().is_some_and(|lease| now < lease.until);
                    let is_over_limit = before.progress.calls.total() >= MAX_CALLS
                        || before.progress.calls.about(kind.about()) >= MAX_CALLS_PER_FACTOR;
                    let expected = if before.is_over(now) {
                        Err(EnrolmentRefusal::Ended)
                    } else if is_busy {
                        Err(EnrolmentRefusal::InProgress)
                    } else if is_over_limit {
                        Err(EnrolmentRefusal::TooManyCalls)
                    } else {
                        Ok(())
                    };
                    prop_assert_eq!(reserved, expected);
                    if reserved.is_err() {
                        prop_assert_eq!(&record, &before, "a refusal changes nothing");
                    } else {
                        if kind.may_enrol() {
                            record.begin_wait(now.plus(COOLING_OFF));
                        }
                        prop_assert_eq!(record.progress.calls.total(), before.progress.calls.total() + 1);
                        calls.push(Call { holder, kind, until: now.plus(LEASE), executed: None });
                    }
                }
                Operation::Execute { which, rejects } => {
                    if let Some(call) = calls.get_mut(which).filter(|call| call.executed.is_none() && now < call.until) {
                        provider.execute(call, rejects);
                    }
                }
                Operation::Answer { which, lost } if which < calls.len() => {
                    let call = calls.remove(which);
                    changes = conclude(&mut record, &call, lost, now);
                    if changes.contains(&FactorChange::DeviceEnrolled(None)) && record.progress.unrecorded.is_some() {
                        named_until = Some(now.plus(RECORD_WITHIN));
                    }
                }
                Operation::Answer { .. } => {}
                Operation::Record { id } => {
                    let id = DeviceId::new(&format!("device-{id}")).unwrap();
                    let is_listed = devices.iter().any(|known| known.id == id.as_str());
                    let recorded = record.record_device(&id, &devices, now);
                    if let Ok(FactorChange::DeviceRecorded(device)) = recorded {
                        prop_assert!(!is_listed && named_until.take().is_some_and(|until| now < until));
                        prop_assert!(!before.is_over(now));
                        devices.push(device);
                    } else {
                        prop_assert_eq!(&record, &before, "a refusal changes nothing");
                    }
                }
                Operation::End => record.end(now),
                Operation::Wait(milliseconds) => {
                    now = now.plus_ms(milliseconds);
                    record.end_if_due(now);
                }
            }
            for change in record.wait_changes(&before, &changes) {
                match change {
                    WaitChange::Begin { call, about, usable_from } => drop(waits.insert(call, (about, usable_from))),
                    WaitChange::Drop(call) => drop(waits.remove(&call)),
                }
            }
            // Whatever this enrolment set at the provider waits, whether or not an answer arrived.
            for (about, until) in &provider.waits {
                let waiting = waits.values().filter(|(of, _)| of == about).map(|(_, usable_from)| *usable_from).max();
                prop_assert!(waiting >= Some(*until), "{:?} waits until {:?} instead of {:?}", about, waiting, until);
            }
            if before.ended_at.is_some() {
                prop_assert_eq!(record.ended_at, before.ended_at);
            }
            prop_assert!(record.progress.calls.total() <= MAX_CALLS);
            for about in [EnrolledFactor::Pin, EnrolledFactor::Device, EnrolledFactor::Phone, EnrolledFactor::Face] {
                prop_assert!(record.progress.calls.about(about) <= MAX_CALLS_PER_FACTOR);
            }
            // A state that is reported as known is the provider's, as long as every answer about it has arrived or is awaited.
            for (factor, about, has) in [
                (Factor::Pin, EnrolledFactor::Pin, provider.has_pin),
                (Factor::Sms, EnrolledFactor::Phone, provider.has_phone),
                (Factor::FaceScan, EnrolledFactor::Face, provider.has_face),
            ] {
                let is_awaited = record.progress.lease.as_ref().is_some_and(|lease| lease.about == about);
                match state_of(&record, &factor, now) {
                    FactorState::Enrolled => prop_assert!(has && !is_awaited, "{:?}", factor),
                    FactorState::NotEnrolled => prop_assert!(!has && !is_awaited, "{:?}", factor),
                    FactorState::Unknown => {}
                    FactorState::Other(name) => prop_assert!(false, "{}", name),
                }
            }
            // A device that was enrolled and answered is never reported as absent.
            if changes.iter().any(|change| matches!(change, FactorChange::DeviceEnrolled(_))) {
                let known = KnownFactors { devices: devices.clone(), ..KnownFactors::default() };
                let report = record.snapshot(&known, OfferedFactors::default(), WeakPins::Warned, now).factors;
                let device = report.iter().find(|report| report.factor == Factor::Device).unwrap();
                prop_assert_eq!(&device.state, &FactorState::Enrolled);
            }
        }
    }
}
