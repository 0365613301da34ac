//! Weavr does not play its part: whatever it leaves open, nothing is approved that was not, and nothing is asked of it twice.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    Widget,
    stub::{Says, Stub},
    weavr_env::{CODE, Confirmations, Payer, WIRES, WRONG, configuration},
};

fn kinds() -> [Value; 5] {
    [
        json!({"kind": "reset"}),
        json!({"kind": "status", "status": 503}),
        json!({"kind": "html"}),
        json!({"kind": "truncatedJson"}),
        json!({"kind": "redirect", "location": "https://evil.example/"}),
    ]
}

#[tokio::test]
async fn a_code_that_was_taken_without_our_hearing_of_it_approves_what_it_confirmed() {
    let world = Confirmations::start().await;
    for kind in kinds() {
        let (_, id, widget) = world.held_wire().await;
        widget.start("1", "sms").await.ok();
        world.fault("verifyOtp", 1, "after", kind.clone()).await;
        let verified = widget.code("1", "sms", CODE).await.ok();
        // It was looked at afterwards.
        assert_eq!(verified["verdict"], "accepted", "{kind}");
        assert_eq!(verified["approval"]["status"], "approved", "{kind}");
        assert_eq!(world.state(&id).await, "COMPLETED");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_at_now_is_looked_at_when_somebody_asks() {
    let world = Confirmations::start().await;
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    world
        .fault("readWire", 1, "before", json!({"kind": "status", "status": 503}))
        .await;
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["verdict"], "accepted");
    assert_eq!(verified["approval"]["status"], "pending");
    assert_eq!(verified["approval"]["challenges"][0]["passed"], true);
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");

    // The verdict itself was lost, too.
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    world.fault("verifyOtp", 1, "after", json!({"kind": "reset"})).await;
    world.fault("readWire", 1, "before", json!({"kind": "reset"})).await;
    let lost = widget.code("1", "sms", CODE).await;
    assert_eq!((lost.status.as_u16(), lost.code()), (502, "provider-error"));
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn a_payment_that_is_carried_out_a_little_later_is_approved_a_little_later() {
    let world = Confirmations::start().await;
    let payer = world
        .payer_who(json!({"behaviour": {"staleReads": 1, "completesAfterSeconds": null}}))
        .await;
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, WIRES, &[id]).await;
    widget.start("1", "sms").await.ok();
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(
        (&verified["verdict"], &verified["approval"]["status"]),
        (&json!("accepted"), &json!("pending"))
    );
    // The step is taken: no other code can be had or entered.
    assert_eq!(widget.start("1", "sms").await.code(), "factor-not-available");
    assert_eq!(widget.code("1", "sms", WRONG).await.code(), "factor-not-available");
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn a_code_whose_sending_was_lost_is_asked_for_again_under_the_same_name() {
    let world = Confirmations::start().await;
    for (endpoint, factor) in [("issueOtp", "sms"), ("issuePush", "push")] {
        let (payer, _, widget) = world.held_wire().await;
        world.fault(endpoint, 1, "after", json!({"kind": "reset"})).await;
        let lost = widget.start("1", factor).await;
        assert_eq!((lost.status.as_u16(), lost.code()), (502, "provider-error"));
        // Neither too early nor a second message: the first call's answer.
        widget.start("1", factor).await.ok();
        let requests = world
            .control(Method::GET, &format!("/requests?user={}", payer.user), json!({}))
            .await;
        assert_eq!(requests.as_array().unwrap().len(), 1);
        assert_eq!(requests[0]["issues"], 1);
        if factor == "sms" {
            assert_eq!(
                widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
                "approved"
            );
        } else {
            world.answer(&payer, "approve").await;
            world.poll().await;
            assert_eq!(widget.snapshot().await["status"], "approved");
        }
    }
}

#[tokio::test]
async fn throttling_and_locked_logins_are_passed_on_with_their_times() {
    let world = Confirmations::start().await;
    let throttled = json!({"kind": "tooManyRequests", "retryAfter": 7});
    let (payer, id, widget) = world.held_wire().await;
    world.fault("readWire", 1, "before", throttled.clone()).await;
    let refused = world.confirm(&payer, WIRES, std::slice::from_ref(&id)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "too-many-requests"));
    assert_eq!(refused.body["retryAfter"], 7);
    assert_eq!(refused.headers["retry-after"], "7");
    world.fault("issueOtp", 1, "before", throttled.clone()).await;
    assert_eq!(widget.start("1", "sms").await.body["retryAfter"], 7);
    widget.start("1", "sms").await.ok();
    world.fault("verifyOtp", 1, "before", throttled).await;
    assert_eq!(widget.code("1", "sms", CODE).await.body["retryAfter"], 7);
    // Nothing was counted.
    assert_eq!(widget.snapshot().await["attemptsLeft"], Value::Null);
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );

    let (payer, id, widget) = world.held_wire().await;
    let locked = json!({"kind": "status", "status": 423});
    world.fault("readWire", 1, "before", locked.clone()).await;
    let refused = world.confirm(&payer, WIRES, &[id]).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "too-many-requests"));
    assert_eq!(refused.body["retryAfter"], 1_800);
    world.fault("issueOtp", 1, "before", locked).await;
    assert_eq!(widget.start("1", "sms").await.code(), "approval-settled");
    let snapshot = widget.snapshot().await;
    assert_eq!(
        (&snapshot["status"], &snapshot["reason"]),
        (&json!("failed"), &json!("factor-blocked"))
    );
}

#[tokio::test]
async fn words_that_are_not_known_pass_nothing_and_end_nothing() {
    let world = Confirmations::start().await;
    let (_, _, widget) = world.held_wire().await;
    let new = json!({"kind": "status", "status": 409, "code": "SOMETHING_NEW"});
    world.fault("issueOtp", 1, "before", new.clone()).await;
    assert_eq!(widget.start("1", "sms").await.code(), "provider-error");
    widget.start("1", "sms").await.ok();
    world.fault("verifyOtp", 1, "before", new).await;
    assert_eq!(widget.code("1", "sms", CODE).await.code(), "provider-error");
    assert_eq!(widget.snapshot().await["status"], "pending");
    assert_eq!(
        widget.code("1", "sms", CODE).await.ok()["approval"]["status"],
        "approved"
    );
}

#[tokio::test]
async fn a_key_that_weavr_does_not_know_is_not_taken_for_the_customers_session() {
    let world = Confirmations::with(|config| {
        config.weavr.as_mut().unwrap().api_key = sca_backend::secret::Secret::new("weavr_unknown_key".into());
    })
    .await;
    let payer = world.payer().await;
    let id = world.wire(&payer, 50_000).await;
    let refused = world.confirm(&payer, WIRES, &[id]).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (502, "provider-error"));
}

#[tokio::test]
async fn the_deprecated_endpoints_confirm_one_at_a_time() {
    let world = Confirmations::with(|config| config.weavr.as_mut().unwrap().deprecated_endpoints = true).await;
    let payer = world.payer().await;
    // With a code for each, some could be carried out and others not.
    let ids = [world.wire(&payer, 50_000).await, world.wire(&payer, 60_000).await];
    assert_eq!(world.confirm(&payer, WIRES, &ids).await.code(), "invalid-request");
    let [id, _] = ids;
    let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
    widget.start("1", "sms").await.ok();
    // A second code while the first one lives is not to be had there.
    world.advance(16).await;
    assert_eq!(widget.start("1", "sms").await.code(), "too-many-requests");
    let verified = widget.code("1", "sms", CODE).await.ok();
    assert_eq!(verified["approval"]["status"], "approved");
    assert_eq!(world.state(&id).await, "COMPLETED");
    let payer = world.payer().await;
    let id = world.wire(&payer, 50_000).await;
    let widget = world.held(&payer, WIRES, &[id]).await;
    widget.start("1", "push").await.ok();
    world.answer(&payer, "approve").await;
    world.poll().await;
    assert_eq!(widget.snapshot().await["status"], "approved");
}

#[tokio::test]
async fn after_the_last_attempt_either_answer_of_weavrs_is_an_end() {
    let world = Confirmations::start().await;
    for (after, rejected_by) in [
        ("stateInvalid", "user"),
        ("limitExceeded", "system"),
        ("stateInvalid", "system"),
    ] {
        let payer = world
            .payer_who(json!({"behaviour": {"afterLimit": after, "rejectedInfo": rejected_by, "attemptLimit": 1}}))
            .await;
        let id = world.wire(&payer, 50_000).await;
        let widget = world.held(&payer, WIRES, std::slice::from_ref(&id)).await;
        let other = world.held_elsewhere(&payer, WIRES, std::slice::from_ref(&id)).await;
        widget.start("1", "sms").await.ok();
        world.advance(16).await;
        other.start("1", "sms").await.ok();
        // The other page uses the last attempt up.
        assert_eq!(
            other.code("1", "sms", WRONG).await.ok()["approval"]["reason"],
            "too-many-attempts"
        );
        let ended = widget.code("1", "sms", CODE).await.ok();
        assert_eq!(ended["verdict"], "refused");
        assert_eq!(
            ended["approval"]["reason"], "too-many-attempts",
            "{after} {rejected_by}"
        );
    }
}

/// What the simulator cannot do: answers that contradict each other.
struct Liar {
    stub: Stub,
    widget: Widget,
}

const ID: &str = "115200000000000001";

fn told(id: &str, state: &str, minor: u64) -> Says {
    let body = json!({
        "id": id,
        "state": state,
        "transferAmount": {"currency": "EUR", "amount": minor},
        "destination": {"name": "Acme Corp", "iban": "DE89370400440532013000"},
    });
    Says::json(200, body.to_string())
}

impl Liar {
    async fn start() -> Self {
        let stub = Stub::start().await;
        let path = format!("GET /multi/outgoing_wire_transfers/{ID}");
        stub.says(&path, told(ID, "PENDING_CHALLENGE", 50_000));
        let factors = json!({"factors": [{"type": "OTP", "status": "ACTIVE", "channel": "SMS"}]});
        stub.says(
            "GET /multi/authentication_factors",
            Says::json(200, factors.to_string()),
        );
        stub.says(
            "POST /multi/challenges/otp/SMS",
            Says::json(200, r#"{"scaChallengeId":"77"}"#),
        );
        let mut config = configuration(&format!("{}/multi", stub.base));
        config.weavr.as_mut().unwrap().timeout = Duration::from_millis(1_000);
        let backend = config.backend().await.unwrap();
        let app = sca_backend::routes::router(backend);
        let payer = Payer {
            user: String::new(),
            token: "token".into(),
            wires: String::new(),
            sends: String::new(),
            eur: String::new(),
            gbp: String::new(),
        };
        let request = axum::http::Request::post("/v1/confirmations")
            .header("x-api-key", crate::support::API_KEY)
            .header("content-type", "application/json")
            .header("idempotency-key", crate::support::attempt())
            .body(axum::body::Body::from(
                crate::support::weavr_env::request(&payer, WIRES, &[ID.to_owned()]).to_string(),
            ))
            .unwrap();
        let held = crate::support::send(&app, request).await.ok();
        let widget = Widget {
            app,
            secret: held["clientSecret"].as_str().unwrap().into(),
            id: held["id"].as_str().unwrap().into(),
        };
        widget.start("1", "sms").await.ok();
        Self { stub, widget }
    }

    fn says(&self, call: &str, says: Says) {
        self.stub.says(call, says);
    }
}

#[tokio::test]
async fn a_code_that_is_taken_approves_nothing_that_is_not_seen_carried_out() {
    const VERIFY: &str = "POST /multi/challenges/77/otp/SMS/verify";
    let read = format!("GET /multi/outgoing_wire_transfers/{ID}");
    for (verify, says, verdict, status, reason) in [
        (
            Says::json(204, ""),
            told(ID, "COMPLETED", 50_000),
            "accepted",
            "approved",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            told(ID, "PENDING_CHALLENGE", 50_000),
            "accepted",
            "pending",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            told(ID, "EXECUTED", 50_000),
            "accepted",
            "pending",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            told("115200000000000002", "COMPLETED", 50_000),
            "accepted",
            "pending",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            Says::json(404, "{}"),
            "accepted",
            "pending",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            Says::json(200, "<html>"),
            "accepted",
            "pending",
            Value::Null,
        ),
        (
            Says::json(204, ""),
            told(ID, "COMPLETED", 50_001),
            "refused",
            "declined",
            json!("changed"),
        ),
        (
            Says::json(204, ""),
            told(ID, "REJECTED", 50_000),
            "refused",
            "declined",
            json!("too-many-attempts"),
        ),
        // On its way inside Weavr, which counts once the code was taken.
        (
            Says::json(204, ""),
            told(ID, "PENDING", 50_000),
            "accepted",
            "approved",
            Value::Null,
        ),
        // Not the documented success.
        (
            Says::json(200, "{}"),
            told(ID, "PENDING_CHALLENGE", 50_000),
            "none",
            "pending",
            Value::Null,
        ),
        (
            Says::json(202, "{}"),
            told(ID, "PENDING_CHALLENGE", 50_000),
            "none",
            "pending",
            Value::Null,
        ),
        // Somebody else confirmed it: it is carried out, whatever is said to the code.
        (
            Says::json(409, r#"{"errorCode":"STATE_INVALID"}"#),
            told(ID, "COMPLETED", 50_000),
            "accepted",
            "approved",
            Value::Null,
        ),
        (
            Says::json(409, r#"{"errorCode":"CHALLENGE_LIMIT_EXCEED"}"#),
            told(ID, "PENDING_CHALLENGE", 50_000),
            "refused",
            "declined",
            json!("too-many-attempts"),
        ),
        (
            Says::json(409, r#"{"errorCode":"ALREADY_VERIFIED"}"#),
            told(ID, "PENDING_CHALLENGE", 50_000),
            "code-expired",
            "pending",
            Value::Null,
        ),
    ] {
        let liar = Liar::start().await;
        liar.says(VERIFY, verify.clone());
        liar.says(&read, says.clone());
        let reply = liar.widget.code("1", "sms", CODE).await;
        let told = reply.body["verdict"].as_str().unwrap_or("none").to_owned();
        // What cannot be read is not read again here.
        liar.says(&read, Says::json(503, ""));
        let snapshot = liar.widget.snapshot().await;
        assert_eq!(
            (told.as_str(), &snapshot["status"], &snapshot["reason"]),
            (verdict, &json!(status), &reason),
            "{verify:?} {says:?}"
        );
    }
}

#[tokio::test]
async fn answers_that_never_come_leave_a_way_on() {
    let liar = Liar::start().await;
    liar.says("POST /multi/challenges/77/otp/SMS/verify", Says::nothing());
    let lost = liar.widget.code("1", "sms", CODE).await;
    assert_eq!((lost.status.as_u16(), lost.code()), (504, "provider-timeout"));
    assert_eq!(liar.widget.snapshot().await["status"], "pending");
    // It had been taken, and that shows when the customer tries again.
    let gone = Says::json(409, r#"{"errorCode":"STATE_INVALID"}"#);
    liar.says("POST /multi/challenges/77/otp/SMS/verify", gone);
    let read = format!("GET /multi/outgoing_wire_transfers/{ID}");
    liar.says(&read, told(ID, "SUBMITTED", 50_000));
    let again = liar.widget.code("1", "sms", CODE).await.ok();
    assert_eq!(
        (&again["verdict"], &again["approval"]["status"]),
        (&json!("accepted"), &json!("approved"))
    );
}

#[tokio::test]
async fn however_often_somebody_asks_weavr_is_asked_as_often_as_it_would_be() {
    let world = Confirmations::start().await;
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "sms").await.ok();
    world.fault("verifyOtp", 1, "before", json!({"kind": "reset"})).await;
    world.fault("readWire", 2, "before", json!({"kind": "reset"})).await;
    widget.code("1", "sms", CODE).await;
    let reads = world.calls("readWire").await;
    let asking = (0..20).map(|_| {
        let widget = widget.clone();
        async move { widget.snapshot().await }
    });
    futures_util::future::join_all(asking).await;
    assert_eq!(world.calls("readWire").await, reads + 1);
    world.poll().await;
    assert_eq!(world.calls("readWire").await, reads + 2);

    widget.cancel().await.ok();
    // Told to wait, it is not asked before.
    let (_, _, widget) = world.held_wire().await;
    widget.start("1", "push").await.ok();
    let throttled = json!({"kind": "tooManyRequests", "retryAfter": 60});
    world.fault("readWire", 1, "before", throttled).await;
    world.poll().await;
    let reads = world.calls("readWire").await;
    world.poll().await;
    world.poll().await;
    assert_eq!(world.calls("readWire").await, reads);
    world.clock.advance(Duration::from_secs(60));
    world.poll().await;
    assert_eq!(world.calls("readWire").await, reads + 1);
}
