use sca_protocol::{
    Factor, Outcome,
    flow::{Event, Notice, View},
};
use serde_json::json;

use super::world::{SPKI, World, approval, device_approval, verified};
use crate::driver::ports::NoFingerprint;

/// A widget whose customer has chosen to confirm with this browser.
fn chosen() -> World {
    let mut world = World::opened();
    world.last_call().answer(200, &device_approval(1));
    world.run();
    world.send(Event::FactorChosen(Factor::Device));
    world
}

fn is_offered(world: &World) -> bool {
    match world.screen().view {
        View::Choose { choices, starting, .. } => {
            let device = choices.iter().find(|choice| choice.factor == Factor::Device).unwrap();
            starting.is_none() && device.usable
        }
        view => panic!("{view:?}"),
    }
}

#[test]
fn one_press_submits_the_fingerprint_as_ciphertext() {
    let mut world = chosen();
    *world.state.fingerprint.borrow_mut() = Some(Ok(Some("fingerprint-of-c1")));
    world.answer_key();
    assert_eq!(*world.state.fingerprints.borrow(), ["c1"]);
    let call = world.last_call();
    assert!(call.line.ends_with("/verify"), "{}", call.line);
    assert_eq!(call.json()["factor"], "device");
    assert_eq!(call.json()["entry"]["jwe"].as_str().unwrap().split('.').count(), 5);
    assert_eq!(call.json()["shown"]["approval"], "apr_1");
    assert!(!call.body.as_deref().unwrap().contains("fingerprint-of-c1"));
    assert!(!is_offered(&world), "a second press would be a second attempt");
    call.answer(200, &verified("accepted", &approval(2, true)));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}

#[test]
fn a_browser_without_a_key_submits_nothing_and_offers_another_factor() {
    let mut world = chosen();
    *world.state.fingerprint.borrow_mut() = Some(Ok(None));
    world.answer_key();
    assert!(world.last_call().line.ends_with("/encryption-key"));
    assert_eq!(world.screen().notice, Some(Notice::DeviceUnknown));
    assert!(!is_offered(&world));
    world.send(Event::FactorChosen(Factor::Pin));
    assert!(matches!(world.screen().view, View::Pin { .. }));
}

#[test]
fn without_a_name_of_the_customer_no_key_is_looked_for() {
    let mut world = chosen();
    world.last_call().answer(200, &json!({"spki": SPKI.trim()}));
    world.run();
    assert!(world.state.fingerprints.borrow().is_empty());
    assert_eq!(world.screen().notice, Some(Notice::DeviceUnknown));
}

#[test]
fn a_refused_device_is_not_offered_again() {
    for verdict in ["refused", "not-set-up"] {
        let mut world = chosen();
        *world.state.fingerprint.borrow_mut() = Some(Ok(Some("fingerprint-of-c1")));
        world.answer_key();
        world.last_call().answer(200, &verified(verdict, &device_approval(2)));
        world.run();
        assert_eq!(world.screen().notice, Some(Notice::DeviceUnknown), "{verdict}");
        assert!(!is_offered(&world), "{verdict}");
    }
}

#[test]
fn a_browser_that_cannot_tell_now_may_be_tried_again() {
    let mut world = chosen();
    *world.state.fingerprint.borrow_mut() = Some(Err(NoFingerprint));
    world.answer_key();
    assert_eq!(world.screen().notice, Some(Notice::NotDelivered(Factor::Device)));
    assert!(is_offered(&world));
    assert!(!world.calls().iter().any(|call| call.starts_with("POST")));
}
