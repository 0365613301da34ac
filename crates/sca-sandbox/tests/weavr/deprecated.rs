use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Customer, Weavr};

async fn verify(weavr: &Weavr, customer: &Customer, path: &str, code: &str) -> String {
    let body = json!({"verificationCode": code});
    weavr
        .post(&customer.token, &format!("{path}/challenges/otp/SMS/verify"), body)
        .await
        .summary()
}

#[tokio::test]
async fn one_payment_is_confirmed_at_its_own_address() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"attemptLimit": 2})).await;
    let wire = format!("outgoing_wire_transfers/{}", weavr.pending_wire(&ann).await);
    let send = format!(
        "sends/{}",
        weavr.send(&ann, "EUR", 250_000).await.body["id"].as_str().unwrap()
    );
    for (path, nothing_sent) in [(&wire, "STATE_INVALID"), (&send, "CHALLENGE_NOT_PENDING")] {
        assert_eq!(
            verify(&weavr, &ann, path, "123456").await,
            format!("409 {nothing_sent}")
        );
        let otp = format!("{path}/challenges/otp/SMS");
        assert_eq!(weavr.post(&ann.token, &otp, Value::Null).await.summary(), "204");
        weavr.advance(&ann, 15).await;
        let again = weavr.post(&ann.token, &otp, Value::Null).await.summary();
        assert_eq!(again, "409 STATE_INVALID", "there was no resend yet");
        assert_eq!(
            verify(&weavr, &ann, path, "000000").await,
            "409 ONE_CHALLENGE_LIMIT_REMAINING"
        );
        assert_eq!(verify(&weavr, &ann, path, "123456").await, "204");
        assert_eq!(weavr.get(&ann.token, path).await.body["state"], "COMPLETED");
        assert_eq!(verify(&weavr, &ann, path, "123456").await, "409 STATE_INVALID");
    }
}

#[tokio::test]
async fn a_code_for_several_payments_does_not_confirm_one_of_them() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let (wire, other) = (weavr.pending_wire(&ann).await, weavr.pending_wire(&ann).await);
    weavr.issued(&ann, "otp/SMS", &[&wire, &other]).await;
    let path = format!("outgoing_wire_transfers/{wire}");
    assert_eq!(verify(&weavr, &ann, &path, "123456").await, "409 STATE_INVALID");
    assert_eq!(weavr.state(&ann, &other).await, "PENDING_CHALLENGE");
}

#[tokio::test]
async fn exempt_payments_are_refused_with_their_own_code() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let id = weavr.wire(&ann, "EUR", 100).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("outgoing_wire_transfers/{id}");
    for way in ["otp/SMS", "push/AUTHY"] {
        let refused = weavr
            .post(&ann.token, &format!("{path}/challenges/{way}"), Value::Null)
            .await;
        assert_eq!(refused.summary(), "409 SCA_EXEMPTION_APPLIED");
    }
    assert_eq!(verify(&weavr, &ann, &path, "123456").await, "409 SCA_EXEMPTION_APPLIED");
}

#[tokio::test]
async fn requests_on_the_phone_have_no_id_in_the_response() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let path = format!("outgoing_wire_transfers/{wire}/challenges/push/BIOMETRIC");
    let made = weavr.post(&ann.token, &path, Value::Null).await;
    assert_eq!((made.summary(), made.body), ("204".to_owned(), Value::Null));
    let waiting = json!({"resource": wire, "seconds": 0});
    let request = weavr.control(reqwest::Method::POST, "requests/wait", waiting).await;
    assert_eq!(
        weavr.on_phone(request["id"].as_str().unwrap(), "approve").await,
        StatusCode::OK
    );
    assert_eq!(weavr.state(&ann, &wire).await, "COMPLETED");
    let other_kind = path.replace("outgoing_wire_transfers", "sends");
    assert_eq!(
        weavr.post(&ann.token, &other_kind, Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
}
