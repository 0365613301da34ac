//! FaceSign's webhooks: forged, duplicated, late, early and in any order.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};

use crate::support::{
    ContractJson, assert_status,
    facesign_env::{FaceSignEnv, WEBHOOK_SECRET, statuses},
    hex, send,
    waiting::until,
};

const ACCEPTED: &str = "sca_webhook_events_received_total{provider=\"facesign\",result=\"accepted\"}";
const DUPLICATE: &str = "sca_webhook_events_received_total{provider=\"facesign\",result=\"duplicate\"}";

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_polls_the_session_and_executes_the_transfer_once() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    assert_status(&widget.settled().await, "approved");
    env.webhooks_delivered().await;
    assert_eq!(env.executions("txn-1").await, 1);
    assert_eq!(env.executions("txn-1").await, 1);
    assert_eq!(env.metric("sca_face_sessions_opened_total"), 1);
    assert_eq!(env.metric("sca_face_session_polls_total{decision=\"authorise\"}"), 1);
}

/// FaceSign also sends webhooks for the statuses `created` and `inProgress`.
#[tokio::test(flavor = "multi_thread")]
async fn webhooks_about_an_unfinished_session_change_nothing() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.open_page(&session).await;
    env.webhooks_delivered().await;
    for _ in 0..3 {
        let early = env.event("session.status", &session).await;
        assert_eq!(env.deliver(&early, json!({})).await, 204);
    }
    let polled_three_times = |_: &Value| env.metric("sca_face_session_polls_total{decision=\"pending\"}") >= 3;
    let snapshot = widget.snapshot_when(polled_three_times).await;
    assert_status(&snapshot, "pending");
    assert!(snapshot.challenge(0).face().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_concurrent_copies_of_a_webhook_settle_and_execute_once() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    env.behave(json!({"events": {"deliver": "held", "copies": 1, "delaySeconds": 0}}))
        .await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    let webhook = env.held_webhook().await;
    assert_eq!(env.deliver_copies(&webhook, 1000).await, [204; 1000]);
    assert_status(&widget.settled().await, "approved");
    assert_eq!(env.metric(ACCEPTED), 1);
    assert_eq!(env.metric(DUPLICATE), 999);
    assert_eq!(env.calls("get").await, 1);
    assert_eq!(env.executions("txn-1").await, 1);
    // The metric is counted after the approval is settled: stopping waits for that.
    env.backend.stop().await;
    assert_eq!(env.metric("sca_approvals_settled_total"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_webhooks_and_polls_makes_no_difference() {
    for order in ["created", "reversed"] {
        let env = FaceSignEnv::start().await;
        env.send_webhooks(json!({})).await;
        env.behave(json!({"events": {"deliver": "held", "copies": 2, "delaySeconds": 0}}))
            .await;
        let (widget, session) = env.hold_with_session("txn-1").await;
        env.play(&session, "denied").await;
        let polled = order == "reversed";
        if polled {
            env.poll().await;
        }
        let release = json!({ "order": order });
        let sent = env.control(Method::POST, "/facesign/events/release", release).await;
        let statuses = statuses(&sent);
        assert!(
            statuses.len() >= 3 && statuses.iter().all(|status| *status == 204),
            "{sent}"
        );
        assert_eq!(widget.settled().await.reason(), Some("denied"));
        assert_eq!(env.executions("txn-1").await, 0);
        // The metric is counted after the approval is settled: stopping waits for that.
        env.backend.stop().await;
        assert_eq!(env.metric("sca_approvals_settled_total"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_stored_and_answered_while_facesign_takes_long_to_report() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    env.behave(json!({"events": {"deliver": "held", "copies": 1, "delaySeconds": 0}}))
        .await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    env.fault("get", 1, "before", json!({"kind": "slow", "milliseconds": 4_000}))
        .await;
    let webhook = env.held_webhook().await;
    assert_eq!(env.deliver(&webhook, json!({})).await, 204);
    assert_status(&widget.snapshot().await, "pending");
    assert_eq!(env.metric(ACCEPTED), 1);
    assert_eq!(env.deliver(&webhook, json!({})).await, 204);
    assert_eq!(env.metric(DUPLICATE), 1);
    // FaceSign does not report in time at all. The next sweep asks it again.
    env.poll().await;
    assert_status(&widget.snapshot().await, "approved");
    assert_eq!(env.executions("txn-1").await, 1);
}

/// The webhook overtakes the response that creates the session, so the backend does not know the session yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_about_an_unknown_session_is_answered_with_404_so_that_facesign_retries_it() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({"retrySeconds": [5, 30]})).await;
    let slow = json!({"kind": "slow", "milliseconds": 700});
    env.fault("create", 1, "after", slow).await;
    let widget = env.hold("txn-1").await;
    let refused = until("a webhook answered with 404", async || {
        env.events()
            .await
            .iter()
            .any(|event| event["attempts"][0]["status"] == 404)
    });
    let (started, ()) = tokio::join!(widget.start("1", "face"), refused);
    started.ok();
    env.control(Method::POST, "/clock/advance", json!({"seconds": 6})).await;
    env.webhooks_delivered().await;
    let created = env.events().await.swap_remove(0);
    assert_eq!(
        (created.text("state"), created["attempts"][1].number("status")),
        ("delivered", 204)
    );
    let unknown = env.event("session.status", "unknown").await;
    assert_eq!(env.deliver(&unknown, json!({})).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_webhooks_with_a_fresh_and_valid_signature_are_accepted() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    env.behave(json!({"events": {"deliver": "never", "copies": 1, "delaySeconds": 0}}))
        .await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    let webhook = env.event("session.status", &session).await;
    // The event is also delivered by the usual retries, which settle the approval. Below, only the answers matter.
    for (settings, status) in [
        (json!({"signature": "unsigned"}), 401),
        (json!({"signature": "wrong"}), 401),
        (json!({"signature": "legacy"}), 401),
        (json!({"signature": "bareHex"}), 401),
        (json!({"timestampShift": -310}), 401),
        (json!({"timestampShift": 310}), 401),
        (json!({"timestampShift": -290}), 204),
        (json!({"timestampShift": 290}), 204),
        (json!({"timestamp": "milliseconds"}), 204),
        (json!({"timestamp": "milliseconds", "timestampShift": -310}), 401),
    ] {
        assert_eq!(env.deliver(&webhook, settings.clone()).await, status, "{settings}");
    }
    widget.settled().await;
    env.send_webhooks(json!({"crlf": true})).await;
    assert_eq!(env.deliver(&webhook, json!({})).await, 401);
    // During a rotation of the secret, FaceSign signs with both.
    env.send_webhooks(json!({"oldSecret": "whsec_of_last_year"})).await;
    assert_eq!(env.deliver(&webhook, json!({})).await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_causes_no_poll_and_is_not_stored() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    env.send_webhooks(json!({"signature": "wrong", "retrySeconds": []}))
        .await;
    let webhook = env.event("session.status", &session).await;
    assert_eq!(env.deliver(&webhook, json!({})).await, 401);
    assert_eq!(env.calls("get").await, 0);
    assert_status(&widget.snapshot().await, "pending");
    assert_eq!(env.metric(ACCEPTED), 0);
}

async fn post(env: &FaceSignEnv, body: Vec<u8>, header: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::post("/webhooks/facesign").header("content-type", "application/json");
    if let Some(header) = header {
        request = request.header("x-facesign-signature", header);
    }
    let reply = send(&env.app, request.body(Body::from(body)).unwrap()).await;
    (reply.status, reply.code().to_owned())
}

#[tokio::test]
async fn webhook_bodies_are_bounded_and_parsed_only_after_the_signature_check() {
    let env = FaceSignEnv::start().await;
    let huge = vec![b' '; 64 * 1024 + 1];
    let reply = post(&env, huge.clone(), Some("t=1,v1=0")).await;
    assert_eq!(reply.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&env, huge, None).await.0, StatusCode::UNAUTHORIZED);
    for body in [&b"not json"[..], b"", b"\xFF\xFE", b"{}"] {
        let (status, code) = post(&env, body.to_vec(), None).await;
        assert_eq!(
            (status, code.as_str()),
            (StatusCode::UNAUTHORIZED, "unauthorized"),
            "{body:?}"
        );
    }
}

#[tokio::test]
async fn a_signed_body_that_is_no_event_is_rejected_and_an_irrelevant_event_is_ignored() {
    let env = FaceSignEnv::start().await;
    let now = env.backend.now().0 / 1000;
    for (body, status) in [
        ("not json", 400),
        ("{}", 400),
        (r#"{"id":"evt_1","type":"session.status"}"#, 400),
        (r#"{"id":"evt_1","type":"session.status","sessionId":"../x"}"#, 400),
        (r#"{"id":"evt_1","type":"session.status","sessionId":"unknown"}"#, 404),
        (r#"{"id":"evt_1","type":"settings.avatars"}"#, 204),
        (r#"{"id":"evt_1","type":"media.user_photo","sessionId":"unknown"}"#, 204),
        (r#"{"id":"evt_1","type":"invented.later"}"#, 204),
    ] {
        let header = signed(now, body.as_bytes());
        let (answered, _) = post(&env, body.into(), Some(&header)).await;
        assert_eq!(answered.as_u16(), status, "{body}");
    }
    let body = br#"{"id":"evt_1","type":"settings.avatars"}"#.to_vec();
    for header in [
        signed(now, &body).replace("v1=", "v0="),
        format!("{},t=1", signed(now, &body)),
        "x".repeat(2000),
    ] {
        let (status, _) = post(&env, body.clone(), Some(&header)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{header}");
    }
}

fn signed(seconds: u64, body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    format!("t={seconds},v1={}", hex(&mac.finalize().into_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_does_not_match_its_transfer_declines_the_approval() {
    for patch in [
        json!({"settings": {"clientReferenceId": "appr_another"}}),
        json!({"settings": {"clientReferenceId": null}}),
        json!({"settings": {"metadata": {"transfer": "txn-2"}}}),
        json!({"settings": {"metadata": {"transferAmount": "1.00"}}}),
        json!({"settings": {"metadata": {"transferCurrency": "EUR"}}}),
        json!({"settings": {"metadata": {"recipientName": "Another"}}}),
        json!({"settings": {"metadata": {"recipientAccount": "****0000"}}}),
        json!({"settings": {"metadata": {"user": "user-1"}}}),
        json!({"settings": {"metadata": {"transferVersion": "2"}}}),
        json!({"settings": {"metadata": null}}),
        json!({"settings": null}),
    ] {
        let env = FaceSignEnv::start().await;
        let (widget, session) = env.hold_with_session("txn-1").await;
        env.play(&session, "verified").await;
        env.tamper(&session, patch.clone()).await;
        env.poll().await;
        let snapshot = widget.snapshot().await;
        assert_eq!(
            (snapshot.status(), snapshot.reason()),
            ("declined", Some("changed")),
            "{patch}"
        );
        assert_eq!(env.executions("txn-1").await, 0, "{patch}");
    }
    // FaceSign answers with another session's id: the answer is unusable, and the approval stays pending.
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    env.tamper(&session, json!({"id": "another"})).await;
    env.poll().await;
    assert_status(&widget.snapshot().await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_settles_only_the_transfer_of_its_own_session() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let (first, session) = env.hold_with_session("txn-1").await;
    let (second, _) = env.hold_with_session("txn-2").await;
    env.play(&session, "verified").await;
    first.settled().await;
    env.webhooks_delivered().await;
    assert_status(&second.snapshot().await, "pending");
    assert_eq!(env.executions("txn-2").await, 0);
}
