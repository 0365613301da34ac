use base64ct::{Base64, Encoding};
use josekit::jwe::{self, RSA_OAEP_256};
use josekit::jwk::KeyPair;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{call, export, exported, scan, submit};
use crate::sandbox::TestSandbox;

fn live(person: &str) -> Value {
    json!({"person": person, "live": true})
}

async fn session_token(sandbox: &TestSandbox, method: Method) -> String {
    let response = call(sandbox, method, "/session-token").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["success"], true);
    body["sessionToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn enrolls_a_live_person_once() {
    let sandbox = TestSandbox::start().await;
    let enrolled = submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    assert_eq!(enrolled["success"], true);
    assert_eq!(enrolled["wasProcessed"], true);
    assert_eq!(enrolled["error"], false);
    assert_eq!(enrolled["externalDatabaseRefID"], "customer-1");
    assert_eq!(
        enrolled["faceScanSecurityChecks"],
        json!({"sessionTokenCheckSucceeded": true, "auditTrailVerificationCheckSucceeded": true,
               "faceScanLivenessCheckSucceeded": true, "replayCheckSucceeded": true})
    );
    Base64::decode_vec(enrolled["scanResultBlob"].as_str().unwrap()).unwrap();
    assert_eq!(enrolled["callData"]["path"], "/facetec/enrollment-3d");
    assert!(enrolled.get("matchLevel").is_none());

    let again = submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    assert_eq!(again["success"], false);
    assert_eq!(again["error"], true);
    assert!(again["errorMessage"].as_str().unwrap().contains("already exists"));
}

#[tokio::test]
async fn a_person_who_is_not_live_is_processed_but_not_enrolled() {
    let sandbox = TestSandbox::start().await;
    let photo = json!({"person": "oliver", "live": false});
    let refused = submit(&sandbox, "/enrollment-3d", "customer-1", &photo).await;
    assert_eq!(refused["success"], false);
    assert_eq!(refused["wasProcessed"], true);
    assert_eq!(refused["error"], false);
    let checks = &refused["faceScanSecurityChecks"];
    assert_eq!(checks["faceScanLivenessCheckSucceeded"], false);
    assert_eq!(checks["replayCheckSucceeded"], true);
    let read = call(&sandbox, Method::GET, "/enrollment-3d/customer-1");
    let read: Value = read.send().await.unwrap().json().await.unwrap();
    assert_eq!(read["error"], true, "nothing was enrolled");

    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    let refused = submit(&sandbox, "/match-3d-3d", "customer-1", &photo).await;
    assert_eq!(refused["success"], false);
    assert_eq!(refused["matchLevel"], 0);
}

#[tokio::test]
async fn matches_the_enrolled_person_only() {
    let sandbox = TestSandbox::start().await;
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    let same = submit(&sandbox, "/match-3d-3d", "customer-1", &live("oliver")).await;
    assert_eq!(same["success"], true);
    assert_eq!(same["matchLevel"], 15);
    let other = submit(&sandbox, "/match-3d-3d", "customer-1", &live("mallory")).await;
    assert_eq!(other["success"], false);
    assert_eq!(other["error"], false);
    assert_eq!(other["matchLevel"], 0);
    assert_eq!(other["faceScanSecurityChecks"]["faceScanLivenessCheckSucceeded"], true);
    let unknown = submit(&sandbox, "/match-3d-3d", "customer-2", &live("oliver")).await;
    assert_eq!(unknown["success"], false);
    assert_eq!(unknown["wasProcessed"], false);
    assert_eq!(unknown["error"], true);
    assert!(unknown["errorMessage"].as_str().unwrap().contains("No entry found"));
}

#[tokio::test]
async fn an_enrollment_is_read_and_deleted() {
    let sandbox = TestSandbox::start().await;
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    let one = async |method: Method| -> Value {
        let response = call(&sandbox, method, "/enrollment-3d/customer-1");
        response.send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(one(Method::GET).await["success"], true);
    assert_eq!(one(Method::DELETE).await["success"], true);
    assert_eq!(one(Method::GET).await["error"], true);
    assert_eq!(one(Method::DELETE).await["error"], true);
    let other = submit(&sandbox, "/enrollment-3d", "customer-1", &live("nadia")).await;
    assert_eq!(other["success"], true, "the reference is free again");
}

#[tokio::test]
async fn a_session_token_is_for_one_scan() {
    let sandbox = TestSandbox::start().await;
    for method in [Method::GET, Method::POST] {
        let token = session_token(&sandbox, method.clone()).await;
        let reference = format!("customer-{method}");
        let content = json!({"person": "oliver", "live": true, "sessionToken": token});
        let first = submit(&sandbox, "/enrollment-3d", &reference, &content).await;
        assert_eq!(first["success"], true);
        let replayed = submit(&sandbox, "/match-3d-3d", &reference, &content).await;
        assert_eq!(replayed["success"], false);
        let checks = &replayed["faceScanSecurityChecks"];
        assert_eq!(checks["replayCheckSucceeded"], false);
        assert_eq!(checks["sessionTokenCheckSucceeded"], false);
    }

    let late = session_token(&sandbox, Method::POST).await;
    sandbox.advance_clock(300).await;
    for token in ["made-up", &late] {
        let content = json!({"person": "oliver", "live": true, "sessionToken": token});
        let refused = submit(&sandbox, "/enrollment-3d", "customer-1", &content).await;
        let checks = &refused["faceScanSecurityChecks"];
        assert_eq!(checks["sessionTokenCheckSucceeded"], false, "{token}");
        assert_eq!(checks["replayCheckSucceeded"], true);
    }
}

#[tokio::test]
async fn exports_for_a_public_key() {
    let sandbox = TestSandbox::start().await;
    submit(&sandbox, "/enrollment-3d", "customer-1", &live("oliver")).await;
    let pair = RSA_OAEP_256.generate_key_pair(2048).unwrap();
    let public_key = String::from_utf8(pair.to_pem_public_key()).unwrap();
    let face_map = exported(export(&sandbox, "customer-1", &public_key).await).await;
    let decrypter = RSA_OAEP_256.decrypter_from_pem(pair.to_pem_private_key()).unwrap();
    let token = String::from_utf8(Base64::decode_vec(&face_map).unwrap()).unwrap();
    let (content, header) = jwe::deserialize_compact(&token, &decrypter).unwrap();
    assert_eq!(header.content_encryption(), Some("A256GCM"));
    assert_eq!(
        serde_json::from_slice::<Value>(&content).unwrap(),
        json!({"person": "oliver"})
    );
    assert_ne!(
        exported(export(&sandbox, "customer-1", &public_key).await).await,
        face_map
    );

    let unknown: Value = export(&sandbox, "customer-2", &public_key).await.json().await.unwrap();
    assert_eq!(unknown["error"], true);
    let refused = export(&sandbox, "customer-1", "-----BEGIN PUBLIC KEY-----").await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn refuses_calls_without_the_device_key_and_malformed_ones() {
    let sandbox = TestSandbox::start().await;
    let url = format!("{}/session-token", sandbox.sandbox.facetec_url());
    for key in [None, Some("another-key")] {
        let mut request = sandbox.http.post(&url);
        if let Some(key) = key {
            request = request.header("X-Device-Key", key);
        }
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], true);
    }
    let image = "aW1hZ2U=";
    let good = scan(&live("oliver"));
    for body in [
        json!({}),
        json!({"externalDatabaseRefID": "", "faceScan": good, "auditTrailImage": image, "lowQualityAuditTrailImage": image}),
        json!({"externalDatabaseRefID": "a", "faceScan": good, "auditTrailImage": "", "lowQualityAuditTrailImage": image}),
        json!({"externalDatabaseRefID": "a", "faceScan": good, "auditTrailImage": image}),
        json!({"externalDatabaseRefID": "a", "faceScan": "%", "auditTrailImage": image, "lowQualityAuditTrailImage": image}),
        json!({"externalDatabaseRefID": "a", "faceScan": scan(&json!({"person": "oliver"})), "auditTrailImage": image,
               "lowQualityAuditTrailImage": image}),
    ] {
        for path in ["/enrollment-3d", "/match-3d-3d"] {
            let refused = call(&sandbox, Method::POST, path).json(&body).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{body}");
            assert_eq!(refused.json::<Value>().await.unwrap()["wasProcessed"], false);
        }
    }
}

#[tokio::test]
async fn a_scan_can_be_as_large_as_a_real_one() {
    let sandbox = TestSandbox::start().await;
    let content = json!({"person": "oliver", "live": true, "padding": "x".repeat(1_500_000)});
    let enrolled = submit(&sandbox, "/enrollment-3d", "customer-1", &content).await;
    assert_eq!(enrolled["success"], true);
}

#[tokio::test]
async fn reports_its_status() {
    let sandbox = TestSandbox::start().await;
    let status = call(&sandbox, Method::GET, "/status").send().await.unwrap();
    assert_eq!(status.json::<Value>().await.unwrap()["running"], true);
}
