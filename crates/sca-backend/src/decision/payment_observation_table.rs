//! What every state of a payment means, in every situation that its customer can be in.

use sca_protocol::{
    Action, Availability, Challenge, Currency, Factor, FactorOption, Money, Payment, PlainText, Status, Timestamp,
    action::Payments,
};

use super::{
    Confirmation, ConfirmationTarget, IssueDecision, Limits, LinkedPayment, Observation, PaymentObservation,
    PaymentPhase, Progress, Record, Source, payment_observation::Recipient, phase_of,
};
use crate::providers::weavr::{
    ChallengeId, IssueResult, VerifyResult,
    batch::BatchState,
    event::RequestStatus,
    resource::{RejectedBy, ResourceId, ResourceType, State},
};

pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub(super) fn id(number: usize) -> ResourceId {
    ResourceId::new(&format!("11520000000000000{number}")).unwrap()
}

pub(super) fn amount(minor: u64) -> Money {
    Money::new(minor, Currency::new("EUR").unwrap()).unwrap()
}

fn text(text: &str) -> PlainText {
    PlainText::new(text).unwrap()
}

fn option(factor: Factor) -> FactorOption {
    FactorOption {
        factor,
        availability: Availability::Available,
        digits: None,
    }
}

/// An approval of so many payments, of 1000, 1001, … cents.
pub(super) fn payments(count: usize) -> Record {
    let bound = (0..count).map(|number| LinkedPayment {
        id: id(number),
        amount: amount(1000 + u64::try_from(number).unwrap()),
        payee: Some(text("Acme")),
        account_tail: Some(text("3000")),
    });
    let shown = (0..count).map(|number| Payment {
        amount: amount(1000 + u64::try_from(number).unwrap()),
        payee: text("Acme"),
        account_tail: Some(text("3000")),
        reference: None,
    });
    record(
        ConfirmationTarget::Payments {
            kind: ResourceType::OutgoingWireTransfers,
            payments: bound.collect(),
        },
        Action::Payments(Payments::new(shown.collect()).unwrap()),
    )
}

pub(super) fn record(target: ConfirmationTarget, action: Action) -> Record {
    Record {
        id: "appr_1".into(),
        owner: "shop".into(),
        version: 1,
        status: Status::Pending,
        reason: None,
        action,
        request: None,
        source: Source::Confirmation(Confirmation {
            target,
            destination: Some(text("*******1234")),
        }),
        created_at: NOW,
        expires_at: NOW.plus_ms(900_000),
        settled_at: None,
        consumed_at: None,
        progress: Progress {
            challenges: vec![Challenge {
                id: "1".into(),
                primary: option(Factor::Sms),
                alternatives: vec![option(Factor::Push), option(Factor::Biometric)],
                required: true,
                passed: false,
                delivery: None,
                face: None,
                setback: None,
            }],
            steps: Some(1),
            ..Progress::default()
        },
    }
}

pub(super) fn seen(number: usize, state: &str, by: Option<&str>) -> PaymentObservation {
    PaymentObservation {
        id: id(number),
        state: State::from_name(state),
        amount: amount(1000 + u64::try_from(number).unwrap()),
        rejected_by: by.map(RejectedBy::from_name),
        recipient: Some(Recipient {
            payee: Some(text("Acme")),
            account_tail: Some(text("3000")),
        }),
    }
}

fn start(record: &mut Record, factor: &Factor, holder: &str, now: Timestamp) {
    let limits = Limits::default();
    let IssueDecision::Issue(issue) = record.reserve_issue("1", factor, holder, now, &limits).unwrap() else {
        panic!("one lives")
    };
    let issued = IssueResult::Issued {
        challenge: ChallengeId::new("77"),
    };
    record.conclude_issue(&issue, &Ok(issued), None, now, &limits).unwrap();
}

/// The situations, by name.
fn situations() -> Vec<(&'static str, Record)> {
    let limits = Limits::default();
    let fresh = payments(1);
    let mut request_out = payments(1);
    start(&mut request_out, &Factor::Push, "a", NOW);
    let mut code_out = payments(1);
    start(&mut code_out, &Factor::Sms, "a", NOW);
    let mut wrong_code = code_out.clone();
    let entry = wrong_code
        .reserve_attempt("1", &Factor::Sms, "b", NOW, &limits)
        .unwrap();
    wrong_code.conclude_verification(&entry, &Ok(VerifyResult::Wrong), None, NOW, &limits);
    let mut judging = code_out.clone();
    judging.reserve_attempt("1", &Factor::Sms, "b", NOW, &limits).unwrap();
    let mut judging_the_last = code_out.clone();
    let entry = judging_the_last
        .reserve_attempt("1", &Factor::Sms, "b", NOW, &limits)
        .unwrap();
    judging_the_last.conclude_verification(&entry, &Ok(VerifyResult::WrongLastAttemptLeft), None, NOW, &limits);
    judging_the_last
        .reserve_attempt("1", &Factor::Sms, "c", NOW, &limits)
        .unwrap();
    let mut both_out = request_out.clone();
    start(&mut both_out, &Factor::Sms, "b", NOW);
    vec![
        ("fresh", fresh),
        ("request out", request_out),
        ("code out", code_out),
        ("wrong code", wrong_code),
        ("judging", judging),
        ("judging the last", judging_the_last),
        ("both out", both_out),
    ]
}

fn outcome(record: &Record) -> String {
    let reason = record.reason.as_ref().map(|reason| format!(" {}", reason.as_str()));
    format!("{}{}", record.status.as_str(), reason.unwrap_or_default())
}

#[test]
fn every_state_means_one_thing_and_none_that_is_not_known_decides() {
    for (state, expected) in [
        ("PENDING_CHALLENGE", PaymentPhase::Waiting),
        ("SUBMITTED", PaymentPhase::Cleared),
        ("APPROVED", PaymentPhase::Cleared),
        ("COMPLETED", PaymentPhase::Cleared),
        ("SCHEDULED", PaymentPhase::Cleared),
        ("REJECTED", PaymentPhase::Rejected),
        ("FAILED", PaymentPhase::Failed),
        ("RETURNED", PaymentPhase::Failed),
        ("CANCELLED", PaymentPhase::Cancelled),
        ("INVALID", PaymentPhase::Undecided),
        ("UNDEFINED", PaymentPhase::Undecided),
        ("INITIALISED", PaymentPhase::Undecided),
        ("PENDING", PaymentPhase::Undecided),
        ("PENDING_CONFIRMATION", PaymentPhase::Undecided),
        ("EXECUTED", PaymentPhase::Undecided),
        ("completed", PaymentPhase::Undecided),
        ("", PaymentPhase::Undecided),
    ] {
        assert_eq!(phase_of(&State::from_name(state)), expected, "{state}");
    }
}

#[test]
fn how_an_approval_ends_depends_on_who_said_no_and_on_what_was_out() {
    const TOO_MANY: &str = "declined too-many-attempts";
    const DENIED: &str = "declined denied";
    const REFUSED: &str = "failed provider-refused";
    let mut table = Vec::new();
    for (name, record) in situations() {
        let ends = [Some("USER"), Some("SYSTEM"), Some("ROBOT"), None].map(|by| {
            let mut record = record.clone();
            record.apply_observation(&Observation::Payments(vec![seen(0, "REJECTED", by)]), NOW);
            outcome(&record)
        });
        table.push((name, ends));
    }
    // By the customer, by Weavr, by somebody unknown, untold.
    let expected = [
        ("fresh", [DENIED, REFUSED, REFUSED, REFUSED]),
        ("request out", [DENIED, REFUSED, REFUSED, DENIED]),
        ("code out", [DENIED, REFUSED, REFUSED, REFUSED]),
        ("wrong code", [TOO_MANY, REFUSED, REFUSED, TOO_MANY]),
        ("judging", [TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY]),
        ("judging the last", [TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY]),
        ("both out", [DENIED, REFUSED, REFUSED, DENIED]),
    ];
    let expected = expected.map(|(name, ends)| (name, ends.map(str::to_owned)));
    assert_eq!(table, expected);
}

#[test]
fn in_every_situation_what_ends_ends_and_what_decides_nothing_changes_nothing() {
    for (name, record) in situations() {
        for (state, expected) in [
            ("COMPLETED", "approved"),
            ("SUBMITTED", "approved"),
            ("SCHEDULED", "approved"),
            ("FAILED", "failed provider-refused"),
            ("RETURNED", "failed provider-refused"),
            ("CANCELLED", "cancelled"),
            ("PENDING_CHALLENGE", "pending"),
            ("PENDING", "pending"),
            ("EXECUTED", "pending"),
        ] {
            let mut after = record.clone();
            after.apply_observation(&Observation::Payments(vec![seen(0, state, None)]), NOW);
            assert_eq!(outcome(&after), expected, "{name} {state}");
            if expected == "pending" {
                assert_eq!(after, record, "{name} {state}");
            }
        }
    }
}

#[test]
fn another_amount_or_payee_is_another_payment_whatever_its_state() {
    for state in ["COMPLETED", "PENDING_CHALLENGE", "REJECTED", "EXECUTED"] {
        let tampers: [fn(&mut PaymentObservation); 5] = [
            |seen| seen.amount = amount(1),
            |seen| seen.amount = Money::new(1000, Currency::new("GBP").unwrap()).unwrap(),
            |seen| seen.recipient.as_mut().unwrap().payee = Some(text("Mallory")),
            |seen| seen.recipient.as_mut().unwrap().payee = None,
            |seen| seen.recipient.as_mut().unwrap().account_tail = Some(text("6666")),
        ];
        for tamper in tampers {
            let mut record = payments(2);
            let mut changed = seen(0, state, None);
            tamper(&mut changed);
            record.apply_observation(&Observation::Payments(vec![seen(1, "COMPLETED", None), changed]), NOW);
            assert_eq!(outcome(&record), "declined changed", "{state}");
        }
    }
}

#[test]
fn one_that_was_cleared_stays_so_and_the_others_are_waited_for() {
    let mut record = payments(2);
    record.apply_observation(&Observation::Payments(vec![seen(0, "SUBMITTED", None)]), NOW);
    for state in ["PENDING_CHALLENGE", "FAILED", "RETURNED", "REJECTED", "CANCELLED"] {
        record.apply_observation(&Observation::Payments(vec![seen(0, state, None)]), NOW);
        assert_eq!(outcome(&record), "pending", "{state}");
    }
    // A payment that nobody asked about, and nothing at all.
    record.apply_observation(&Observation::Payments(vec![seen(7, "COMPLETED", None)]), NOW);
    record.apply_observation(&Observation::Payments(Vec::new()), NOW);
    assert_eq!(outcome(&record), "pending");
    record.apply_observation(&Observation::Payments(vec![seen(1, "COMPLETED", None)]), NOW);
    assert_eq!(outcome(&record), "approved");
}

#[test]
fn a_session_is_stepped_up_by_its_own_request_or_code_alone() {
    let action = || payments(1).action;
    let stepped = |status: &str| {
        let mut record = record(ConfirmationTarget::StepUp, action());
        start(&mut record, &Factor::Push, "a", NOW);
        record.apply_observation(&Observation::Payments(vec![seen(0, "COMPLETED", None)]), NOW);
        record.apply_observation(&Observation::PayeeBatch(BatchState::Completed), NOW);
        record.apply_challenge_result("77", &RequestStatus::from_name(status), NOW);
        record
    };
    assert_eq!(outcome(&stepped("VERIFIED")), "approved");
    assert_eq!(outcome(&stepped("DECLINED")), "declined denied");
    assert_eq!(outcome(&stepped("verified")), "pending");
    let expired = stepped("EXPIRED");
    assert_eq!(outcome(&expired), "pending");
    let step = &expired.progress.challenges[0];
    assert_eq!(step.setback, Some(sca_protocol::StepFailure::RequestExpired));
    assert_eq!(step.delivery, None);
    // Events of that kind are nothing to payments.
    let mut record = payments(1);
    start(&mut record, &Factor::Push, "a", NOW);
    record.apply_challenge_result("77", &RequestStatus::Verified, NOW);
    record.apply_challenge_result("77", &RequestStatus::Declined, NOW);
    assert_eq!(outcome(&record), "pending");
}

#[test]
fn payees_are_trusted_once_weavr_says_so() {
    for (state, expected) in [
        ("CHALLENGE_COMPLETED", "approved"),
        ("COMPLETED", "approved"),
        ("CHALLENGE_FAILED", "declined denied"),
        ("FAILED", "failed provider-refused"),
        ("PENDING_CHALLENGE", "pending"),
        ("INITIALISED", "pending"),
        ("completed", "pending"),
    ] {
        let mut record = record(ConfirmationTarget::PayeeBatch(id(0)), payments(1).action);
        start(&mut record, &Factor::Push, "a", NOW);
        record.apply_observation(&Observation::PayeeBatch(BatchState::from_name(state)), NOW);
        assert_eq!(outcome(&record), expected, "{state}");
    }
}

#[test]
fn a_code_that_was_taken_and_of_which_nothing_more_is_heard_has_failed_and_not_run_out() {
    let limits = Limits::default();
    let mut record = payments(1);
    start(&mut record, &Factor::Sms, "a", NOW);
    let late = NOW.plus_ms(899_000);
    let entry = record.reserve_attempt("1", &Factor::Sms, "b", late, &limits).unwrap();
    record.conclude_verification(&entry, &Ok(VerifyResult::Accepted), None, late, &limits);
    // It is waited for beyond the end, and nobody can stop it.
    record.expire_if_due(NOW.plus_ms(900_000));
    assert!(record.cancel(NOW.plus_ms(900_000)).is_err());
    assert_eq!(outcome(&record), "pending");
    record.expire_if_due(late.plus(limits.confirmations.settlement_grace));
    assert_eq!(outcome(&record), "failed");
}

#[test]
fn what_is_told_of_a_payment_that_is_scheduled_counts_once_its_customer_was_asked() {
    let told = || {
        let mut told = seen(0, "SCHEDULED", None);
        told.recipient = None;
        Observation::Payments(vec![told])
    };
    let mut record = payments(1);
    record.apply_observation(&told(), NOW);
    assert_eq!(outcome(&record), "pending");
    start(&mut record, &Factor::Push, "a", NOW);
    record.apply_observation(&told(), NOW);
    assert_eq!(outcome(&record), "approved");
}

#[test]
fn what_is_carried_out_after_the_end_is_told_payment_by_payment_and_never_what_the_end_has_told() {
    let mut record = payments(3);
    record.apply_observation(&Observation::Payments(vec![seen(0, "COMPLETED", None)]), NOW);
    let open = record.clone();
    assert!(
        !record.record_late_execution(id(1).as_str(), NOW),
        "nothing is late before the end"
    );
    record.settle(Status::Expired, None, NOW);
    assert!(!record.record_late_execution(id(0).as_str(), NOW), "told with the end");
    for number in [1, 2] {
        let before = record.clone();
        let payment = id(number);
        assert!(record.record_late_execution(payment.as_str(), NOW));
        assert!(!record.record_late_execution(payment.as_str(), NOW), "once");
        let [late] = record.late_events(&before).try_into().unwrap();
        assert_eq!(late.resource.as_deref(), Some(payment.as_str()));
        assert_eq!(late.event.data["carriedOut"], payment.as_str());
    }
    assert_eq!(record.late_events(&open).len(), 2);
}
