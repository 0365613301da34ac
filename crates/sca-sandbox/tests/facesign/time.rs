use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::partner::{FaceSign, wire};

#[tokio::test]
async fn a_secret_lives_two_hours_and_the_session_with_it() {
    let facesign = FaceSign::start().await;
    let made = facesign.create(&wire("txn-1")).await;
    facesign.advance(7199).await;
    assert_eq!(facesign.session(&made.id).await["status"], "created");
    facesign.advance(1).await;
    assert_eq!(facesign.session(&made.id).await["status"], "incomplete");
    let url = format!("{}/?cs={}", facesign.pages, made.secret);
    assert_eq!(facesign.http.get(url).send().await.unwrap().status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_refresh_keeps_a_session_alive() {
    let facesign = FaceSign::start().await;
    let made = facesign.create(&wire("txn-1")).await;
    facesign.advance(7000).await;
    facesign
        .call(Method::GET, &format!("/sessions/{}/refresh", made.id))
        .send()
        .await
        .unwrap();
    facesign.advance(7000).await;
    assert_eq!(facesign.session(&made.id).await["status"], "created");
}

#[tokio::test]
async fn an_expired_session_may_keep_its_status() {
    let facesign = FaceSign::start().await;
    facesign.behave(json!({"expiry": "stays"})).await;
    let made = facesign.create(&wire("txn-1")).await;
    facesign.moves(&made.id, "expire", json!({})).await;
    assert_eq!(facesign.session(&made.id).await["status"], "created");
    let opened = facesign
        .page(&made.secret, Method::POST, "open")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(opened.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_session_that_nobody_goes_on_with_is_incomplete() {
    let facesign = FaceSign::start().await;
    let idle = facesign.create(&wire("txn-1")).await;
    let busy = facesign.create(&wire("txn-2")).await;
    for made in [&idle, &busy] {
        facesign.moves(&made.id, "open", json!({})).await;
    }
    facesign.advance(800).await;
    facesign.moves(&busy.id, "step", json!({})).await;
    facesign.advance(200).await;
    assert_eq!(facesign.session(&idle.id).await["status"], "incomplete");
    assert_eq!(facesign.session(&busy.id).await["status"], "inProgress");
}

#[tokio::test]
async fn one_session_s_clock_can_run_ahead_of_the_others() {
    let facesign = FaceSign::start().await;
    let old = facesign.create(&wire("txn-1")).await;
    let young = facesign.create(&wire("txn-2")).await;
    let advanced = facesign.moves(&old.id, "advance", json!({"seconds": 7200})).await;
    assert_eq!(advanced["status"], "incomplete");
    assert_eq!(facesign.session(&young.id).await["status"], "created");
}

#[tokio::test]
async fn analyses_finish_after_the_session() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"analysisSeconds": 60, "deepfake": "authentic"}))
        .await;
    let made = facesign.create(&wire("txn-1")).await;
    let report = |mut session: Value| session["report"].take();
    let pending = report(facesign.play(&made.id, "verified").await);
    assert_eq!(pending["videoAIAnalysisStatus"], "pending");
    assert_eq!(pending["deepfakeDetectionStatus"]["state"], "pending");
    assert!(pending.get("videoAIAnalysis").is_none() && pending.get("deepfakeDetection").is_none());

    facesign.advance(60).await;
    let ended = report(facesign.session(&made.id).await);
    assert_eq!(ended["videoAIAnalysisStatus"], "completed");
    assert_eq!(ended["videoAIAnalysis"]["eyeAndHeadMovement"]["evaluation"], "normal");
    assert_eq!(ended["videoAIAnalysis"]["riskyIndicators"], json!([]));
    assert_eq!(ended["deepfakeDetection"]["verdict"], "authentic");
    assert_eq!(ended["deepfakeDetectionStatus"]["state"], "succeeded");
}

#[tokio::test]
async fn analyses_say_what_they_were_told_to() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"analysisSeconds": 3600, "deepfake": "never", "videoStatusWords": "succeeded"}))
        .await;
    let made = facesign.create(&wire("txn-1")).await;
    facesign.play(&made.id, "verified").await;
    let told = facesign
        .moves(
            &made.id,
            "analysis",
            json!({"video": "highFraudRisk", "deepfake": "timedOut"}),
        )
        .await;
    let report = &told["session"]["report"];
    assert_eq!(report["videoAIAnalysisStatus"], "succeeded");
    assert_eq!(
        report["videoAIAnalysis"]["riskyIndicators"],
        json!(["eyeAndHeadMovement"])
    );
    assert_eq!(report["deepfakeDetectionStatus"]["state"], "timed_out");

    let made = facesign.create(&wire("txn-2")).await;
    facesign.play(&made.id, "verified").await;
    facesign.advance(100_000).await;
    let report = facesign.session(&made.id).await["report"].take();
    assert_eq!(
        report["deepfakeDetectionStatus"]["state"], "pending",
        "told never to end"
    );
    assert_eq!(report["videoAIAnalysisStatus"], "succeeded");
}

#[tokio::test]
async fn rows_of_the_analyses_end_badly_only_afterwards() {
    let facesign = FaceSign::start().await;
    for (row, pointer, value) in [
        (
            "highFraudRisk",
            "/report/videoAIAnalysis/eyeAndHeadMovement/evaluation",
            "highFraudRisk",
        ),
        (
            "suspicious",
            "/report/videoAIAnalysis/eyeAndHeadMovement/evaluation",
            "suspicious",
        ),
        ("analysisFailed", "/report/videoAIAnalysisStatus", "failed"),
        ("deepfakeVerdict", "/report/deepfakeDetection/verdict", "manipulated"),
    ] {
        let made = facesign.create(&wire("txn-1")).await;
        facesign.play(&made.id, row).await;
        let session = facesign.session(&made.id).await;
        assert_eq!(session["status"], "complete", "{row}");
        assert_eq!(session.pointer(pointer), Some(&json!(value)), "{row}");
    }
}
