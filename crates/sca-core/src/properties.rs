//! Whatever happens in whatever order, these hold.

use std::time::Duration;

use proptest::prelude::*;
use sca_protocol::{Action, Factor, PlainText, Statement, Status, Timestamp};

use super::{AttemptReservation, ConsumeRefusal, Limits, Progress, Record, Source};
use crate::{Fingerprint, InvalidResponse, NamedChallenge, ProviderError, Sending, TokenStatus, VerificationVerdict};

/// What can happen to an approval. Numbers choose among what is on its way.
#[derive(Clone, Debug)]
enum Operation {
    Reserve {
        challenge: usize,
        factor: Factor,
    },
    Conclude {
        which: usize,
        verification: Result<VerificationVerdict, ProviderError>,
        says: Option<Says>,
    },
    Send {
        challenge: usize,
        factor: Factor,
    },
    Sent {
        which: usize,
        sending: Result<Sending, ProviderError>,
    },
    Read(Says),
    Cancel,
    Spend {
        other_request: bool,
    },
    Wait(u64),
}

/// What the provider says about the token: which of the two steps it names and which of them are passed.
#[derive(Clone, Copy, Debug)]
struct Says {
    /// The second step's factors have changed places.
    swapped: bool,
    named: (bool, bool),
    passed: (bool, bool),
}

impl Says {
    fn status(self) -> TokenStatus {
        let challenge = |primary: Factor, alternatives: &[Factor], passed| NamedChallenge {
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
        }
    }
}

fn says() -> impl Strategy<Value = Says> {
    any::<(bool, bool, bool, bool, bool)>().prop_map(|(swapped, pin, phone, pin_passed, phone_passed)| Says {
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
        3 => Just(Ok(Sending::Sent { destination: None })),
        1 => error().prop_map(Err),
    ];
    prop_oneof![
        6 => (0_usize..3, factor()).prop_map(|(challenge, factor)| Operation::Reserve { challenge, factor }),
        6 => (0_usize..4, verification, prop::option::of(says()))
            .prop_map(|(which, verification, says)| Operation::Conclude { which, verification, says }),
        2 => (0_usize..3, factor()).prop_map(|(challenge, factor)| Operation::Send { challenge, factor }),
        2 => (0_usize..4, sending).prop_map(|(which, sending)| Operation::Sent { which, sending }),
        1 => says().prop_map(Operation::Read),
        1 => Just(Operation::Cancel),
        2 => any::<bool>().prop_map(|other_request| Operation::Spend { other_request }),
        2 => (1_u64..50_000).prop_map(Operation::Wait),
    ]
}

fn record(now: Timestamp) -> Record {
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
            profile: None,
            token_digest: Fingerprint::of(&[b"token"]),
        },
        created_at: now,
        expires_at: now.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress::default(),
    };
    let both = Says {
        swapped: false,
        named: (true, true),
        passed: (false, false),
    };
    record.read(&both.status(), now);
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens(operations in prop::collection::vec(operation(), 1..80)) {
        let limits = Limits::default();
        let mut now = Timestamp(1_700_000_000_000);
        let mut record = record(now);
        let frozen = record.action.clone();
        let mut entries: Vec<AttemptReservation> = Vec::new();
        let mut sendings: Vec<(String, Factor, String)> = Vec::new();
        // Entries that the provider verification wrong since it last took one, as an observer at the provider counts them.
        let mut wrong = 0_u32;
        let mut uses = 0_u32;
        for (number, operation) in operations.into_iter().enumerate() {
            let holder = format!("holder-{number}");
            let before = record.clone();
            let mut cleared = false;
            match operation {
                Operation::Reserve { challenge, factor } => {
                    let reserved = record.reserve_attempt(&challenge.to_string(), &factor, &holder, now, &limits);
                    if let Ok(entry) = reserved {
                        prop_assert!(before.open_now().is_some_and(|open| open == entry.challenge));
                        entries.push(entry);
                    }
                }
                Operation::Conclude { which, verification, says } if which < entries.len() => {
                    let entry = entries.remove(which);
                    let status = says.map(Says::status);
                    cleared = status.as_ref().is_some_and(TokenStatus::is_cleared);
                    let is_wrong = matches!(verification, Ok(VerificationVerdict::Refused | VerificationVerdict::CodeExpired));
                    let on_time = before.progress.lease.as_ref().is_some_and(|lease| lease.holder == entry.holder);
                    let said_passed = cleared
                        || says.is_some_and(|says| match entry.challenge.as_str() {
                            "1" => says.named.0 && says.passed.0,
                            _ => says.named.1 && says.passed.1,
                        });
                    record.conclude_attempt(&entry, verification, status.as_ref(), now, &limits);
                    if is_wrong && on_time && !said_passed {
                        prop_assert!(record.progress.failed_attempts > 0, "a wrong entry began the count anew");
                    }
                    wrong += u32::from(is_wrong);
                    if record.progress.failed_attempts == 0 {
                        wrong = 0;
                    }
                }
                Operation::Send { challenge, factor } => {
                    let challenge = challenge.to_string();
                    if record.reserve_sending(&challenge, &factor, &holder, now, &limits).is_ok() {
                        sendings.push((challenge, factor, holder));
                    }
                }
                Operation::Sent { which, sending } if which < sendings.len() => {
                    let (challenge, factor, holder) = sendings.remove(which);
                    record.conclude_sending(&challenge, &factor, &holder, &sending, now, &limits);
                }
                Operation::Conclude { .. } | Operation::Sent { .. } => {}
                Operation::Read(says) => {
                    cleared = says.status().is_cleared();
                    record.read(&says.status(), now);
                }
                Operation::Cancel => {
                    let _ = record.cancel(now);
                }
                Operation::Spend { other_request } => {
                    let request = Fingerprint::of(&[if other_request { b"another" } else { b"request" }]);
                    let spent = record.consume(&request, now, &limits);
                    if spent.is_ok() {
                        prop_assert!(!other_request && record.status == Status::Approved);
                        uses += 1;
                    } else if before.consumed_at.is_some() && !other_request {
                        prop_assert_eq!(spent, Err(ConsumeRefusal::Consumed));
                    }
                }
                Operation::Wait(milliseconds) => {
                    now = now.plus_ms(milliseconds);
                    record.expire_if_due(now);
                }
            }
            prop_assert!(wrong <= 5, "{wrong} wrong entries were verification");
            prop_assert!(uses <= 1);
            prop_assert_eq!(&record.action, &frozen);
            if before.is_settled() {
                prop_assert_eq!((&record.status, &record.reason), (&before.status, &before.reason));
            } else if record.status == Status::Approved {
                prop_assert!(cleared, "approved although the provider did not say so");
            }
            prop_assert_eq!(record.is_settled(), record.settled_at.is_some());
            let shown = record.snapshot(now, &limits);
            prop_assert!(shown.attempts_left.is_none_or(|left| (1..=5).contains(&left)));
            prop_assert!(!record.is_settled() || (shown.action.is_none() && shown.challenges.is_empty()));
        }
    }
}

impl Record {
    fn open_now(&self) -> Option<String> {
        let open = self.progress.challenges.iter().find(|challenge| challenge.is_open());
        open.map(|challenge| challenge.id.clone())
    }
}
