use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Customer, Weavr, wire};

/// The id of a new batch of one payee with a bank account.
async fn batch(weavr: &Weavr, customer: &Customer) -> String {
    let body = json!({"tag": "friends", "beneficiaries": [{
        "trustLevel": "TRUSTED",
        "beneficiaryInformation": {"businessName": "Acme"},
        "beneficiaryDetails": {"bankAccountDetails": {"iban": "DE89370400440532013000"}},
    }]});
    let made = weavr.post(&customer.token, "beneficiaries", body).await;
    assert_eq!(made.body["state"], "PENDING_CHALLENGE", "{made:?}");
    made.body["operationBatchId"]["batchId"].as_str().unwrap().to_owned()
}

async fn state(weavr: &Weavr, customer: &Customer, batch: &str) -> Value {
    let read = weavr
        .get(&customer.token, &format!("beneficiaries/batch/{batch}"))
        .await;
    read.body["state"].clone()
}

#[tokio::test]
async fn payments_to_a_confirmed_payee_are_exempt() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let batch = batch(&weavr, &ann).await;
    let listed = weavr.get(&ann.token, "beneficiaries").await.body;
    let payee = listed["beneficiaries"][0]["id"].clone();
    let pay = async || {
        let mut body = wire(&ann, "EUR", 250_000);
        body["destinationBeneficiary"] = json!({"beneficiaryId": payee});
        weavr.post(&ann.token, "outgoing_wire_transfers", body).await.body
    };
    assert_eq!(pay().await["state"], "PENDING_CHALLENGE");

    let path = format!("beneficiaries/batch/{batch}/challenges/otp/SMS");
    assert_eq!(weavr.post(&ann.token, &path, Value::Null).await.summary(), "204");
    assert_eq!(
        weavr.post(&ann.token, &path, Value::Null).await.summary(),
        "409 STATE_INVALID"
    );
    let code = json!({"verificationCode": "123456"});
    assert_eq!(
        weavr.post(&ann.token, &format!("{path}/verify"), code).await.summary(),
        "204"
    );
    assert_eq!(state(&weavr, &ann, &batch).await, "COMPLETED");
    let paid = pay().await;
    assert_eq!(paid["challengeExemptionReason"], "TRUSTED_BENEFICIARY");
    assert_eq!(
        (&paid["state"], &paid["destination"]["name"]),
        (&json!("SUBMITTED"), &json!("Acme"))
    );
    assert_eq!(
        weavr.post(&ann.token, &path, Value::Null).await.summary(),
        "409 STATE_INVALID"
    );
}

#[tokio::test]
async fn a_batch_fails_after_the_last_code_or_a_rejection() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"attemptLimit": 1})).await;
    let by_code = batch(&weavr, &ann).await;
    let path = format!("beneficiaries/batch/{by_code}/challenges/otp/SMS");
    weavr.post(&ann.token, &path, Value::Null).await;
    let wrong = json!({"verificationCode": "000000"});
    let response = weavr.post(&ann.token, &format!("{path}/verify"), wrong).await.summary();
    assert_eq!(response, "409 CHALLENGE_LIMIT_EXCEEDED");
    assert_eq!(state(&weavr, &ann, &by_code).await, "CHALLENGE_FAILED");

    for (answer, end) in [
        ("reject", "CHALLENGE_FAILED"),
        ("approve", "COMPLETED"),
        ("expire", "PENDING_CHALLENGE"),
    ] {
        let batch = batch(&weavr, &ann).await;
        let path = format!("beneficiaries/batch/{batch}/challenges/push/AUTHY");
        assert_eq!(weavr.post(&ann.token, &path, Value::Null).await.summary(), "204");
        let waiting = json!({"resource": batch, "seconds": 0});
        let request = weavr.control(reqwest::Method::POST, "requests/wait", waiting).await;
        assert_eq!(
            weavr.on_phone(request["id"].as_str().unwrap(), answer).await,
            StatusCode::OK
        );
        assert_eq!(state(&weavr, &ann, &batch).await, end, "{answer}");
    }
}

#[tokio::test]
async fn another_customers_payees_cannot_be_confirmed() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let stranger = weavr.customer(json!({})).await;
    let batch = batch(&weavr, &ann).await;
    let path = format!("beneficiaries/batch/{batch}/challenges/otp/SMS");
    assert_eq!(
        weavr.post(&stranger.token, &path, Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(state(&weavr, &stranger, &batch).await, Value::Null);
    let nothing = weavr
        .post(&ann.token, "beneficiaries", json!({"beneficiaries": []}))
        .await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}
