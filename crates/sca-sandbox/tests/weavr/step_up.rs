use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Weavr};

async fn statement(weavr: &Weavr, customer: &Customer) -> String {
    let account = customer.all["accounts"]["EUR"].as_str().unwrap();
    let path = format!("managed_accounts/{account}/statement");
    weavr.get(&customer.token, &path).await.summary()
}

async fn start(weavr: &Weavr, customer: &Customer) -> String {
    let path = "stepup/challenges/otp/SMS";
    weavr.post(&customer.token, path, Value::Null).await.summary()
}

async fn verify(weavr: &Weavr, customer: &Customer, code: &str) -> String {
    let body = json!({"verificationCode": code});
    let path = "stepup/challenges/otp/SMS/verify";
    weavr.post(&customer.token, path, body).await.summary()
}

#[tokio::test]
async fn a_code_steps_up_this_token_only() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let login = weavr.login(ann.all["email"].as_str().unwrap(), "sandbox-pass").await;
    let other = Customer {
        token: login.body["token"].as_str().unwrap().to_owned(),
        ..ann.clone()
    };
    assert_eq!(statement(&weavr, &ann).await, "403 STEP_UP_REQUIRED");
    assert_eq!(
        verify(&weavr, &ann, "123456").await,
        "409 STATE_INVALID",
        "nothing was sent"
    );
    assert_eq!(start(&weavr, &ann).await, "204");
    assert_eq!(
        verify(&weavr, &other, "123456").await,
        "409 STATE_INVALID",
        "not to this session"
    );
    assert_eq!(verify(&weavr, &ann, "123456").await, "204");
    assert_eq!(statement(&weavr, &ann).await, "200");
    assert_eq!(statement(&weavr, &other).await, "403 STEP_UP_REQUIRED");
    assert_eq!(verify(&weavr, &ann, "123456").await, "409 ALREADY_VERIFIED");
    assert_eq!(
        start(&weavr, &ann).await,
        "409 RETRY_IN_15SEC",
        "counted after a verify, too"
    );
}

#[tokio::test]
async fn a_session_gets_two_codes() {
    let weavr = Weavr::start().await;
    for (switch, third) in [
        ("limitExceeded", "409 CHALLENGE_LIMIT_EXCEEDED"),
        ("invalidRequest", "400 INVALID_REQUEST"),
    ] {
        let ann = weavr.customer_with(json!({"thirdStepUp": switch})).await;
        for expected in ["204", "204", third] {
            assert_eq!(start(&weavr, &ann).await, expected);
            weavr.advance(&ann, 15).await;
        }
    }
}

#[tokio::test]
async fn after_a_failure_the_step_up_can_be_started_again() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer_with(json!({"attemptLimit": 2, "idleSeconds": 3600}))
        .await;
    assert_eq!(start(&weavr, &ann).await, "204");
    assert_eq!(
        verify(&weavr, &ann, "000000").await,
        "409 ONE_CHALLENGE_LIMIT_REMAINING"
    );
    assert_eq!(verify(&weavr, &ann, "000000").await, "409 CHALLENGE_LIMIT_EXCEEDED");
    assert_eq!(verify(&weavr, &ann, "123456").await, "409 STATE_INVALID");
    weavr.advance(&ann, 15).await;
    assert_eq!(start(&weavr, &ann).await, "204");
    assert_eq!(
        verify(&weavr, &ann, "000000").await,
        "409 ONE_CHALLENGE_LIMIT_REMAINING"
    );
    weavr.advance(&ann, 300).await;
    assert_eq!(verify(&weavr, &ann, "123456").await, "409 VERIFICATION_CODE_EXPIRED");
}

#[tokio::test]
async fn a_request_on_the_phone_steps_up_the_token() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let path = "stepup/challenges/push/AUTHY";
    let made = weavr.post(&ann.token, path, Value::Null).await;
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(
        weavr.post(&ann.token, path, Value::Null).await.summary(),
        "409 STATE_INVALID"
    );
    assert_eq!(weavr.on_phone(id, "reject").await, StatusCode::OK);
    assert_eq!(statement(&weavr, &ann).await, "403 STEP_UP_REQUIRED");
    let made = weavr.post(&ann.token, path, Value::Null).await;
    let id = made.body["id"].as_str().unwrap();
    let shown = weavr.control(Method::GET, &format!("requests/{id}"), Value::Null).await;
    assert_eq!(shown["subject"], json!({"type": "stepUp"}), "never the token");
    assert_eq!(weavr.on_phone(id, "approve").await, StatusCode::OK);
    assert_eq!(statement(&weavr, &ann).await, "200");
}
