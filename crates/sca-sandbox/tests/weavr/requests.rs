use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Weavr, reply};

#[tokio::test]
async fn a_request_is_answered_once() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    for way in ["push/AUTHY", "push/BIOMETRIC"] {
        let (first, second) = (weavr.pending_wire(&ann).await, weavr.pending_wire(&ann).await);
        let request = weavr.issued(&ann, way, &[&first, &second]).await;
        let again = weavr.issue(&ann, way, "outgoing_wire_transfers", &[&first]).await;
        assert_eq!(again.summary(), "409 STATE_INVALID", "it is on the phone already");
        assert_eq!(weavr.on_phone(&request, "approve").await, StatusCode::OK);
        assert_eq!(weavr.state(&ann, &first).await, "COMPLETED");
        assert_eq!(weavr.state(&ann, &second).await, "COMPLETED");
        assert_eq!(weavr.on_phone(&request, "approve").await, StatusCode::CONFLICT);
        assert_eq!(weavr.on_phone(&request, "reject").await, StatusCode::CONFLICT);
        assert_eq!(weavr.state(&ann, &first).await, "COMPLETED");
    }
    assert_eq!(
        weavr.on_phone("115999999999999999", "approve").await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_request_can_be_rejected_or_expire() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"idleSeconds": 3600})).await;
    let wire = weavr.pending_wire(&ann).await;
    let request = weavr.issued(&ann, "push/AUTHY", &[&wire]).await;
    weavr.advance(&ann, 300).await;
    assert_eq!(weavr.request(&request).await["status"], "EXPIRED");
    assert_eq!(weavr.on_phone(&request, "approve").await, StatusCode::CONFLICT);
    assert_eq!(weavr.state(&ann, &wire).await, "PENDING_CHALLENGE");

    let request = weavr.issued(&ann, "push/AUTHY", &[&wire]).await;
    assert_eq!(weavr.on_phone(&request, "reject").await, StatusCode::OK);
    let read = weavr.get(&ann.token, &format!("outgoing_wire_transfers/{wire}")).await;
    assert_eq!(
        (&read.body["state"], &read.body["rejectedInfo"]),
        (&json!("REJECTED"), &json!("USER"))
    );
}

#[tokio::test]
async fn the_simulator_api_answers_a_request_too_and_only_once() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let request = weavr.issued(&ann, "push/AUTHY", &[&wire]).await;
    let simulate = async |challenge: &str, outcome: &str| {
        let url = format!(
            "{}/simulate/api/factors/{}/challenges/{challenge}/{outcome}",
            weavr.api, ann.user
        );
        let call = weavr.http.post(url).bearer_auth(&ann.token);
        reply(
            call.header("programme-key", "weavr_sandbox_programme")
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    assert_eq!(
        simulate("115999999999999999", "verify_success").await.summary(),
        "409 NOT_FOUND"
    );
    assert_eq!(
        simulate(&request, "verify_success").await.body,
        json!({"code": "COMPLETED"})
    );
    assert_eq!(
        simulate(&request, "verify_success").await.summary(),
        "409 ALREADY_COMPLETED"
    );
    assert_eq!(weavr.state(&ann, &wire).await, "COMPLETED");
}

#[tokio::test]
async fn a_request_stays_live_when_a_code_is_sent() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let request = weavr.issued(&ann, "push/AUTHY", &[&wire]).await;
    let code = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.on_phone(&request, "approve").await, StatusCode::OK);
    assert_eq!(weavr.state(&ann, &wire).await, "COMPLETED");
    assert_eq!(weavr.verify(&ann, &code, "123456").await.summary(), "409 STATE_INVALID");

    let wire = weavr.pending_wire(&ann).await;
    let request = weavr.issued(&ann, "push/AUTHY", &[&wire]).await;
    let code = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    assert_eq!(weavr.verify(&ann, &code, "123456").await.summary(), "204");
    assert_eq!(
        weavr.request(&request).await["status"],
        "SUPERSEDED",
        "nothing left to approve"
    );
    assert_eq!(weavr.on_phone(&request, "reject").await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_test_can_wait_for_a_request() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let wait = weavr.control(Method::POST, "requests/wait", json!({"resource": wire, "seconds": 60}));
    let ids = [wire.as_str()];
    let (waited, issued) = tokio::join!(wait, weavr.issued(&ann, "push/BIOMETRIC", &ids));
    assert_eq!(waited["id"], issued.as_str());
    let none = weavr
        .try_control(Method::POST, "requests/wait", json!({"channel": "SMS", "seconds": 0}))
        .await;
    assert_eq!(none.status(), StatusCode::REQUEST_TIMEOUT);
}
