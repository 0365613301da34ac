use sca_protocol::{
    Factor, Outcome, PageFactors,
    flow::{Event, FaceNotice, NoScan, Notice, View},
};
use serde_json::{Value, json};

use super::world::{START, World, approval, scan_approval, verified};
use crate::driver::{CAPTURE_DEADLINE_MS, FACE_DEADLINE_MS, WRITE_DEADLINE_MS};

const SCAN: &str = "c2NhbiBjYW5hcnk=";
const NOT_SCANNED: Notice = Notice::FaceScan(FaceNotice::NotScanned(PageFactors));

/// A widget whose customer has pressed "Face", in a page whose capture ends like this.
fn pressed(scan: Option<Result<&'static str, NoScan>>) -> World {
    let mut world = World::opened();
    world.last_call().answer(200, &scan_approval(1));
    world.run();
    *world.state.scan.borrow_mut() = scan;
    world.send(Event::FactorChosen(Factor::FaceScan));
    world
}

/// The same, after the face server's token has arrived.
fn capturing(scan: Option<Result<&'static str, NoScan>>) -> World {
    let mut world = pressed(scan);
    world.last_call().answer(200, &json!({"sessionToken": "token-1"}));
    world.run();
    world
}

fn submitted() -> World {
    let world = capturing(Some(Ok(SCAN)));
    assert!(world.last_call().line.ends_with("/approval/apr_1/face"));
    world
}

/// Whether the customer can press "Face".
fn is_offered(world: &World) -> bool {
    let View::Choose { choices, starting, .. } = world.screen().view else {
        panic!("{:?}", world.screen().view)
    };
    let scan = choices.iter().find(|choice| choice.factor == Factor::FaceScan).unwrap();
    starting.is_none() && scan.usable
}

fn captures(world: &World) -> Vec<String> {
    world.state.captures.borrow().clone()
}

fn attempts(world: &World) -> usize {
    world.calls().iter().filter(|call| call.ends_with("/face")).count()
}

fn face_verified(verdict: &str, approval: &Value) -> Value {
    let mut answer = verified(verdict, approval);
    answer["scanResult"] = json!("result-1");
    answer
}

#[test]
fn a_scan_is_submitted_with_what_was_shown_and_its_result_goes_to_the_host() {
    let mut world = pressed(Some(Ok(SCAN)));
    assert!(world.last_call().line.ends_with("/approval/apr_1/face/session"));
    world.last_call().answer(200, &json!({"sessionToken": "token-1"}));
    world.run();
    let call = world.last_call();
    let body = call.json();
    assert_eq!(body["challenge"], "1");
    assert_eq!(body["scan"]["faceScan"], SCAN);
    assert_eq!(body["shown"]["approval"], "apr_1");
    assert!(!is_offered(&world), "a second press would be a second attempt");
    call.answer(200, &face_verified("accepted", &approval(2, true)));
    world.run();
    assert_eq!(captures(&world), ["token-1", "result-1"]);
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}

#[test]
fn a_host_without_a_capture_is_asked_for_none() {
    let mut world = World::opened_in(|state| state.has_no_capture.set(true));
    world.last_call().answer(200, &scan_approval(1));
    world.run();
    assert!(!is_offered(&world));
    world.send(Event::FactorChosen(Factor::FaceScan));
    assert!(captures(&world).is_empty());
}

#[test]
fn a_capture_that_fails_or_is_cancelled_uses_no_attempt_and_may_be_tried_again() {
    for (cause, notice) in [(NoScan::Failed, Some(NOT_SCANNED)), (NoScan::Cancelled, None)] {
        let mut world = capturing(Some(Err(cause)));
        assert_eq!(world.screen().notice, notice, "{cause:?}");
        assert!(is_offered(&world));
        assert_eq!(attempts(&world), 0);
        world.send(Event::FactorChosen(Factor::FaceScan));
        assert!(world.last_call().line.ends_with("/face/session"));
    }
}

#[test]
fn a_capture_that_hangs_is_told_to_stop_at_its_deadline() {
    let mut world = World::opened();
    let mut long = scan_approval(1);
    long["expiresAt"] = json!(START + 10 * CAPTURE_DEADLINE_MS);
    world.last_call().answer(200, &long);
    world.run();
    world.send(Event::FactorChosen(Factor::FaceScan));
    world.last_call().answer(200, &json!({"sessionToken": "token-1"}));
    world.run();
    world.pass(CAPTURE_DEADLINE_MS);
    assert_eq!(captures(&world), ["token-1", "stop"]);
    assert_eq!(world.screen().notice, Some(NOT_SCANNED));
    assert!(is_offered(&world));
}

#[test]
fn the_customer_can_turn_to_another_factor_while_the_capture_runs() {
    let mut world = capturing(None);
    let View::Choose { starting, scanning, .. } = world.screen().view else {
        panic!("{:?}", world.screen().view)
    };
    assert_eq!((starting, scanning), (Some(Factor::FaceScan), Some(PageFactors)));
    world.send(Event::FactorChosen(Factor::Pin));
    assert_eq!(captures(&world), ["token-1", "stop"]);
    assert!(matches!(world.screen().view, View::Pin { .. }));
    assert_eq!(attempts(&world), 0);
}

#[test]
fn a_capture_is_told_to_stop_when_nothing_waits_for_it_any_more() {
    let mut cancelled = capturing(None);
    cancelled.send(Event::CancelWanted);
    assert_eq!(captures(&cancelled), ["token-1", "stop"]);

    let mut settled_elsewhere = capturing(None);
    settled_elsewhere.send(Event::Resumed);
    settled_elsewhere.last_call().answer(200, &approval(2, true));
    settled_elsewhere.run();
    assert_eq!(settled_elsewhere.state.ends.borrow()[0].outcome, Outcome::Approved);
    assert_eq!(captures(&settled_elsewhere), ["token-1", "stop"]);

    let mut removed = capturing(None);
    removed.driver = None;
    removed.run();
    assert_eq!(captures(&removed), ["token-1", "stop"]);

    let mut waiting_for_its_result = submitted();
    waiting_for_its_result.driver = None;
    waiting_for_its_result.run();
    assert_eq!(captures(&waiting_for_its_result), ["token-1", "stop"]);
}

#[test]
fn without_a_token_nothing_is_captured_and_nothing_counts() {
    let mut lost = pressed(Some(Ok(SCAN)));
    lost.pass(WRITE_DEADLINE_MS);
    assert_eq!(lost.screen().notice, Some(Notice::NotDelivered(Factor::FaceScan)));
    assert!(captures(&lost).is_empty() && is_offered(&lost));

    let mut ended = pressed(Some(Ok(SCAN)));
    ended.last_call().answer(401, &json!({"code": "unauthorized"}));
    ended.run();
    assert_eq!(ended.state.ends.borrow().len(), 1);
}

#[test]
fn a_face_that_is_not_recognised_can_be_scanned_again() {
    let mut world = submitted();
    let mut counted = scan_approval(2);
    counted["attemptsLeft"] = json!(2);
    world.last_call().answer(200, &face_verified("refused", &counted));
    world.run();
    let expected = Notice::FaceScan(FaceNotice::NotRecognised {
        attempts_left: Some(2),
        here: PageFactors,
    });
    assert_eq!(world.screen().notice, Some(expected));
    assert_eq!(captures(&world), ["token-1", "result-1"]);
    assert!(is_offered(&world));
}

#[test]
fn a_slow_submission_is_awaited_and_a_lost_one_is_asked_about() {
    let mut world = submitted();
    let call = world.last_call();
    world.pass(FACE_DEADLINE_MS - 1_000);
    assert!(!call.is_given_up());
    assert!(matches!(world.screen().view, View::Choose { starting: Some(_), .. }));
    world.pass(1_000);
    assert_eq!(world.screen().view, View::Checking);
    assert_eq!(captures(&world), ["token-1", "no result"]);
    world.last_call().answer(200, &scan_approval(2));
    world.run();
    assert_eq!(world.screen().notice, Some(Notice::NoAnswer));
    assert_eq!(attempts(&world), 1);
}
