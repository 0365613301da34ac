//! The effect of every payment phase, in every state of a confirmation.

use sca_protocol::{
    Action, Availability, Challenge, Currency, Factor, FactorOption, Money, Payment, PlainText, Status, Timestamp,
    action::Payments,
};

use crate::{
    ChallengeId, ChallengeResult, Confirmation, ConfirmationTarget, IssueDecision, IssueResult, Limits, LinkedPayment,
    Observation, PayeeBatchPhase, PaymentObservation, PaymentPhase, Progress, ProviderId, Recipient, Record,
    RejectedBy, ResourceId, ResourceKind, Source, VerifyResult,
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

/// An approval of `count` payments, of 1000, 1001, … cents.
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
            kind: ResourceKind::new("outgoing_wire_transfers").unwrap(),
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
            provider: ProviderId::new("provider-a"),
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
                step_failure: None,
            }],
            steps: Some(1),
            ..Progress::default()
        },
    }
}

pub(super) fn seen(number: usize, phase: PaymentPhase, by: Option<RejectedBy>) -> PaymentObservation {
    PaymentObservation {
        id: id(number),
        phase,
        amount: Some(amount(1000 + u64::try_from(number).unwrap())),
        rejected_by: by,
        recipient: Some(Recipient {
            payee: Some(text("Acme")),
            account_tail: Some(text("3000")),
        }),
    }
}

fn issue(record: &mut Record, factor: &Factor, holder: &str, now: Timestamp) {
    let limits = Limits::default();
    let IssueDecision::Issue(issue) = record.reserve_issue("1", factor, holder, now, &limits).unwrap() else {
        panic!("an earlier challenge is valid")
    };
    let issued = IssueResult::Issued {
        challenge: ChallengeId::new("77"),
    };
    record.conclude_issue(&issue, &Ok(issued), None, now, &limits).unwrap();
}

/// The states of a confirmation, by name.
fn states() -> Vec<(&'static str, Record)> {
    let limits = Limits::default();
    let fresh = payments(1);
    let mut with_request = payments(1);
    issue(&mut with_request, &Factor::Push, "a", NOW);
    let mut with_code = payments(1);
    issue(&mut with_code, &Factor::Sms, "a", NOW);
    let mut wrong_code = with_code.clone();
    let attempt = wrong_code
        .reserve_attempt("1", &Factor::Sms, "b", NOW, &limits)
        .unwrap();
    wrong_code.conclude_verification(&attempt, &Ok(VerifyResult::Wrong), None, NOW, &limits);
    let mut verifying = with_code.clone();
    verifying.reserve_attempt("1", &Factor::Sms, "b", NOW, &limits).unwrap();
    let mut verifying_the_last = with_code.clone();
    let attempt = verifying_the_last
        .reserve_attempt("1", &Factor::Sms, "b", NOW, &limits)
        .unwrap();
    verifying_the_last.conclude_verification(&attempt, &Ok(VerifyResult::WrongLastAttemptLeft), None, NOW, &limits);
    verifying_the_last
        .reserve_attempt("1", &Factor::Sms, "c", NOW, &limits)
        .unwrap();
    let mut with_both = with_request.clone();
    issue(&mut with_both, &Factor::Sms, "b", NOW);
    vec![
        ("fresh", fresh),
        ("request out", with_request),
        ("code out", with_code),
        ("wrong code", wrong_code),
        ("verifying", verifying),
        ("verifying the last", verifying_the_last),
        ("both out", with_both),
    ]
}

fn outcome(record: &Record) -> String {
    let reason = record.reason.as_ref().map(|reason| format!(" {}", reason.as_str()));
    format!("{}{}", record.status.as_str(), reason.unwrap_or_default())
}

#[test]
fn the_reason_of_a_rejection_depends_on_the_actor_and_on_the_open_challenges() {
    const TOO_MANY: &str = "declined too-many-attempts";
    const DENIED: &str = "declined denied";
    const REFUSED: &str = "failed provider-refused";
    let mut table = Vec::new();
    for (name, record) in states() {
        let outcomes = [Some(RejectedBy::Customer), Some(RejectedBy::Other), None].map(|by| {
            let mut record = record.clone();
            record.apply_observation(&Observation::Payments(vec![seen(0, PaymentPhase::Rejected, by)]), NOW);
            outcome(&record)
        });
        table.push((name, outcomes));
    }
    // Rejected by the customer, by another actor, by an unknown actor.
    let expected = [
        ("fresh", [DENIED, REFUSED, REFUSED]),
        ("request out", [DENIED, REFUSED, DENIED]),
        ("code out", [DENIED, REFUSED, REFUSED]),
        ("wrong code", [TOO_MANY, REFUSED, TOO_MANY]),
        ("verifying", [TOO_MANY, TOO_MANY, TOO_MANY]),
        ("verifying the last", [TOO_MANY, TOO_MANY, TOO_MANY]),
        ("both out", [DENIED, REFUSED, DENIED]),
    ];
    let expected = expected.map(|(name, outcomes)| (name, outcomes.map(str::to_owned)));
    assert_eq!(table, expected);
}

#[test]
fn final_phases_settle_and_other_phases_change_nothing() {
    for (name, record) in states() {
        for (phase, expected) in [
            (PaymentPhase::Cleared, "approved"),
            (PaymentPhase::Cleared, "approved"),
            (PaymentPhase::Scheduled, "approved"),
            (PaymentPhase::Failed, "failed provider-refused"),
            (PaymentPhase::Failed, "failed provider-refused"),
            (PaymentPhase::Cancelled, "cancelled"),
            (PaymentPhase::Waiting, "pending"),
            (PaymentPhase::Processing, "pending"),
            (PaymentPhase::Undecided, "pending"),
        ] {
            let mut after = record.clone();
            after.apply_observation(&Observation::Payments(vec![seen(0, phase, None)]), NOW);
            assert_eq!(outcome(&after), expected, "{name} {phase:?}");
            if expected == "pending" {
                assert_eq!(after, record, "{name} {phase:?}");
            }
        }
    }
}

#[test]
fn another_amount_or_payee_declines_the_approval_in_every_phase() {
    for phase in [
        PaymentPhase::Cleared,
        PaymentPhase::Waiting,
        PaymentPhase::Rejected,
        PaymentPhase::Undecided,
    ] {
        let tampers: [fn(&mut PaymentObservation); 5] = [
            |seen| seen.amount = Some(amount(1)),
            |seen| seen.amount = Money::new(1000, Currency::new("GBP").unwrap()),
            |seen| seen.recipient.as_mut().unwrap().payee = Some(text("Mallory")),
            |seen| seen.recipient.as_mut().unwrap().payee = None,
            |seen| seen.recipient.as_mut().unwrap().account_tail = Some(text("6666")),
        ];
        for tamper in tampers {
            let mut record = payments(2);
            let mut changed = seen(0, phase, None);
            tamper(&mut changed);
            record.apply_observation(
                &Observation::Payments(vec![seen(1, PaymentPhase::Cleared, None), changed]),
                NOW,
            );
            assert_eq!(outcome(&record), "declined changed", "{phase:?}");
        }
    }
}

#[test]
fn a_cleared_payment_stays_cleared_and_the_approval_waits_for_the_others() {
    let mut record = payments(2);
    record.apply_observation(&Observation::Payments(vec![seen(0, PaymentPhase::Cleared, None)]), NOW);
    for phase in [
        PaymentPhase::Waiting,
        PaymentPhase::Failed,
        PaymentPhase::Failed,
        PaymentPhase::Rejected,
        PaymentPhase::Cancelled,
    ] {
        record.apply_observation(&Observation::Payments(vec![seen(0, phase, None)]), NOW);
        assert_eq!(outcome(&record), "pending", "{phase:?}");
    }
    // A payment that is not linked, and no payment.
    record.apply_observation(&Observation::Payments(vec![seen(7, PaymentPhase::Cleared, None)]), NOW);
    record.apply_observation(&Observation::Payments(Vec::new()), NOW);
    assert_eq!(outcome(&record), "pending");
    record.apply_observation(&Observation::Payments(vec![seen(1, PaymentPhase::Cleared, None)]), NOW);
    assert_eq!(outcome(&record), "approved");
}

#[test]
fn only_its_challenge_settles_a_step_up() {
    let action = || payments(1).action;
    let result = |result| Observation::Challenge {
        id: ChallengeId::new("77").unwrap(),
        result,
    };
    let stepped = |reported| {
        let mut record = record(ConfirmationTarget::StepUp, action());
        issue(&mut record, &Factor::Push, "a", NOW);
        record.apply_observation(&Observation::Payments(vec![seen(0, PaymentPhase::Cleared, None)]), NOW);
        record.apply_observation(&Observation::PayeeBatch(PayeeBatchPhase::Confirmed), NOW);
        record.apply_observation(&result(reported), NOW);
        record
    };
    assert_eq!(outcome(&stepped(ChallengeResult::Approved)), "approved");
    assert_eq!(outcome(&stepped(ChallengeResult::Declined)), "declined denied");
    assert_eq!(outcome(&stepped(ChallengeResult::Undecided)), "pending");
    let expired = stepped(ChallengeResult::Expired);
    assert_eq!(outcome(&expired), "pending");
    let step = &expired.progress.challenges[0];
    assert_eq!(step.step_failure, Some(sca_protocol::StepFailure::RequestExpired));
    assert_eq!(step.delivery, None);
    // A challenge's result decides nothing about payments.
    let mut record = payments(1);
    issue(&mut record, &Factor::Push, "a", NOW);
    record.apply_observation(&result(ChallengeResult::Approved), NOW);
    record.apply_observation(&result(ChallengeResult::Declined), NOW);
    assert_eq!(outcome(&record), "pending");
}

#[test]
fn a_payee_batch_is_approved_once_the_provider_reports_the_confirmation() {
    for (phase, expected) in [
        (PayeeBatchPhase::Confirmed, "approved"),
        (PayeeBatchPhase::Rejected, "declined denied"),
        (PayeeBatchPhase::Failed, "failed provider-refused"),
        (PayeeBatchPhase::Waiting, "pending"),
        (PayeeBatchPhase::Undecided, "pending"),
    ] {
        let mut record = record(ConfirmationTarget::PayeeBatch(id(0)), payments(1).action);
        issue(&mut record, &Factor::Push, "a", NOW);
        record.apply_observation(&Observation::PayeeBatch(phase), NOW);
        assert_eq!(outcome(&record), expected, "{phase:?}");
    }
}

#[test]
fn an_accepted_code_without_observations_fails_instead_of_expiring() {
    let limits = Limits::default();
    let mut record = payments(1);
    issue(&mut record, &Factor::Sms, "a", NOW);
    let late = NOW.plus_ms(899_000);
    let attempt = record.reserve_attempt("1", &Factor::Sms, "b", late, &limits).unwrap();
    record.conclude_verification(&attempt, &Ok(VerifyResult::Accepted), None, late, &limits);
    // The approval stays open beyond its expiry, and cannot be cancelled.
    record.expire_if_due(NOW.plus_ms(900_000));
    assert!(record.cancel(NOW.plus_ms(900_000)).is_err());
    assert_eq!(outcome(&record), "pending");
    record.expire_if_due(late.plus(limits.confirmations.settlement_grace));
    assert_eq!(outcome(&record), "failed");
}

#[test]
fn a_payment_in_process_is_cleared_only_after_an_accepted_code() {
    let limits = Limits::default();
    let processing = || Observation::Payments(vec![seen(0, PaymentPhase::Processing, None)]);
    let mut record = payments(1);
    issue(&mut record, &Factor::Sms, "a", NOW);
    record.apply_observation(&processing(), NOW);
    assert_eq!(outcome(&record), "pending");
    let attempt = record.reserve_attempt("1", &Factor::Sms, "b", NOW, &limits).unwrap();
    record.conclude_verification(&attempt, &Ok(VerifyResult::Accepted), None, NOW, &limits);
    assert_eq!(outcome(&record), "pending");
    record.apply_observation(&processing(), NOW);
    assert_eq!(outcome(&record), "approved");
}

#[test]
fn a_webhook_with_phase_scheduled_counts_after_a_challenge_was_issued() {
    let webhook = || {
        let mut payment = seen(0, PaymentPhase::Scheduled, None);
        payment.recipient = None;
        Observation::Payments(vec![payment])
    };
    let mut record = payments(1);
    record.apply_observation(&webhook(), NOW);
    assert_eq!(outcome(&record), "pending");
    issue(&mut record, &Factor::Push, "a", NOW);
    record.apply_observation(&webhook(), NOW);
    assert_eq!(outcome(&record), "approved");
}

#[test]
fn late_executions_are_reported_per_payment_and_not_for_payments_cleared_before_settlement() {
    let mut record = payments(3);
    record.apply_observation(&Observation::Payments(vec![seen(0, PaymentPhase::Cleared, None)]), NOW);
    let open = record.clone();
    assert!(
        !record.record_late_execution(id(1).as_str(), NOW),
        "nothing is late before settlement"
    );
    record.settle(Status::Expired, None, NOW);
    assert!(
        !record.record_late_execution(id(0).as_str(), NOW),
        "reported in the settlement's event"
    );
    for number in [1, 2] {
        let before = record.clone();
        let payment = id(number);
        assert!(record.record_late_execution(payment.as_str(), NOW));
        assert!(!record.record_late_execution(payment.as_str(), NOW), "once");
        let [late] = record.late_events(&before).try_into().unwrap();
        assert_eq!(late.resource.as_deref(), Some(payment.as_str()));
        assert_eq!(late.event.data["executedPayment"], payment.as_str());
    }
    assert_eq!(record.late_events(&open).len(), 2);
}
