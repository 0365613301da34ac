//! Invariants of confirmations, under arbitrary sequences of operations.

use std::time::Duration;

use std::collections::HashSet;

use proptest::prelude::*;
use sca_protocol::{Factor, Status, api::Verdict};

use super::{
    AttemptReservation, AttemptResult, IssueDecision, IssueReservation, Limits, Observation, PaymentObservation,
    PaymentPhase, Record, RejectedBy,
    confirmation_table::{NOW, amount, payments, seen},
};
use crate::{ChallengeId, InvalidResponse, IssueResult, ProviderError, VerifyResult};

const PAYMENTS: usize = 3;

/// An operation. `which` chooses among the calls in flight.
#[derive(Clone, Debug)]
enum Operation {
    Issue(Factor),
    Issued {
        which: usize,
        issue_result: Result<IssueResult, ProviderError>,
        observation: Option<Vec<Seen>>,
    },
    Submit,
    Submitted {
        which: usize,
        verify_result: Result<VerifyResult, ProviderError>,
        observation: Option<Vec<Seen>>,
    },
    Reported(Seen),
    Polled(Option<Vec<Seen>>),
    Cancel,
    Wait(u64),
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    which: usize,
    phase: PaymentPhase,
    by: Option<RejectedBy>,
    own_amount: bool,
}

impl Seen {
    fn payment(self) -> PaymentObservation {
        let mut payment = seen(self.which, self.phase, self.by);
        if !self.own_amount {
            payment.amount = Some(amount(9));
        }
        payment
    }
}

fn observation(seen: &[Seen]) -> Observation {
    Observation::Payments(seen.iter().copied().map(Seen::payment).collect())
}

fn seen_one() -> impl Strategy<Value = Seen> {
    let phases = vec![
        PaymentPhase::Waiting,
        PaymentPhase::Waiting,
        PaymentPhase::Cleared,
        PaymentPhase::Cleared,
        PaymentPhase::Cleared,
        PaymentPhase::Cleared,
        PaymentPhase::Scheduled,
        PaymentPhase::Rejected,
        PaymentPhase::Failed,
        PaymentPhase::Cancelled,
        PaymentPhase::Processing,
        PaymentPhase::Undecided,
    ];
    let by = prop::sample::select(vec![None, Some(RejectedBy::Customer), Some(RejectedBy::Other)]);
    (
        0..PAYMENTS,
        prop::sample::select(phases),
        by,
        prop::bool::weighted(0.97),
    )
        .prop_map(|(which, phase, by, own_amount)| Seen {
            which,
            phase,
            by,
            own_amount,
        })
}

fn seen_many() -> impl Strategy<Value = Option<Vec<Seen>>> {
    prop::option::of(prop::collection::vec(seen_one(), 0..=PAYMENTS))
}

fn error() -> impl Strategy<Value = ProviderError> {
    prop::sample::select(vec![
        ProviderError::TooManyRequests {
            retry_after: Duration::from_millis(1),
        },
        ProviderError::Unreachable,
        ProviderError::TimedOut,
        ProviderError::Broken,
        ProviderError::Unusable(InvalidResponse::Status(503)),
    ])
}

fn issue_result() -> impl Strategy<Value = Result<IssueResult, ProviderError>> {
    let issued = (1..99_u32).prop_map(|name| IssueResult::Issued {
        challenge: ChallengeId::new(&name.to_string()),
    });
    let refused = prop::sample::select(vec![
        IssueResult::NothingPending,
        IssueResult::TooEarly,
        IssueResult::LimitReached,
        IssueResult::NotFound,
        IssueResult::Rejected,
    ]);
    prop_oneof![5 => issued.prop_map(Ok), 2 => refused.prop_map(Ok), 1 => error().prop_map(Err)]
}

fn verify_result() -> impl Strategy<Value = Result<VerifyResult, ProviderError>> {
    let results = prop::sample::select(vec![
        VerifyResult::Accepted,
        VerifyResult::Accepted,
        VerifyResult::Wrong,
        VerifyResult::Wrong,
        VerifyResult::WrongLastAttemptLeft,
        VerifyResult::LimitReached,
        VerifyResult::CodeExpired,
        VerifyResult::NothingPending,
        VerifyResult::AlreadyVerified,
        VerifyResult::Malformed,
        VerifyResult::Rejected,
    ]);
    prop_oneof![5 => results.prop_map(Ok), 1 => error().prop_map(Err)]
}

fn operation() -> impl Strategy<Value = Operation> {
    let factor = prop::sample::select(vec![
        Factor::Sms,
        Factor::Sms,
        Factor::Push,
        Factor::Biometric,
        Factor::Pin,
    ]);
    prop_oneof![
        3 => factor.prop_map(Operation::Issue),
        4 => (0..3_usize, issue_result(), seen_many()).prop_map(|(which, issue_result, observation)| Operation::Issued { which, issue_result, observation }),
        3 => Just(Operation::Submit),
        4 => (0..3_usize, verify_result(), seen_many()).prop_map(|(which, verify_result, observation)| Operation::Submitted { which, verify_result, observation }),
        3 => seen_one().prop_map(Operation::Reported),
        2 => seen_many().prop_map(Operation::Polled),
        1 => prop::sample::select(vec![1_000_u64, 16_000, 60_000, 301_000]).prop_map(Operation::Wait),
    ]
}

struct Model {
    record: Record,
    now: sca_protocol::Timestamp,
    limits: Limits,
    /// Calls in flight.
    issues: Vec<IssueReservation>,
    attempts: Vec<AttemptReservation>,
    calls: usize,
    /// The payments that were ever observed as cleared with the linked amount.
    cleared: HashSet<usize>,
    /// Whether the provider accepted a code. From then on a payment in process counts as cleared.
    code_accepted: bool,
}

impl Model {
    fn record_cleared(&mut self, seen: &[Seen]) {
        for seen in seen.iter().filter(|seen| seen.own_amount) {
            let is_confirmed = self.code_accepted && seen.phase == PaymentPhase::Processing;
            if seen.phase.is_executing() || is_confirmed {
                self.cleared.insert(seen.which);
            }
        }
    }

    fn holder(&mut self) -> String {
        self.calls += 1;
        format!("holder-{}", self.calls)
    }

    fn apply(&mut self, operation: Operation) -> Option<AttemptResult> {
        let (now, limits) = (self.now, self.limits);
        match operation {
            Operation::Issue(factor) => {
                let holder = self.holder();
                let reserved = self.record.reserve_issue("1", &factor, &holder, now, &limits);
                if let Ok(IssueDecision::Issue(issue)) = reserved {
                    self.issues.push(issue);
                }
            }
            Operation::Issued {
                which,
                issue_result,
                observation: seen,
            } if which < self.issues.len() => {
                let issue = self.issues.remove(which);
                let is_observed = matches!(issue_result, Ok(IssueResult::NothingPending));
                let seen = seen.filter(|_| is_observed);
                self.record_cleared(seen.as_deref().unwrap_or_default());
                let seen = seen.as_deref().map(observation);
                let _ = self
                    .record
                    .conclude_issue(&issue, &issue_result, seen.as_ref(), now, &limits);
            }
            Operation::Submit => {
                let holder = self.holder();
                if let Ok(attempt) = self.record.reserve_attempt("1", &Factor::Sms, &holder, now, &limits) {
                    self.attempts.push(attempt);
                }
            }
            Operation::Submitted {
                which,
                verify_result,
                observation: seen,
            } if which < self.attempts.len() => {
                let attempt = self.attempts.remove(which);
                self.code_accepted |= verify_result == Ok(VerifyResult::Accepted) && !self.record.is_settled();
                self.record_cleared(seen.as_deref().unwrap_or_default());
                let seen = seen.as_deref().map(observation);
                return Some(
                    self.record
                        .conclude_verification(&attempt, &verify_result, seen.as_ref(), now, &limits),
                );
            }
            Operation::Issued { .. } | Operation::Submitted { .. } => {}
            Operation::Reported(seen) => {
                self.record_cleared(&[seen]);
                self.record.apply_observation(&observation(&[seen]), now);
            }
            Operation::Polled(seen) => {
                self.record_cleared(seen.as_deref().unwrap_or_default());
                let seen = seen.as_deref().map(observation);
                self.record.record_poll(seen.as_ref(), now, &limits.confirmations);
            }
            Operation::Cancel => {
                let _ = self.record.cancel(now);
            }
            Operation::Wait(milliseconds) => {
                self.now = now.plus_ms(milliseconds);
                self.record.expire_if_due(self.now);
            }
        }
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn payments_are_approved_only_when_each_was_observed_as_cleared_with_its_amount(
        operations in prop::collection::vec(operation(), 1..40),
        cancel_at in prop::option::weighted(0.1, 0..40_usize),
    ) {
        let mut model = Model {
            record: payments(PAYMENTS),
            now: NOW,
            limits: Limits::default(),
            issues: Vec::new(),
            attempts: Vec::new(),
            calls: 0,
            cleared: HashSet::new(),
            code_accepted: false,
        };
        for (place, operation) in operations.into_iter().enumerate() {
            let before = model.record.clone();
            let result = if cancel_at == Some(place) {
                model.apply(Operation::Cancel)
            } else {
                model.apply(operation)
            };
            let record = &model.record;
            if before.is_settled() {
                prop_assert_eq!(&record.status, &before.status);
                prop_assert_eq!(&record.reason, &before.reason);
            }
            if record.status == Status::Approved {
                prop_assert_eq!(model.cleared.len(), PAYMENTS);
            }
            if result == Some(AttemptResult::Verdict(Verdict::Accepted)) {
                let passed = record.status == Status::Approved || record.progress.challenges.iter().all(|step| step.passed);
                prop_assert!(passed);
            }
            // RTS article 4(3)(b) limits the failed attempts.
            prop_assert!(record.progress.failed_attempts <= model.limits.max_failed_attempts);
            prop_assert!(record.progress.sends <= model.limits.max_otp_sends);
            // An open phone request is polled, and a settled approval is not.
            let has_open_request = record.progress.confirmation.issued.iter().any(super::IssuedChallenge::is_request);
            if record.is_settled() {
                prop_assert_eq!(record.progress.next_poll_at, None);
            } else if has_open_request {
                prop_assert!(record.progress.next_poll_at.is_some());
            }
        }
    }

    #[test]
    fn the_order_of_events_does_not_matter(
        order in Just([0_usize, 1, 2, 0, 1, 2]).prop_shuffle(),
    ) {
        let mut record = payments(PAYMENTS);
        for which in order {
            let reported = Seen { which, phase: PaymentPhase::Cleared, by: None, own_amount: true };
            record.apply_observation(&observation(&[reported]), NOW);
        }
        prop_assert_eq!(record.status, Status::Approved);
    }
}
