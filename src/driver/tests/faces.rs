use sca_protocol::{
    Outcome,
    flow::{Camera, Event, HostedStage, Notice, View},
};

use super::world::{SESSION, START, World, approval, face_approval};

const ORIGIN: &str = "https://session.facesign.ai";

fn stage(world: &World) -> HostedStage {
    if let View::Hosted { stage, .. } = world.screen().view {
        stage
    } else {
        panic!("no face is asked for: {:?}", world.screen().view)
    }
}

fn camera(world: &World) -> Camera {
    if let View::Hosted { camera, .. } = world.screen().view {
        camera
    } else {
        panic!("no face is asked for: {:?}", world.screen().view)
    }
}

fn is_late(world: &World) -> Option<bool> {
    if let HostedStage::Shown { late, .. } = stage(world) {
        Some(late)
    } else {
        None
    }
}

#[test]
fn nothing_is_opened_before_the_customer_begins() {
    let mut world = World::asking_for_face();
    world.pass(60_000);
    assert_eq!(stage(&world), HostedStage::Explaining { not_before: None });
    assert!(!world.calls().iter().any(|call| call.starts_with("POST")));
    world.send(Event::FrameWanted);
    let call = world.last_call();
    assert_eq!(call.line, "POST https://partner.example/sca/v1/approval/apr_1/start");
    assert_eq!(call.json()["factor"], "face");
    assert_eq!(stage(&world), HostedStage::Opening);
}

#[test]
fn the_camera_is_queried_before_it_is_needed_and_after_a_resume() {
    let mut world = World::opened();
    world.state.camera.set(Some(Camera::Refused));
    world.last_call().answer(200, &face_approval(1, None));
    world.run();
    assert_eq!(*world.state.camera_looks.borrow(), [ORIGIN]);
    assert_eq!(camera(&world), Camera::Refused);
    world.state.camera.set(Some(Camera::Ready));
    world.resume();
    assert_eq!(*world.state.camera_looks.borrow(), [ORIGIN, ORIGIN]);
    assert_eq!(camera(&world), Camera::Ready);
}

#[test]
fn a_camera_query_that_never_ends_blocks_nothing() {
    let world = World::showing_face();
    assert_eq!(camera(&world), Camera::Unknown);
    assert_eq!(is_late(&world), Some(false));
}

#[test]
fn a_camera_that_is_said_to_be_denied_is_a_hint_and_the_frame_opens() {
    let mut world = World::opened();
    world.state.camera.set(Some(Camera::Refused));
    world.last_call().answer(200, &face_approval(1, None));
    world.run();
    world.send(Event::FrameWanted);
    world.last_call().answer(200, &face_approval(2, Some(SESSION)));
    world.run();
    assert!(matches!(stage(&world), HostedStage::Shown { .. }));
    assert_eq!(camera(&world), Camera::Refused);
}

#[test]
fn a_frame_that_does_not_load_is_reported_after_fifteen_seconds() {
    let mut world = World::showing_face();
    world.pass(14_000);
    assert_eq!(is_late(&world), Some(false));
    world.pass(1_000);
    assert_eq!(is_late(&world), Some(true));
    world.send(Event::FrameLoaded);
    assert_eq!(is_late(&world), Some(false));

    let mut in_time = World::showing_face();
    in_time.send(Event::FrameLoaded);
    in_time.pass(60_000);
    assert_eq!(is_late(&in_time), Some(false));
}

#[test]
fn ten_thousand_frame_messages_cause_one_poll_and_the_backend_decides() {
    let mut world = World::showing_face();
    let before = world.calls().len();
    for _ in 0..10_000 {
        world.send(Event::FrameFinished);
    }
    assert_eq!(world.calls()[before..], ["GET "]);
    assert_eq!(world.screen().view, View::Checking);
    // The backend's session is still open: the flow polls a few times, then lets the customer continue.
    let mut looks = 0;
    while world.screen().view == View::Checking {
        assert!(looks < 10, "looks without an end");
        looks += 1;
        let mut still_open = face_approval(2, Some(SESSION));
        still_open["serverTime"] = world.state.now.get().into();
        world.last_call().answer(200, &still_open);
        world.run();
        world.pass(6_000);
        for _ in 0..100 {
            world.send(Event::FrameFinished);
        }
    }
    assert_eq!(stage(&world), HostedStage::Explaining { not_before: None });
    assert_eq!(world.screen().notice, Some(Notice::NotFinished));
    assert!(world.state.ends.borrow().is_empty());
}

#[test]
fn a_flow_ends_without_a_message_from_the_frame_or_the_stream() {
    let mut world = World::showing_face();
    let stream = world.stream();
    stream.begin(502, vec![]);
    stream.end();
    world.run();
    world.pass(2_000);
    assert_eq!(world.calls(), ["GET ", "GET /events", "POST /start", "GET "]);
    world.last_call().answer(200, &approval(3, true));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
}

#[test]
fn the_url_of_a_session_goes_to_the_frame_only() {
    let mut world = World::showing_face();
    world.send(Event::FrameFinished);
    world.send(Event::CancelWanted);
    for call in world.state.calls.borrow().iter() {
        assert!(!call.line.contains("canary"));
        assert!(!call.body.as_deref().unwrap_or_default().contains("canary"));
    }
    let screens = format!("{:?}", world.state.screens.borrow());
    assert!(screens.contains(ORIGIN) && !screens.contains("canary"));
}

#[test]
fn the_approval_is_settled_while_the_frame_is_shown() {
    let mut world = World::showing_face();
    world.send(Event::FrameLoaded);
    world.pass(900_000);
    assert_eq!(is_late(&world), Some(false), "the frame stays while the look goes on");
    let mut pending = face_approval(2, Some(SESSION));
    pending["serverTime"] = (START + 900_000).into();
    world.last_call().answer(200, &pending);
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Expired);
}
