use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Weavr, reply};

#[tokio::test]
async fn a_token_expires_after_five_minutes_without_a_call() {
    let weavr = Weavr::start().await;
    let login = weavr.login("ann@example.com", "sandbox-pass").await;
    assert_eq!(
        login.body["identity"],
        json!({"type": "CORPORATE", "id": "115000000000000010"})
    );
    assert_eq!(
        login.body["credentials"],
        json!({"type": "ROOT", "id": "115000000000000001"})
    );
    let ann = weavr.customer(json!({})).await;
    for _ in 0..3 {
        weavr.advance(&ann, 200).await;
        assert_eq!(
            weavr.get(&ann.token, "authentication_factors").await.status,
            StatusCode::OK
        );
    }
    weavr.advance(&ann, 301).await;
    let late = weavr.get(&ann.token, "authentication_factors").await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    let again = weavr.login(ann.all["email"].as_str().unwrap(), "sandbox-pass").await;
    let token = again.body["token"].as_str().unwrap();
    assert_eq!(weavr.get(token, "authentication_factors").await.status, StatusCode::OK);
    let further = weavr
        .post(token, "access_token", json!({"identity": ann.all["identity"]}))
        .await;
    assert_eq!(further.body["status"], "STANDARD");
    assert_eq!(
        weavr.post(token, "logout", json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        weavr.get(token, "authentication_factors").await.status,
        StatusCode::UNAUTHORIZED
    );
    let further = further.body["token"].as_str().unwrap();
    assert_eq!(
        weavr.get(further, "authentication_factors").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn wrong_passwords_lock_the_login_for_half_an_hour() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let email = ann.all["email"].as_str().unwrap();
    for status in [403, 403, 403, 403, 423] {
        assert_eq!(weavr.login(email, "wrong").await.status.as_u16(), status);
    }
    assert_eq!(weavr.login(email, "sandbox-pass").await.status, StatusCode::LOCKED);
    weavr.advance(&ann, 1801).await;
    assert_eq!(weavr.login(email, "sandbox-pass").await.status, StatusCode::OK);
    assert_eq!(
        weavr.login("nobody@example.com", "sandbox-pass").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn unknown_keys_and_tokens_are_refused() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let url = format!("{}/multi/authentication_factors", weavr.api);
    let with_key = async |key: Option<&str>, token: &str| {
        let mut call = weavr.http.request(Method::GET, &url).bearer_auth(token);
        if let Some(key) = key {
            call = call.header("api-key", key);
        }
        let response = call.send().await.unwrap();
        assert!(response.headers().contains_key("request-ref"));
        reply(response).await.status.as_u16()
    };
    assert_eq!(with_key(None, &ann.token).await, 400);
    assert_eq!(with_key(Some("unknown"), &ann.token).await, 401);
    assert_eq!(with_key(Some("weavr_other_key"), &ann.token).await, 403);
    assert_eq!(with_key(Some("weavr_sandbox_key"), "unknown").await, 401);
    assert_eq!(with_key(Some("weavr_sandbox_key"), "").await, 401);
    assert_eq!(with_key(Some("weavr_sandbox_key"), &ann.token).await, 200);
}
