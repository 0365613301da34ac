use std::sync::Arc;

use axum::http::StatusCode;
use sca_backend::{clock::SystemClock, gate::GateAnswer};
use serde_json::json;

use crate::support::{World, repeat};

/// A statement and a transfer, from the refusal to the result, on one generation of paths.
async fn both_work(paths: &str) {
    let world = World::with(paths, Arc::new(SystemClock), |_| {}).await;
    let customer = world.customer(json!({})).await;
    for request in [world.statement(&customer), world.fund(&customer)] {
        let widget = world.refused(request.clone()).await;
        widget.approve().await;
        match repeat(&world.gate(), request, &widget).await.unwrap() {
            GateAnswer::Provider { status, .. } => assert!(status.is_success(), "{status}"),
            GateAnswer::ApprovalRequired(_) => panic!("refused again"),
        }
    }
    let state = world.state_of(&customer).await;
    let transfer = &state["transfers"][customer.transfers[0].to_string()];
    assert_eq!(
        (&transfer["executedPayments"], &transfer["refusedAgain"]),
        (&json!(1), &json!(0))
    );
    world.sandbox.stop().await;
}

#[tokio::test]
async fn the_first_generation() {
    both_work("v1").await;
}

#[tokio::test]
async fn the_second_generation() {
    both_work("v2").await;
}

#[tokio::test]
async fn the_calendar_generation() {
    both_work("2026Q3").await;
}

#[tokio::test]
async fn challenges_may_come_one_at_a_time() {
    let world = World::with("v1", Arc::new(SystemClock), |config| {
        config.wise.as_mut().unwrap().expected_steps = Some(2)
    })
    .await;
    let customer = world.customer(json!({"behaviour": {"delivery": "sequential"}})).await;
    let widget = world.refused(world.fund(&customer)).await;
    let first = widget.snapshot().await;
    assert_eq!(first["steps"], 2);
    assert_eq!(first["challenges"].as_array().unwrap().len(), 1);
    let after_pin = widget.pin("1", "1234").await.ok();
    assert_eq!(after_pin["verdict"], "accepted");
    let challenges = &after_pin["approval"]["challenges"];
    assert_eq!(
        (&challenges[0]["id"], &challenges[0]["passed"]),
        (&json!("1"), &json!(true))
    );
    assert_eq!(
        (&challenges[1]["id"], &challenges[1]["passed"]),
        (&json!("2"), &json!(false))
    );
    widget.start("2", "voice").await.ok();
    assert_eq!(
        widget.code("2", "voice", "111111").await.ok()["approval"]["status"],
        "approved"
    );
}

#[tokio::test]
async fn what_the_provider_leaves_out_is_done_without() {
    for behaviour in [
        json!({"delivery": "flat"}),
        json!({"verifyAnswer": "plainJson"}),
        json!({"verifyAnswer": "encryptedCalledJson", "validityCountsDown": false}),
        json!({"refusalBody": "text"}),
        json!({"refusalBody": "unauthorized"}),
    ] {
        let world = World::start().await;
        let customer = world.customer(json!({ "behaviour": behaviour })).await;
        let widget = world.refused(world.statement(&customer)).await;
        widget.approve().await;
        let answer = repeat(&world.gate(), world.statement(&customer), &widget)
            .await
            .unwrap();
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
    let world = World::start().await;
    let customer = world.customer(json!({})).await;
    world
        .fault(
            &customer,
            "fund-transfer",
            1,
            "before",
            json!({"kind": "unknownChallenge"}),
        )
        .await;
    let widget = world.refused(world.fund(&customer)).await;
    let snapshot = widget.snapshot().await;
    assert_eq!(snapshot["challenges"][0]["primary"]["factor"], "VEIN_PATTERN");
    // The steps are taken in order, and the first one cannot be.
    assert_eq!(widget.pin("2", "1234").await.code(), "factor-not-available");
    let tried = json!({"challenge": "1", "factor": "VEIN_PATTERN", "entry": {"code": "111111"}});
    assert_eq!(widget.post("/verify", &tried).await.code(), "factor-not-available");
    assert_eq!(widget.snapshot().await["status"], "pending");
}
