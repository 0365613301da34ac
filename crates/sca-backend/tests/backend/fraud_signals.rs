//! A deception that is seen in whatever way the transfer ended, and what the same transfer may be tried with after that.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Widget,
    facesign_env::{Faces, is_settled, until, wire},
    waiting::until_so,
};

/// What the partner was told of blocked transfers: status, reason, whether to escalate.
async fn blocked(faces: &Faces, transfer: &str) -> Vec<(Value, Value, Value)> {
    let told = faces.notices(transfer).await;
    let blocked = told.iter().filter(|(kind, _)| kind == "transfer.blocked");
    blocked
        .map(|(_, data)| (data["status"].clone(), data["reason"].clone(), data["escalate"].clone()))
        .collect()
}

fn alarm(status: &str) -> Vec<(Value, Value, Value)> {
    vec![(json!(status), json!("not-verified"), json!(true))]
}

fn version(transfer: &str, number: u64) -> Value {
    let mut body = wire(transfer);
    body["version"] = json!(number);
    body["amount"]["minor"] = json!(5_000_000 + number);
    body
}

/// Has FaceSign show a deepfake while the session still goes on.
async fn seen_through(faces: &Faces, session: &str) {
    faces.play(session, "deepfake").await;
    faces.tamper(session, json!({"status": "inProgress"})).await;
}

#[tokio::test]
async fn whoever_is_seen_through_has_no_time_left_to_stop() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    seen_through(&faces, &session).await;
    faces.poll().await;
    assert_eq!(widget.snapshot().await["reason"], "not-verified");
    assert_eq!(widget.cancel().await.code(), "approval-settled");
    assert_eq!(blocked(&faces, "txn-1").await, alarm("declined"));
}

#[tokio::test]
async fn a_deception_is_told_although_its_author_stopped_or_changed_the_transfer() {
    let faces = Faces::start().await;

    let (widget, session) = faces.opened("txn-cancelled").await;
    widget.cancel().await.ok();
    seen_through(&faces, &session).await;

    let (_, session) = faces.opened("txn-changed").await;
    let next = faces.post_wire(&version("txn-changed", 2)).await;
    assert_eq!(next.status, StatusCode::CREATED);
    let next = Widget {
        app: faces.app.clone(),
        secret: next.body["clientSecret"].as_str().unwrap().into(),
        id: next.body["id"].as_str().unwrap().into(),
    };
    seen_through(&faces, &session).await;

    for _ in 0..3 {
        faces.poll().await;
    }
    assert_eq!(widget.snapshot().await["status"], "cancelled");
    assert_eq!(blocked(&faces, "txn-cancelled").await, alarm("cancelled"));
    // The newer version, which has done nothing yet, is for whoever was seen through, too.
    assert_eq!(next.snapshot().await["reason"], "not-verified");
    let mut told = blocked(&faces, "txn-changed").await;
    told.sort_by_key(|(status, _, _)| status.to_string());
    assert_eq!(told, [alarm("cancelled"), alarm("declined")].concat());

    for transfer in ["txn-cancelled", "txn-changed"] {
        let next = faces.post_wire(&version(transfer, 3)).await;
        assert_eq!(
            (next.status, next.code()),
            (StatusCode::CONFLICT, "transfer-changed"),
            "{transfer}"
        );
        assert_eq!(faces.executions(transfer).await, 0);
    }
}

#[tokio::test]
async fn a_deception_is_told_although_the_approval_had_expired() {
    let faces = Faces::with(|config| config.approval_lifetime = Duration::from_secs(60)).await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.clock.advance(Duration::from_secs(60));
    assert_eq!(widget.snapshot().await["status"], "expired");
    faces.play(&session, "deepfake").await;
    faces.poll().await;
    assert_eq!(blocked(&faces, "txn-1").await, alarm("expired"));
}

/// The bank may still stop the payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_that_comes_after_the_approval_is_told() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.play(&session, "verified").await;
    assert_eq!(until(&widget, is_settled).await["status"], "approved");
    let patch = json!({"report": {"deepfakeDetection": {"verdict": "manipulated"}}});
    faces.tamper(&session, patch).await;
    let event = json!({"type": "analysis.deepfake", "sessionId": session});
    let event = faces.control(Method::POST, "/facesign/events", event).await;
    let path = format!("/facesign/events/{}/deliver", event["id"].as_str().unwrap());
    faces.control(Method::POST, &path, json!({"copies": 20})).await;
    faces
        .control(Method::POST, "/facesign/events/idle", json!({"seconds": 10}))
        .await;
    until_so("an alarm", async || {
        faces.metric("sca_face_session_polls_total{decision=\"late_fraud_signal\"}") > 0
    })
    .await;
    assert_eq!(widget.snapshot().await["status"], "approved");
    assert_eq!(blocked(&faces, "txn-1").await, alarm("approved"));
    assert_eq!(faces.executions("txn-1").await, 1);
}

/// Half an hour, or until FaceSign has said all.
#[tokio::test]
async fn a_session_that_was_left_is_not_asked_for_for_ever() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    widget.cancel().await.ok();
    faces.poll().await;
    faces.poll().await;
    assert_eq!(faces.calls("get").await, 2);
    faces.play(&session, "abandoned").await;
    faces.poll().await;
    faces.poll().await;
    assert_eq!(faces.calls("get").await, 3);

    let (widget, _) = faces.opened("txn-2").await;
    widget.cancel().await.ok();
    faces.poll().await;
    assert_eq!(faces.calls("get").await, 4);
    faces.clock.advance(Duration::from_secs(1_800));
    faces.poll().await;
    assert_eq!(faces.calls("get").await, 4);
}

/// A transfer that the partner was told to carry out at once is not held beside that, nor the other way round.
#[tokio::test]
async fn a_version_that_is_exempt_leaves_a_trace() {
    let faces = Faces::start().await;
    let mut small = version("txn-1", 2);
    small["amount"]["minor"] = json!(500_000);
    let held = faces.hold("txn-1").await;
    assert_eq!(faces.post_wire(&small).await.ok()["decision"], "exempt");
    assert_eq!(held.snapshot().await["status"], "cancelled");
    assert_eq!(faces.post_wire(&small).await.ok()["decision"], "exempt");

    // The first version's request was late on its way, or the same version comes with something else.
    let mut late = version("txn-2", 2);
    late["amount"]["minor"] = json!(500_000);
    assert_eq!(faces.post_wire(&late).await.ok()["decision"], "exempt");
    for body in [version("txn-2", 1), version("txn-2", 2), version("txn-2", 3)] {
        let reply = faces.post_wire(&body).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::CONFLICT, "transfer-changed"),
            "{body}"
        );
    }
}

/// Editing a transfer by a cent gives no further tries.
#[tokio::test]
async fn tries_are_counted_over_all_versions_of_a_transfer() {
    let faces = Faces::start().await;
    let mut widget = faces.hold("txn-1").await;
    for number in 2..5 {
        let session = faces.open(&widget, "txn-1").await;
        faces.play(&session, "noFace").await;
        faces.poll().await;
        let next = faces.post_wire(&version("txn-1", number)).await.ok();
        widget = Widget {
            app: faces.app.clone(),
            secret: next["clientSecret"].as_str().unwrap().into(),
            id: next["id"].as_str().unwrap().into(),
        };
    }
    assert_eq!(widget.start("1", "face").await.code(), "approval-settled");
    assert_eq!(widget.snapshot().await["reason"], "too-many-attempts");
    assert_eq!(faces.sessions("txn-1").await.len(), 3);
}
