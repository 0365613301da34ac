use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{call, export, submit};
use crate::sandbox::TestSandbox;

fn live(person: &str) -> Value {
    json!({"person": person, "live": true})
}

#[tokio::test]
async fn each_security_check_can_be_made_to_fail_for_one_reference() {
    let sandbox = TestSandbox::start().await;
    for (refuses, check) in [
        ("liveness", "faceScanLivenessCheckSucceeded"),
        ("auditTrail", "auditTrailVerificationCheckSucceeded"),
        ("replay", "replayCheckSucceeded"),
        ("sessionToken", "sessionTokenCheckSucceeded"),
    ] {
        let behaviour = json!({"refuses": refuses});
        sandbox
            .control(Method::PUT, "facetec/behaviour?for=unlucky", behaviour)
            .await;
        let refused = submit(&sandbox, "/enrollment-3d", "unlucky-1", &live("oliver")).await;
        assert_eq!(refused["success"], false);
        let checks = refused["faceScanSecurityChecks"].as_object().unwrap();
        let failed: Vec<&String> = checks
            .iter()
            .filter(|(_, succeeded)| **succeeded == false)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(failed, [check]);
    }
    let lucky = submit(&sandbox, "/enrollment-3d", "lucky-1", &live("oliver")).await;
    assert_eq!(lucky["success"], true);
}

#[tokio::test]
async fn a_session_token_can_be_required_and_a_match_weak() {
    let sandbox = TestSandbox::start().await;
    let behaviour = json!({"sessionTokens": "required", "scanResultBlob": false});
    sandbox.control(Method::PUT, "facetec/behaviour", behaviour).await;
    let without = submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    assert_eq!(without["faceScanSecurityChecks"]["sessionTokenCheckSucceeded"], false);
    assert!(without.get("scanResultBlob").is_none());

    sandbox
        .control(Method::PUT, "facetec/behaviour", json!({"matchLevel": 10}))
        .await;
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    let weak = submit(&sandbox, "/match-3d-3d", "customer-1", &live("oliver")).await;
    assert_eq!(weak["success"], false);
    assert_eq!(weak["matchLevel"], 10);
}

#[tokio::test]
async fn enrollments_are_made_listed_and_removed() {
    let sandbox = TestSandbox::start().await;
    for reference in ["customer-1", "customer-2"] {
        let new = json!({"externalDatabaseRefID": reference, "person": "oliver"});
        sandbox.control(Method::POST, "facetec/enrollments", new).await;
    }
    submit(&sandbox, "/match-3d-3d", "customer-1", &live("oliver")).await;
    submit(&sandbox, "/match-3d-3d", "customer-1", &live("mallory")).await;
    let listed = sandbox
        .control(Method::GET, "facetec/enrollments?for=r-1", Value::Null)
        .await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["externalDatabaseRefID"], "customer-1");
    assert_eq!(listed[0]["person"], "oliver");
    assert_eq!(listed[0]["matches"], 1);
    assert_eq!(listed[0]["exports"], 0);
    sandbox
        .control(Method::DELETE, "facetec/enrollments?for=r-1", Value::Null)
        .await;
    let left = sandbox.control(Method::GET, "facetec/enrollments", Value::Null).await;
    assert_eq!(left.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_server_can_be_down_and_slow() {
    let sandbox = TestSandbox::start().await;
    let script = async |fault: Value| {
        sandbox.control(Method::POST, "facetec/faults", fault).await;
    };
    script(json!({"endpoint": "any", "times": 2, "fault": {"kind": "status", "status": 503}})).await;
    for _ in 0..2 {
        let down = call(&sandbox, Method::POST, "/session-token").send().await.unwrap();
        assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(down.json::<Value>().await.unwrap()["error"], true);
    }
    script(json!({"endpoint": "match", "for": "customer-1", "fault": {"kind": "reset"}})).await;
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    submit(&sandbox, "/enrollment-3d", "customer-2", &live("oliver")).await;
    submit(&sandbox, "/match-3d-3d", "customer-2", &live("oliver")).await;
    let body = json!({"externalDatabaseRefID": "customer-1"});
    call(&sandbox, Method::POST, "/match-3d-3d")
        .json(&body)
        .send()
        .await
        .unwrap_err();

    script(json!({"endpoint": "match", "fault": {"kind": "slow", "milliseconds": 200}})).await;
    let before = Instant::now();
    submit(&sandbox, "/match-3d-3d", "customer-1", &live("oliver")).await;
    assert!(before.elapsed() >= Duration::from_millis(200));
    script(json!({"endpoint": "export", "fault": {"kind": "html"}})).await;
    let page = export(&sandbox, "customer-1", "").await;
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
}

#[tokio::test]
async fn the_log_has_every_call_and_no_scan() {
    let sandbox = TestSandbox::start().await;
    call(&sandbox, Method::POST, "/session-token").send().await.unwrap();
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver-the-person")).await;
    submit(&sandbox, "/match-3d-3d", "customer-2", &live("oliver-the-person")).await;
    let log = async |query: &str| -> Vec<Value> {
        let path = format!("facetec/calls{query}");
        let calls = sandbox.control(Method::GET, &path, Value::Null).await;
        calls.as_array().unwrap().clone()
    };
    let all = log("").await;
    let endpoints: Vec<&Value> = all.iter().map(|call| &call["endpoint"]).collect();
    assert_eq!(endpoints, ["sessionToken", "enroll", "match"]);
    assert!(!json!(all).to_string().contains("oliver-the-person"));
    let one = log("?externalDatabaseRefID=customer-1").await;
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["status"], 200);
    assert_eq!(log("?endpoint=match").await[0]["externalDatabaseRefID"], "customer-2");
}
