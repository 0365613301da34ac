//! Deepfakes that FaceSign reports during and after an approval, and what they mean for later versions of the transfer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    ContractJson, assert_ended, assert_status,
    facesign_env::{FaceSignEnv, transfer},
    waiting::until,
};

/// The `transfer.blocked` webhooks that the partner received: status, reason, whether to escalate.
async fn blocked(env: &FaceSignEnv, transfer: &str) -> Vec<(String, String, bool)> {
    let webhooks = env.partner_webhooks(transfer).await;
    let blocked = webhooks.iter().filter(|(kind, _)| kind == "transfer.blocked");
    let mut blocked: Vec<_> = blocked
        .map(|(_, data)| {
            (
                data.text("status").into(),
                data.text("reason").into(),
                data["escalate"].as_bool().unwrap(),
            )
        })
        .collect();
    blocked.sort();
    blocked
}

/// The webhook about a deepfake.
fn escalated(status: &str) -> (String, String, bool) {
    (status.into(), "not-verified".into(), true)
}

/// A version of a transfer, with an amount of its own.
fn version(id: &str, number: u64) -> Value {
    let mut body = transfer(id);
    body["version"] = json!(number);
    body["amount"]["minor"] = json!(5_000_000 + number);
    body
}

/// Has FaceSign report a deepfake while the session is still in progress.
async fn report_deepfake(env: &FaceSignEnv, session: &str) {
    env.play(session, "deepfake").await;
    env.tamper(session, json!({"status": "inProgress"})).await;
}

#[tokio::test]
async fn a_deepfake_declines_the_approval_before_the_customer_can_cancel() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    report_deepfake(&env, &session).await;
    env.poll().await;
    assert_eq!(widget.snapshot().await.reason(), Some("not-verified"));
    assert_eq!(widget.cancel().await.code(), "approval-settled");
    assert_eq!(blocked(&env, "txn-1").await, [escalated("declined")]);
}

#[tokio::test]
async fn a_deepfake_is_reported_although_the_transfer_was_cancelled_or_amended() {
    let env = FaceSignEnv::start().await;

    let (widget, session) = env.hold_with_session("txn-cancelled").await;
    widget.cancel().await.ok();
    report_deepfake(&env, &session).await;

    let (_, session) = env.hold_with_session("txn-amended").await;
    let next = env.hold_body(&version("txn-amended", 2)).await;
    report_deepfake(&env, &session).await;

    for _ in 0..3 {
        env.poll().await;
    }
    assert_status(&widget.snapshot().await, "cancelled");
    assert_eq!(blocked(&env, "txn-cancelled").await, [escalated("cancelled")]);
    // The newer version is declined too: it is for the same customer.
    assert_eq!(next.snapshot().await.reason(), Some("not-verified"));
    assert_eq!(
        blocked(&env, "txn-amended").await,
        [escalated("cancelled"), escalated("declined")]
    );

    for id in ["txn-cancelled", "txn-amended"] {
        let next = env.post_transfer(&version(id, 3)).await;
        assert_eq!(next.problem(), (409, "transfer-changed"), "{id}");
        assert_eq!(env.executions(id).await, 0);
    }
}

#[tokio::test]
async fn a_deepfake_is_reported_although_the_approval_had_expired() {
    let env = FaceSignEnv::with(|config| config.approval_lifetime = Duration::from_secs(60)).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.clock.advance(Duration::from_secs(60));
    assert_status(&widget.snapshot().await, "expired");
    env.play(&session, "deepfake").await;
    env.poll().await;
    assert_eq!(blocked(&env, "txn-1").await, [escalated("expired")]);
}

/// The bank may still stop the payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_deepfake_verdict_after_the_approval_is_reported() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.play(&session, "verified").await;
    assert_status(&widget.settled().await, "approved");
    let patch = json!({"report": {"deepfakeDetection": {"verdict": "manipulated"}}});
    env.tamper(&session, patch).await;
    let event = env.event("analysis.deepfake", &session).await;
    env.deliver_copies(&event, 20).await;
    env.webhooks_delivered().await;
    until("a fraud signal", async || {
        env.metric("sca_face_session_polls_total{decision=\"late_fraud_signal\"}") > 0
    })
    .await;
    assert_status(&widget.snapshot().await, "approved");
    assert_eq!(blocked(&env, "txn-1").await, [escalated("approved")]);
    assert_eq!(env.executions("txn-1").await, 1);
}

/// Polling stops after half an hour, or when FaceSign has reported everything.
#[tokio::test]
async fn a_session_of_a_settled_approval_is_polled_for_half_an_hour_at_most() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    widget.cancel().await.ok();
    env.poll().await;
    env.poll().await;
    assert_eq!(env.calls("get").await, 2);
    env.play(&session, "abandoned").await;
    env.poll().await;
    env.poll().await;
    assert_eq!(env.calls("get").await, 3);

    let (widget, _) = env.hold_with_session("txn-2").await;
    widget.cancel().await.ok();
    env.poll().await;
    assert_eq!(env.calls("get").await, 4);
    env.clock.advance(Duration::from_secs(1_800));
    env.poll().await;
    assert_eq!(env.calls("get").await, 4);
}

/// The partner executes an exempt version at once, so no other version may be held beside it.
#[tokio::test]
async fn an_exempt_version_of_a_transfer_excludes_the_other_versions() {
    let env = FaceSignEnv::start().await;
    let mut exempt = version("txn-1", 2);
    exempt["amount"]["minor"] = json!(500_000);
    let held = env.hold("txn-1").await;
    assert_eq!(env.post_transfer(&exempt).await.ok().text("decision"), "exempt");
    assert_ended(&held.snapshot().await, "cancelled", "changed");
    assert_eq!(env.post_transfer(&exempt).await.ok().text("decision"), "exempt");

    // A late request for an earlier version, the same version with another amount, and a later version.
    let mut late = version("txn-2", 2);
    late["amount"]["minor"] = json!(500_000);
    assert_eq!(env.post_transfer(&late).await.ok().text("decision"), "exempt");
    for body in [version("txn-2", 1), version("txn-2", 2), version("txn-2", 3)] {
        let reply = env.post_transfer(&body).await;
        assert_eq!(reply.problem(), (409, "transfer-changed"), "{body}");
    }
}

/// Amending a transfer by a cent gives no further attempts.
#[tokio::test]
async fn face_attempts_are_counted_over_all_versions_of_a_transfer() {
    let env = FaceSignEnv::start().await;
    let mut widget = env.hold("txn-1").await;
    for number in 2..5 {
        let session = env.open_session(&widget, "txn-1").await;
        env.play(&session, "noFace").await;
        env.poll().await;
        widget = env.hold_body(&version("txn-1", number)).await;
    }
    assert_eq!(widget.start("1", "face").await.code(), "approval-settled");
    assert_eq!(widget.snapshot().await.reason(), Some("too-many-attempts"));
    assert_eq!(env.sessions("txn-1").await.len(), 3);
}
