use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::partner::{FaceSign, outcome, wire};

#[tokio::test]
async fn every_row_ends_where_it_should() {
    let facesign = FaceSign::start().await;
    let rows: [(&str, &str, [Option<&str>; 3], &str); 11] = [
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
    for (row, status, outcomes, last) in rows {
        let made = facesign.create(&wire("txn-1")).await;
        facesign.play(&made.id, row).await;
        let session = facesign.session(&made.id).await;
        assert_eq!(session["status"], status, "{row}");
        let seen = ["liveness", "confirm", "email_otp"].map(|node| outcome(&session, node));
        assert_eq!(seen, outcomes, "{row}");
        if !last.is_empty() {
            assert_eq!(outcome(&session, last), Some("end"), "{row}");
        }
        assert!(session["startedAt"].is_i64() && session["finishedAt"].is_i64(), "{row}");
    }
}

#[tokio::test]
async fn abandoned_and_expired_sessions_are_incomplete() {
    let facesign = FaceSign::start().await;
    for (row, started) in [("abandoned", true), ("expired", false)] {
        let made = facesign.create(&wire("txn-1")).await;
        let session = facesign.play(&made.id, row).await;
        assert_eq!(session["status"], "incomplete", "{row}");
        assert_eq!(session.get("startedAt").is_some(), started, "{row}");
        let again = facesign
            .try_control(
                Method::POST,
                &format!("facesign/sessions/{}/play", made.id),
                json!({"row": "verified"}),
            )
            .await;
        assert_eq!(again.status(), StatusCode::CONFLICT, "a session is played once");
    }
}

#[tokio::test]
async fn reports_can_be_missing_extra_and_looped() {
    let facesign = FaceSign::start().await;
    let reports = async |row: &str| -> Value {
        let made = facesign.create(&wire("txn-1")).await;
        facesign.play(&made.id, row).await
    };
    assert_eq!(outcome(&reports("missingReport").await, "liveness"), None);
    assert_eq!(outcome(&reports("extraReport").await, "surprise"), Some("seen"));
    for (row, last) in [("looped", "livenessDetected"), ("loopedBad", "deepfakeDetected")] {
        let session = reports(row).await;
        assert_eq!(outcome(&session, "liveness"), Some(last), "{row}");
        assert_eq!(outcome(&session, "email_otp"), Some("verified"), "{row}");
    }
    assert_eq!(reports("unknownStatus").await["status"], "canceled");
}

#[tokio::test]
async fn a_conversation_names_its_target_or_its_outcome() {
    let facesign = FaceSign::start().await;
    facesign.behave(json!({"conversationOutcome": "outcomeId"})).await;
    let made = facesign.create(&wire("txn-1")).await;
    let session = facesign.play(&made.id, "denied").await;
    assert_eq!(outcome(&session, "confirm"), Some("denied"));
    assert_eq!(outcome(&session, "closing_denied"), Some("done"));
}

#[tokio::test]
async fn a_session_can_be_moved_step_by_step() {
    let facesign = FaceSign::start().await;
    let made = facesign.create(&wire("txn-1")).await;
    let step = async |body: Value| facesign.moves(&made.id, "step", body).await;
    let opened = facesign.moves(&made.id, "open", json!({})).await;
    assert_eq!(
        (&opened["status"], &opened["node"]["id"]),
        (&json!("inProgress"), &json!("greeting"))
    );
    assert_eq!(step(json!({})).await["node"]["id"], "liveness");
    let ambiguous = facesign
        .try_control(Method::POST, &format!("facesign/sessions/{}/step", made.id), json!({}))
        .await;
    assert_eq!(ambiguous.status(), StatusCode::CONFLICT);
    let inconclusive = step(json!({"outcome": "inconclusive", "reason": "no_media"})).await;
    assert_eq!(inconclusive["node"]["id"], "closing_inconclusive");
    facesign
        .moves(
            &made.id,
            "report",
            json!({"type": "liveness_detection", "nodeId": "liveness", "outcome": "noFace"}),
        )
        .await;
    let finished = facesign.moves(&made.id, "finish", json!({"status": "complete"})).await;
    assert_eq!(finished["status"], "complete");
    assert_eq!(outcome(&finished["session"], "liveness"), Some("noFace"));
    assert_eq!(
        finished["session"]["report"]["nodeReports"][1]["inconclusiveReason"],
        "no_media"
    );
}

#[tokio::test]
async fn what_the_api_echoes_can_be_tampered_with() {
    let facesign = FaceSign::start().await;
    let made = facesign.create(&wire("txn-1")).await;
    let patch = json!({"settings": {"metadata": {"transferAmount": "1.00", "recipientName": null}}});
    facesign.moves(&made.id, "tamper", json!({"patch": patch})).await;
    let session = facesign.session(&made.id).await;
    assert_eq!(
        session["settings"]["metadata"],
        json!({"transferAmount": "1.00", "transferCurrency": "USD"})
    );
    facesign.moves(&made.id, "tamper", json!({"patch": null})).await;
    assert_eq!(facesign.session(&made.id).await, made.answer["session"]);
}

#[tokio::test]
async fn reads_may_lag_behind_the_end() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"staleReads": 2, "reportedEmail": "masked"}))
        .await;
    let made = facesign.create(&wire("txn-1")).await;
    facesign.play(&made.id, "verified").await;
    for _ in 0..2 {
        let stale = facesign.session(&made.id).await;
        assert_eq!(stale["status"], "inProgress");
        assert!(stale.get("finishedAt").is_none());
    }
    let session = facesign.session(&made.id).await;
    assert_eq!(session["status"], "complete");
    assert_eq!(
        session["report"]["nodeReports"][3]["report"]["email"],
        "a***@example.com"
    );
}
