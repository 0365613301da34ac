use sca_protocol::{
    Factor, Outcome, Reason, Timestamp,
    flow::{Event, Notice, View},
};
use serde_json::{Value, json};

use super::world::{START, World, digits};

/// An approval by phone or by code, with its delivery: the factor, and when it expires.
fn approval(version: u64, at: u64, sent: Option<(&str, u64)>) -> Value {
    let option = |factor: &str| json!({"factor": factor, "availability": "available"});
    let mut step = json!({
        "id": "1", "required": true, "passed": false, "primary": option("push"), "alternatives": [option("sms")],
    });
    if let Some((factor, end)) = sent {
        step["delivery"] = json!({"factor": factor, "resendAt": START + at, "expiresAt": START + end});
    }
    json!({
        "id": "apr_1", "version": version, "serverTime": START + at, "expiresAt": START + 900_000, "status": "pending",
        "action": {"payments": [{"payee": "Acme", "amount": {"minor": 125_050, "currency": "EUR"}}]},
        "challenges": [step],
    })
}

fn settled(version: u64, status: &str, reason: Option<&str>) -> Value {
    json!({
        "id": "apr_1", "version": version, "serverTime": START, "expiresAt": START + 900_000,
        "status": status, "reason": reason, "challenges": [],
    })
}

/// A widget that waits for the phone. The request expires after a minute.
fn waiting() -> World {
    let mut world = World::opened();
    world.last_call().answer(200, &approval(1, 0, None));
    world.run();
    world
        .stream()
        .begin(200, vec![("content-type", "text/event-stream".to_owned())]);
    world.send(Event::FactorChosen(Factor::Push));
    let start = world.last_call();
    assert_eq!(start.line, "POST https://partner.example/sca/v1/approval/apr_1/start");
    let body = start.json();
    assert_eq!((&body["challenge"], &body["factor"]), (&json!("1"), &json!("push")));
    assert_eq!(body["shown"]["version"], 1);
    start.answer(200, &approval(2, 0, Some(("push", 60_000))));
    world.run();
    assert_eq!(
        world.screen().view,
        View::Phone {
            factor: Factor::Push,
            expires_at: Some(Timestamp(START + 60_000)),
            code_instead: Some(Factor::Sms),
            other_factor: false,
        }
    );
    world
}

fn tell(world: &mut World, approval: &Value) {
    let event = format!("event: approval\ndata: {approval}\n\n");
    world.stream().piece(event.as_bytes());
    world.run();
}

fn keep_alive(world: &mut World, milliseconds: u64) {
    for _ in 0..milliseconds / 10_000 {
        world.stream().piece(b": still there\n\n");
        world.pass(10_000);
    }
}

fn outcomes(world: &World) -> Vec<Outcome> {
    let ends = world.state.ends.borrow();
    ends.iter().map(|end| end.outcome.clone()).collect()
}

#[test]
fn the_answer_on_the_phone_arrives_by_the_stream_without_polling() {
    for (status, reason, expected) in [
        ("approved", None, Outcome::Approved),
        ("declined", Some("denied"), Outcome::Declined(Some(Reason::Denied))),
    ] {
        let mut world = waiting();
        let calls = world.calls().len();
        keep_alive(&mut world, 50_000);
        assert_eq!(world.calls().len(), calls);
        tell(&mut world, &settled(3, status, reason));
        assert_eq!(outcomes(&world), [expected]);
    }
}

#[test]
fn an_expired_request_is_polled_until_the_backend_reports_its_expiry() {
    let mut world = waiting();
    keep_alive(&mut world, 50_000);
    let calls = world.calls().len();
    keep_alive(&mut world, 10_000);
    assert_eq!(world.calls().len(), calls + 1);
    world
        .last_call()
        .answer(200, &approval(2, 60_000, Some(("push", 60_000))));
    world.run();
    assert!(matches!(world.screen().view, View::Phone { .. }));
    world.pass(1_000);
    assert_eq!(world.calls().len(), calls + 2);
    let mut expired = approval(3, 61_000, None);
    expired["challenges"][0]["stepFailure"] = json!("request-expired");
    world.last_call().answer(200, &expired);
    world.run();
    assert!(matches!(world.screen().view, View::Choose { .. }));
    assert_eq!(world.screen().notice, Some(Notice::RequestExpired));
    keep_alive(&mut world, 60_000);
    assert_eq!(world.calls().len(), calls + 2, "nobody is asked once it is known");
}

#[test]
fn an_answer_on_the_phone_counts_while_a_code_is_being_sent() {
    let mut world = waiting();
    world.send(Event::FactorChosen(Factor::Sms));
    world.last_call().answer(200, &approval(3, 0, Some(("sms", 300_000))));
    world.run();
    world.send(Event::CodeEntered(digits("123456")));
    let verify = world.last_call();
    assert_eq!(verify.json()["factor"], "sms");
    tell(&mut world, &settled(4, "approved", None));
    assert_eq!(outcomes(&world), [Outcome::Approved]);
    assert!(verify.is_given_up());
}

#[test]
fn a_broken_stream_is_replaced_by_polling_unless_the_page_is_hidden() {
    let mut world = waiting();
    let calls = world.calls().len();
    world.state.is_visible.set(false);
    world.stream().break_off();
    world.pass(20_000);
    assert_eq!(world.calls().len(), calls, "the page is hidden");
    world.state.is_visible.set(true);
    world.resume();
    assert_eq!(world.calls()[calls..], ["GET "]);
    world.last_call().answer(200, &settled(3, "approved", None));
    world.run();
    assert_eq!(outcomes(&world), [Outcome::Approved]);
}

#[test]
fn an_ended_session_is_not_reported_as_an_expired_code() {
    let mut world = waiting();
    world.send(Event::FactorChosen(Factor::Sms));
    world.last_call().answer(200, &approval(3, 0, Some(("sms", 300_000))));
    world.run();
    world.send(Event::CodeEntered(digits("123456")));
    let late = json!({"verdict": "code-expired", "approval": approval(4, 0, Some(("sms", 300_000)))});
    world.last_call().answer(200, &late);
    world.run();
    assert_eq!(world.screen().notice, Some(Notice::CodeExpired));
    world.send(Event::CodeEntered(digits("123456")));
    world
        .last_call()
        .answer(409, &json!({"code": "provider-session-ended"}));
    world.run();
    assert_eq!(outcomes(&world), [Outcome::Failed(Some(Reason::SessionEnded))]);
}
