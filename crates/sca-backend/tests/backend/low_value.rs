//! The low-value exemption (RTS article 16): small transfers are exempt until their cumulative limit, which an approval resets.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    ContractJson, Widget, assert_status,
    facesign_env::{FaceSignEnv, transfer},
};

async fn with_low_value() -> FaceSignEnv {
    FaceSignEnv::with(|config| config.low_value = vec!["EU".into(), "UK".into()]).await
}

/// 20 EUR to Germany. Five of them reach the cumulative limit of 100 EUR.
fn low_value(id: &str, user: &str) -> Value {
    let mut body = transfer(id);
    body["user"] = json!(user);
    body["region"] = json!("DE");
    body["amount"] = json!({"minor": 2_000, "currency": "EUR"});
    body
}

async fn decision(env: &FaceSignEnv, body: &Value) -> String {
    let answer = env.post_transfer(body).await.ok();
    answer.text("decision").to_owned()
}

#[tokio::test]
async fn the_sixth_low_value_transfer_is_held_and_its_approval_resets_the_usage() {
    let env = with_low_value().await;
    for round in 0..2 {
        for number in 0..5 {
            let body = low_value(&format!("txn-{round}-{number}"), "ann");
            // A repeated call is about the same transfer.
            for _ in 0..2 {
                assert_eq!(decision(&env, &body).await, "exempt", "{body}");
            }
        }
        let id = format!("txn-{round}-held");
        let held = env.post_transfer(&low_value(&id, "ann")).await.ok();
        assert_eq!(held.text("decision"), "held");
        assert_eq!(
            decision(&env, &low_value(&format!("txn-{round}-bob"), "bob")).await,
            "exempt"
        );
        let widget = Widget::new(&env.app, &held);
        let session = env.open_session(&widget, &id).await;
        env.play(&session, "verified").await;
        env.poll().await;
        assert_status(&widget.snapshot().await, "approved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_low_value_transfers_stay_within_the_cumulative_limit() {
    let env = with_low_value().await;
    let bodies: Vec<Value> = (0..20)
        .map(|number| low_value(&format!("txn-{number}"), "ann"))
        .collect();
    let decisions = join_all(bodies.iter().map(|body| decision(&env, body))).await;
    let exempt = decisions.iter().filter(|decision| *decision == "exempt").count();
    assert_eq!((exempt, decisions.len()), (5, 20));
}

#[tokio::test]
async fn transfers_above_the_limit_or_to_another_region_are_held() {
    let env = with_low_value().await;
    for (number, (minor, currency, region)) in [
        (3_001, "EUR", "DE"),
        (3_000, "EUR", "CH"),
        (3_000, "EUR", "GB"),
        (2_501, "GBP", "GB"),
        (2_500, "GBP", "IE"),
        (100, "SEK", "SE"),
        (100, "XXX", "DE"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = low_value(&format!("txn-{number}"), "ann");
        body["region"] = json!(region);
        body["amount"] = json!({"minor": minor, "currency": currency});
        assert_eq!(decision(&env, &body).await, "held", "{body}");
    }
    // Without a policy for low values, none is exempt.
    let env = FaceSignEnv::start().await;
    assert_eq!(decision(&env, &low_value("txn-1", "ann")).await, "held");
}
