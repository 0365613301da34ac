use std::rc::Rc;

use sca_protocol::{
    Outcome,
    flow::{Event, View},
};
use serde_json::{Value, json};

use super::world::{Call, World, approval};

fn open(call: &Call) {
    call.begin(200, vec![("content-type", "text/event-stream".to_owned())]);
}

fn tell(call: &Call, approval: &Value) {
    call.piece(format!("event: approval\r\ndata: {approval}\r\n\r\n").as_bytes());
}

/// How many calls of a kind were made.
fn count(world: &World, call: &str) -> usize {
    world.calls().iter().filter(|made| *made == call).count()
}

fn listening() -> (World, Rc<Call>) {
    let mut world = World::asking_for_pin();
    let stream = world.stream();
    open(&stream);
    tell(&stream, &approval(1, false));
    world.run();
    (world, stream)
}

#[test]
fn a_streamed_snapshot_is_shown_without_a_poll() {
    let (mut world, stream) = listening();
    tell(&stream, &approval(1, false));
    tell(&stream, &approval(2, true));
    world.run();
    assert_eq!(world.state.ends.borrow()[0].outcome, Outcome::Approved);
    assert!(stream.is_given_up());
    assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key"]);
}

#[test]
fn comments_keep_a_stream_open_and_silence_ends_it() {
    let (mut world, stream) = listening();
    for _ in 0..4 {
        world.pass(20_000);
        stream.piece(b": still here\n\n");
        world.run();
    }
    assert!(!stream.is_given_up());
    world.pass(30_000);
    assert!(stream.is_given_up());
    world.pass(2_000);
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "GET "],
        "the approval is read instead"
    );
    world.last_call().answer(200, &approval(1, false));
    world.run();
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "GET ", "GET /events"],
        "and the stream opened again"
    );
}

#[test]
fn where_no_event_arrives_the_approval_is_read_every_few_seconds() {
    for begins in [true, false] {
        let mut world = World::asking_for_pin();
        let stream = world.stream();
        if begins {
            open(&stream);
        }
        world.run();
        world.pass(3_500);
        assert!(stream.is_given_up());
        for reads in 1..=3 {
            world.pass(4_000);
            assert_eq!(count(&world, "GET "), 1 + reads, "{:?}", world.calls());
            world.last_call().answer(200, &approval(1, false));
            world.run();
        }
        assert_eq!(count(&world, "GET /events"), 1);
        world.state.is_visible.set(false);
        world.pass(60_000);
        assert_eq!(count(&world, "GET "), 4, "a hidden page does not poll");
        world.state.is_visible.set(true);
        world.resume();
        assert_eq!(
            count(&world, "GET /events"),
            2,
            "another network may not gather the stream"
        );
    }
}

#[test]
fn the_widgets_of_a_page_have_one_stream() {
    let (first, stream) = listening();
    let mut others = [(); 2].map(|()| World::opened());
    for other in &mut others {
        other.last_call().answer(200, &approval(1, false));
        other.run();
        assert_eq!(count(other, "GET /events"), 0);
        other.pass(4_000);
        assert_eq!(count(other, "GET "), 2);
        other.last_call().answer(200, &approval(1, false));
        other.run();
    }
    assert!(!stream.is_given_up());
    drop(first);
    for other in &mut others {
        other.resume();
    }
    assert_eq!(others.map(|other| count(&other, "GET /events")), [1, 0]);
}

#[test]
fn a_response_that_is_not_an_event_stream_is_not_read() {
    for (status, kind) in [(200, "text/html"), (401, "text/event-stream"), (204, "")] {
        let mut world = World::asking_for_pin();
        let stream = world.stream();
        stream.begin(status, vec![("content-type", kind.to_owned())]);
        tell(&stream, &approval(2, true));
        world.run();
        assert!(stream.is_given_up(), "{status} {kind}");
        assert!(world.state.ends.borrow().is_empty());
    }
}

#[test]
fn an_invalid_event_ends_the_stream() {
    let (mut world, stream) = listening();
    stream.piece(b"event: approval\ndata: {\"status\":\"approved\"}\n\n");
    world.run();
    assert!(stream.is_given_up());
    assert!(matches!(world.screen().view, View::Pin { .. }));
}

#[test]
fn a_hidden_page_does_not_poll_until_it_is_visible() {
    let (mut world, stream) = listening();
    world.state.is_visible.set(false);
    stream.end();
    world.run();
    world.pass(300_000);
    assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key"]);
    world.resume();
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key"],
        "connected again, but still not seen"
    );
    world.state.is_visible.set(true);
    world.resume();
    assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key", "GET "]);
}

#[test]
fn after_a_suspension_the_stream_is_opened_again() {
    let (mut world, stream) = listening();
    world.resume();
    assert!(stream.is_given_up());
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "GET /events", "GET "]
    );
}

#[test]
fn a_hidden_page_has_no_stream_and_opens_one_when_it_is_visible() {
    let (mut world, stream) = listening();
    world.state.is_visible.set(false);
    world.resume();
    assert!(stream.is_given_up());
    world.pass(60_000);
    assert_eq!(world.calls(), ["GET ", "GET /events", "GET /encryption-key"]);
    world.state.is_visible.set(true);
    world.resume();
    assert_eq!(
        world.calls(),
        ["GET ", "GET /events", "GET /encryption-key", "GET /events", "GET "]
    );
}

#[test]
fn a_widget_that_is_opened_in_a_hidden_page_opens_its_stream_later() {
    let mut world = World::opened_in(|state| state.is_visible.set(false));
    world.last_call().answer(200, &approval(1, false));
    world.run();
    assert!(!world.calls().contains(&"GET /events".to_owned()));
    world.state.is_visible.set(true);
    world.resume();
    assert!(world.calls().contains(&"GET /events".to_owned()));
}

#[test]
fn after_the_end_no_stream_is_opened() {
    let (mut world, _stream) = listening();
    world.send(Event::CancelWanted);
    world.state.is_visible.set(false);
    world.resume();
    let mut cancelled = approval(2, false);
    cancelled["status"] = json!("cancelled");
    world.last_call().answer(200, &cancelled);
    world.run();
    assert_eq!(world.state.ends.borrow().len(), 1);
    let before = world.calls().len();
    world.state.is_visible.set(true);
    world.resume();
    assert_eq!(world.calls().len(), before);
}
