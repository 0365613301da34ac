use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Customer, Weavr};

/// The status of each channel.
async fn factors(weavr: &Weavr, customer: &Customer) -> Value {
    let list = weavr.get(&customer.token, "authentication_factors").await.body;
    let mut statuses = json!({});
    for factor in list["factors"].as_array().unwrap() {
        statuses[factor["channel"].as_str().unwrap()] = factor["status"].clone();
    }
    statuses
}

#[tokio::test]
async fn a_phone_number_is_enrolled_with_a_code() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({"factors": {}})).await;
    assert_eq!(factors(&weavr, &ann).await, json!({}));
    let path = "authentication_factors/otp/SMS";
    let verify = async |code: &str| {
        let body = json!({"verificationCode": code});
        weavr.post(&ann.token, &format!("{path}/verify"), body).await.summary()
    };
    assert_eq!(verify("123456").await, "409 STATE_INVALID");
    assert_eq!(weavr.post(&ann.token, path, Value::Null).await.summary(), "204");
    assert_eq!(factors(&weavr, &ann).await, json!({"SMS": "PENDING_VERIFICATION"}));
    assert_eq!(verify("000000").await, "409 VERIFICATION_CODE_INVALID");
    assert_eq!(verify("123456").await, "204");
    assert_eq!(factors(&weavr, &ann).await, json!({"SMS": "ACTIVE"}));
    assert_eq!(verify("123456").await, "409 CHANNEL_ALREADY_REGISTERED");
    assert_eq!(
        weavr.post(&ann.token, path, Value::Null).await.summary(),
        "409 CHANNEL_ALREADY_REGISTERED"
    );
    let other = weavr
        .post(&ann.token, "authentication_factors/otp/EMAIL", Value::Null)
        .await;
    assert_eq!(other.summary(), "409 CHANNEL_NOT_SUPPORTED");
    let account = ann.all["accounts"]["EUR"].as_str().unwrap();
    let statement = weavr
        .get(&ann.token, &format!("managed_accounts/{account}/statement"))
        .await;
    assert_eq!(statement.status, StatusCode::OK, "the session is stepped up by it");
}

#[tokio::test]
async fn authy_is_linked_on_the_phone_and_unlinked_with_a_stepped_up_token() {
    let weavr = Weavr::start().await;
    let ann = weavr
        .customer(json!({"factors": {"SMS": "ACTIVE", "BIOMETRIC": "ACTIVE"}}))
        .await;
    let path = "authentication_factors/push/AUTHY";
    assert_eq!(weavr.post(&ann.token, path, Value::Null).await.summary(), "204");
    assert_eq!(
        weavr.post(&ann.token, path, Value::Null).await.summary(),
        "204",
        "asked once more"
    );
    assert_eq!(factors(&weavr, &ann).await["AUTHY"], "PENDING_VERIFICATION");
    let waiting = json!({"user": ann.user, "channel": "AUTHY", "seconds": 0});
    let request = weavr.control(reqwest::Method::POST, "requests/wait", waiting).await;
    assert_eq!(request["subject"], json!({"type": "enrolment"}));
    assert_eq!(
        weavr.on_phone(request["id"].as_str().unwrap(), "approve").await,
        StatusCode::OK
    );
    assert_eq!(factors(&weavr, &ann).await["AUTHY"], "ACTIVE");
    assert_eq!(weavr.delete(&ann.token, path).await.summary(), "403 STEP_UP_REQUIRED");
    weavr.post(&ann.token, "stepup/challenges/otp/SMS", Value::Null).await;
    let code = json!({"verificationCode": "123456"});
    weavr.post(&ann.token, "stepup/challenges/otp/SMS/verify", code).await;
    assert_eq!(weavr.delete(&ann.token, path).await.summary(), "204");
    assert_eq!(
        weavr.delete(&ann.token, path).await.summary(),
        "409 CHANNEL_NOT_REGISTERED"
    );
    let biometric = "authentication_factors/push/BIOMETRIC";
    assert_eq!(weavr.delete(&ann.token, biometric).await.summary(), "204");
    let enrolled_elsewhere = weavr.post(&ann.token, biometric, Value::Null).await;
    assert_eq!(enrolled_elsewhere.summary(), "409 CHANNEL_NOT_SUPPORTED");
}
