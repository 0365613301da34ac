//! Invariants of a held transfer, under arbitrary sequences of operations.

use std::time::Duration;

use proptest::prelude::*;
use sca_protocol::{
    Action, Availability, Challenge, Currency, Factor, FactorOption, Money, Payment, PlainText, Status, StepFailure,
    Timestamp, action::Payments,
};

use super::{
    BlockReason, FaceDecision, FaceSessionDecision, FaceStepOutcome, Limits, OpenSession, PendingOn, Progress, Record,
    Source, Transfer,
};
use crate::EventType;

#[derive(Clone, Debug)]
enum Operation {
    /// The customer requests a session. The provider opens it later, or never.
    Request,
    Opened(usize),
    Failed(usize),
    /// The backend applies a decision about a session, possibly an old one.
    Decided(usize, FaceDecision),
    Cancel,
    Wait(u64),
}

fn decision() -> impl Strategy<Value = FaceDecision> {
    prop_oneof![
        1 => Just(FaceDecision::Authorise),
        1 => prop::sample::select(vec![
            BlockReason::NotVerified,
            BlockReason::Denied,
            BlockReason::CodeCancelled,
            BlockReason::Changed,
            BlockReason::NotAnalysed,
        ])
        .prop_map(FaceDecision::Block),
        4 => prop::sample::select(vec![StepFailure::NoFace, StepFailure::Abandoned]).prop_map(FaceDecision::Retry),
        2 => Just(FaceDecision::Pending(PendingOn::Customer)),
        2 => Just(FaceDecision::Pending(PendingOn::Analyses)),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Request),
        4 => (0_usize..3).prop_map(Operation::Opened),
        1 => (0_usize..3).prop_map(Operation::Failed),
        4 => (0_usize..6, decision()).prop_map(|(session, decision)| Operation::Decided(session, decision)),
        1 => prop::bool::weighted(0.2).prop_map(|cancel| if cancel { Operation::Cancel } else { Operation::Wait(1) }),
        2 => (1_u64..120_000).prop_map(Operation::Wait),
    ]
}

fn held(now: Timestamp) -> Option<Record> {
    let payment = Payment {
        amount: Money::new(5_000_000, Currency::new("USD")?)?,
        payee: PlainText::new("Acme Corp")?,
        account_tail: PlainText::new("7890"),
        reference: None,
    };
    Some(Record {
        id: "appr_test".into(),
        owner: "shop".into(),
        version: 1,
        status: Status::Pending,
        reason: None,
        action: Action::Payments(Payments::new(vec![payment])?),
        request: None,
        source: Source::Transfer(Transfer {
            transfer: "txn-1".into(),
            version: 1,
            user: "user-1".into(),
            email: "a@example.com".into(),
            region: "US".into(),
        }),
        created_at: now,
        expires_at: now.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress {
            challenges: vec![Challenge {
                id: "1".into(),
                primary: FactorOption {
                    factor: Factor::Face,
                    availability: Availability::Available,
                    digits: None,
                },
                alternatives: Vec::new(),
                required: true,
                passed: false,
                delivery: None,
                face: None,
                step_failure: None,
            }],
            ..Progress::default()
        },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn invariants_of_a_held_transfer_hold_for_arbitrary_operations(operations in prop::collection::vec(operation(), 1..60)) {
        let limits = Limits::default();
        let mut now = Timestamp(1_700_000_000_000);
        let mut record = held(now).unwrap();
        let frozen = record.action.clone();
        let mut requested: Vec<String> = Vec::new();
        let mut sessions: Vec<String> = Vec::new();
        for (number, operation) in operations.into_iter().enumerate() {
            let before = record.clone();
            let open = before.progress.face.session.clone();
            let mut authorised = false;
            match operation {
                Operation::Request => {
                    let holder = format!("holder-{number}");
                    match record.reserve_face("1", &holder, now, &limits) {
                        Ok(FaceSessionDecision::Open) => {
                            prop_assert!(open.is_none());
                            requested.push(holder);
                        }
                        Ok(FaceSessionDecision::Renew(session)) => {
                            prop_assert_eq!(Some(&session), open.as_ref());
                            record.release_lease(&holder);
                        }
                        Ok(FaceSessionDecision::Nothing) => prop_assert!(open.is_some_and(|open| open.analyses_until.is_some())),
                        Err(_) => {}
                    }
                }
                Operation::Opened(which) if which < requested.len() => {
                    let holder = requested.remove(which);
                    let id = format!("session-{number}");
                    let session = OpenSession { id: id.clone(), expires_at: now.plus_ms(7_200_000), analyses_until: None };
                    if record.conclude_opening(&holder, session) {
                        prop_assert!(open.is_none(), "two sessions at once");
                        sessions.push(id);
                    }
                }
                Operation::Failed(which) if which < requested.len() => record.release_lease(&requested.remove(which)),
                Operation::Opened(_) | Operation::Failed(_) => {}
                Operation::Decided(which, decision) => {
                    record.expire_if_due(now);
                    let session = sessions.get(which).cloned().unwrap_or_else(|| "never-opened".into());
                    let is_open = record.progress.face.session.as_ref().is_some_and(|open| open.id == session);
                    let outcome = record.apply_face_decision(&session, &decision, now, &limits);
                    prop_assert_eq!(outcome == FaceStepOutcome::NotThisSession, !is_open);
                    authorised = is_open && decision == FaceDecision::Authorise;
                }
                Operation::Cancel => {
                    let _ = record.cancel(now);
                }
                Operation::Wait(milliseconds) => {
                    now = now.plus_ms(milliseconds);
                    record.expire_if_due(now);
                }
            }
            prop_assert_eq!(&record.action, &frozen);
            prop_assert!(record.progress.face.opened <= limits.max_face_sessions);
            prop_assert!(sessions.len() <= usize::from(limits.max_face_sessions));
            if before.is_settled() {
                prop_assert_eq!((&record.status, &record.reason), (&before.status, &before.reason));
            } else if record.status == Status::Approved {
                prop_assert!(authorised, "approved without FaceDecision::Authorise");
            }
            if record.is_settled() {
                prop_assert!(record.progress.face.session.is_none());
                let events = record.outbound_events();
                let count = |kind| events.iter().filter(|event| event.kind == kind).count();
                prop_assert_eq!(count(EventType::TransferExecute), usize::from(record.status == Status::Approved));
                prop_assert_eq!(count(EventType::TransferBlocked), usize::from(record.status == Status::Declined));
                prop_assert_eq!(count(EventType::ApprovalSettled), 1);
            } else {
                // No approval stays pending forever.
                prop_assert!(record.expires_at <= record.created_at.plus(Duration::from_secs(900) + limits.analyses_wait));
            }
        }
    }
}
