//! Invariants of an approval with a one-time token, under arbitrary sequences of operations.

use std::time::Duration;

use proptest::prelude::*;
use sca_protocol::{Action, Factor, PlainText, Statement, Status, Timestamp};

use super::{AttemptReservation, ConsumeRefusal, Limits, Progress, Record, Source};
use crate::{
    Fingerprint, InvalidResponse, OtpSendResult, ProviderError, ReportedChallenge, TokenStatus, VerificationVerdict,
};

/// An operation. `which` chooses among the calls in flight.
#[derive(Clone, Debug)]
enum Operation {
    Reserve {
        challenge: usize,
        factor: Factor,
    },
    Conclude {
        which: usize,
        verification: Result<VerificationVerdict, ProviderError>,
        reported: Option<ReportedStatus>,
    },
    Send {
        challenge: usize,
        factor: Factor,
    },
    Sent {
        which: usize,
        sending: Result<OtpSendResult, ProviderError>,
    },
    Refresh(ReportedStatus),
    Cancel,
    Consume {
        other_request: bool,
    },
    Wait(u64),
}

/// What the provider reported about the token: which of the two challenges it names, and which of them are passed.
#[derive(Clone, Copy, Debug)]
struct ReportedStatus {
    /// The second challenge has its primary and alternative factor swapped.
    swapped: bool,
    named: (bool, bool),
    passed: (bool, bool),
}

impl ReportedStatus {
    fn status(self) -> TokenStatus {
        let challenge = |primary: Factor, alternatives: &[Factor], passed| ReportedChallenge {
            primary,
            alternatives: alternatives.to_vec(),
            required: true,
            passed,
        };
        let pin = challenge(Factor::Pin, &[], self.passed.0);
        let phone = if self.swapped {
            challenge(Factor::Voice, &[Factor::Sms], self.passed.1)
        } else {
            challenge(Factor::Sms, &[Factor::Voice], self.passed.1)
        };
        let named = [(self.named.0, pin), (self.named.1, phone)];
        TokenStatus {
            challenges: named
                .into_iter()
                .filter(|(named, _)| *named)
                .map(|(_, step)| step)
                .collect(),
            valid_seconds: None,
            user: None,
        }
    }
}

fn token_status() -> impl Strategy<Value = ReportedStatus> {
    any::<(bool, bool, bool, bool, bool)>().prop_map(|(swapped, pin, phone, pin_passed, phone_passed)| ReportedStatus {
        swapped,
        named: (pin, phone),
        passed: (pin_passed, phone_passed),
    })
}

fn factor() -> impl Strategy<Value = Factor> {
    prop::sample::select(vec![
        Factor::Pin,
        Factor::Sms,
        Factor::Voice,
        Factor::Face,
        Factor::Other("X".into()),
    ])
}

fn error() -> impl Strategy<Value = ProviderError> {
    prop::sample::select(vec![
        ProviderError::TooManyRequests {
            retry_after: Duration::from_millis(1),
        },
        ProviderError::Unreachable,
        ProviderError::TimedOut,
        ProviderError::Broken,
        ProviderError::Unusable(InvalidResponse::Body),
    ])
}

fn verdict() -> impl Strategy<Value = VerificationVerdict> {
    prop::sample::select(vec![
        VerificationVerdict::Accepted,
        VerificationVerdict::Refused,
        VerificationVerdict::Refused,
        VerificationVerdict::Refused,
        VerificationVerdict::Blocked,
        VerificationVerdict::CodeExpired,
        VerificationVerdict::CodeNotSent,
        VerificationVerdict::CannotDecrypt,
    ])
}

fn operation() -> impl Strategy<Value = Operation> {
    let verification = prop_oneof![4 => verdict().prop_map(Ok), 1 => error().prop_map(Err)];
    let sending = prop_oneof![
        3 => Just(Ok(OtpSendResult::Sent { destination: None })),
        1 => error().prop_map(Err),
    ];
    prop_oneof![
        6 => (0_usize..3, factor()).prop_map(|(challenge, factor)| Operation::Reserve { challenge, factor }),
        6 => (0_usize..4, verification, prop::option::of(token_status()))
            .prop_map(|(which, verification, reported)| Operation::Conclude { which, verification, reported }),
        2 => (0_usize..3, factor()).prop_map(|(challenge, factor)| Operation::Send { challenge, factor }),
        2 => (0_usize..4, sending).prop_map(|(which, sending)| Operation::Sent { which, sending }),
        1 => token_status().prop_map(Operation::Refresh),
        1 => Just(Operation::Cancel),
        2 => any::<bool>().prop_map(|other_request| Operation::Consume { other_request }),
        2 => (1_u64..50_000).prop_map(Operation::Wait),
    ]
}

pub(super) fn record(now: Timestamp) -> Record {
    let text = |text: &str| PlainText::new(text).unwrap();
    let mut record = Record {
        id: "appr_test".into(),
        owner: "shop".into(),
        version: 1,
        status: Status::Pending,
        reason: None,
        action: Action::Statement(Statement {
            account: text("EUR balance"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        }),
        request: Some(Fingerprint::of(&[b"request"])),
        source: Source::OneTimeToken {
            provider: crate::ProviderId::new("rejecting"),
            profile: None,
            token_digest: Fingerprint::of(&[b"token"]),
        },
        created_at: now,
        expires_at: now.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress::default(),
    };
    let both = ReportedStatus {
        swapped: false,
        named: (true, true),
        passed: (false, false),
    };
    record.apply_token_status(&both.status(), now);
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn invariants_hold_for_arbitrary_operations(operations in prop::collection::vec(operation(), 1..80)) {
        let limits = Limits::default();
        let mut now = Timestamp(1_700_000_000_000);
        let mut record = record(now);
        let frozen = record.action.clone();
        let mut attempts: Vec<AttemptReservation> = Vec::new();
        let mut sends: Vec<(String, Factor, String)> = Vec::new();
        // Attempts that the provider verified as wrong since it last accepted one, as the provider counts them.
        let mut wrong = 0_u32;
        let mut uses = 0_u32;
        for (number, operation) in operations.into_iter().enumerate() {
            let holder = format!("holder-{number}");
            let before = record.clone();
            let mut cleared = false;
            match operation {
                Operation::Reserve { challenge, factor } => {
                    let reserved = record.reserve_attempt(&challenge.to_string(), &factor, &holder, now, &limits);
                    if let Ok(attempt) = reserved {
                        prop_assert!(before.first_open_challenge().is_some_and(|open| open == attempt.challenge));
                        attempts.push(attempt);
                    }
                }
                Operation::Conclude { which, verification, reported } if which < attempts.len() => {
                    let attempt = attempts.remove(which);
                    let status = reported.map(ReportedStatus::status);
                    cleared = status.as_ref().is_some_and(TokenStatus::is_cleared);
                    let is_wrong = matches!(verification, Ok(VerificationVerdict::Refused | VerificationVerdict::CodeExpired));
                    let on_time = before.progress.lease.as_ref().is_some_and(|lease| lease.holder == attempt.holder);
                    let reported_passed = cleared
                        || reported.is_some_and(|reported| match attempt.challenge.as_str() {
                            "1" => reported.named.0 && reported.passed.0,
                            _ => reported.named.1 && reported.passed.1,
                        });
                    record.conclude_attempt(&attempt, verification, status.as_ref(), now, &limits);
                    if is_wrong && on_time && !reported_passed {
                        prop_assert!(record.progress.failed_attempts > 0, "a wrong attempt reset the count");
                    }
                    wrong += u32::from(is_wrong);
                    if record.progress.failed_attempts == 0 {
                        wrong = 0;
                    }
                }
                Operation::Send { challenge, factor } => {
                    let challenge = challenge.to_string();
                    if record.reserve_otp_send(&challenge, &factor, &holder, now, &limits).is_ok() {
                        sends.push((challenge, factor, holder));
                    }
                }
                Operation::Sent { which, sending } if which < sends.len() => {
                    let (challenge, factor, holder) = sends.remove(which);
                    record.conclude_otp_send(&challenge, &factor, &holder, &sending, now, &limits);
                }
                Operation::Conclude { .. } | Operation::Sent { .. } => {}
                Operation::Refresh(reported) => {
                    cleared = reported.status().is_cleared();
                    record.apply_token_status(&reported.status(), now);
                }
                Operation::Cancel => {
                    let _ = record.cancel(now);
                }
                Operation::Consume { other_request } => {
                    let request = Fingerprint::of(&[if other_request { b"another" } else { b"request" }]);
                    let consumed = record.consume(&request, now, &limits);
                    if consumed.is_ok() {
                        prop_assert!(!other_request && record.status == Status::Approved);
                        uses += 1;
                    } else if before.consumed_at.is_some() && !other_request {
                        prop_assert_eq!(consumed, Err(ConsumeRefusal::Consumed));
                    }
                }
                Operation::Wait(milliseconds) => {
                    now = now.plus_ms(milliseconds);
                    record.expire_if_due(now);
                }
            }
            prop_assert!(wrong <= 5, "the provider verified {wrong} wrong attempts");
            prop_assert!(uses <= 1);
            prop_assert_eq!(&record.action, &frozen);
            if before.is_settled() {
                prop_assert_eq!((&record.status, &record.reason), (&before.status, &before.reason));
            } else if record.status == Status::Approved {
                prop_assert!(cleared, "approved although the provider did not report the token as cleared");
            }
            prop_assert_eq!(record.is_settled(), record.settled_at.is_some());
            let shown = record.snapshot(now, &limits);
            prop_assert!(shown.attempts_left.is_none_or(|left| (1..=5).contains(&left)));
            prop_assert!(!record.is_settled() || (shown.action.is_none() && shown.challenges.is_empty()));
        }
    }
}

impl Record {
    fn first_open_challenge(&self) -> Option<String> {
        let open = self.progress.challenges.iter().find(|challenge| challenge.is_open());
        open.map(|challenge| challenge.id.clone())
    }
}
