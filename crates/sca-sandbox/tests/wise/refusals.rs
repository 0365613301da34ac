use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Paths, Wise, error_code, one_time_token};

#[tokio::test]
async fn a_protected_call_is_refused_with_a_new_token_each_time() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    for paths in Paths::ALL {
        let first = wise.refused_statement(&customer, paths).await;
        let second = wise.refused_statement(&customer, paths).await;
        assert_ne!(first, second);
        let status = wise.status(&customer, first).await;
        assert_eq!(status["oneTimeTokenProperties"]["oneTimeToken"], first.to_string());
        assert_eq!(status["oneTimeTokenProperties"]["actionType"], "BALANCE__GET_STATEMENT");
        assert_eq!(status["oneTimeTokenProperties"]["userId"], customer.user);

        let older = "/v1/identity/one-time-token/status".to_owned();
        for path in [paths.one_time_token("status"), older] {
            let request = wise.user_call(&customer, Method::GET, &path);
            let answer = request
                .header("One-Time-Token", first.to_string())
                .send()
                .await
                .unwrap();
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(
                answer["oneTimeTokenProperties"]["oneTimeToken"],
                first.to_string(),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_body_of_a_refusal_has_four_forms_and_the_headers_are_the_same() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let path = Paths::First.statement(&customer);
    for (kind, content_type) in [
        ("empty", None),
        ("forbidden", Some("application/json")),
        ("unauthorized", Some("application/json")),
        ("text", Some("text/plain;charset=UTF-8")),
    ] {
        wise.behave(&customer, json!({"refusalBody": kind})).await;
        let response = wise.user_call(&customer, Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        one_time_token(&response);
        let sent = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent.as_deref(), content_type, "{kind}");
        let text = response.text().await.unwrap();
        match kind {
            "empty" => assert_eq!(text, ""),
            "forbidden" => assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["error"], "Forbidden"),
            "unauthorized" => assert!(serde_json::from_str::<Value>(&text).unwrap()["path"].is_null()),
            _ => assert!(serde_json::from_str::<Value>(&text).is_err()),
        }
    }
}

#[tokio::test]
async fn a_cleared_token_admits_the_same_call_once() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.clear(&customer, token).await;

    let response = wise.statement_with(&customer, token).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-2fa-approval-result"], "APPROVED");
    let statement: Value = response.json().await.unwrap();
    assert_eq!(statement["transactions"].as_array().unwrap().len(), 4);
    assert_eq!(
        statement["endOfStatementBalance"],
        json!({"value": 4312.07, "currency": "EUR"})
    );

    let again = wise.statement_with(&customer, token).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    assert_ne!(
        one_time_token(&again),
        token,
        "a consumed token is answered with a new one"
    );
    let consumed = wise.try_status(&customer, token).await;
    assert_eq!(consumed.status(), StatusCode::NOT_FOUND);
    assert_eq!(error_code(consumed).await, "ott.not.found");
}

#[tokio::test]
async fn a_token_that_is_half_cleared_unknown_or_expired_admits_no_call() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;

    let half = wise.refused_statement(&customer, Paths::First).await;
    wise.clear_phone(&customer, half).await;
    assert_ne!(one_time_token(&wise.statement_with(&customer, half).await), half);

    let unknown = Uuid::new_v4();
    assert_ne!(one_time_token(&wise.statement_with(&customer, unknown).await), unknown);

    let expired = wise.refused_statement(&customer, Paths::First).await;
    wise.clear(&customer, expired).await;
    wise.advance(&customer, 3600).await;
    assert_ne!(one_time_token(&wise.statement_with(&customer, expired).await), expired);
    assert_eq!(
        wise.try_status(&customer, expired).await.status(),
        StatusCode::NOT_FOUND
    );

    wise.behave(&customer, json!({"unknownOneTimeToken": "forbidden"}))
        .await;
    let status = wise.try_status(&customer, expired).await;
    assert_eq!(status.status(), StatusCode::FORBIDDEN);
    assert!(!status.headers().contains_key("x-2fa-approval"));
}

#[tokio::test]
async fn a_token_is_for_one_request_of_one_user() {
    let wise = Wise::start().await;
    let (customer, other) = (wise.customer(json!({})).await, wise.customer(json!({})).await);
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.clear(&customer, token).await;

    let another_query = Paths::First.statement(&customer).replace("COMPACT", "FLAT");
    let another_path = Paths::Calendar.statement(&customer);
    let requests = [
        wise.user_call(&customer, Method::GET, &another_query),
        wise.user_call(&customer, Method::GET, &another_path),
        wise.user_call(&other, Method::GET, &Paths::First.statement(&other)),
        wise.user_call(
            &customer,
            Method::POST,
            &Paths::First.funding(&customer, customer.transfers[0]),
        )
        .json(&json!({"type": "BALANCE"})),
    ];
    for request in requests {
        assert_ne!(
            wise.refused(request.header("x-2fa-approval", token.to_string())).await,
            token
        );
    }
    assert_eq!(
        wise.statement_with(&customer, token).await.status(),
        StatusCode::OK,
        "and it is still good for its own"
    );
}

#[tokio::test]
async fn the_first_word_of_the_approval_header_counts() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.clear(&customer, token).await;
    let response = wise
        .user_call(&customer, Method::GET, &Paths::First.statement(&customer))
        .header("X-2FA-Approval", format!("{token} PIN"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn validity_counts_down_or_is_constant() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"oneTimeTokenSeconds": 120}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    wise.advance(&customer, 100).await;
    let left = wise.status(&customer, token).await["oneTimeTokenProperties"]["validity"]
        .as_i64()
        .unwrap();
    assert!((1..=20).contains(&left), "{left}");
    wise.behave(
        &customer,
        json!({"oneTimeTokenSeconds": 120, "validityCountsDown": false}),
    )
    .await;
    assert_eq!(
        wise.status(&customer, token).await["oneTimeTokenProperties"]["validity"],
        120
    );
}

#[tokio::test]
async fn the_statement_needs_its_own_currency_and_a_valid_interval() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let good = Paths::First.statement(&customer);
    for (part, bad) in [
        ("currency=EUR", "currency=USD"),
        ("2026-10-31T23:59:59.999Z", "2026-09-01T00:00:00.000Z"),
        ("2026-10-31T23:59:59.999Z", "2028-10-31T23:59:59.999Z"),
        ("intervalStart=2026-10-01T00:00:00.000Z&", ""),
        ("type=COMPACT", "type=LONG"),
    ] {
        let response = wise
            .user_call(&customer, Method::GET, &good.replace(part, bad))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(error_code(response).await, "parameter.invalid");
    }
    let missing = format!("/v1/profiles/{}/balance-statements/1/statement.json", customer.profile);
    let response = wise.user_call(&customer, Method::GET, &missing).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_unknown_path_is_not_found_and_logged() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    for path in [
        "/v9/one-time-token/status",
        "/2026Q5/one-time-token/status",
        "/v1/user/voice/enrol",
    ] {
        let response = wise.user_call(&customer, Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let log = wise.log(&format!("userId={}", customer.user)).await;
    assert_eq!(log.len(), 3);
    assert!(
        log.iter()
            .all(|call| call["endpoint"].is_null() && call["status"] == 404)
    );
}
