use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::Weavr;

async fn script(weavr: &Weavr, endpoint: &str, more: Value) {
    let mut body = json!({"endpoint": endpoint});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    weavr.control(Method::POST, "faults", body).await;
}

#[tokio::test]
async fn every_fault_is_injected_once_into_reading_a_wire() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let path = format!("outgoing_wire_transfers/{}", weavr.pending_wire(&ann).await);
    let read = async || weavr.call(&ann.token, Method::GET, &path).send().await;
    for status in [401, 403, 423, 500, 503] {
        script(
            &weavr,
            "readWire",
            json!({"fault": {"kind": "status", "status": status}}),
        )
        .await;
        let response = read().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.text().await.unwrap(), "");
    }
    let unheard_of = json!({"fault": {"kind": "status", "status": 409, "code": "SOMETHING_NEW"}});
    script(&weavr, "any", unheard_of).await;
    let error: Value = read().await.unwrap().json().await.unwrap();
    assert_eq!(error, json!({"errorCode": "SOMETHING_NEW"}));

    script(&weavr, "readWire", json!({"fault": {"kind": "html"}})).await;
    assert!(
        read()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .starts_with("<!doctype html>")
    );
    script(&weavr, "readWire", json!({"fault": {"kind": "truncatedJson"}})).await;
    assert!(read().await.unwrap().json::<Value>().await.unwrap_err().is_decode());
    script(&weavr, "readWire", json!({"fault": {"kind": "reset"}})).await;
    read().await.unwrap_err();
    script(
        &weavr,
        "readWire",
        json!({"fault": {"kind": "slow", "milliseconds": 200}}),
    )
    .await;
    let before = Instant::now();
    read().await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(200));
    script(
        &weavr,
        "readWire",
        json!({"fault": {"kind": "tooManyRequests", "retryAfter": 7}}),
    )
    .await;
    let response = read().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["x-ratelimit-reset"], "7");
    assert_eq!(
        response.headers()["x-ratelimit-limit"],
        "20, 10;w=60, 20;w=3600, 200;w=86400"
    );

    assert_eq!(read().await.unwrap().status(), StatusCode::OK, "nothing is left");
    let calls = weavr
        .control(
            Method::GET,
            &format!("calls?user={}&endpoint=readWire", ann.user),
            Value::Null,
        )
        .await;
    let calls = calls.as_array().unwrap();
    assert_eq!(calls.len(), 12);
    assert_eq!(
        (&calls[8]["fault"], &calls[8]["status"]),
        (&json!("reset"), &Value::Null)
    );
    assert!(
        calls
            .iter()
            .all(|call| path.ends_with(call["subject"].as_str().unwrap()))
    );
}

#[tokio::test]
async fn a_code_can_be_accepted_although_the_response_is_lost() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let challenge = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    script(
        &weavr,
        "verifyOtp",
        json!({"for": challenge, "when": "after", "fault": {"kind": "reset"}}),
    )
    .await;
    let body = json!({"verificationCode": "123456", "resourceType": "outgoing_wire_transfers"});
    let path = format!("challenges/{challenge}/otp/SMS/verify");
    let lost = weavr.call(&ann.token, Method::POST, &path).json(&body).send().await;
    lost.unwrap_err();
    assert_eq!(weavr.state(&ann, &wire).await, "COMPLETED");
}

#[tokio::test]
async fn a_fault_can_be_scripted_for_one_customer() {
    let weavr = Weavr::start().await;
    let (ann, ben) = (weavr.customer(json!({})).await, weavr.customer(json!({})).await);
    script(
        &weavr,
        "factors",
        json!({"for": ben.user, "fault": {"kind": "status", "status": 503}}),
    )
    .await;
    assert_eq!(
        weavr.get(&ann.token, "authentication_factors").await.status,
        StatusCode::OK
    );
    let struck = weavr.get(&ben.token, "authentication_factors").await;
    assert_eq!(struck.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn rate_limited_responses_have_the_headers() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"requestsPerMinute": 2})).await;
    let call = async || {
        let call = weavr.call(&ann.token, Method::GET, "authentication_factors");
        call.send().await.unwrap()
    };
    assert_eq!(call().await.status(), StatusCode::OK);
    assert_eq!(call().await.status(), StatusCode::OK);
    let refused = call().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let reset: u32 = refused.headers()["x-ratelimit-reset"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=61).contains(&reset), "{reset}");
    weavr.advance(&ann, 61).await;
    assert_eq!(call().await.status(), StatusCode::OK);
}
