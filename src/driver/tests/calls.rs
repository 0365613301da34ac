use sca_protocol::{
    Outcome, Reason,
    flow::{Event, Notice, View},
};
use serde_json::json;

use super::world::{World, approval, digits};
use crate::driver::READ_DEADLINE_MS;

#[test]
fn every_call_names_the_secret_in_its_header_and_nowhere_else() {
    let mut world = World::asking_for_pin();
    world.send(Event::CancelWanted);
    for call in world.state.calls.borrow().iter() {
        assert_eq!(call.authorization, "Bearer apr_1_secret_canary");
        assert!(!call.line.contains("canary"));
        assert!(!call.body.as_deref().unwrap_or_default().contains("canary"));
    }
}

#[test]
fn a_call_without_an_answer_ends_at_its_deadline() {
    let mut world = World::opened();
    world.pass(READ_DEADLINE_MS - 1_000);
    assert!(!world.call(0).is_given_up());
    world.pass(1_000);
    assert!(world.call(0).is_given_up());
    assert_eq!(world.calls(), ["GET "]);
    world.pass(2_000);
    assert_eq!(world.calls(), ["GET ", "GET "], "it is tried again after a pause");
}

#[test]
fn the_deadline_counts_to_the_last_byte_of_the_body() {
    let mut world = World::opened();
    world.call(0).begin(200, vec![]);
    for _ in 0..READ_DEADLINE_MS / 1_000 {
        world.call(0).piece(b" ");
        world.pass(1_000);
    }
    assert!(world.call(0).is_given_up());
}

#[test]
fn invalid_answers_change_nothing() {
    let too_large = format!("\"{}\"", "x".repeat(1024 * 1024));
    for body in [
        "<html>Welcome to our hotel</html>",
        "{\"id\":\"apr_1\",\"vers",
        "",
        "null",
        &too_large,
    ] {
        let mut world = World::opened();
        world.call(0).answer_text(200, body);
        world.run();
        assert_eq!(world.screen().view, View::Loading);
        world.pass(1_000);
        assert_eq!(world.calls(), ["GET ", "GET "]);
        world.call(1).answer(200, &approval(1, false));
        world.run();
        assert!(matches!(world.screen().view, View::Pin { .. }));
    }
}

#[test]
fn an_answer_that_breaks_off_leaves_the_outcome_unknown() {
    let mut world = World::opened();
    world.call(0).begin(200, vec![]);
    world.call(0).piece(approval(1, false).to_string().as_bytes());
    world.call(0).break_off();
    world.run();
    assert_eq!(world.screen().view, View::Loading);
}

#[test]
fn the_flow_waits_for_the_retry_after_of_the_server() {
    for (header, wait) in [("7", 7_000), ("Tue, 14 Nov 2023 22:13:30 GMT", 10_000)] {
        let mut world = World::opened();
        world.call(0).begin(429, vec![("retry-after", header.to_owned())]);
        world.call(0).end();
        world.run();
        world.pass(wait - 1_000);
        assert_eq!(world.calls(), ["GET "], "not before {header}");
        world.pass(1_000);
        assert_eq!(world.calls(), ["GET ", "GET "]);
    }
}

#[test]
fn an_invalid_secret_ends_the_widget_once() {
    let mut world = World::opened();
    world.call(0).answer(401, &json!({"code": "unauthorized"}));
    world.run();
    world.pass(120_000);
    let ends = world.state.ends.borrow();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].outcome, Outcome::Failed(Some(Reason::SessionEnded)));
    assert_eq!(ends[0].approval_id, None);
    assert_eq!(world.calls(), ["GET "]);
}

#[test]
fn cancelling_aborts_the_verification_attempt_and_ignores_its_late_answer() {
    let mut world = World::asking_for_pin();
    world.answer_key();
    world.send(Event::PinEntered(digits("1234")));
    let entry = world.last_call();
    assert!(entry.line.starts_with("POST"));
    world.send(Event::CancelWanted);
    world.run();
    assert!(entry.is_given_up());
    assert_eq!(
        world.last_call().line,
        "POST https://partner.example/sca/v1/approval/apr_1/cancel"
    );
    assert!(world.last_call().body.is_none());
    assert!(world.last_call().idempotency_key.is_some());
    world.last_call().fail();
    world.run();
    assert_eq!(
        world.last_call().line,
        "GET https://partner.example/sca/v1/approval/apr_1",
        "was it too late to stop?"
    );
    assert!(world.state.ends.borrow().is_empty());
    world.last_call().fail();
    world.run();
    assert_eq!(
        world.last_call().line,
        "GET https://partner.example/sca/v1/approval/apr_1",
        "was it heard?"
    );
    world.last_call().answer(200, &approval(1, false));
    world.run();
    assert_eq!(world.state.ends.borrow().len(), 1);
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Cancelled);
    assert_eq!(world.state.ends.borrow()[0].approval_id.as_deref(), Some("apr_1"));
}

#[test]
fn a_dropped_driver_cancels_all_work() {
    let mut world = World::asking_for_pin();
    world.send(Event::PinEntered(digits("1234")));
    world.driver = None;
    world.run();
    for call in world.state.calls.borrow().iter() {
        assert!(call.is_given_up(), "{}", call.line);
    }
    let before = world.calls().len();
    world.pass(1_000_000);
    assert_eq!(world.calls().len(), before);
    assert!(world.state.ends.borrow().is_empty());
}

#[test]
fn offline_nothing_is_sent_and_no_attempt_is_used() {
    let mut world = World::asking_for_pin();
    world.last_call().fail();
    world.state.is_offline.set(true);
    world.send(Event::PinEntered(digits("1234")));
    assert_eq!(world.screen().notice, Some(Notice::NotReceived));
    assert!(matches!(world.screen().view, View::Pin { submitting: false, .. }));
    world.state.is_offline.set(false);
    world.send(Event::PinEntered(digits("1234")));
    assert_eq!(
        world.last_call().line,
        "GET https://partner.example/sca/v1/approval/apr_1/encryption-key"
    );
}
