use sca_protocol::{
    Factor, Outcome, PageFactors,
    flow::{DeviceNotice, Event, Notice, View},
};
use serde_json::{Value, json};

use super::world::{World, approval, device_approval, verified};
use crate::driver::{READ_DEADLINE_MS, WRITE_DEADLINE_MS, ports::DeviceKeysUnreadable};

const FINGERPRINT: &str = "fingerprint-of-c1";
const KEY_MISSING: Notice = Notice::Device(DeviceNotice::KeyMissing(PageFactors));

/// A widget that shows an approval.
fn shown(approval: &Value) -> World {
    let mut world = World::opened();
    world.last_call().answer(200, approval);
    world.run();
    world
}

/// A widget whose customer has pressed "This device", in a browser with this key.
fn pressed(fingerprint: Result<Option<&'static str>, DeviceKeysUnreadable>) -> World {
    let mut world = shown(&device_approval(1));
    *world.state.fingerprint.borrow_mut() = Some(fingerprint);
    world.send(Event::FactorChosen(Factor::Device));
    world
}

/// The same, after the provider's key has arrived.
fn submitted() -> World {
    let mut world = pressed(Ok(Some(FINGERPRINT)));
    world.answer_key();
    assert!(world.last_call().line.ends_with("/verify"));
    world
}

/// Whether the customer can press "This device".
fn is_offered(world: &World) -> bool {
    let View::Choose { choices, starting, .. } = world.screen().view else {
        panic!("{:?}", world.screen().view)
    };
    let device = choices.iter().find(|choice| choice.factor == Factor::Device).unwrap();
    starting.is_none() && device.usable
}

fn attempts(world: &World) -> usize {
    world.calls().iter().filter(|call| call.ends_with("/verify")).count()
}

#[test]
fn one_press_submits_the_fingerprint_as_ciphertext() {
    let mut world = submitted();
    assert_eq!(*world.state.fingerprints.borrow(), ["key-of-c1"]);
    let call = world.last_call();
    assert_eq!(call.json()["factor"], "device");
    assert_eq!(call.json()["entry"]["jwe"].as_str().unwrap().split('.').count(), 5);
    assert_eq!(call.json()["shown"]["approval"], "apr_1");
    assert!(!call.body.as_deref().unwrap().contains(FINGERPRINT));
    assert!(!is_offered(&world), "a second press would be a second attempt");
    world.send(Event::FactorChosen(Factor::Device));
    assert_eq!(attempts(&world), 1);
    call.answer(200, &verified("accepted", &approval(2, true)));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}

#[test]
fn a_browser_without_a_key_submits_nothing_and_offers_another_factor() {
    let mut world = pressed(Ok(None));
    assert_eq!(world.screen().notice, Some(KEY_MISSING));
    assert!(!is_offered(&world));
    assert_eq!(attempts(&world), 0);
    world.send(Event::FactorChosen(Factor::Pin));
    assert!(matches!(world.screen().view, View::Pin { .. }));
}

#[test]
fn without_the_name_of_a_key_the_device_cannot_be_chosen() {
    let mut nameless = device_approval(1);
    nameless.as_object_mut().unwrap().remove("browserKey");
    let mut world = shown(&nameless);
    assert!(!is_offered(&world));
    world.send(Event::FactorChosen(Factor::Device));
    assert!(world.state.fingerprints.borrow().is_empty());
}

#[test]
fn a_device_that_the_provider_does_not_recognise_is_not_offered_again() {
    for verdict in ["refused", "not-set-up"] {
        let mut world = submitted();
        let mut counted = device_approval(2);
        counted["attemptsLeft"] = json!(4);
        world.last_call().answer(200, &verified(verdict, &counted));
        world.run();
        let here = PageFactors;
        let attempts_left = Some(4);
        let expected = Notice::Device(DeviceNotice::NotRecognised { attempts_left, here });
        assert_eq!(world.screen().notice, Some(expected), "{verdict}");
        assert!(!is_offered(&world), "{verdict}");
    }
}

#[test]
fn a_blocked_device_leaves_the_other_factors() {
    let mut world = submitted();
    let mut blocked = device_approval(2);
    blocked["challenges"][0]["primary"]["availability"] = json!("blocked");
    world.last_call().answer(200, &verified("blocked", &blocked));
    world.run();
    assert_eq!(world.screen().notice, Some(Notice::Blocked(Factor::Device)));
    assert!(!is_offered(&world));
}

#[test]
fn storage_that_refuses_or_does_not_answer_uses_no_attempt_and_may_be_tried_again() {
    for refuses in [true, false] {
        let mut world = shown(&device_approval(1));
        *world.state.fingerprint.borrow_mut() = refuses.then_some(Err(DeviceKeysUnreadable));
        world.send(Event::FactorChosen(Factor::Device));
        world.pass(READ_DEADLINE_MS);
        assert_eq!(world.screen().notice, Some(Notice::NotDelivered(Factor::Device)));
        assert!(is_offered(&world));
        assert_eq!(attempts(&world), 0);
    }
}

#[test]
fn after_a_lost_answer_the_backend_is_asked_and_nothing_is_claimed() {
    let mut world = submitted();
    world.pass(WRITE_DEADLINE_MS);
    assert_eq!(world.screen().view, View::Checking);
    assert!(world.last_call().line.ends_with("/approval/apr_1"));
    world.last_call().answer(200, &device_approval(2));
    world.run();
    assert_eq!(world.screen().notice, Some(Notice::NoAnswer));
    assert!(is_offered(&world));
    assert_eq!(attempts(&world), 1);
}

#[test]
fn a_stale_key_is_fetched_again_and_the_fingerprint_encrypted_again_once() {
    let mut world = submitted();
    let first = world.last_call();
    first.answer(200, &verified("key-stale", &device_approval(1)));
    world.run();
    world.answer_key();
    assert_ne!(first.json()["entry"], world.last_call().json()["entry"]);
    world.last_call().answer(200, &verified("accepted", &approval(2, true)));
    world.run();
    assert_eq!(attempts(&world), 2);
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}
