//! Single cases, with the backend and the clock of the search.

use super::*;

/// The question and the notice after each end of a scan.
#[test]
fn a_scan_that_does_not_count_can_be_made_again() {
    let scanning = || {
        let world = World::with_face(FactorState::NotEnrolled);
        let mut flow = world.flow;
        let read = Event::EnrolmentRead(Attempt(1), world.backend.snapshot(TIMES[0]));
        let question = Event::QuestionWanted(Question::NewFace);
        for event in [Event::Opened, read, question, Event::ScanWanted] {
            flow.handle(event, TIMES[0]).unwrap();
        }
        assert_eq!(flow.screen().view, View::NewFace(NewFaceStage::Scanning));
        flow
    };
    for (cause, notice) in [(NoScan::Cancelled, None), (NoScan::Failed, Some(Notice::NotScanned))] {
        let mut flow = scanning();
        flow.handle(Event::FaceNotScanned(Attempt(2), cause), TIMES[0]).unwrap();
        assert_eq!(flow.screen().view, View::NewFace(NewFaceStage::Explaining));
        assert_eq!(flow.screen().notice, notice);
        assert!(flow.handle(Event::ScanWanted, TIMES[0]).is_ok());
    }
    for (verdict, notice) in [
        (EnrolmentVerdict::ScanRejected, Notice::ScanRejected),
        (EnrolmentVerdict::NoMatch, Notice::NoMatch),
    ] {
        let mut flow = scanning();
        flow.handle(Event::FaceScanned(Attempt(2)), TIMES[0]).unwrap();
        assert_eq!(flow.screen().view, View::NewFace(NewFaceStage::Submitting));
        assert!(flow.clone().handle(Event::BackWanted, TIMES[0]).is_err());
        let mut after = World::with_face(FactorState::NotEnrolled).backend;
        after.version = 2;
        let enrolled = Enrolled {
            verdict,
            relayed: None,
            enrolment: after.snapshot(TIMES[0]),
        };
        flow.handle(Event::Answered(Attempt(2), enrolled), TIMES[0]).unwrap();
        assert_eq!(flow.screen().view, View::NewFace(NewFaceStage::Explaining));
        assert_eq!(flow.screen().notice, Some(notice));
    }
    let mut flow = scanning();
    let effects = flow.handle(Event::BackWanted, TIMES[0]).unwrap();
    assert!(matches!(effects.as_slice(), [Effect::AbandonScan]), "{effects:?}");
    assert!(matches!(flow.screen().view, View::Overview(_)));
}

#[test]
fn a_host_that_cannot_scan_is_not_asked_to() {
    let world = World::with_face(FactorState::NotEnrolled);
    let mut flow = world.flow.with_face_capture(false);
    let read = Event::EnrolmentRead(Attempt(1), world.backend.snapshot(TIMES[0]));
    for event in [Event::Opened, read] {
        flow.handle(event, TIMES[0]).unwrap();
    }
    assert!(flow.handle(Event::QuestionWanted(Question::NewFace), TIMES[0]).is_err());
}

/// The question and the notice after each verdict about a number or its code.
#[test]
fn a_verdict_about_a_number_or_its_code_leads_to_the_right_question() {
    let number = || Event::NumberEntered {
        number: Hidden::new("0171".into()),
        country: "DE".into(),
    };
    let answer = |attempt, verdict, code| {
        let mut world = World::with_phone(false);
        world.backend.code = code;
        world.backend.version = 2;
        let enrolled = Enrolled {
            verdict,
            relayed: None,
            enrolment: world.backend.snapshot(TIMES[0]),
        };
        Event::Answered(Attempt(attempt), enrolled)
    };
    let asked = || {
        let world = World::with_phone(false);
        let mut flow = world.flow;
        let read = Event::EnrolmentRead(Attempt(1), world.backend.snapshot(TIMES[0]));
        let question = Event::QuestionWanted(Question::NewPhone(NumberPurpose::Add));
        for event in [Event::Opened, read, question, number()] {
            flow.handle(event, TIMES[0]).unwrap();
        }
        flow
    };
    let asks_number = |flow: &EnrolmentFlow| matches!(flow.screen().view, View::NewPhone { submitting: false, .. });
    for (verdict, flaw) in [
        (EnrolmentVerdict::NumberInvalid, NumberFlaw::Invalid),
        (EnrolmentVerdict::NumberTooShort, NumberFlaw::TooShort),
        (EnrolmentVerdict::NumberTooLong, NumberFlaw::TooLong),
        (EnrolmentVerdict::NumberOfOtherCountry, NumberFlaw::OtherCountry),
        (EnrolmentVerdict::NumberUnreachable, NumberFlaw::Unreachable),
    ] {
        let mut flow = asked();
        flow.handle(answer(2, verdict, false), TIMES[0]).unwrap();
        assert!(asks_number(&flow));
        assert_eq!(flow.screen().notice, Some(Notice::Number(flaw)));
    }

    let mut flow = asked();
    flow.handle(answer(2, EnrolmentVerdict::CodeSent, true), TIMES[0])
        .unwrap();
    let View::PhoneCode { number: shown, .. } = flow.screen().view else {
        panic!("the code is not asked for");
    };
    assert_eq!(shown.as_deref(), Some("*99"));
    flow.handle(Event::CodeEntered(Hidden::new("1".into())), TIMES[0])
        .unwrap();
    flow.handle(answer(3, EnrolmentVerdict::CodeWrong, true), TIMES[0])
        .unwrap();
    assert!(matches!(flow.screen().view, View::PhoneCode { submitting: false, .. }));
    assert_eq!(flow.screen().notice, Some(Notice::CodeWrong));
    flow.handle(Event::CodeEntered(Hidden::new("1".into())), TIMES[0])
        .unwrap();
    flow.handle(answer(4, EnrolmentVerdict::NumberRepeated, false), TIMES[0])
        .unwrap();
    assert!(asks_number(&flow));
    assert_eq!(flow.screen().notice, Some(Notice::NumberRepeated));
}

#[test]
fn a_lost_answer_about_a_code_claims_nothing_and_asks_for_what_can_be_entered() {
    for code in [true, false] {
        let world = World::with_phone(true);
        let mut flow = world.flow;
        let read = Event::EnrolmentRead(Attempt(1), world.backend.snapshot(TIMES[0]));
        let question = Event::QuestionWanted(Question::NewPhone(NumberPurpose::Replace));
        let number = Event::NumberEntered {
            number: Hidden::new("0171".into()),
            country: "DE".into(),
        };
        let lost = Event::CallFailed(Attempt(2), Failure::OutcomeUnknown);
        for event in [Event::Opened, read, question, number, lost] {
            flow.handle(event, TIMES[0]).unwrap();
        }
        let mut after = World::with_phone(true).backend;
        after.code = code;
        after.version = 2;
        flow.handle(Event::EnrolmentRead(Attempt(3), after.snapshot(TIMES[0])), TIMES[0])
            .unwrap();
        assert_eq!(flow.screen().notice, Some(Notice::CodeUnknown));
        assert_eq!(matches!(flow.screen().view, View::PhoneCode { .. }), code);
    }
}

#[test]
fn the_advice_asks_for_two_kinds_whichever_factor_cannot_be_used() {
    let report = |kind: &str, state: &str, usable_from| FactorReport {
        factor: Factor::from_name(kind),
        kind: FactorKind::from_name(kind),
        state: FactorState::from_name(state),
        usable_from,
    };
    let (knows, has, is) = ("knowledge", "possession", "inherence");
    let enrolled = |kinds: &[&str]| {
        kinds
            .iter()
            .map(|kind| report(kind, "enrolled", None))
            .collect::<Vec<_>>()
    };
    for (factors, expected) in [
        (vec![], Advice::Begin),
        (
            vec![report(knows, "unknown", None), report(has, "not-enrolled", None)],
            Advice::Begin,
        ),
        (enrolled(&[knows]), Advice::AddAnotherKind),
        (enrolled(&[has, has]), Advice::AddAnotherKind),
        (enrolled(&[knows, has]), Advice::AddFallback),
        // Without the PIN, two of one kind are left.
        (enrolled(&[knows, has, has]), Advice::AddFallback),
        (enrolled(&[knows, has, is]), Advice::Enough),
        (enrolled(&[knows, knows, has, has]), Advice::Enough),
        // Too new to be used.
        (
            vec![report(knows, "enrolled", None), report(has, "enrolled", Some(TIMES[1]))],
            Advice::AddAnotherKind,
        ),
    ] {
        let mut enrolment = World::new(FactorState::Enrolled, false).backend.snapshot(TIMES[0]);
        enrolment.factors = factors;
        assert_eq!(Advice::of(&enrolment), expected, "{:?}", enrolment.factors);
    }
}

/// A flow in its overview.
fn opened(pin: FactorState) -> EnrolmentFlow {
    opened_with(pin, false)
}

fn opened_with(pin: FactorState, device: bool) -> EnrolmentFlow {
    let world = World::new(pin, device);
    let mut flow = world.flow;
    flow.handle(Event::Opened, TIMES[0]).unwrap();
    flow.handle(
        Event::EnrolmentRead(Attempt(1), world.backend.snapshot(TIMES[0])),
        TIMES[0],
    )
    .unwrap();
    flow
}

#[test]
fn this_browser_can_be_enrolled_unless_it_is_or_keeps_no_keys() {
    let kept = |device: Option<&str>| BrowserKey::Kept {
        device: device.map(str::to_owned),
    };
    for (key, has_device, expected) in [
        (BrowserKey::Unknown, false, false),
        (BrowserKey::Refused, false, false),
        (BrowserKey::Missing, true, true),
        (kept(None), true, true),
        (kept(Some("d1")), true, false),
        // Removed from elsewhere.
        (kept(Some("d1")), false, true),
        (kept(Some("d2")), true, true),
    ] {
        let mut flow = opened_with(FactorState::Enrolled, has_device);
        flow.handle(Event::KeyLookedUp(key.clone()), TIMES[0]).unwrap();
        let asked = flow.handle(Event::QuestionWanted(Question::NewDevice), TIMES[0]);
        assert_eq!(asked.is_ok(), expected, "{key:?}, {has_device}");
    }
}

#[test]
fn a_pin_that_differs_or_is_weak_is_not_submitted_and_can_be_chosen_again() {
    let mut flow = opened(FactorState::NotEnrolled);
    flow.handle(Event::QuestionWanted(Question::NewPin(PinPurpose::Set)), TIMES[0])
        .unwrap();
    for (event, notice) in [
        (chosen("2580", "2581"), Notice::PinsDiffer),
        (chosen("1987", "1987"), Notice::WeakPin),
    ] {
        assert!(flow.handle(event, TIMES[0]).unwrap().is_empty());
        assert_eq!(flow.screen().notice, Some(notice));
    }
    let effects = flow.handle(chosen("2580", "2580"), TIMES[0]).unwrap();
    assert!(
        matches!(effects.as_slice(), [Effect::SubmitPin { purpose: PinPurpose::Set, pin, .. }] if pin.expose() == b"2580")
    );
}

#[test]
fn a_lost_answer_is_never_told_as_a_success_or_a_failure() {
    let mut flow = opened(FactorState::NotEnrolled);
    flow.handle(Event::QuestionWanted(Question::NewPin(PinPurpose::Set)), TIMES[0])
        .unwrap();
    flow.handle(chosen("2580", "2580"), TIMES[0]).unwrap();
    flow.handle(Event::CallFailed(Attempt(2), Failure::OutcomeUnknown), TIMES[0])
        .unwrap();
    assert!(matches!(flow.screen().view, View::Checking));
    let mut snapshot = World::new(FactorState::Enrolled, false).backend.snapshot(TIMES[0]);
    snapshot.version = 2;
    flow.handle(Event::EnrolmentRead(Attempt(3), snapshot), TIMES[0])
        .unwrap();
    assert_eq!(flow.screen().notice, Some(Notice::OutcomeUnknown(Change::SetPin)));
}
