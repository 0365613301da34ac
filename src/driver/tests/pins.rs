use std::rc::Rc;

use sca_protocol::{
    Outcome, Reason,
    flow::{Event, Notice, View},
};
use serde_json::json;

use super::world::{Call, World, approval, digits, fake_digest, verified};
use crate::driver::{READ_DEADLINE_MS, WRITE_DEADLINE_MS, ports::Diagnostic};

/// A widget whose customer has entered a PIN after the key was fetched, and the call that submits it.
fn handed_in() -> (World, Rc<Call>) {
    let mut world = World::asking_for_pin();
    world.answer_key();
    world.send(Event::PinEntered(digits("9173")));
    let call = world.last_call();
    assert_eq!(call.line, "POST https://partner.example/sca/v1/approval/apr_1/verify");
    (world, call)
}

#[test]
fn a_pin_leaves_only_as_ciphertext_and_the_backend_decides() {
    let (mut world, call) = handed_in();
    assert_eq!(call.json()["factor"], "pin");
    assert_eq!(call.json()["entry"]["jwe"].as_str().unwrap().split('.').count(), 5);
    assert!(!call.body.as_deref().unwrap().contains("9173"));
    assert_eq!(call.idempotency_key.as_deref().unwrap().len(), 32);
    let shown = &call.json()["shown"];
    assert_eq!((&shown["approval"], &shown["version"]), (&json!("apr_1"), &json!(1)));
    let statement = "sca-shown-1\napr_1\nstatement\nEUR balance\n2026-01-01\n2026-01-31\n";
    assert_eq!(shown["digest"], fake_digest(statement));
    call.answer(200, &verified("accepted", &approval(2, true)));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
    assert_eq!(world.state.ends.borrow().len(), 1);
}

#[test]
fn an_attempt_with_a_shown_mismatch_ends_the_flow_with_a_reason() {
    let (mut world, call) = handed_in();
    call.answer(409, &json!({"code": "shown-mismatch"}));
    world.run();
    assert_eq!(
        world.state.ends.borrow()[0].outcome,
        Outcome::Failed(Some(Reason::Changed))
    );
}

#[test]
fn an_answer_about_another_approval_is_refused() {
    let (mut world, call) = handed_in();
    let mut other = approval(9, true);
    other["id"] = json!("apr_2");
    call.answer(200, &verified("accepted", &other));
    world.run();
    assert_eq!(world.screen().view, View::Checking);
    world
        .stream()
        .begin(200, vec![("content-type", "text/event-stream".to_owned())]);
    world
        .stream()
        .piece(format!("event: approval\ndata: {other}\n\n").as_bytes());
    world.run();
    assert_eq!(world.screen().view, View::Checking);
    assert!(world.state.ends.borrow().is_empty());
    assert_eq!(*world.state.diagnostics.borrow(), [Diagnostic::EventIgnored]);
}

#[test]
fn a_second_press_submits_nothing() {
    let (mut world, _) = handed_in();
    let before = world.calls().len();
    world.send(Event::PinEntered(digits("9173")));
    assert_eq!(world.calls().len(), before);
    assert_eq!(*world.state.diagnostics.borrow(), [Diagnostic::EventIgnored]);
}

#[test]
fn after_a_lost_answer_the_status_is_read_before_anything_is_repeated() {
    let (mut world, call) = handed_in();
    world.pass(READ_DEADLINE_MS);
    assert!(!call.is_given_up(), "the backend may still be waiting for the provider");
    world.pass(WRITE_DEADLINE_MS - READ_DEADLINE_MS);
    assert!(call.is_given_up());
    assert_eq!(world.screen().view, View::Checking);
    assert_eq!(
        world.last_call().line,
        "GET https://partner.example/sca/v1/approval/apr_1"
    );
    world.last_call().answer(200, &approval(2, true));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
    assert_eq!(world.calls().iter().filter(|call| call.starts_with("POST")).count(), 1);
}

#[test]
fn a_stale_key_is_fetched_again_and_the_pin_encrypted_again_once() {
    let (mut world, first) = handed_in();
    first.answer(200, &verified("key-stale", &approval(1, false)));
    world.run();
    world.answer_key();
    let second = world.last_call();
    assert!(second.line.starts_with("POST"));
    assert_ne!(first.idempotency_key, second.idempotency_key);
    let segments = |call: &Call| -> Vec<String> {
        let jwe = call.json()["entry"]["jwe"].as_str().unwrap().to_owned();
        jwe.split('.').map(str::to_owned).collect()
    };
    for segment in [1, 2, 4] {
        assert_ne!(
            segments(&first)[segment],
            segments(&second)[segment],
            "segment {segment} is fresh"
        );
    }

    second.answer(200, &verified("key-stale", &approval(1, false)));
    world.run();
    assert_eq!(world.calls().iter().filter(|call| call.starts_with("POST")).count(), 2);
    assert_eq!(world.screen().notice, Some(Notice::NotReceived));
}

#[test]
fn the_key_is_fetched_while_the_customer_types_and_serves_every_attempt() {
    let (mut world, first) = handed_in();
    first.answer(200, &verified("refused", &approval(1, false)));
    world.run();
    world.send(Event::PinEntered(digits("9174")));
    assert_ne!(first.json()["entry"]["jwe"], world.last_call().json()["entry"]["jwe"]);
    assert_eq!(
        world.calls(),
        [
            "GET ",
            "GET /events",
            "GET /encryption-key",
            "POST /verify",
            "POST /verify"
        ]
    );
}

#[test]
fn a_pin_that_is_submitted_before_the_key_is_fetched_waits_for_it() {
    let mut world = World::asking_for_pin();
    world.send(Event::PinEntered(digits("9173")));
    assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key"]);
    world.answer_key();
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "POST /verify"]
    );
}

#[test]
fn a_key_that_could_not_be_fetched_is_fetched_again_at_the_submission() {
    let mut world = World::asking_for_pin();
    world.last_call().fail();
    world.run();
    assert_eq!(world.screen().notice, None);
    world.send(Event::PinEntered(digits("9173")));
    world.answer_key();
    assert_eq!(
        world.calls(),
        [
            "GET ",
            "GET /events",
            "GET /encryption-key",
            "GET /encryption-key",
            "POST /verify"
        ]
    );
}

#[test]
fn a_key_that_was_stale_twice_is_fetched_again_for_the_next_attempt() {
    let (mut world, first) = handed_in();
    first.answer(200, &verified("key-stale", &approval(1, false)));
    world.run();
    world.answer_key();
    world
        .last_call()
        .answer(200, &verified("key-stale", &approval(1, false)));
    world.run();
    world.send(Event::PinEntered(digits("9173")));
    world.answer_key();
    assert!(world.last_call().line.starts_with("POST"));
}

#[test]
fn cancelling_while_the_key_is_fetched_submits_nothing() {
    let mut world = World::asking_for_pin();
    let key = world.last_call();
    world.send(Event::PinEntered(digits("9173")));
    world.send(Event::CancelWanted);
    key.fail();
    world.run();
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "POST /cancel"]
    );
}

#[test]
fn an_unsafe_key_is_fetched_once_more_and_then_nothing_is_submitted() {
    let mut world = World::asking_for_pin();
    world.send(Event::PinEntered(digits("9173")));
    for _ in 0..2 {
        world.last_call().answer(200, &json!({"spki": "MIIB"}));
        world.run();
    }
    assert_eq!(world.screen().notice, Some(Notice::CannotEncrypt));
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "GET /encryption-key"]
    );
}

#[test]
fn without_a_key_nothing_is_submitted() {
    let mut world = World::asking_for_pin();
    world.send(Event::PinEntered(digits("9173")));
    world.last_call().fail();
    world.run();
    world.last_call().fail();
    world.run();
    assert_eq!(world.screen().notice, Some(Notice::NotReceived));
    assert!(!world.calls().iter().any(|call| call.starts_with("POST")));
}

#[test]
fn an_encrypted_answer_that_cannot_be_opened_changes_nothing() {
    let (mut world, call) = handed_in();
    let mut answer = verified("accepted", &approval(2, true));
    answer["relayed"] = json!("bm90.a.real.answer.x");
    call.answer(200, &answer);
    world.run();
    assert_eq!(*world.state.diagnostics.borrow(), [Diagnostic::ResponseNotDecrypted]);
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}

#[test]
fn a_plain_error_of_the_provider_is_not_decrypted() {
    let (mut world, call) = handed_in();
    let mut answer = verified("refused", &approval(2, false));
    answer["relayed"] = json!("{\"message\":\"wrong\"}");
    call.answer(200, &answer);
    world.run();
    assert!(world.state.diagnostics.borrow().is_empty());
    assert!(matches!(world.screen().notice, Some(Notice::Wrong { .. })));
}

#[test]
fn problem_codes_lead_to_different_screens() {
    let (mut world, call) = handed_in();
    call.answer(409, &json!({"code": "provider-session-ended"}));
    world.run();
    assert_eq!(world.state.ends.borrow().len(), 1);

    let (mut world, call) = handed_in();
    call.answer(409, &json!({"code": "request-in-progress"}));
    world.run();
    assert_eq!(world.screen().view, View::Checking);
    // The widgets of a page have one stream.
    drop(world);

    let (mut world, call) = handed_in();
    call.answer(429, &json!({"code": "too-many-requests", "retryAfter": 3}));
    world.run();
    assert!(matches!(world.screen().notice, Some(Notice::Wait { .. })));
}
