//! The generations of Wise's paths, and the variants of its responses.

use std::sync::Arc;

use axum::http::StatusCode;
use sca_backend::gate::GateAnswer;
use sca_runtime::clock::SystemClock;
use serde_json::json;

use crate::support::{ContractJson, TestEnv, assert_status, assert_verified, repeat};

/// A statement and a transfer, from the refusal to the repeated call.
async fn approve_both(paths: &str) {
    let env = TestEnv::with(paths, Arc::new(SystemClock), |_| {}).await;
    let customer = env.customer(json!({})).await;
    for request in [env.statement(&customer), env.fund(&customer)] {
        let widget = env.approval_for(request.clone()).await;
        widget.approve().await;
        match repeat(&env.gate(), request, &widget).await.unwrap() {
            GateAnswer::Provider { status, .. } => assert!(status.is_success(), "{status}"),
            GateAnswer::ApprovalRequired(_) | GateAnswer::NotDescribed { .. } => panic!("refused again"),
        }
    }
    env.assert_funded_once(&customer).await;
    env.sandbox.stop().await;
}

#[tokio::test]
async fn a_statement_and_a_transfer_are_approved_on_v1_paths() {
    approve_both("v1").await;
}

#[tokio::test]
async fn a_statement_and_a_transfer_are_approved_on_v2_paths() {
    approve_both("v2").await;
}

#[tokio::test]
async fn a_statement_and_a_transfer_are_approved_on_calendar_paths() {
    approve_both("2026Q3").await;
}

#[tokio::test]
async fn challenges_that_wise_lists_one_at_a_time_are_passed_in_turn() {
    let env = TestEnv::with("v1", Arc::new(SystemClock), |config| {
        config.wise.as_mut().unwrap().expected_steps = Some(2)
    })
    .await;
    let customer = env.customer(json!({"behaviour": {"delivery": "sequential"}})).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    let first = widget.snapshot().await;
    assert_eq!(
        (first.number("steps"), first["challenges"].as_array().unwrap().len()),
        (2, 1)
    );
    let after_pin = widget.pin("1", "1234").await.ok();
    assert_eq!(after_pin.verdict(), "accepted");
    for (index, id, passed) in [(0, "1", true), (1, "2", false)] {
        let challenge = after_pin.approval().challenge(index);
        assert_eq!((challenge.text("id"), challenge.passed()), (id, passed));
    }
    widget.start("2", "voice").await.ok();
    assert_verified(&widget.code("2", "voice", "111111").await.ok(), "accepted", "approved");
}

#[tokio::test]
async fn every_documented_variant_of_wises_responses_is_read() {
    for behaviour in [
        json!({"delivery": "flat"}),
        json!({"verifyAnswer": "plainJson"}),
        json!({"verifyAnswer": "encryptedCalledJson", "validityCountsDown": false}),
        json!({"refusalBody": "text"}),
        json!({"refusalBody": "unauthorized"}),
    ] {
        let env = TestEnv::start().await;
        let customer = env.customer(json!({ "behaviour": behaviour })).await;
        let widget = env.approval_for(env.statement(&customer)).await;
        widget.approve().await;
        let answer = repeat(&env.gate(), env.statement(&customer), &widget).await.unwrap();
        assert!(
            matches!(
                answer,
                GateAnswer::Provider {
                    status: StatusCode::OK,
                    ..
                }
            ),
            "{behaviour}"
        );
    }
}

#[tokio::test]
async fn an_unknown_challenge_is_shown_and_never_passes() {
    let env = TestEnv::start().await;
    let customer = env.customer(json!({})).await;
    env.fault(
        &customer,
        "fund-transfer",
        1,
        "before",
        json!({"kind": "unknownChallenge"}),
    )
    .await;
    let widget = env.approval_for(env.fund(&customer)).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot.challenge(0)["primary"].text("factor"), "VEIN_PATTERN");
    // Challenges are passed in order, and the first one cannot be.
    assert_eq!(widget.pin("2", "1234").await.code(), "factor-not-available");
    let tried = json!({"challenge": "1", "factor": "VEIN_PATTERN", "entry": {"code": "111111"}});
    assert_eq!(widget.post("/verify", &tried).await.code(), "factor-not-available");
    assert_status(&widget.snapshot().await, "pending");
}
