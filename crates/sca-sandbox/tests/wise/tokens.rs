use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Paths, Wise};

#[tokio::test]
async fn issues_a_client_token_for_the_right_secret_only() {
    let wise = Wise::start().await;
    let ask = |secret: &'static str, body: &'static str| {
        wise.call(Method::POST, "/oauth/token")
            .basic_auth("sandbox-client", Some(secret))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    let good: Value = ask("sandbox-client-secret", "grant_type=client_credentials")
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(good["token_type"], "bearer");
    assert_eq!(good["expires_in"], 43_199);
    assert!(good["refresh_token"].is_null());

    let wrong = ask("guess", "grant_type=client_credentials").await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.json::<Value>().await.unwrap()["error"], "invalid_client");
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
    ] {
        let refused = ask("sandbox-client-secret", body).await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert_eq!(refused.json::<Value>().await.unwrap()["error"], error);
    }
}

#[tokio::test]
async fn distinguishes_client_tokens_and_user_tokens() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let key = format!(
        "{}?algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION",
        Paths::First.public_key()
    );
    let with_user_token = wise.user_call(&customer, Method::GET, &key).send().await.unwrap();
    assert_eq!(with_user_token.status(), StatusCode::FORBIDDEN);
    assert!(!with_user_token.headers().contains_key("x-2fa-approval"));

    let statement = Paths::First.statement(&customer);
    let client_token = wise.client_token().await;
    let with_client_token = wise
        .call(Method::GET, &statement)
        .bearer_auth(client_token)
        .send()
        .await
        .unwrap();
    assert_eq!(with_client_token.status(), StatusCode::FORBIDDEN);
    assert!(
        !with_client_token.headers().contains_key("x-2fa-approval"),
        "no challenge can cure this"
    );

    for request in [
        wise.call(Method::GET, &statement),
        wise.call(Method::GET, &statement).bearer_auth("nobody"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.json::<Value>().await.unwrap()["error"], "invalid_token");
    }
}

#[tokio::test]
async fn a_client_token_expires_after_twelve_hours() {
    let wise = Wise::start().await;
    let token = wise.client_token().await;
    let key = format!(
        "{}?algorithm=RSA_OAEP_256&scope=PAYLOAD_ENCRYPTION",
        Paths::First.public_key()
    );
    let ask = || wise.call(Method::GET, &key).bearer_auth(&token).send();
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
    wise.advance_clock(43_200).await;
    assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_customer_cannot_use_another_profile() {
    let wise = Wise::start().await;
    let (mine, other) = (wise.customer(json!({})).await, wise.customer(json!({})).await);
    let statement = wise
        .user_call(&mine, Method::GET, &Paths::First.statement(&other))
        .send()
        .await
        .unwrap();
    assert_eq!(statement.status(), StatusCode::FORBIDDEN);
    assert!(!statement.headers().contains_key("x-2fa-approval"));
    for path in [
        format!("/v1/transfers/{}", other.transfers[0]),
        format!("/v1/accounts/{}", other.recipients[0]),
    ] {
        let response = wise.user_call(&mine, Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    let token = wise.refused_statement(&other, Paths::First).await;
    assert_eq!(wise.try_status(&mine, token).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_response_has_a_trace_and_echoes_a_short_correlation_id() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let path = format!("/v1/transfers/{}", customer.transfers[0]);
    let ask = |id: String| {
        wise.user_call(&customer, Method::GET, &path)
            .header("X-External-Correlation-Id", id)
            .send()
    };
    let short = ask("7c0b6f2e-7a3e-4a35-9f5b-3d1f3c1d2a10".to_owned()).await.unwrap();
    assert_eq!(
        short.headers()["x-external-correlation-id"],
        "7c0b6f2e-7a3e-4a35-9f5b-3d1f3c1d2a10"
    );
    assert!(short.headers().contains_key("x-trace-id"));
    let long = ask("x".repeat(37)).await.unwrap();
    assert!(!long.headers().contains_key("x-external-correlation-id"));
}
