//! Whatever happens to a held transfer in whatever order, these hold.

use std::time::Duration;

use proptest::prelude::*;
use sca_protocol::{
    Action, Availability, Challenge, Currency, Factor, FactorOption, Money, Payment, PlainText, Status, StepFailure,
    Timestamp, action::Payments,
};

use super::{
    BlockReason, FaceDecision, FaceStepMove, FaceStepOutcome, Limits, OpenSession, PendingOn, Progress, Record, Source,
    Transfer,
};
use crate::EventType;

#[derive(Clone, Debug)]
enum Operation {
    /// The customer asks for a session; FaceSign opens it later, or never.
    Ask,
    Opened(usize),
    Failed(usize),
    /// Somebody has looked at a session, maybe at one of long ago.
    FaceStepOutcome(usize, FaceDecision),
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
        4 => Just(Operation::Ask),
        4 => (0_usize..3).prop_map(Operation::Opened),
        1 => (0_usize..3).prop_map(Operation::Failed),
        4 => (0_usize..6, decision()).prop_map(|(session, decision)| Operation::FaceStepOutcome(session, decision)),
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
                setback: None,
            }],
            ..Progress::default()
        },
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens_to_a_held_transfer(operations in prop::collection::vec(operation(), 1..60)) {
        let limits = Limits::default();
        let mut now = Timestamp(1_700_000_000_000);
        let mut record = held(now).unwrap();
        let frozen = record.action.clone();
        let mut asked: Vec<String> = Vec::new();
        let mut sessions: Vec<String> = Vec::new();
        for (number, operation) in operations.into_iter().enumerate() {
            let before = record.clone();
            let open = before.progress.face.session.clone();
            let mut authorised = false;
            match operation {
                Operation::Ask => {
                    let holder = format!("holder-{number}");
                    match record.reserve_face("1", &holder, now, &limits) {
                        Ok(FaceStepMove::Open) => {
                            prop_assert!(open.is_none());
                            asked.push(holder);
                        }
                        Ok(FaceStepMove::Renew(session)) => {
                            prop_assert_eq!(Some(&session), open.as_ref());
                            record.release_lease(&holder);
                        }
                        Ok(FaceStepMove::Nothing) => prop_assert!(open.is_some_and(|open| open.analyses_until.is_some())),
                        Err(_) => {}
                    }
                }
                Operation::Opened(which) if which < asked.len() => {
                    let holder = asked.remove(which);
                    let id = format!("session-{number}");
                    let session = OpenSession { id: id.clone(), expires_at: now.plus_ms(7_200_000), analyses_until: None };
                    if record.conclude_opening(&holder, session) {
                        prop_assert!(open.is_none(), "two sessions at once");
                        sessions.push(id);
                    }
                }
                Operation::Failed(which) if which < asked.len() => record.release_lease(&asked.remove(which)),
                Operation::Opened(_) | Operation::Failed(_) => {}
                Operation::FaceStepOutcome(which, decision) => {
                    record.expire_if_due(now);
                    let session = sessions.get(which).cloned().unwrap_or_else(|| "never-opened".into());
                    let ours = record.progress.face.session.as_ref().is_some_and(|open| open.id == session);
                    let looked = record.apply_face_decision(&session, &decision, now, &limits);
                    prop_assert_eq!(looked == FaceStepOutcome::NotOurs, !ours);
                    authorised = ours && decision == FaceDecision::Authorise;
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
            prop_assert!(record.progress.face.opened <= limits.face_sessions);
            prop_assert!(sessions.len() <= usize::from(limits.face_sessions));
            if before.is_settled() {
                prop_assert_eq!((&record.status, &record.reason), (&before.status, &before.reason));
            } else if record.status == Status::Approved {
                prop_assert!(authorised, "approved although nobody said so");
            }
            if record.is_settled() {
                prop_assert!(record.progress.face.session.is_none());
                let news = record.outbound_events();
                let told = |kind| news.iter().filter(|news| news.kind == kind).count();
                prop_assert_eq!(told(EventType::TransferExecute), usize::from(record.status == Status::Approved));
                prop_assert_eq!(told(EventType::TransferBlocked), usize::from(record.status == Status::Declined));
                prop_assert_eq!(told(EventType::ApprovalSettled), 1);
            } else {
                // Nothing goes on for ever.
                prop_assert!(record.expires_at <= record.created_at.plus(Duration::from_secs(900) + limits.analyses_wait));
            }
        }
    }
}
