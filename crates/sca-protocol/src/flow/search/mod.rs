//! Every state that the flow can reach against every behaviour of a small backend.
//!
//! The model is the shipped machine with a backend of a few states and a network that answers late, twice, wrongly or never.
//! The search visits worlds breadth first until it finds no new one. So the assertions hold for every order of events within the
//! bounds: two challenges, a few failed attempts or sessions, three points in time.

mod alike;
mod backend;
mod hosted;
mod network;
mod parties;
mod phone;
mod sound;
mod walk;
mod world;

use super::{
    effect::{Attempt, Effect},
    event::Event,
    state::Flow,
};
use crate::{Factor, Outcome, Reason, Status, Timestamp};
use backend::{Backend, approval, challenge};
use parties::{HostedProvider, Phone};
use walk::walk;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const START: Timestamp = Timestamp(1_000_000);
const RESEND: Timestamp = Timestamp(1_030_000);
const EXPIRY: Timestamp = Timestamp(1_900_000);
/// Now, after the resend pause, after the end.
const TIMES: [Timestamp; 3] = [START, Timestamp(1_040_000), Timestamp(1_900_001)];
const BEFORE_THE_END: [Timestamp; 2] = [START, Timestamp(1_040_000)];

#[test]
fn every_order_of_events_is_sound_when_all_challenges_are_listed() {
    let steps = vec![challenge("1", Factor::Pin, &[]), challenge("2", Factor::Sms, &[])];
    let worlds = walk(Backend::new(approval(steps)), &TIMES);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_challenges_come_one_at_a_time() {
    let first = approval(vec![challenge("1", Factor::Sms, &[])]);
    let steps = Backend {
        later: vec![challenge("2", Factor::from_name("retina"), &[])],
        ..Backend::new(first)
    };
    let worlds = walk(steps, &TIMES);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn an_unknown_factor_never_passes_and_its_alternative_does() {
    let unknown = approval(vec![challenge("1", Factor::from_name("retina"), &[Factor::Pin])]);
    let worlds = walk(Backend::new(unknown), &TIMES);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_a_pin_can_replace_the_device() {
    let device_or_pin = approval(vec![challenge("1", Factor::Device, &[Factor::Pin])]);
    let worlds = walk(Backend::new(device_or_pin), &BEFORE_THE_END);
    assert!(worlds > 5_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_the_device_follows_a_code() {
    let code_then_device = Backend {
        later: vec![challenge("2", Factor::Device, &[])],
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::Sms, &[])]))
    };
    let worlds = walk(code_then_device, &BEFORE_THE_END[..1]);
    assert!(worlds > 2_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_a_face_is_scanned() {
    let scan = Backend {
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::FaceScan, &[])]))
    };
    let worlds = walk(scan, &TIMES);
    assert!(worlds > 5_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_a_code_can_replace_the_scan_of_a_face() {
    let scan_or_code = Backend {
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::FaceScan, &[Factor::Sms])]))
    };
    let worlds = walk(scan_or_code, &BEFORE_THE_END);
    assert!(worlds > 5_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_with_a_face_check() {
    let face = Backend {
        hosted: Some(HostedProvider::HOSTED),
        ..Backend::new(approval(vec![challenge("1", Factor::Face, &[])]))
    };
    let worlds = walk(face, &TIMES);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_a_pin_can_replace_the_face() {
    let face_or_pin = Backend {
        hosted: Some(HostedProvider::HOSTED),
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::Face, &[Factor::Pin])]))
    };
    let worlds = walk(face_or_pin, &BEFORE_THE_END);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn a_page_of_an_unlisted_origin_is_never_shown_and_another_factor_clears_the_challenge() {
    let face_or_pin = Backend {
        hosted: Some(HostedProvider::FORGED),
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::Face, &[Factor::Pin])]))
    };
    let worlds = walk(face_or_pin, &BEFORE_THE_END);
    assert!(worlds > 5_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_a_code_can_replace_the_phone() {
    let push_or_code = Backend {
        phone: Some(Phone::default()),
        ..Backend::new(approval(vec![challenge("1", Factor::Push, &[Factor::Sms])]))
    };
    let worlds = walk(push_or_code, &BEFORE_THE_END);
    assert!(worlds > 10_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn every_order_of_events_is_sound_when_another_challenge_follows_the_phone() {
    let push_then_pin = Backend {
        phone: Some(Phone::default()),
        later: vec![challenge("2", Factor::Pin, &[])],
        most_wrong: 1,
        ..Backend::new(approval(vec![challenge("1", Factor::Biometric, &[])]))
    };
    let worlds = walk(push_then_pin, &BEFORE_THE_END);
    assert!(worlds > 5_000, "{worlds} worlds: the search has shrunk");
}

#[test]
fn reasons_survive_to_the_outcome() {
    let mut declined = approval(Vec::new());
    declined.status = Status::Declined;
    declined.reason = Some(Reason::TooManyAttempts);
    let mut flow = Flow::new(declined.id.clone(), Vec::new());
    flow.handle(Event::Opened, START).unwrap();
    let effects = flow.handle(Event::ApprovalRead(Attempt(1), declined), START).unwrap();
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Settle(Outcome::Declined(Some(Reason::TooManyAttempts)))))
    );
}
