//! Weavr fails or contradicts itself. No payment is approved that was not confirmed, and no code is verified twice.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    ContractJson, Widget, assert_ended, assert_problem, assert_status, assert_verified, partner_request, send,
    stub::{Stub, StubResponse},
    weavr_env::{CODE, TestCustomer, WIRES, WRONG, WeavrEnv, confirmation_request, weavr_configuration},
};

/// Faults after which the backend cannot know what Weavr did.
fn faults() -> [Value; 5] {
    [
        json!({"kind": "reset"}),
        json!({"kind": "status", "status": 503}),
        json!({"kind": "html"}),
        json!({"kind": "truncatedJson"}),
        json!({"kind": "redirect", "location": "https://evil.example/"}),
    ]
}

#[tokio::test]
async fn a_code_accepted_without_an_answer_still_approves_the_payments_it_confirmed() {
    let env = WeavrEnv::start().await;
    for fault in faults() {
        let (_, id, widget) = env.held_wire().await;
        widget.start("1", "sms").await.ok();
        env.fault("verifyOtp", 1, "after", fault.clone()).await;
        let verified = widget.code("1", "sms", CODE).await.ok();
        // The backend has read the payment afterwards.
        assert_eq!(
            (verified.verdict(), verified.approval().status()),
            ("accepted", "approved"),
            "{fault}"
        );
        assert_eq!(env.state(&id).await, "COMPLETED");
    }
}

#[tokio::test]
async fn a_failed_poll_is_repeated_when_the_approval_is_read() {
    let env = WeavrEnv::start().await;
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    env.fault("readWire", 1, "before", json!({"kind": "status", "status": 503}))
        .await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&verified, "accepted", "pending");
    assert!(verified.approval().challenge(0).passed());
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");

    // Both the verdict and the state of the payment are lost.
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    env.fault("verifyOtp", 1, "after", json!({"kind": "reset"})).await;
    env.fault("readWire", 1, "before", json!({"kind": "reset"})).await;
    let lost = widget.code("1", "sms", CODE).await;
    assert_problem(&lost, 502, "provider-error");
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn an_accepted_code_approves_once_the_payment_is_executed() {
    let env = WeavrEnv::start().await;
    let customer = env
        .customer_with(json!({"behaviour": {"staleReads": 1, "completesAfterSeconds": null}}))
        .await;
    let (_, widget) = env.held_wire_of(&customer).await;
    widget.start("1", "sms").await.ok();
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_verified(&verified, "accepted", "pending");
    // The challenge is passed: no other code can be sent or verified.
    assert_eq!(widget.start("1", "sms").await.code(), "factor-not-available");
    assert_eq!(widget.code("1", "sms", WRONG).await.code(), "factor-not-available");
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn a_lost_answer_to_an_issue_is_retried_with_the_same_idempotency_reference() {
    let env = WeavrEnv::start().await;
    for (endpoint, factor) in [("issueOtp", "sms"), ("issuePush", "push")] {
        let (customer, _, widget) = env.held_wire().await;
        env.fault(endpoint, 1, "after", json!({"kind": "reset"})).await;
        let lost = widget.start("1", factor).await;
        assert_problem(&lost, 502, "provider-error");
        // The retry replays the first answer: it is neither throttled nor sends a second message.
        widget.start("1", factor).await.ok();
        let requests = env.requests(&customer).await;
        assert_eq!((requests.len(), requests[0].number("issues")), (1, 1));
        if factor == "sms" {
            assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
        } else {
            env.answer(&customer, "approve").await;
            env.poll().await;
            assert_status(&widget.snapshot().await, "approved");
        }
    }
}

#[tokio::test]
async fn throttling_and_locked_logins_are_passed_on_with_their_retry_time() {
    let env = WeavrEnv::start().await;
    let throttled = json!({"kind": "tooManyRequests", "retryAfter": 7});
    let (customer, id, widget) = env.held_wire().await;
    env.fault("readWire", 1, "before", throttled.clone()).await;
    let refused = env.confirm(&customer, WIRES, std::slice::from_ref(&id)).await;
    assert_problem(&refused, 429, "too-many-requests");
    assert_eq!(refused.retry_after(), 7);
    env.fault("issueOtp", 1, "before", throttled.clone()).await;
    assert_eq!(widget.start("1", "sms").await.retry_after(), 7);
    widget.start("1", "sms").await.ok();
    env.fault("verifyOtp", 1, "before", throttled).await;
    assert_eq!(widget.code("1", "sms", CODE).await.retry_after(), 7);
    // No failed attempt is counted.
    assert_eq!(widget.snapshot().await.attempts_left(), None);
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");

    let (customer, id, widget) = env.held_wire().await;
    let locked = json!({"kind": "status", "status": 423});
    env.fault("readWire", 1, "before", locked.clone()).await;
    let refused = env.confirm(&customer, WIRES, &[id]).await;
    assert_problem(&refused, 429, "too-many-requests");
    assert_eq!(refused.retry_after(), 1_800);
    env.fault("issueOtp", 1, "before", locked).await;
    assert_eq!(widget.start("1", "sms").await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_ended(&snapshot, "failed", "factor-blocked");
}

#[tokio::test]
async fn unknown_error_codes_neither_pass_nor_end_the_approval() {
    let env = WeavrEnv::start().await;
    let (_, _, widget) = env.held_wire().await;
    let new = json!({"kind": "status", "status": 409, "code": "SOMETHING_NEW"});
    env.fault("issueOtp", 1, "before", new.clone()).await;
    assert_eq!(widget.start("1", "sms").await.code(), "provider-error");
    widget.start("1", "sms").await.ok();
    env.fault("verifyOtp", 1, "before", new).await;
    assert_eq!(widget.code("1", "sms", CODE).await.code(), "provider-error");
    assert_status(&widget.snapshot().await, "pending");
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
}

#[tokio::test]
async fn an_unknown_api_key_is_not_reported_as_an_ended_customer_session() {
    let env = WeavrEnv::with(|config| {
        config.weavr.as_mut().unwrap().api_key = sca_core::secret::Secret::new("weavr_unknown_key".into());
    })
    .await;
    let customer = env.customer().await;
    let id = env.wire(&customer, 50_000).await;
    let refused = env.confirm(&customer, WIRES, &[id]).await;
    assert_problem(&refused, 502, "provider-error");
}

#[tokio::test]
async fn the_deprecated_endpoints_confirm_one_payment_at_a_time() {
    let env = WeavrEnv::with(|config| config.weavr.as_mut().unwrap().deprecated_endpoints = true).await;
    let customer = env.customer().await;
    // With one code per payment, some could be executed and others not.
    let ids = env.two_wires(&customer).await;
    assert_eq!(env.confirm(&customer, WIRES, &ids).await.code(), "invalid-request");
    let [id, _] = ids;
    let widget = env.held(&customer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    // These endpoints send no second code while the first one is valid.
    env.advance(16).await;
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified.approval().status(), "approved");
    assert_eq!(env.state(&id).await, "COMPLETED");
    let customer = env.customer().await;
    let (_, widget) = env.held_wire_of(&customer).await;
    widget.start("1", "push").await.ok();
    env.answer(&customer, "approve").await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
}

#[tokio::test]
async fn both_documented_answers_after_the_last_attempt_decline_the_approval() {
    let env = WeavrEnv::start().await;
    for (after, rejected_by) in [
        ("stateInvalid", "user"),
        ("limitExceeded", "system"),
        ("stateInvalid", "system"),
    ] {
        let customer = env
            .customer_with(json!({"behaviour": {"afterLimit": after, "rejectedInfo": rejected_by, "attemptLimit": 1}}))
            .await;
        let (id, widget) = env.held_wire_of(&customer).await;
        let other = env
            .held_by_other_partner(&customer, WIRES, std::slice::from_ref(&id))
            .await;
        widget.start("1", "sms").await.ok();
        env.advance(16).await;
        other.start("1", "sms").await.ok();
        // The other approval uses up the last attempt.
        assert_eq!(
            other.code("1", "sms", WRONG).await.ok().approval().reason(),
            Some("too-many-attempts")
        );
        let ended = widget.code("1", "sms", CODE).await.ok();
        assert_eq!(ended.verdict(), "refused");
        assert_eq!(
            ended.approval().reason(),
            Some("too-many-attempts"),
            "{after} {rejected_by}"
        );
    }
}

const ID: &str = "115200000000000001";
const READ: &str = "GET /multi/outgoing_wire_transfers/115200000000000001";
const VERIFY: &str = "POST /multi/challenges/77/otp/SMS/verify";

/// A Weavr whose answers contradict each other, which the simulator's never do. A code was sent for a wire of 500 euros.
struct InconsistentProvider {
    stub: Stub,
    widget: Widget,
}

fn payment_response(id: &str, state: &str, minor: u64) -> StubResponse {
    let body = json!({
        "id": id,
        "state": state,
        "transferAmount": {"currency": "EUR", "amount": minor},
        "destination": {"name": "Acme Corp", "iban": "DE89370400440532013000"},
    });
    StubResponse::json(200, body.to_string())
}

/// The wire in one state, with the amount that was shown.
fn in_state(state: &str) -> StubResponse {
    payment_response(ID, state, 50_000)
}

fn conflict(code: &str) -> StubResponse {
    StubResponse::json(409, json!({ "errorCode": code }).to_string())
}

impl InconsistentProvider {
    async fn start() -> Self {
        let stub = Stub::start().await;
        stub.respond(READ, in_state("PENDING_CHALLENGE"));
        let factors = json!({"factors": [{"type": "OTP", "status": "ACTIVE", "channel": "SMS"}]});
        stub.respond(
            "GET /multi/authentication_factors",
            StubResponse::json(200, factors.to_string()),
        );
        stub.respond(
            "POST /multi/challenges/otp/SMS",
            StubResponse::json(200, r#"{"scaChallengeId":"77"}"#),
        );
        let mut config = weavr_configuration(&format!("{}/multi", stub.base));
        config.weavr.as_mut().unwrap().timeout = Duration::from_secs(1);
        let app = sca_backend::routes::router(config.backend().await.unwrap());
        let customer = TestCustomer {
            user: String::new(),
            token: "token".into(),
            wires: String::new(),
            sends: String::new(),
            eur: String::new(),
            gbp: String::new(),
        };
        let body = confirmation_request(&customer, WIRES, &[ID.to_owned()]);
        let held = send(
            &app,
            partner_request(crate::support::API_KEY, "/v1/confirmations", &body),
        )
        .await
        .ok();
        let widget = Widget::new(&app, &held);
        widget.start("1", "sms").await.ok();
        Self { stub, widget }
    }
}

#[tokio::test]
async fn an_accepted_code_approves_only_payments_that_weavr_shows_as_executed() {
    let accepted = || StubResponse::json(204, "");
    for (verify, read, verdict, status, reason) in [
        (accepted(), in_state("COMPLETED"), "accepted", "approved", None),
        (accepted(), in_state("PENDING_CHALLENGE"), "accepted", "pending", None),
        (accepted(), in_state("EXECUTED"), "accepted", "pending", None),
        (
            accepted(),
            payment_response("115200000000000002", "COMPLETED", 50_000),
            "accepted",
            "pending",
            None,
        ),
        (accepted(), StubResponse::json(404, "{}"), "accepted", "pending", None),
        (
            accepted(),
            StubResponse::json(200, "<html>"),
            "accepted",
            "pending",
            None,
        ),
        (
            accepted(),
            payment_response(ID, "COMPLETED", 50_001),
            "refused",
            "declined",
            Some("changed"),
        ),
        (
            accepted(),
            in_state("REJECTED"),
            "refused",
            "declined",
            Some("too-many-attempts"),
        ),
        // In progress inside Weavr: that counts once the code was accepted.
        (accepted(), in_state("PENDING"), "accepted", "approved", None),
        // Not the documented success.
        (
            StubResponse::json(200, "{}"),
            in_state("PENDING_CHALLENGE"),
            "none",
            "pending",
            None,
        ),
        (
            StubResponse::json(202, "{}"),
            in_state("PENDING_CHALLENGE"),
            "none",
            "pending",
            None,
        ),
        // Confirmed elsewhere: the payment is executed, whatever the answer to the code.
        (
            conflict("STATE_INVALID"),
            in_state("COMPLETED"),
            "accepted",
            "approved",
            None,
        ),
        (
            conflict("CHALLENGE_LIMIT_EXCEED"),
            in_state("PENDING_CHALLENGE"),
            "refused",
            "declined",
            Some("too-many-attempts"),
        ),
        (
            conflict("ALREADY_VERIFIED"),
            in_state("PENDING_CHALLENGE"),
            "code-expired",
            "pending",
            None,
        ),
    ] {
        let InconsistentProvider { stub, widget } = InconsistentProvider::start().await;
        stub.respond(VERIFY, verify.clone());
        stub.respond(READ, read.clone());
        let reply = widget.code("1", "sms", CODE).await;
        let actual = reply.body["verdict"].as_str().unwrap_or("none");
        // The snapshot shows what the attempt left: the payment cannot be read any more.
        stub.respond(READ, StubResponse::json(503, ""));
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (actual, snapshot.status(), snapshot.reason()),
            (verdict, status, reason),
            "{verify:?} {read:?}"
        );
    }
}

#[tokio::test]
async fn an_attempt_without_an_answer_can_be_repeated() {
    let InconsistentProvider { stub, widget } = InconsistentProvider::start().await;
    stub.respond(VERIFY, StubResponse::never());
    assert_problem(&widget.code("1", "sms", CODE).await, 504, "provider-timeout");
    assert_status(&widget.snapshot().await, "pending");
    // Weavr had accepted the code, which the next attempt reveals.
    stub.respond(VERIFY, conflict("STATE_INVALID"));
    stub.respond(READ, in_state("SUBMITTED"));
    assert_verified(&widget.code("1", "sms", CODE).await.ok(), "accepted", "approved");
}

#[tokio::test]
async fn reading_an_approval_never_makes_the_backend_poll_weavr_more_often() {
    let env = WeavrEnv::start().await;
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "sms").await.ok();
    env.fault("verifyOtp", 1, "before", json!({"kind": "reset"})).await;
    env.fault("readWire", 2, "before", json!({"kind": "reset"})).await;
    widget.code("1", "sms", CODE).await;
    let reads = env.calls("readWire").await;
    let reading = (0..20).map(|_| {
        let widget = widget.clone();
        async move { widget.snapshot().await }
    });
    futures_util::future::join_all(reading).await;
    assert_eq!(env.calls("readWire").await, reads + 1);
    env.poll().await;
    assert_eq!(env.calls("readWire").await, reads + 2);

    widget.cancel().await.ok();
    // After a throttled poll, the backend waits as long as Weavr asks for.
    let (_, _, widget) = env.held_wire().await;
    widget.start("1", "push").await.ok();
    let throttled = json!({"kind": "tooManyRequests", "retryAfter": 60});
    env.fault("readWire", 1, "before", throttled).await;
    env.poll().await;
    let reads = env.calls("readWire").await;
    env.poll().await;
    env.poll().await;
    assert_eq!(env.calls("readWire").await, reads);
    env.clock.advance(Duration::from_secs(60));
    env.poll().await;
    assert_eq!(env.calls("readWire").await, reads + 1);
}
