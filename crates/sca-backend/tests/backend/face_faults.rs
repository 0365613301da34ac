//! FaceSign fails, is slow, or reports late. No transfer is approved that should not be, and no result is lost.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    ContractJson, assert_ended, assert_status,
    facesign_env::{FaceSignEnv, transfer},
    idempotency_key,
};

fn faults() -> Vec<Value> {
    vec![
        json!({"kind": "status", "status": 500}),
        json!({"kind": "status", "status": 401}),
        json!({"kind": "status", "status": 404}),
        json!({"kind": "tooManyRequests", "retryAfter": 5}),
        json!({"kind": "html", "status": 200}),
        json!({"kind": "html", "status": 503}),
        json!({"kind": "slow", "milliseconds": 3000}),
        json!({"kind": "reset"}),
        json!({"kind": "truncatedJson"}),
        json!({"kind": "hugeBody", "bytes": 4_000_000}),
        json!({"kind": "redirect", "location": "https://evil.example/"}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_face_session_that_could_not_be_created_can_be_started_again() {
    let env = FaceSignEnv::start().await;
    let widget = env.hold("txn-1").await;
    for fault in faults() {
        for when in ["before", "after"] {
            env.fault("create", 1, when, fault.clone()).await;
            let reply = widget.start("1", "face").await;
            assert!(
                ["provider-error", "provider-timeout", "too-many-requests"].contains(&reply.code()),
                "{fault}: {}",
                reply.text
            );
            let snapshot = widget.snapshot().await;
            assert_eq!(snapshot.status(), "pending", "{fault}");
            assert!(snapshot.challenge(0).face().is_none(), "{fault}");
        }
    }
    let started = widget.start("1", "face").await.ok();
    assert!(started.challenge(0).face().is_some(), "{started}");
}

/// Each start costs a call to FaceSign.
#[tokio::test]
async fn too_many_starts_of_a_face_session_are_throttled() {
    let env = FaceSignEnv::start().await;
    let widget = env.hold("txn-1").await;
    for _ in 0..24 {
        widget.start("1", "face").await.ok();
    }
    let reply = widget.start("1", "face").await;
    assert_eq!(reply.code(), "too-many-requests");
    assert!(reply.retry_after() > 0);
    assert!(widget.snapshot().await.challenge(0).face().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_or_concurrent_start_creates_one_face_session() {
    let env = FaceSignEnv::start().await;
    let widget = env.hold("txn-1").await;
    let key = idempotency_key();
    let body = json!({"challenge": "1", "factor": "face"}).to_string();
    let first = widget.post_as(&key, "/start", &body).await.ok();
    let second = widget.post_as(&key, "/start", &body).await.ok();
    assert_eq!(first, second);
    let widget = env.hold("txn-2").await;
    let starts = futures_util::future::join_all((0..10).map(|_| widget.start("1", "face"))).await;
    assert!(
        starts
            .iter()
            .all(|reply| reply.status.is_success() || reply.code() == "request-in-progress"),
        "{starts:?}"
    );
    assert_eq!(env.sessions("txn-2").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_stays_pending_until_facesign_can_be_read() {
    for fault in faults() {
        let env = FaceSignEnv::start().await;
        let (widget, session) = env.hold_with_session("txn-1").await;
        env.send_webhooks(json!({"retrySeconds": []})).await;
        env.fault("get", 100, "before", fault.clone()).await;
        env.play(&session, "verified").await;
        env.webhooks_delivered().await;
        env.poll().await;
        assert_eq!(widget.snapshot().await.status(), "pending", "{fault}");
        assert_eq!(env.executions("txn-1").await, 0, "{fault}");
        env.control(Method::DELETE, "/facesign/faults", json!({})).await;
        env.poll().await;
        assert_eq!(widget.snapshot().await.status(), "approved", "{fault}");
        assert_eq!(env.executions("txn-1").await, 1, "{fault}");
    }
}

#[tokio::test]
async fn without_webhooks_the_session_is_polled() {
    let env = FaceSignEnv::start().await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.backend.sweep().await.unwrap();
    assert_eq!(env.calls("get").await, 0);
    env.play(&session, "verified").await;
    env.clock.advance(Duration::from_secs(15));
    env.backend.sweep().await.unwrap();
    assert_status(&widget.snapshot().await, "approved");
    let asked = env.calls("get").await;
    env.poll().await;
    assert_eq!(env.calls("get").await, asked);
}

#[tokio::test]
async fn polling_keeps_to_facesigns_rate_limit() {
    let env = FaceSignEnv::start().await;
    for number in 0..6 {
        env.hold_with_session(&format!("txn-{number}")).await;
    }
    env.clock.advance(Duration::from_secs(15));
    env.backend.sweep().await.unwrap();
    assert_eq!(env.calls("get").await, 2);
    for _ in 0..2 {
        env.backend.sweep().await.unwrap();
    }
    // Each session once, and none again before its next poll is due.
    assert_eq!(env.calls("get").await, 6);
    env.backend.sweep().await.unwrap();
    assert_eq!(env.calls("get").await, 6);
}

#[tokio::test]
async fn an_approval_expires_although_facesign_never_ends_its_session() {
    let env = FaceSignEnv::start().await;
    env.behave(json!({"expiry": "stays"})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    env.clock.advance(Duration::from_millis(900_001));
    env.backend.sweep().await.unwrap();
    assert_status(&widget.snapshot().await, "expired");
    // The session ends too late.
    env.play(&session, "verified").await;
    env.poll().await;
    assert_eq!(env.executions("txn-1").await, 0);
}

async fn with_video_analysis() -> FaceSignEnv {
    FaceSignEnv::with(|config| {
        if let Some(facesign) = &mut config.facesign {
            facesign.video_analysis = true;
        }
    })
    .await
}

#[tokio::test]
async fn a_required_video_analysis_is_awaited() {
    let env = with_video_analysis().await;
    env.behave(json!({"analysisSeconds": 3600})).await;
    for (found, status, reason) in [
        ("normal", "approved", None),
        ("suspicious", "approved", None),
        ("highFraudRisk", "declined", Some("not-verified")),
        ("failed", "failed", Some("provider-refused")),
        ("timedOut", "failed", Some("provider-refused")),
    ] {
        let id = format!("txn-{found}");
        let (widget, session) = env.hold_with_session(&id).await;
        env.play(&session, "verified").await;
        env.poll().await;
        let pending = widget.snapshot().await;
        assert_eq!(pending.status(), "pending", "{found}");
        assert_eq!(pending.challenge(0).face().unwrap()["ended"], true, "{found}");
        assert_eq!(env.executions(&id).await, 0, "{found}");
        // The customer has finished: a start opens no other session.
        assert_eq!(
            widget.start("1", "face").await.ok().challenge(0).face().unwrap()["ended"],
            true
        );
        env.finish_analysis(&session, json!({"video": found})).await;
        env.poll().await;
        let settled = widget.snapshot().await;
        assert_eq!((settled.status(), settled.reason()), (status, reason), "{found}");
        assert_eq!(env.executions(&id).await, u64::from(status == "approved"), "{found}");
    }
}

#[tokio::test]
async fn a_required_analysis_that_never_finishes_fails_the_approval() {
    let env = with_video_analysis().await;
    env.behave(json!({"video": "never"})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    // The analysis has a deadline of its own, although the approval expires soon.
    env.clock.advance(Duration::from_secs(800));
    env.play(&session, "verified").await;
    env.backend.sweep().await.unwrap();
    env.clock.advance(Duration::from_secs(200));
    env.backend.sweep().await.unwrap();
    assert_status(&widget.snapshot().await, "pending");
    env.clock.advance(Duration::from_millis(100_001));
    env.backend.sweep().await.unwrap();
    let settled = widget.snapshot().await;
    assert_ended(&settled, "failed", "provider-refused");
    assert_eq!(env.executions("txn-1").await, 0);
}

#[tokio::test]
async fn a_required_deepfake_verdict_is_awaited() {
    let env = FaceSignEnv::with(|config| {
        if let Some(facesign) = &mut config.facesign {
            facesign.deepfake_analysis = true;
        }
    })
    .await;
    for (verdict, status) in [
        ("authentic", "approved"),
        ("manipulated", "declined"),
        ("unknown", "failed"),
        ("failed", "failed"),
        ("timedOut", "failed"),
        ("never", "pending"),
        ("notRequested", "pending"),
    ] {
        env.behave(json!({"deepfake": verdict})).await;
        let (widget, session) = env.hold_with_session(&format!("txn-{verdict}")).await;
        env.play(&session, "verified").await;
        env.poll().await;
        assert_eq!(widget.snapshot().await.status(), status, "{verdict}");
    }
}

/// The first session was inconclusive, and its deepfake verdict comes while the second one is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_deepfake_verdict_on_an_earlier_session_declines_the_approval() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    env.behave(json!({"analysisSeconds": 3600, "deepfake": "never"})).await;
    let (widget, first) = env.hold_with_session("txn-1").await;
    env.play(&first, "inconclusive").await;
    widget
        .snapshot_when(|snapshot| snapshot.challenge(0).step_failure() == Some("inconclusive"))
        .await;
    env.open_session(&widget, "txn-1").await;
    env.finish_analysis(&first, json!({"deepfake": "manipulated"})).await;
    let settled = widget.settled().await;
    assert_ended(&settled, "declined", "not-verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_stream_delivers_the_face_session_and_the_result() {
    let env = FaceSignEnv::start().await;
    env.send_webhooks(json!({})).await;
    let (widget, session) = env.hold_with_session("txn-1").await;
    let streaming = tokio::spawn({
        let widget = widget.clone();
        // The stream ends with the approval.
        async move { widget.get("/events").await.text }
    });
    env.play(&session, "verified").await;
    widget.settled().await;
    let events = streaming.await.unwrap();
    assert!(events.contains("\"status\":\"approved\""), "{events}");
}

#[tokio::test]
async fn every_documented_variant_of_facesigns_api_is_read() {
    for behaviour in [
        json!({"conversationOutcome": "outcomeId", "idForm": "short", "createStatus": 201, "errorShape": "flat"}),
        json!({"validation": "strict", "videoStatusWords": "succeeded", "secretInGet": "fresh"}),
    ] {
        let env = with_video_analysis().await;
        env.behave(behaviour.clone()).await;
        let (widget, session) = env.hold_with_session("txn-1").await;
        env.play(&session, "verified").await;
        env.poll().await;
        assert_eq!(widget.snapshot().await.status(), "approved", "{behaviour}");
        let mut other = transfer("txn-2");
        other["payee"] = json!("Ümläut & Søn \"Ltd\"");
        assert_eq!(env.post_transfer(&other).await.ok().text("decision"), "held");
    }
}
