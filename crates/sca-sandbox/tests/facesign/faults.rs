use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{FaceSign, wire};

async fn script(facesign: &FaceSign, endpoint: &str, when: &str, fault: Value) {
    let body = json!({"endpoint": endpoint, "when": when, "fault": fault});
    facesign.control(Method::POST, "facesign/faults", body).await;
}

#[tokio::test]
async fn every_fault_is_injected_once_into_reading_a_session() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let get = async || {
        facesign
            .call(Method::GET, &format!("/sessions/{}", created.id))
            .send()
            .await
    };

    script(&facesign, "get", "before", json!({"kind": "status", "status": 500})).await;
    let response = get().await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.json::<Value>().await.unwrap()["error"]["type"], "server_error");

    script(&facesign, "any", "before", json!({"kind": "html"})).await;
    let response = get().await.unwrap();
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );

    script(&facesign, "get", "before", json!({"kind": "truncatedJson"})).await;
    assert!(get().await.unwrap().json::<Value>().await.unwrap_err().is_decode());

    script(&facesign, "get", "before", json!({"kind": "reset"})).await;
    get().await.unwrap_err();

    script(&facesign, "get", "before", json!({"kind": "slow", "milliseconds": 200})).await;
    let before = Instant::now();
    get().await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(200));

    script(&facesign, "get", "before", json!({"kind": "redirect"})).await;
    assert_eq!(get().await.unwrap().status(), StatusCode::FOUND);

    script(
        &facesign,
        "get",
        "before",
        json!({"kind": "hugeBody", "bytes": 3_000_000}),
    )
    .await;
    assert_eq!(get().await.unwrap().bytes().await.unwrap().len(), 3_000_000);

    assert_eq!(get().await.unwrap().status(), StatusCode::OK, "nothing is left");
    let calls = facesign
        .control(
            Method::GET,
            &format!("facesign/calls?sessionId={}&endpoint=get", created.id),
            Value::Null,
        )
        .await;
    let faults: Vec<&Value> = calls.as_array().unwrap().iter().map(|call| &call["fault"]).collect();
    assert_eq!(
        faults,
        [
            &json!("status"),
            &json!("html"),
            &json!("truncatedJson"),
            &json!("reset"),
            &json!("slow"),
            &json!("redirect"),
            &json!("hugeBody"),
            &Value::Null
        ]
    );
    assert_eq!(calls[3]["status"], Value::Null, "a reset has no status");
}

#[tokio::test]
async fn a_session_can_be_created_although_the_response_is_lost() {
    let facesign = FaceSign::start().await;
    let body = wire("txn-lost");
    let other = json!({"endpoint": "create", "for": "txn-lost", "when": "after", "fault": {"kind": "reset"}});
    facesign.control(Method::POST, "facesign/faults", other).await;
    facesign.create(&wire("txn-other")).await;
    let lost = facesign.call(Method::POST, "/sessions").json(&body).send().await;
    lost.unwrap_err();
    let created = facesign
        .control(Method::GET, "facesign/sessions?for=txn-lost", Value::Null)
        .await;
    assert_eq!(created.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rate_limited_responses_have_the_headers() {
    let facesign = FaceSign::start().await;
    let created = facesign.create(&wire("txn-1")).await;
    let get = async || {
        facesign
            .call(Method::GET, &format!("/sessions/{}", created.id))
            .send()
            .await
            .unwrap()
    };
    facesign.behave(json!({"requestsPerMinute": 2})).await;
    assert_eq!(get().await.status(), StatusCode::OK);
    assert_eq!(get().await.status(), StatusCode::OK);
    let refused = get().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    for header in [
        "retry-after",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
    ] {
        assert!(refused.headers().contains_key(header), "{header}");
    }
    assert_eq!(
        refused.json::<Value>().await.unwrap()["error"]["type"],
        "rate_limit_error"
    );
    facesign.advance(60).await;
    assert_eq!(get().await.status(), StatusCode::OK);
}
