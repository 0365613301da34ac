//! Payments at Weavr, confirmed on the customer's phone: told by events, or seen when nothing is told.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    Reply, Widget,
    facesign_env::{is_settled, until},
    weavr_env::{CODE, Confirmations, WIRES},
};

/// A backend that Weavr tells of everything.
async fn told_of_everything() -> Confirmations {
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    world
}

fn delivery(snapshot: &Value) -> &Value {
    &snapshot["challenges"][0]["delivery"]
}

#[tokio::test]
async fn an_answer_on_the_phone_arrives_by_event_however_it_is_given() {
    let world = told_of_everything().await;
    for factor in ["push", "biometric"] {
        for (answer, status, reason, state) in [
            ("approve", "approved", Value::Null, "COMPLETED"),
            ("reject", "declined", json!("denied"), "REJECTED"),
        ] {
            let (payer, id, widget) = world.held_wire().await;
            let started = widget.start("1", factor).await.ok();
            let now = started["serverTime"].as_u64().unwrap();
            let shown = delivery(&started);
            assert_eq!(shown["factor"], factor);
            assert_eq!(shown["destination"], Value::Null);
            assert_eq!(shown["expiresAt"], now + 300_000);
            world.answer(&payer, answer).await;
            // No call of the widget's makes it so.
            let snapshot = until(&widget, is_settled).await;
            assert_eq!(
                (&snapshot["status"], &snapshot["reason"]),
                (&json!(status), &reason),
                "{factor}"
            );
            assert_eq!(world.state(&id).await, state);
        }
    }
    // Nothing but the calls that had to be made: no payment was read to find out.
    assert_eq!(world.calls("readWire").await, 4);
}

#[tokio::test]
async fn a_request_that_waits_is_answered_again_without_another() {
    let world = told_of_everything().await;
    let (_, _, widget) = world.held_wire().await;
    let first = widget.start("1", "push").await.ok();
    world.advance(100).await;
    let second = widget.start("1", "push").await.ok();
    assert_eq!(delivery(&first), delivery(&second));
    assert_eq!(world.calls("issuePush").await, 1);
}

#[tokio::test]
async fn a_request_that_nobody_answers_is_set_back_and_can_be_sent_again() {
    let world = told_of_everything().await;
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    let version = widget.snapshot().await["version"].as_u64().unwrap();
    world.advance(200).await;
    world
        .multi(Method::GET, "/authentication_factors", &payer.token, json!({}))
        .await;
    world.advance(101).await;
    world.backend.sweep().await.unwrap();
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["status"], "pending");
    assert_eq!(delivery(&snapshot), &Value::Null);
    assert_eq!(snapshot["challenges"][0]["setback"], "request-expired");
    assert!(snapshot["version"].as_u64().unwrap() > version);
    assert_eq!(world.state(&id).await, "PENDING_CHALLENGE");
    let again = widget.start("1", "push").await.ok();
    assert_eq!(again["challenges"][0]["setback"], Value::Null);
    world.answer(&payer, "approve").await;
    assert_eq!(until(&widget, is_settled).await["status"], "approved");
}

#[tokio::test]
async fn an_approval_on_the_phone_counts_after_the_customer_has_gone_over_to_a_code() {
    let world = told_of_everything().await;
    let (payer, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    let request = world.request(&payer).await["id"].as_str().unwrap().to_owned();
    let started = widget.start("1", "sms").await.ok();
    assert_eq!(delivery(&started)["factor"], "sms");
    world
        .control(Method::POST, &format!("/requests/{request}/approve"), json!({}))
        .await;
    let snapshot = until(&widget, is_settled).await;
    assert_eq!(snapshot["status"], "approved");
    let late = widget.code("1", "sms", CODE).await;
    assert_eq!((late.status.as_u16(), late.code()), (409, "approval-settled"));
}

#[tokio::test]
async fn going_back_to_a_code_or_a_request_that_lives_sends_no_other() {
    let world = told_of_everything().await;
    let (payer, _, widget) = world.held_wire().await;
    let coded = widget.start("1", "sms").await.ok();
    let pushed = widget.start("1", "push").await.ok();
    assert_eq!(delivery(&widget.start("1", "sms").await.ok()), delivery(&coded));
    assert_eq!(delivery(&widget.start("1", "push").await.ok()), delivery(&pushed));
    assert_eq!(world.calls("issueOtp").await + world.calls("issuePush").await, 2);
    widget.start("1", "sms").await.ok();
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );
    // The request is still there, and its answer changes nothing.
    let requests = world
        .control(Method::GET, &format!("/requests?user={}", payer.user), json!({}))
        .await;
    let request = requests
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["kind"] == "PUSH")
        .unwrap();
    let path = format!(
        "{}/control/weavr/requests/{}/reject",
        world.sandbox.base_url(),
        request["id"].as_str().unwrap()
    );
    world
        .control
        .post(path)
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .unwrap();
    world.told().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn a_webhook_that_is_lost_is_made_good_by_asking() {
    for (answer, status) in [("approve", "approved"), ("reject", "declined")] {
        let world = Confirmations::start().await;
        let (payer, _, widget) = world.held_wire().await;
        widget.start("1", "push").await.ok();
        world.poll().await;
        assert_eq!(widget.snapshot().await["status"], "pending");
        world.answer(&payer, answer).await;
        world.poll().await;
        assert_eq!(widget.snapshot().await["status"], status);
        // Nothing is asked any more.
        let reads = world.calls("readWire").await;
        world.poll().await;
        assert_eq!(world.calls("readWire").await, reads);
    }
}

#[tokio::test]
async fn an_answer_in_the_last_moment_counts_even_if_it_is_never_told() {
    let world = Confirmations::start().await;
    let (payer, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world
        .multi(Method::GET, "/authentication_factors", &payer.token, json!({}))
        .await;
    world.clock.advance(Duration::from_secs(301));
    // The widget looks when the request's time is up.
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn what_is_told_counts_after_the_customers_session_has_ended() {
    let world = Confirmations::start().await;
    world
        .control(Method::PUT, "/behaviour", json!({"events": {"deliver": "held"}}))
        .await;
    world.tell(json!({})).await;
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world
        .control(Method::POST, &format!("/customers/{}/logout", payer.user), json!({}))
        .await;
    // Asking is of no use any more, and ends nothing while the request can still be answered.
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "pending");
    world
        .control(
            Method::POST,
            "/events/release",
            json!({"resource": id, "order": "reversed"}),
        )
        .await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn a_session_that_ended_ends_the_approval_once_its_request_is_over() {
    let world = Confirmations::start().await;
    let (payer, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    world
        .control(Method::POST, &format!("/customers/{}/logout", payer.user), json!({}))
        .await;
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "pending");
    world.clock.advance(Duration::from_secs(300));
    world.poll().await;
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("failed"), &json!("session-ended"))
    );
}

#[tokio::test]
async fn events_in_any_order_any_number_of_times_make_one_decision() {
    let world = Confirmations::start().await;
    world
        .control(Method::PUT, "/behaviour", json!({"events": {"deliver": "held"}}))
        .await;
    world.tell(json!({})).await;
    let payer = world
        .payer_who(json!({"behaviour": {"events": {"deliver": "held"}}}))
        .await;
    let ids = [world.wire(&payer, 50_000).await, world.wire(&payer, 60_000).await];
    let widget = world.held(&payer, WIRES, &ids).await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world.state(&ids[0]).await;
    // The second payment is told of first, latest state first; a thousand times.
    let events = world
        .control(Method::GET, &format!("/events?resource={}", ids[1]), json!({}))
        .await;
    for event in events.as_array().unwrap().iter().rev() {
        let path = format!("/events/{}/deliver", event["callRef"].as_str().unwrap());
        let delivered = world.control(Method::POST, &path, json!({"copies": 200})).await;
        let statuses = delivered["statuses"].as_array().unwrap();
        assert!(statuses.iter().all(|status| status == 204), "{statuses:?}");
    }
    assert_eq!(widget.snapshot().await["status"], "pending");
    let events = world
        .control(Method::GET, &format!("/events?resource={}", ids[0]), json!({}))
        .await;
    for event in events.as_array().unwrap() {
        let path = format!("/events/{}/deliver", event["callRef"].as_str().unwrap());
        world.control(Method::POST, &path, json!({"copies": 200})).await;
    }
    assert_eq!(widget.snapshot().await["status"], "approved");
    assert_eq!(world.metric("sca_approvals_settled_total"), 1);
    assert!(world.metric("sca_webhook_events_received_total{provider=\"weavr\",result=\"duplicate\"}") >= 199);
}

#[tokio::test]
async fn a_webhook_may_come_before_the_answer_of_the_call_that_caused_it() {
    let world = Confirmations::start().await;
    world.tell(json!({})).await;
    let behaviour = json!({"events": {"deliver": "beforeResponse"}});
    for (code, verdict, status) in [(CODE, "accepted", "approved"), ("000000", "refused", "declined")] {
        let mut behaviour = behaviour.clone();
        behaviour["attemptLimit"] = json!(1);
        let payer = world.payer_who(json!({ "behaviour": behaviour })).await;
        let id = world.wire(&payer, 50_000).await;
        let widget = world.held(&payer, WIRES, &[id]).await;
        widget.start("1", "sms").await.ok();
        let verified = widget.code("1", "sms", code).await.ok();
        assert_eq!(verified["verdict"], verdict);
        assert_eq!(verified["approval"]["status"], status);
        if status == "declined" {
            assert_eq!(verified["approval"]["reason"], "too-many-attempts");
        }
    }
}

#[tokio::test]
async fn events_that_are_not_weavrs_change_nothing() {
    let world = Confirmations::start().await;
    for how in [
        json!({"signature": "wrong"}),
        json!({"signature": "unsigned"}),
        json!({"signature": "v1Only"}),
        json!({"key": "weavr_other_key"}),
        json!({"timestampShift": 3_600}),
        json!({"timestampShift": -30_000}),
    ] {
        world.tell(how.clone()).await;
        let (_, id, widget) = world.held_wire().await;
        let path = format!("/resources/{id}/state");
        world.control(Method::POST, &path, json!({"state": "COMPLETED"})).await;
        world.told().await;
        assert_eq!(widget.snapshot().await["status"], "pending", "{how}");
    }
    assert_eq!(
        world.metric("sca_webhook_events_received_total{provider=\"weavr\",result=\"accepted\"}"),
        0
    );
}

#[tokio::test]
async fn what_concerns_nobody_is_passed_over_and_what_cannot_be_read_is_refused() {
    let world = told_of_everything().await;
    let (_, id, widget) = world.held_wire().await;
    for (path, body, expected) in [
        ("/bulk_process_end/watch", json!({"id": "1"}), 204),
        (
            "/correspondent_bank_transfers/watch",
            json!({"transfer": {"id": id, "state": "COMPLETED"}}),
            204,
        ),
        ("/login/watch", json!({"authToken": "canary"}), 204),
        (
            "/authentication_factors/watch",
            json!({"credentialId": {"type": "ROOT", "id": "1"}, "type": "OTP", "status": "ACTIVE"}),
            204,
        ),
        (
            "/stepup/watch",
            json!({"challengeId": "999", "status": "VERIFIED", "authToken": "canary"}),
            204,
        ),
        (
            "/outgoing_wire_transfers/watch",
            json!({"transfer": {"id": {"id": "999"}, "state": "COMPLETED"}}),
            204,
        ),
        ("/outgoing_wire_transfers/watch", json!({"nonsense": 1}), 400),
        // The right name under the wrong path.
        (
            "/send/watch",
            json!({"send": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "COMPLETED"}}),
            400,
        ),
        // Another amount.
        (
            "/outgoing_wire_transfers/watch",
            json!({"transfer": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "LEVITATING", "transferAmount": {"currency": "EUR", "amount": "50000"}}}),
            204,
        ),
    ] {
        let made = world
            .control(Method::POST, "/events", json!({"path": path, "body": body}))
            .await;
        let deliver = format!("/events/{}/deliver", made["callRef"].as_str().unwrap());
        world.told().await;
        let delivered = world.control(Method::POST, &deliver, json!({"copies": 1})).await;
        assert_eq!(delivered["statuses"], json!([expected]), "{path} {body}");
        assert_eq!(widget.snapshot().await["status"], "pending", "{path}");
    }
    // Without an amount it is read before it counts, and it is not so.
    let body = json!({"transfer": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "COMPLETED"}});
    world
        .control(
            Method::POST,
            "/events",
            json!({"path": "/outgoing_wire_transfers/watch", "body": body}),
        )
        .await;
    world.told().await;
    assert_eq!(widget.snapshot().await["status"], "pending");
    // With another amount than was shown it is another payment.
    let body = json!({"transfer": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "COMPLETED",
        "transferAmount": {"currency": "EUR", "amount": "50001"}}});
    world
        .control(
            Method::POST,
            "/events",
            json!({"path": "/outgoing_wire_transfers/watch", "body": body}),
        )
        .await;
    world.told().await;
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("declined"), &json!("changed"))
    );
}

#[tokio::test]
async fn an_answer_that_is_given_twice_is_one_answer() {
    let world = told_of_everything().await;
    let (payer, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    let request = world.request(&payer).await["id"].as_str().unwrap().to_owned();
    let answer = async |how: &str| {
        let url = format!("{}/control/weavr/requests/{request}/{how}", world.sandbox.base_url());
        let call = world
            .control
            .post(url)
            .header("content-type", "application/json")
            .body("{}");
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!(answer("approve").await, 200);
    assert_eq!(answer("reject").await, 409);
    assert_eq!(answer("approve").await, 409);
    world.told().await;
    assert_eq!(until(&widget, is_settled).await["status"], "approved");
    assert_eq!(world.metric("sca_approvals_settled_total"), 1);
}

#[tokio::test]
async fn a_colleague_confirms_for_himself_and_not_through_another_approval() {
    let world = told_of_everything().await;
    let (ann, id, widget) = world.held_wire().await;
    let ben = world
        .payer_who(json!({"name": "Ben Cole", "colleagueOf": ann.user}))
        .await;
    widget.start("1", "sms").await.ok();
    // Ben sees the same payment, but has no part in Ann's challenge.
    let challenge = world.request(&ann).await["id"].as_str().unwrap().to_owned();
    let body = json!({"verificationCode": CODE, "resourceType": WIRES});
    let (status, _) = world
        .multi(
            Method::POST,
            &format!("/challenges/{challenge}/otp/SMS/verify"),
            &ben.token,
            body,
        )
        .await;
    assert_eq!(status, 404);
    assert_eq!(widget.snapshot().await["status"], "pending");
    // A stranger's token makes no approval of it at all, and Ben's makes one of his own.
    let stranger = world.payer().await;
    assert_eq!(
        world.confirm(&stranger, WIRES, std::slice::from_ref(&id)).await.code(),
        "not-found"
    );
    let bens = world.held(&ben, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(bens.code("1", "sms", CODE).await.code(), "factor-not-available");
}

#[tokio::test]
async fn two_tabs_of_one_approval_do_not_get_in_each_others_way() {
    let world = told_of_everything().await;
    let (payer, _, widget) = world.held_wire().await;
    let tab = widget.clone();
    let (one, other): (Reply, Reply) = tokio::join!(widget.start("1", "push"), tab.start("1", "push"));
    let codes = [one.status.as_u16(), other.status.as_u16()];
    assert!(codes.contains(&200), "{codes:?}");
    assert_eq!(world.calls("issuePush").await, 1);
    world.answer(&payer, "approve").await;
    let seen = |widget: Widget| async move { until(&widget, is_settled).await["status"].clone() };
    assert_eq!(
        tokio::join!(seen(widget), seen(tab)),
        (json!("approved"), json!("approved"))
    );
}

#[tokio::test]
async fn an_event_at_one_instance_decides_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let world = Confirmations::with(|config| crate::support::keep_in(config, folder.path())).await;
    world.tell(json!({})).await;
    let other = world.config.backend().await.unwrap();
    let (payer, _, widget) = world.held_wire().await;
    // The widget speaks to the one instance, and Weavr to the other.
    let elsewhere = Widget {
        app: sca_backend::routes::router(other.clone()),
        ..widget.clone()
    };
    elsewhere.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world.told().await;
    assert_eq!(elsewhere.snapshot().await["status"], "approved");
    // What is polled is polled once.
    let (payer, _, widget) = world.held_wire().await;
    world.control(Method::POST, "/webhooks", json!({"url": null})).await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    let reads = world.calls("readWire").await;
    world.clock.advance(Duration::from_secs(6));
    let (one, another) = tokio::join!(world.backend.sweep(), other.sweep());
    one.and(another).unwrap();
    assert!(world.calls("readWire").await <= reads + 1);
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn before_an_approval_ends_for_its_time_it_is_looked_at_once_more() {
    for swept in [true, false] {
        let world = Confirmations::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
        let (payer, _, widget) = world.held_wire().await;
        widget.start("1", "push").await.ok();
        assert_eq!(
            delivery(&widget.snapshot().await)["expiresAt"],
            widget.snapshot().await["expiresAt"]
        );
        world.answer(&payer, "approve").await;
        world.clock.advance(Duration::from_secs(101));
        if swept {
            world.backend.sweep().await.unwrap();
        }
        assert_eq!(widget.snapshot().await["status"], "approved");
    }
    let world = Confirmations::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    world.clock.advance(Duration::from_secs(101));
    world.backend.sweep().await.unwrap();
    assert_eq!(widget.snapshot().await["status"], "expired");
}

#[tokio::test]
async fn whoever_approves_on_the_phone_and_then_stops_has_approved() {
    let world = Confirmations::start().await;
    let (payer, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    let cancelled = widget.cancel().await;
    assert_eq!((cancelled.status.as_u16(), cancelled.code()), (409, "approval-settled"));
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn what_is_carried_out_although_it_was_stopped_is_told() {
    let world = Confirmations::with(|config| {
        // Somebody to tell, who is never reached here: what is to be told is read in the database.
        config.partner_webhook = None;
    })
    .await;
    world.tell(json!({})).await;
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    widget.cancel().await.ok();
    world.answer(&payer, "approve").await;
    world.told().await;
    assert_eq!(widget.snapshot().await["status"], "cancelled");
    assert_eq!(world.state(&id).await, "COMPLETED");
    world.backend.worker().dispatch_due().await.unwrap();
    let carried_out =
        "sca_webhook_deliveries_total{event_type=\"payment.executed_after_settlement\",outcome=\"no_endpoint\"}";
    assert_eq!(world.metric(carried_out), 1);

    // Of several each is told.
    let payer = world.payer().await;
    let ids = [world.wire(&payer, 50_000).await, world.wire(&payer, 60_000).await];
    let both = world.held(&payer, WIRES, &ids).await;
    both.start("1", "push").await.ok();
    both.cancel().await.ok();
    world.answer(&payer, "approve").await;
    world.told().await;
    world.backend.worker().dispatch_due().await.unwrap();
    assert_eq!(world.metric(carried_out), 3);

    // Confirmed by another approval of the same payment, it is nobody's surprise.
    let (payer, id, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    widget.cancel().await.ok();
    let second = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    second.start("1", "sms").await.ok();
    assert_eq!(
        second.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );
    world.told().await;
    world.backend.worker().dispatch_due().await.unwrap();
    assert_eq!(world.metric(carried_out), 3);
}

#[tokio::test]
async fn a_request_whose_sending_was_lost_is_looked_for_before_a_stop() {
    let world = Confirmations::start().await;
    let (payer, _, widget) = world.held_wire().await;
    world.fault("issuePush", 1, "after", json!({"kind": "reset"})).await;
    let lost = widget.start("1", "push").await;
    assert_eq!((lost.status.as_u16(), lost.code()), (502, "provider-error"));
    world.answer(&payer, "approve").await;
    let cancelled = widget.cancel().await;
    assert_eq!((cancelled.status.as_u16(), cancelled.code()), (409, "approval-settled"));
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn an_event_that_says_too_little_is_kept_until_weavr_can_be_asked() {
    let world = told_of_everything().await;
    let (_, id, widget) = world.held_wire().await;
    world.fault("readWire", 1, "before", json!({"kind": "reset"})).await;
    let before = world.calls("readWire").await;
    let body = json!({"transfer": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "COMPLETED"}});
    let event = json!({"path": "/outgoing_wire_transfers/watch", "body": body});
    world.control(Method::POST, "/events", event).await;
    world.told().await;
    assert_eq!(world.calls("readWire").await, before + 1);
    world.advance(31).await;
    world.poll().await;
    assert_eq!(world.calls("readWire").await, before + 2);
    assert_eq!(widget.snapshot().await["status"], "pending");
    world.advance(31).await;
    world.poll().await;
    assert_eq!(world.calls("readWire").await, before + 2, "it has been seen");
}

#[tokio::test]
async fn a_code_that_is_being_judged_can_neither_be_stopped_nor_run_out_of_time() {
    let world = Confirmations::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
    for stop in [true, false] {
        let (_, id, widget) = world.held_wire().await;
        widget.start("1", "sms").await.ok();
        world
            .fault("verifyOtp", 1, "after", json!({"kind": "slow", "milliseconds": 1_500}))
            .await;
        let entering = tokio::spawn({
            let widget = widget.clone();
            async move { widget.code("1", "sms", CODE).await.ok() }
        });
        crate::support::waiting::until_so("the code is at Weavr", async || {
            world.state(&id).await != "PENDING_CHALLENGE"
        })
        .await;
        if stop {
            let other_tab = widget.cancel().await;
            assert_eq!(other_tab.status, 409, "{}", other_tab.text);
        } else {
            world.clock.advance(Duration::from_secs(101));
            world.backend.sweep().await.unwrap();
        }
        let verified = entering.await.unwrap();
        assert_eq!(verified["verdict"], "accepted");
        assert_eq!(verified["approval"]["status"], "approved");
        assert_eq!(world.state(&id).await, "COMPLETED");
    }
}
