use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, outcome, wire};

#[tokio::test]
async fn every_script_ends_with_its_outcome() {
    let facesign = FaceSign::start().await;
    let scripts: [(&str, &str, [Option<&str>; 3], &str); 11] = [
        (
            "verified",
            "complete",
            [Some("livenessDetected"), Some("email_otp"), Some("verified")],
            "closing",
        ),
        (
            "deepfake",
            "complete",
            [Some("deepfakeDetected"), None, None],
            "closing_deepfake",
        ),
        ("noFace", "complete", [Some("noFace"), None, None], "closing_no_face"),
        (
            "inconclusive",
            "complete",
            [Some("inconclusive"), None, None],
            "closing_inconclusive",
        ),
        (
            "denied",
            "complete",
            [Some("livenessDetected"), Some("closing_denied"), None],
            "closing_denied",
        ),
        (
            "stalled",
            "complete",
            [Some("livenessDetected"), Some("closing_stall"), None],
            "closing_stall",
        ),
        (
            "codeFailed",
            "complete",
            [Some("livenessDetected"), Some("email_otp"), Some("failed_unverified")],
            "closing_failed",
        ),
        (
            "codeNotDelivered",
            "complete",
            [Some("livenessDetected"), Some("email_otp"), Some("delivery_failed")],
            "closing_undelivered",
        ),
        (
            "codeCancelled",
            "complete",
            [Some("livenessDetected"), Some("email_otp"), Some("cancelled")],
            "closing_cancelled",
        ),
        (
            "codeError",
            "complete",
            [Some("livenessDetected"), Some("email_otp"), Some("error")],
            "closing_error",
        ),
        (
            "unknownOutcome",
            "complete",
            [Some("captureUnavailable"), None, None],
            "",
        ),
    ];
    for (script, status, outcomes, last) in scripts {
        let created = facesign.create(&wire("txn-1")).await;
        facesign.run_script(&created.id, script).await;
        let session = facesign.session(&created.id).await;
        assert_eq!(session["status"], status, "{script}");
        let seen = ["liveness", "confirm", "email_otp"].map(|node| outcome(&session, node));
        assert_eq!(seen, outcomes, "{script}");
        if !last.is_empty() {
            assert_eq!(outcome(&session, last), Some("end"), "{script}");
        }
        assert!(
            session["startedAt"].is_i64() && session["finishedAt"].is_i64(),
            "{script}"
        );
    }
}

#[tokio::test]
async fn abandoned_and_expired_sessions_are_incomplete() {
    let facesign = FaceSign::start().await;
    for (script, started) in [("abandoned", true), ("expired", false)] {
        let created = facesign.create(&wire("txn-1")).await;
        let session = facesign.run_script(&created.id, script).await;
        assert_eq!(session["status"], "incomplete", "{script}");
        assert_eq!(session.get("startedAt").is_some(), started, "{script}");
        let again = facesign
            .try_control(
                Method::POST,
                &format!("facesign/sessions/{}/play", created.id),
                json!({"row": "verified"}),
            )
            .await;
        assert_eq!(again.status(), StatusCode::CONFLICT, "a session is played once");
    }
}

#[tokio::test]
async fn reports_can_be_missing_extra_and_looped() {
    let facesign = FaceSign::start().await;
    let reports = async |script: &str| -> Value {
        let created = facesign.create(&wire("txn-1")).await;
        facesign.run_script(&created.id, script).await
    };
    assert_eq!(outcome(&reports("missingReport").await, "liveness"), None);
    assert_eq!(outcome(&reports("extraReport").await, "surprise"), Some("seen"));
    for (script, last) in [("looped", "livenessDetected"), ("loopedBad", "deepfakeDetected")] {
        let session = reports(script).await;
        assert_eq!(outcome(&session, "liveness"), Some(last), "{script}");
        assert_eq!(outcome(&session, "email_otp"), Some("verified"), "{script}");
    }
    assert_eq!(reports("unknownStatus").await["status"], "canceled");
}

#[tokio::test]
async fn a_conversation_names_its_target_or_its_outcome() {
    let facesign = FaceSign::start().await;
    facesign.behave(json!({"conversationOutcome": "outcomeId"})).await;
    let created = facesign.create(&wire("txn-1")).await;
    let session = facesign.run_script(&created.id, "denied").await;
    assert_eq!(outcome(&session, "confirm"), Some("denied"));
    assert_eq!(outcome(&session, "closing_denied"), Some("done"));
}

#[tokio::test]
async fn a_session_can_be_driven_step_by_step() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let step = async |body: Value| facesign.drive(&created.id, "step", body).await;
    let opened = facesign.drive(&created.id, "open", json!({})).await;
    assert_eq!(
        (&opened["status"], &opened["node"]["id"]),
        (&json!("inProgress"), &json!("greeting"))
    );
    assert_eq!(step(json!({})).await["node"]["id"], "liveness");
    let ambiguous = facesign
        .try_control(
            Method::POST,
            &format!("facesign/sessions/{}/step", created.id),
            json!({}),
        )
        .await;
    assert_eq!(ambiguous.status(), StatusCode::CONFLICT);
    let inconclusive = step(json!({"outcome": "inconclusive", "reason": "no_media"})).await;
    assert_eq!(inconclusive["node"]["id"], "closing_inconclusive");
    facesign
        .drive(
            &created.id,
            "report",
            json!({"type": "liveness_detection", "nodeId": "liveness", "outcome": "noFace"}),
        )
        .await;
    let finished = facesign
        .drive(&created.id, "finish", json!({"status": "complete"}))
        .await;
    assert_eq!(finished["status"], "complete");
    assert_eq!(outcome(&finished["session"], "liveness"), Some("noFace"));
    assert_eq!(
        finished["session"]["report"]["nodeReports"][1]["inconclusiveReason"],
        "no_media"
    );
}

#[tokio::test]
async fn a_test_can_patch_what_the_api_returns() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let patch = json!({"settings": {"metadata": {"transferAmount": "1.00", "recipientName": null}}});
    facesign.drive(&created.id, "tamper", json!({"patch": patch})).await;
    let session = facesign.session(&created.id).await;
    assert_eq!(
        session["settings"]["metadata"],
        json!({"transferAmount": "1.00", "transferCurrency": "USD"})
    );
    facesign.drive(&created.id, "tamper", json!({"patch": null})).await;
    assert_eq!(facesign.session(&created.id).await, created.response["session"]);
}

#[tokio::test]
async fn reads_after_the_end_can_be_stale() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"staleReads": 2, "reportedEmail": "masked"}))
        .await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.run_script(&created.id, "verified").await;
    for _ in 0..2 {
        let stale = facesign.session(&created.id).await;
        assert_eq!(stale["status"], "inProgress");
        assert!(stale.get("finishedAt").is_none());
    }
    let session = facesign.session(&created.id).await;
    assert_eq!(session["status"], "complete");
    assert_eq!(
        session["report"]["nodeReports"][3]["report"]["email"],
        "a***@example.com"
    );
}
