use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, wire};

#[tokio::test]
async fn a_secret_and_its_session_expire_after_two_hours() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.advance(7199).await;
    assert_eq!(facesign.session(&created.id).await["status"], "created");
    facesign.advance(1).await;
    assert_eq!(facesign.session(&created.id).await["status"], "incomplete");
    let url = format!("{}/?cs={}", facesign.pages, created.secret);
    assert_eq!(facesign.http.get(url).send().await.unwrap().status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_refresh_extends_a_session() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.advance(7000).await;
    facesign
        .call(Method::GET, &format!("/sessions/{}/refresh", created.id))
        .send()
        .await
        .unwrap();
    facesign.advance(7000).await;
    assert_eq!(facesign.session(&created.id).await["status"], "created");
}

#[tokio::test]
async fn an_expired_session_may_keep_its_status() {
    let facesign = FaceSign::start().await;
    facesign.behave(json!({"expiry": "stays"})).await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.drive(&created.id, "expire", json!({})).await;
    assert_eq!(facesign.session(&created.id).await["status"], "created");
    let opened = facesign
        .page(&created.secret, Method::POST, "open")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(opened.status(), StatusCode::GONE);
}

#[tokio::test]
async fn an_idle_session_becomes_incomplete() {
    let facesign = FaceSign::start().await;
    let idle = facesign.create(&wire("txn-1")).await;
    let busy = facesign.create(&wire("txn-2")).await;
    for created in [&idle, &busy] {
        facesign.drive(&created.id, "open", json!({})).await;
    }
    facesign.advance(800).await;
    facesign.drive(&busy.id, "step", json!({})).await;
    facesign.advance(200).await;
    assert_eq!(facesign.session(&idle.id).await["status"], "incomplete");
    assert_eq!(facesign.session(&busy.id).await["status"], "inProgress");
}

#[tokio::test]
async fn one_sessions_clock_can_be_ahead_of_the_others() {
    let facesign = FaceSign::start().await;
    let old = facesign.create(&wire("txn-1")).await;
    let young = facesign.create(&wire("txn-2")).await;
    let advanced = facesign.drive(&old.id, "advance", json!({"seconds": 7200})).await;
    assert_eq!(advanced["status"], "incomplete");
    assert_eq!(facesign.session(&young.id).await["status"], "created");
}

#[tokio::test]
async fn analyses_finish_after_the_session() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"analysisSeconds": 60, "deepfake": "authentic"}))
        .await;
    let created = facesign.create(&wire("txn-1")).await;
    let report = |mut session: Value| session["report"].take();
    let pending = report(facesign.run_script(&created.id, "verified").await);
    assert_eq!(pending["videoAIAnalysisStatus"], "pending");
    assert_eq!(pending["deepfakeDetectionStatus"]["state"], "pending");
    assert!(pending.get("videoAIAnalysis").is_none() && pending.get("deepfakeDetection").is_none());

    facesign.advance(60).await;
    let ended = report(facesign.session(&created.id).await);
    assert_eq!(ended["videoAIAnalysisStatus"], "completed");
    assert_eq!(ended["videoAIAnalysis"]["eyeAndHeadMovement"]["evaluation"], "normal");
    assert_eq!(ended["videoAIAnalysis"]["riskyIndicators"], json!([]));
    assert_eq!(ended["deepfakeDetection"]["verdict"], "authentic");
    assert_eq!(ended["deepfakeDetectionStatus"]["state"], "succeeded");
}

#[tokio::test]
async fn analyses_have_the_chosen_results() {
    let facesign = FaceSign::start().await;
    facesign
        .behave(json!({"analysisSeconds": 3600, "deepfake": "never", "videoStatusWords": "succeeded"}))
        .await;
    let created = facesign.create(&wire("txn-1")).await;
    facesign.run_script(&created.id, "verified").await;
    let chosen = facesign
        .drive(
            &created.id,
            "analysis",
            json!({"video": "highFraudRisk", "deepfake": "timedOut"}),
        )
        .await;
    let report = &chosen["session"]["report"];
    assert_eq!(report["videoAIAnalysisStatus"], "succeeded");
    assert_eq!(
        report["videoAIAnalysis"]["riskyIndicators"],
        json!(["eyeAndHeadMovement"])
    );
    assert_eq!(report["deepfakeDetectionStatus"]["state"], "timed_out");

    let created = facesign.create(&wire("txn-2")).await;
    facesign.run_script(&created.id, "verified").await;
    facesign.advance(100_000).await;
    let report = facesign.session(&created.id).await["report"].take();
    assert_eq!(
        report["deepfakeDetectionStatus"]["state"], "pending",
        "with the result never"
    );
    assert_eq!(report["videoAIAnalysisStatus"], "succeeded");
}

#[tokio::test]
async fn analysis_scripts_fail_only_after_completion() {
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
        let created = facesign.create(&wire("txn-1")).await;
        facesign.run_script(&created.id, row).await;
        let session = facesign.session(&created.id).await;
        assert_eq!(session["status"], "complete", "{row}");
        assert_eq!(session.pointer(pointer), Some(&json!(value)), "{row}");
    }
}
