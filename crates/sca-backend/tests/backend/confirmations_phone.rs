//! Payments at Weavr that their customer confirms on the phone. The backend learns the answer by webhook, or by polling.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    ContractJson, assert_ended, assert_problem, assert_status, assert_verified, use_shared_database,
    waiting::until,
    weavr_env::{CODE, WIRES, WRONG, WeavrEnv},
};

/// What Weavr sends when a wire reaches a state. Without an amount, the event says too little to settle an approval.
fn wire_event(id: &str, state: &str, amount: Option<&str>) -> Value {
    let mut transfer = json!({"id": {"type": "outgoing_wire_transfers", "id": id}, "state": state});
    if let Some(amount) = amount {
        transfer["transferAmount"] = json!({"currency": "EUR", "amount": amount});
    }
    json!({ "transfer": transfer })
}

const WIRE_PATH: &str = "/outgoing_wire_transfers/watch";

fn delivery(snapshot: &Value) -> Option<&Value> {
    snapshot.challenge(0).delivery()
}

#[tokio::test]
async fn an_answer_on_the_phone_settles_the_approval_by_webhook() {
    let env = WeavrEnv::with_webhooks().await;
    for factor in ["push", "biometric"] {
        for (answer, status, reason, state) in [
            ("approve", "approved", None, "COMPLETED"),
            ("reject", "declined", Some("denied"), "REJECTED"),
        ] {
            let (customer, id, widget) = env.held_wire().await;
            let started = widget.start("1", factor).await.ok();
            let now = started.number("serverTime");
            let request = delivery(&started).unwrap();
            assert_eq!(
                (request.text("factor"), request.number("expiresAt")),
                (factor, now + 300_000)
            );
            assert!(request.get("destination").is_none(), "{request}");
            env.answer(&customer, answer).await;
            // Only the webhook settles the approval: the widget makes no call but to read it.
            let snapshot = widget.settled().await;
            assert_eq!((snapshot.status(), snapshot.reason()), (status, reason), "{factor}");
            assert_eq!(env.state(&id).await, state);
        }
    }
    // Each payment was read once, for its approval: none was polled.
    assert_eq!(env.calls("readWire").await, 4);
}

#[tokio::test]
async fn starting_a_live_request_again_sends_no_second_one() {
    let env = WeavrEnv::with_webhooks().await;
    let (_, _, widget) = env.held_wire().await;
    let first = widget.start("1", "push").await.ok();
    env.advance(100).await;
    let second = widget.start("1", "push").await.ok();
    assert_eq!(delivery(&first), delivery(&second));
    assert_eq!(env.calls("issuePush").await, 1);
}

#[tokio::test]
async fn an_unanswered_request_expires_and_can_be_sent_again() {
    let env = WeavrEnv::with_webhooks().await;
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    let version = widget.snapshot().await.version();
    env.advance(200).await;
    env.use_session(&customer).await;
    env.advance(101).await;
    env.backend.sweep().await.unwrap();
    let snapshot = widget.snapshot().await;
    assert_status(&snapshot, "pending");
    assert_eq!(delivery(&snapshot), None);
    assert_eq!(snapshot.challenge(0).step_failure(), Some("request-expired"));
    assert!(snapshot.version() > version);
    assert_eq!(env.state(&id).await, "PENDING_CHALLENGE");
    let again = widget.start("1", "push").await.ok();
    assert_eq!(again.challenge(0).step_failure(), None);
    env.answer(&customer, "approve").await;
    assert_status(&widget.settled().await, "approved");
}

#[tokio::test]
async fn an_approval_on_the_phone_counts_after_the_customer_has_switched_to_a_code() {
    let env = WeavrEnv::with_webhooks().await;
    let (customer, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    let request = env.request(&customer).await;
    let started = widget.start("1", "sms").await.ok();
    assert_eq!(delivery(&started).unwrap().text("factor"), "sms");
    assert_eq!(env.answer_request(request.text("id"), "approve").await, 200);
    let snapshot = widget.settled().await;
    assert_status(&snapshot, "approved");
    let late = widget.code("1", "sms", CODE).await;
    assert_problem(&late, 409, "approval-settled");
}

#[tokio::test]
async fn switching_back_to_a_live_code_or_request_sends_no_other() {
    let env = WeavrEnv::with_webhooks().await;
    let (customer, _, widget) = env.held_wire().await;
    let code = widget.start("1", "sms").await.ok();
    let push = widget.start("1", "push").await.ok();
    assert_eq!(delivery(&widget.start("1", "sms").await.ok()), delivery(&code));
    assert_eq!(delivery(&widget.start("1", "push").await.ok()), delivery(&push));
    assert_eq!(env.calls("issueOtp").await + env.calls("issuePush").await, 2);
    widget.start("1", "sms").await.ok();
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
    // A late answer to the request changes nothing.
    let requests = env.requests(&customer).await;
    let request = requests.iter().find(|request| request.text("kind") == "PUSH").unwrap();
    env.answer_request(request.text("id"), "reject").await;
    env.webhooks_delivered().await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn polling_finds_the_answer_of_a_lost_webhook() {
    for (answer, status) in [("approve", "approved"), ("reject", "declined")] {
        let env = WeavrEnv::start().await;
        let (customer, _, widget) = env.held_wire().await;
        widget.start("1", "push").await.ok();
        env.poll().await;
        assert_status(&widget.snapshot().await, "pending");
        env.answer(&customer, answer).await;
        env.poll().await;
        assert_eq!(widget.snapshot().await.status(), status);
        // A settled approval is not polled.
        let reads = env.calls("readWire").await;
        env.poll().await;
        assert_eq!(env.calls("readWire").await, reads);
    }
}

#[tokio::test]
async fn an_answer_just_before_the_request_expires_counts_without_a_webhook() {
    let env = WeavrEnv::start().await;
    let (customer, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.use_session(&customer).await;
    env.clock.advance(Duration::from_secs(301));
    // The widget reads the approval when the request has expired.
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn a_webhook_counts_after_the_customers_session_has_ended() {
    let env = WeavrEnv::start().await;
    env.hold_webhooks_back().await;
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.log_out(&customer).await;
    // Polls fail from now on. They end nothing while the customer can still answer the request.
    env.poll().await;
    assert_status(&widget.snapshot().await, "pending");
    env.control(
        Method::POST,
        "/events/release",
        json!({"resource": id, "order": "reversed"}),
    )
    .await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn an_ended_session_fails_the_approval_once_its_request_has_expired() {
    let env = WeavrEnv::start().await;
    let (customer, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    env.log_out(&customer).await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "pending");
    env.clock.advance(Duration::from_secs(300));
    env.poll().await;
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "failed", "session-ended");
}

#[tokio::test]
async fn webhooks_in_any_order_and_number_settle_the_approval_once() {
    let env = WeavrEnv::start().await;
    env.hold_webhooks_back().await;
    let customer = env
        .customer_with(json!({"behaviour": {"events": {"deliver": "held"}}}))
        .await;
    let ids = env.two_wires(&customer).await;
    let widget = env.held(&customer, WIRES, &ids).await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.state(&ids[0]).await;
    // The second payment's webhooks come first, the latest state first, two hundred times each.
    for event in env.events_about(&ids[1]).await.iter().rev() {
        assert_eq!(env.deliver_copies(event, 200).await, [204; 200]);
    }
    assert_status(&widget.snapshot().await, "pending");
    for event in env.events_about(&ids[0]).await {
        env.deliver_copies(&event, 200).await;
    }
    assert_status(&widget.snapshot().await, "approved");
    assert_eq!(env.metric("sca_approvals_settled_total"), 1);
    assert!(env.metric("sca_webhook_events_received_total{provider=\"weavr\",result=\"duplicate\"}") >= 199);
}

#[tokio::test]
async fn a_webhook_may_arrive_before_the_response_to_the_call_that_caused_it() {
    let env = WeavrEnv::start().await;
    env.send_webhooks(json!({})).await;
    for (code, verdict, status, reason) in [
        (CODE, "accepted", "approved", None),
        (WRONG, "refused", "declined", Some("too-many-attempts")),
    ] {
        let behaviour = json!({"events": {"deliver": "beforeResponse"}, "attemptLimit": 1});
        let customer = env.customer_with(json!({ "behaviour": behaviour })).await;
        let (_, widget) = env.held_wire_of(&customer).await;
        widget.start("1", "sms").await.ok();
        let verified = widget.code("1", "sms", code).await.ok();
        let approval = verified.approval();
        assert_eq!(
            (verified.verdict(), approval.status(), approval.reason()),
            (verdict, status, reason)
        );
    }
}

#[tokio::test]
async fn webhooks_with_an_invalid_signature_change_nothing() {
    let env = WeavrEnv::start().await;
    for settings in [
        json!({"signature": "wrong"}),
        json!({"signature": "unsigned"}),
        json!({"signature": "v1Only"}),
        json!({"key": "weavr_other_key"}),
        json!({"timestampShift": 3_600}),
        json!({"timestampShift": -30_000}),
    ] {
        env.send_webhooks(settings.clone()).await;
        let (_, id, widget) = env.held_wire().await;
        env.set_state(&id, "COMPLETED").await;
        env.webhooks_delivered().await;
        assert_eq!(widget.snapshot().await.status(), "pending", "{settings}");
    }
    assert_eq!(
        env.metric("sca_webhook_events_received_total{provider=\"weavr\",result=\"accepted\"}"),
        0
    );
}

#[tokio::test]
async fn irrelevant_webhooks_are_ignored_and_unreadable_ones_are_rejected() {
    let env = WeavrEnv::with_webhooks().await;
    let (_, id, widget) = env.held_wire().await;
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
            WIRE_PATH,
            json!({"transfer": {"id": {"id": "999"}, "state": "COMPLETED"}}),
            204,
        ),
        (WIRE_PATH, json!({"nonsense": 1}), 400),
        // The right id under another kind's path.
        (
            "/send/watch",
            json!({"send": {"id": {"type": "outgoing_wire_transfers", "id": id}, "state": "COMPLETED"}}),
            400,
        ),
        // An unknown state.
        (WIRE_PATH, wire_event(&id, "LEVITATING", Some("50000")), 204),
    ] {
        let event = env.event(path, body.clone()).await;
        env.webhooks_delivered().await;
        assert_eq!(env.deliver_copies(&event, 1).await, [expected], "{path} {body}");
        assert_eq!(widget.snapshot().await.status(), "pending", "{path}");
    }
    // Without an amount the payment is read first, and Weavr does not show it as executed.
    env.event(WIRE_PATH, wire_event(&id, "COMPLETED", None)).await;
    env.webhooks_delivered().await;
    assert_status(&widget.snapshot().await, "pending");
    // Another amount than was shown makes it another payment.
    env.event(WIRE_PATH, wire_event(&id, "COMPLETED", Some("50001"))).await;
    env.webhooks_delivered().await;
    assert_ended(&widget.snapshot().await, "declined", "changed");
}

#[tokio::test]
async fn only_the_first_answer_to_a_request_counts() {
    let env = WeavrEnv::with_webhooks().await;
    let (customer, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    let request = env.request(&customer).await;
    for (answer, status) in [("approve", 200), ("reject", 409), ("approve", 409)] {
        assert_eq!(env.answer_request(request.text("id"), answer).await, status);
    }
    env.webhooks_delivered().await;
    assert_status(&widget.settled().await, "approved");
    assert_eq!(env.metric("sca_approvals_settled_total"), 1);
}

#[tokio::test]
async fn a_colleague_cannot_verify_another_users_challenge_and_gets_an_approval_of_his_own() {
    let env = WeavrEnv::with_webhooks().await;
    let (ann, id, widget) = env.held_wire().await;
    let ben = env
        .customer_with(json!({"name": "Ben Cole", "colleagueOf": ann.user}))
        .await;
    widget.start("1", "sms").await.ok();
    // Ben may read the payment, but the challenge is Ann's.
    let request = env.request(&ann).await;
    let body = json!({"verificationCode": CODE, "resourceType": WIRES});
    let (status, _) = env
        .multi(
            Method::POST,
            &format!("/challenges/{}/otp/SMS/verify", request.text("id")),
            &ben.token,
            body,
        )
        .await;
    assert_eq!(status, 404);
    assert_status(&widget.snapshot().await, "pending");
    // A stranger's token creates no approval, and Ben's creates one of his own.
    let stranger = env.customer().await;
    assert_eq!(
        env.confirm(&stranger, WIRES, std::slice::from_ref(&id)).await.code(),
        "not-found"
    );
    let bens = env.held(&ben, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!(bens.code("1", "sms", CODE).await.code(), "factor-not-available");
}

#[tokio::test]
async fn two_tabs_of_one_approval_send_one_request_and_both_see_the_result() {
    let env = WeavrEnv::with_webhooks().await;
    let (customer, _, widget) = env.held_wire().await;
    let tab = widget.clone();
    let (one, other) = tokio::join!(widget.start("1", "push"), tab.start("1", "push"));
    let codes = [one.status.as_u16(), other.status.as_u16()];
    assert!(codes.contains(&200), "{codes:?}");
    assert_eq!(env.calls("issuePush").await, 1);
    env.answer(&customer, "approve").await;
    let (one, other) = tokio::join!(widget.settled(), tab.settled());
    assert_status(&one, "approved");
    assert_status(&other, "approved");
}

#[tokio::test]
async fn a_webhook_at_one_instance_settles_the_approval_for_all_instances() {
    let folder = tempfile::tempdir().unwrap();
    let env = WeavrEnv::with(|config| use_shared_database(config, folder.path())).await;
    env.send_webhooks(json!({})).await;
    let other = env.config.backend().await.unwrap();
    let (customer, _, widget) = env.held_wire().await;
    // The widget calls the one instance, and Weavr the other.
    let widget = widget.at(&other);
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.webhooks_delivered().await;
    assert_status(&widget.snapshot().await, "approved");
    // A poll that is due is made by one instance.
    let (customer, _, widget) = env.held_wire().await;
    env.control(Method::POST, "/webhooks", json!({"url": null})).await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    let reads = env.calls("readWire").await;
    env.clock.advance(Duration::from_secs(6));
    let (one, another) = tokio::join!(env.backend.sweep(), other.sweep());
    one.and(another).unwrap();
    assert!(env.calls("readWire").await <= reads + 1);
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn an_approval_is_polled_once_more_before_it_expires() {
    for swept in [true, false] {
        let env = WeavrEnv::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
        let (customer, _, widget) = env.held_wire().await;
        widget.start("1", "push").await.ok();
        let snapshot = widget.snapshot().await;
        assert_eq!(
            delivery(&snapshot).unwrap().number("expiresAt"),
            snapshot.number("expiresAt")
        );
        env.answer(&customer, "approve").await;
        env.clock.advance(Duration::from_secs(101));
        if swept {
            env.backend.sweep().await.unwrap();
        }
        assert_status(&widget.snapshot().await, "approved");
    }
    let env = WeavrEnv::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    env.clock.advance(Duration::from_secs(101));
    env.backend.sweep().await.unwrap();
    assert_status(&widget.snapshot().await, "expired");
}

#[tokio::test]
async fn a_cancel_after_an_approval_on_the_phone_leaves_the_approval_approved() {
    let env = WeavrEnv::start().await;
    let (customer, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    let cancelled = widget.cancel().await;
    assert_problem(&cancelled, 409, "approval-settled");
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn a_payment_executed_after_its_approval_was_cancelled_is_reported_to_the_partner() {
    let env = WeavrEnv::with(|config| {
        // Without an endpoint, the metric still counts each event.
        config.partner_webhook = None;
    })
    .await;
    env.send_webhooks(json!({})).await;
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    widget.cancel().await.ok();
    env.answer(&customer, "approve").await;
    env.webhooks_delivered().await;
    assert_status(&widget.snapshot().await, "cancelled");
    assert_eq!(env.state(&id).await, "COMPLETED");
    env.backend.worker().dispatch_due().await.unwrap();
    let reported =
        "sca_webhook_deliveries_total{event_type=\"payment.executed_after_settlement\",outcome=\"no_endpoint\"}";
    assert_eq!(env.metric(reported), 1);

    // Each of several payments is reported.
    let customer = env.customer().await;
    let ids = env.two_wires(&customer).await;
    let both = env.held(&customer, WIRES, &ids).await;
    both.start("1", "push").await.ok();
    both.cancel().await.ok();
    env.answer(&customer, "approve").await;
    env.webhooks_delivered().await;
    env.backend.worker().dispatch_due().await.unwrap();
    assert_eq!(env.metric(reported), 3);

    // A payment that a newer approval confirmed is not reported.
    let (customer, id, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    widget.cancel().await.ok();
    let second = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    second.start("1", "sms").await.ok();
    assert_verified(&second.code("1", "sms", CODE).await.ok(), "accepted", "approved");
    env.webhooks_delivered().await;
    env.backend.worker().dispatch_due().await.unwrap();
    assert_eq!(env.metric(reported), 3);
}

#[tokio::test]
async fn a_cancel_first_looks_for_a_request_whose_issue_had_no_answer() {
    let env = WeavrEnv::start().await;
    let (customer, _, widget) = env.held_wire().await;
    env.fault("issuePush", 1, "after", json!({"kind": "reset"})).await;
    let lost = widget.start("1", "push").await;
    assert_problem(&lost, 502, "provider-error");
    env.answer(&customer, "approve").await;
    let cancelled = widget.cancel().await;
    assert_problem(&cancelled, 409, "approval-settled");
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn an_event_without_an_amount_is_kept_until_the_payment_can_be_read() {
    let env = WeavrEnv::with_webhooks().await;
    let (_, id, widget) = env.held_wire().await;
    env.fault("readWire", 1, "before", json!({"kind": "reset"})).await;
    let before = env.calls("readWire").await;
    env.event(WIRE_PATH, wire_event(&id, "COMPLETED", None)).await;
    env.webhooks_delivered().await;
    assert_eq!(env.calls("readWire").await, before + 1);
    env.advance(31).await;
    env.poll().await;
    assert_eq!(env.calls("readWire").await, before + 2);
    assert_status(&widget.snapshot().await, "pending");
    env.advance(31).await;
    env.poll().await;
    assert_eq!(env.calls("readWire").await, before + 2, "the event is processed");
}

#[tokio::test]
async fn an_approval_with_a_code_in_verification_can_be_neither_cancelled_nor_expire() {
    let env = WeavrEnv::with(|config| config.approval_lifetime = Duration::from_secs(100)).await;
    for cancelled in [true, false] {
        let (_, id, widget) = env.held_wire().await;
        widget.start("1", "sms").await.ok();
        env.fault("verifyOtp", 1, "after", json!({"kind": "slow", "milliseconds": 1_500}))
            .await;
        let verifying = tokio::spawn({
            let widget = widget.clone();
            async move { widget.code("1", "sms", CODE).await.ok() }
        });
        until("the code is at Weavr", async || {
            env.state(&id).await != "PENDING_CHALLENGE"
        })
        .await;
        if cancelled {
            let cancel = widget.cancel().await;
            assert_eq!(cancel.status, 409, "{}", cancel.text);
        } else {
            env.clock.advance(Duration::from_secs(101));
            env.backend.sweep().await.unwrap();
        }
        let verified = verifying.await.unwrap();
        assert_verified(&verified, "accepted", "approved");
        assert_eq!(env.state(&id).await, "COMPLETED");
    }
}
