//! FaceSign fails, is slow, says nothing or says it late: nothing is approved that should not be, and nothing is lost.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    attempt,
    facesign_env::{Faces, is_settled, until, wire},
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
async fn a_session_that_could_not_be_opened_can_be_asked_for_again() {
    let faces = Faces::start().await;
    let widget = faces.hold("txn-1").await;
    for fault in faults() {
        for when in ["before", "after"] {
            faces.fault("create", 1, when, fault.clone()).await;
            let reply = widget.start("1", "face").await;
            assert!(
                ["provider-error", "provider-timeout", "too-many-requests"].contains(&reply.code()),
                "{fault}: {}",
                reply.text
            );
            let snapshot = widget.snapshot().await;
            assert_eq!(snapshot["status"], "pending", "{fault}");
            assert!(!snapshot["challenges"][0]["face"].is_object(), "{fault}");
        }
    }
    let started = widget.start("1", "face").await.ok();
    assert!(started["challenges"][0]["face"].is_object(), "{started}");
}

/// There is an end to asking: each costs a call.
#[tokio::test]
async fn a_customer_who_keeps_asking_is_told_to_wait() {
    let faces = Faces::start().await;
    let widget = faces.hold("txn-1").await;
    for _ in 0..24 {
        widget.start("1", "face").await.ok();
    }
    let reply = widget.start("1", "face").await;
    assert_eq!(reply.code(), "too-many-requests");
    assert!(reply.body["retryAfter"].as_u64().unwrap() > 0);
    assert!(widget.snapshot().await["challenges"][0]["face"].is_object());
}

/// The same call again has the same answer, and opens nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_sent_twice_opens_one_session() {
    let faces = Faces::start().await;
    let widget = faces.hold("txn-1").await;
    let key = attempt();
    let body = json!({"challenge": "1", "factor": "face"}).to_string();
    let first = widget.post_as(&key, "/start", &body).await.ok();
    let second = widget.post_as(&key, "/start", &body).await.ok();
    assert_eq!(first, second);
    let widget = faces.hold("txn-2").await;
    let starts = futures_util::future::join_all((0..10).map(|_| widget.start("1", "face"))).await;
    assert!(
        starts
            .iter()
            .all(|reply| reply.status.is_success() || reply.code() == "request-in-progress"),
        "{starts:?}"
    );
    assert_eq!(faces.sessions("txn-2").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_waits_until_facesign_says_what_it_needs() {
    for fault in faults() {
        let faces = Faces::start().await;
        let (widget, session) = faces.opened("txn-1").await;
        faces.tell(json!({"retrySeconds": []})).await;
        faces.fault("get", 100, "before", fault.clone()).await;
        faces.play(&session, "verified").await;
        let idle = json!({"seconds": 10});
        faces.control(Method::POST, "/facesign/events/idle", idle).await;
        faces.poll().await;
        assert_eq!(widget.snapshot().await["status"], "pending", "{fault}");
        assert_eq!(faces.executions("txn-1").await, 0, "{fault}");
        faces.control(Method::DELETE, "/facesign/faults", json!({})).await;
        faces.poll().await;
        assert_eq!(widget.snapshot().await["status"], "approved", "{fault}");
        assert_eq!(faces.executions("txn-1").await, 1, "{fault}");
    }
}

#[tokio::test]
async fn with_no_event_at_all_the_session_is_asked_for_now_and_then() {
    let faces = Faces::start().await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.backend.sweep().await.unwrap();
    assert_eq!(faces.calls("get").await, 0);
    faces.play(&session, "verified").await;
    faces.clock.advance(Duration::from_secs(15));
    faces.backend.sweep().await.unwrap();
    assert_eq!(widget.snapshot().await["status"], "approved");
    let asked = faces.calls("get").await;
    faces.poll().await;
    assert_eq!(faces.calls("get").await, asked);
}

#[tokio::test]
async fn asking_keeps_to_what_facesign_takes() {
    let faces = Faces::start().await;
    for number in 0..6 {
        faces.opened(&format!("txn-{number}")).await;
    }
    faces.clock.advance(Duration::from_secs(15));
    faces.backend.sweep().await.unwrap();
    assert_eq!(faces.calls("get").await, 2);
    for _ in 0..2 {
        faces.backend.sweep().await.unwrap();
    }
    // Each once, and none again before its time.
    assert_eq!(faces.calls("get").await, 6);
    faces.backend.sweep().await.unwrap();
    assert_eq!(faces.calls("get").await, 6);
}

#[tokio::test]
async fn our_own_deadline_ends_what_facesign_never_does() {
    let faces = Faces::start().await;
    faces.behave(json!({"expiry": "stays"})).await;
    let (widget, session) = faces.opened("txn-1").await;
    faces.clock.advance(Duration::from_millis(900_001));
    faces.backend.sweep().await.unwrap();
    assert_eq!(widget.snapshot().await["status"], "expired");
    // Too late.
    faces.play(&session, "verified").await;
    faces.poll().await;
    assert_eq!(faces.executions("txn-1").await, 0);
}

async fn with_film() -> Faces {
    Faces::with(|config| {
        if let Some(facesign) = &mut config.facesign {
            facesign.video_analysis = true;
        }
    })
    .await
}

#[tokio::test]
async fn an_analysis_that_is_needed_is_waited_for() {
    let faces = with_film().await;
    faces.behave(json!({"analysisSeconds": 3600})).await;
    for (found, status, reason) in [
        ("normal", "approved", json!(null)),
        ("suspicious", "approved", json!(null)),
        ("highFraudRisk", "declined", json!("not-verified")),
        ("failed", "failed", json!("provider-refused")),
        ("timedOut", "failed", json!("provider-refused")),
    ] {
        let transfer = format!("txn-{found}");
        let (widget, session) = faces.opened(&transfer).await;
        faces.play(&session, "verified").await;
        faces.poll().await;
        let waiting = widget.snapshot().await;
        assert_eq!(waiting["status"], "pending", "{found}");
        assert_eq!(waiting["challenges"][0]["face"]["ended"], true, "{found}");
        assert_eq!(faces.executions(&transfer).await, 0, "{found}");
        // The customer is done: there is nothing to start.
        assert_eq!(
            widget.start("1", "face").await.ok()["challenges"][0]["face"]["ended"],
            true
        );
        let path = format!("/facesign/sessions/{session}/analysis");
        faces.control(Method::POST, &path, json!({"video": found})).await;
        faces.poll().await;
        let settled = widget.snapshot().await;
        assert_eq!(
            (&settled["status"], &settled["reason"]),
            (&json!(status), &reason),
            "{found}"
        );
        assert_eq!(
            faces.executions(&transfer).await,
            u64::from(status == "approved"),
            "{found}"
        );
    }
}

#[tokio::test]
async fn an_analysis_that_never_comes_approves_nothing() {
    let faces = with_film().await;
    faces.behave(json!({"video": "never"})).await;
    let (widget, session) = faces.opened("txn-1").await;
    // Late in the approval's life: what is waited for has a deadline of its own.
    faces.clock.advance(Duration::from_secs(800));
    faces.play(&session, "verified").await;
    faces.backend.sweep().await.unwrap();
    faces.clock.advance(Duration::from_secs(200));
    faces.backend.sweep().await.unwrap();
    assert_eq!(widget.snapshot().await["status"], "pending");
    faces.clock.advance(Duration::from_millis(100_001));
    faces.backend.sweep().await.unwrap();
    let settled = widget.snapshot().await;
    assert_eq!(
        (&settled["status"], &settled["reason"]),
        (&json!("failed"), &json!("provider-refused"))
    );
    assert_eq!(faces.executions("txn-1").await, 0);
}

#[tokio::test]
async fn a_verdict_about_the_picture_is_waited_for_where_it_is_needed() {
    let faces = Faces::with(|config| {
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
        faces.behave(json!({"deepfake": verdict})).await;
        let (widget, session) = faces.opened(&format!("txn-{verdict}")).await;
        faces.play(&session, "verified").await;
        faces.poll().await;
        assert_eq!(widget.snapshot().await["status"], status, "{verdict}");
    }
}

/// The first try came to nothing, and only later it turns out to have been a deception: there is no second one.
#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_turns_out_to_have_been_a_deception_ends_it_all() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    faces
        .behave(json!({"analysisSeconds": 3600, "deepfake": "never"}))
        .await;
    let (widget, first) = faces.opened("txn-1").await;
    faces.play(&first, "inconclusive").await;
    until(&widget, |snapshot| {
        snapshot["challenges"][0]["setback"] == "inconclusive"
    })
    .await;
    faces.open(&widget, "txn-1").await;
    let path = format!("/facesign/sessions/{first}/analysis");
    faces
        .control(Method::POST, &path, json!({"deepfake": "manipulated"}))
        .await;
    let settled = until(&widget, is_settled).await;
    assert_eq!(
        (&settled["status"], &settled["reason"]),
        (&json!("declined"), &json!("not-verified"))
    );
}

/// The widget's stream tells of the session and of the end.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_sees_the_session_and_the_end() {
    let faces = Faces::start().await;
    faces.tell(json!({})).await;
    let (widget, session) = faces.opened("txn-1").await;
    let watching = tokio::spawn({
        let widget = widget.clone();
        // The stream ends with the approval.
        async move { widget.get("/events").await.text }
    });
    faces.play(&session, "verified").await;
    until(&widget, is_settled).await;
    let told = watching.await.unwrap();
    assert!(told.contains("\"status\":\"approved\""), "{told}");
}

#[tokio::test]
async fn two_ways_of_saying_things_are_both_understood() {
    for behaviour in [
        json!({"conversationOutcome": "outcomeId", "idForm": "short", "createStatus": 201, "errorShape": "flat"}),
        json!({"validation": "strict", "videoStatusWords": "succeeded", "secretInGet": "fresh"}),
    ] {
        let faces = with_film().await;
        faces.behave(behaviour.clone()).await;
        let (widget, session) = faces.opened("txn-1").await;
        faces.play(&session, "verified").await;
        faces.poll().await;
        assert_eq!(widget.snapshot().await["status"], "approved", "{behaviour}");
        let mut other = wire("txn-2");
        other["payee"] = json!("Ümläut & Søn \"Ltd\"");
        assert_eq!(faces.post_wire(&other).await.ok()["decision"], "held");
    }
}
