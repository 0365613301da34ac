use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Paths, Wise};

fn types(challenges: &Value) -> Vec<(String, bool)> {
    let shown = |challenge: &Value| {
        let kind = challenge["primaryChallenge"]["type"].as_str().unwrap().to_owned();
        (kind, challenge["passed"].as_bool().unwrap())
    };
    challenges.as_array().unwrap().iter().map(shown).collect()
}

fn entry(kind: &str, passed: bool) -> (String, bool) {
    (kind.to_owned(), passed)
}

#[tokio::test]
async fn listed_shows_everything_with_its_flag() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"delivery": "listed"}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let before = wise.status(&customer, token).await;
    let challenges = &before["oneTimeTokenProperties"]["challenges"];
    assert_eq!(types(challenges), [entry("PIN", false), entry("SMS", false)]);
    let alternatives: Vec<&Value> = challenges[1]["alternatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| &other["type"])
        .collect();
    assert_eq!(alternatives, ["WHATSAPP", "VOICE"]);
    assert_eq!(challenges[0]["required"], true);
    assert_eq!(
        challenges[0]["primaryChallenge"]["viewData"]["attributes"]["userId"],
        customer.user
    );
    wise.clear(&customer, token).await;
    let after = wise.status(&customer, token).await;
    assert_eq!(
        types(&after["oneTimeTokenProperties"]["challenges"]),
        [entry("PIN", true), entry("SMS", true)]
    );
}

#[tokio::test]
async fn sequential_shows_one_open_challenge_at_a_time_and_none_when_cleared() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"delivery": "sequential"}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let status = wise.status(&customer, token).await;
    assert_eq!(
        types(&status["oneTimeTokenProperties"]["challenges"]),
        [entry("PIN", false)]
    );
    let answer = wise
        .enter_pin(&customer, token, "1234", Paths::First)
        .await
        .open()
        .await;
    assert_eq!(
        types(&answer["oneTimeTokenProperties"]["challenges"]),
        [entry("SMS", false)]
    );
    wise.send_code(&customer, token, "sms").await;
    let answer: Value = wise
        .enter_code(&customer, token, "sms", "111111")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(answer["oneTimeTokenProperties"]["challenges"], json!([]));
    assert_eq!(wise.statement_with(&customer, token).await.status(), StatusCode::OK);

    let token = wise.refused_statement(&customer, Paths::Second).await;
    let answer = wise
        .enter_pin(&customer, token, "1234", Paths::Second)
        .await
        .open()
        .await;
    assert_eq!(
        types(&answer["challenges"]),
        [entry("PIN", true), entry("SMS", false)],
        "flat keeps what was passed"
    );
}

#[tokio::test]
async fn a_single_factor_is_enough_where_only_one_is_asked_for() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"delivery": "singleFactor"}})).await;
    let token = wise.refused_statement(&customer, Paths::Second).await;
    let answer = wise
        .enter_pin(&customer, token, "1234", Paths::Second)
        .await
        .open()
        .await;
    assert_eq!(types(&answer["challenges"]), [entry("PIN", true)]);
    assert_eq!(wise.statement_with(&customer, token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_primary_type_can_be_passed_by_its_known_alternative() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"delivery": "unknownFirst"}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let status = wise.status(&customer, token).await;
    let first = &status["oneTimeTokenProperties"]["challenges"][0];
    assert_eq!(first["primaryChallenge"]["type"], "VEIN_PATTERN");
    assert_eq!(first["alternatives"][0]["type"], "PIN");
    wise.clear(&customer, token).await;
    assert_eq!(wise.statement_with(&customer, token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn flat_shows_only_types_and_flags() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"delivery": "flat"}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let status = wise.status(&customer, token).await;
    assert_eq!(
        status["oneTimeTokenProperties"]["challenges"],
        json!([
            {"primaryChallenge": {"type": "PIN"}, "passed": false},
            {"primaryChallenge": {"type": "SMS"}, "passed": false},
        ])
    );
}

#[tokio::test]
async fn a_token_with_an_impossible_challenge_is_never_cleared() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let fault = json!({"endpoint": "statement", "userId": customer.user, "fault": {"kind": "unknownChallenge"}});
    wise.control(Method::POST, "faults", fault).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.clear(&customer, token).await;
    let status = wise.status(&customer, token).await;
    assert_eq!(
        types(&status["oneTimeTokenProperties"]["challenges"]),
        [entry("VEIN_PATTERN", false), entry("PIN", true), entry("SMS", true)]
    );
    assert_eq!(
        wise.statement_with(&customer, token).await.status(),
        StatusCode::FORBIDDEN
    );
}
