use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Paths, Wise, error_code, one_time_token};
use crate::exchange::{Exchange, with_jose_headers};

#[tokio::test]
async fn the_right_pin_is_answered_under_the_requests_own_key_in_each_generation() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    for paths in Paths::ALL {
        let token = wise.refused_statement(&customer, paths).await;
        let answer = wise.enter_pin(&customer, token, "1234", paths).await.open().await;
        let properties = match paths {
            Paths::First => &answer["oneTimeTokenProperties"],
            Paths::Second | Paths::Calendar => &answer,
        };
        assert_eq!(properties["oneTimeToken"], token.to_string(), "{paths:?}");
        assert_eq!(properties["challenges"][0]["primaryChallenge"]["type"], "PIN");
        assert_eq!(properties["challenges"][0]["passed"], true);
        let bare = properties["challenges"][0].get("required").is_none();
        assert_eq!(bare, paths != Paths::First, "newer generations print bare challenges");

        let challenges = &wise.status(&customer, token).await["oneTimeTokenProperties"]["challenges"];
        assert_eq!(challenges[0]["passed"], true);
        assert_eq!(challenges[1]["passed"], false);
    }
}

#[tokio::test]
async fn a_wrong_pin_is_400_and_the_fifth_blocks_for_fifteen_minutes() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::Second).await;
    for _ in 0..5 {
        let wrong = wise.enter_pin(&customer, token, "9999", Paths::Second).await.response;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
        assert_eq!(wrong.text().await.unwrap(), "");
    }
    let blocked = wise.enter_pin(&customer, token, "1234", Paths::Second).await.response;
    assert_eq!(blocked.status(), StatusCode::BAD_REQUEST);
    assert_eq!(error_code(blocked).await, "pin.blocked");

    let statement = Paths::First.statement(&customer);
    let refused = wise.user_call(&customer, Method::GET, &statement).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.headers().contains_key("x-2fa-approval"));
    let wait: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((890..=900).contains(&wait), "{wait}");

    wise.behave(&customer, json!({"blockedCreation": "forbidden"})).await;
    let refused = wise.user_call(&customer, Method::GET, &statement).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!refused.headers().contains_key("x-2fa-approval"));

    wise.advance(&customer, 900).await;
    let after = wise.enter_pin(&customer, token, "1234", Paths::Second).await.response;
    assert_eq!(after.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_failures_in_a_row_block() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"pin": "0007"})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    for _ in 0..2 {
        for _ in 0..4 {
            let wrong = wise.enter_pin(&customer, token, "1234", Paths::First).await.response;
            assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
        }
        assert_eq!(
            wise.enter_pin(&customer, token, "0007", Paths::First)
                .await
                .response
                .status(),
            StatusCode::OK
        );
    }
    assert_eq!(wise.inspect(&customer).await["pinBlockedUntil"], Value::Null);
}

#[tokio::test]
async fn a_wrong_pin_can_have_an_error_code_and_an_encrypted_response() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"wrongPinBody": "coded"}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let plain = wise.enter_pin(&customer, token, "9999", Paths::First).await.response;
    assert_eq!(error_code(plain).await, "pin.verification.failed");

    wise.behave(&customer, json!({"wrongPinBody": "coded", "encryptErrors": true}))
        .await;
    let answer = wise.enter_pin(&customer, token, "9999", Paths::First).await;
    assert_eq!(answer.response.status(), StatusCode::BAD_REQUEST);
    let body = answer.exchange.open(&answer.response.text().await.unwrap());
    assert_eq!(body["errors"][0]["code"], "pin.verification.failed");
}

#[tokio::test]
async fn the_successful_answer_has_three_forms() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    for (form, content_type, encrypted) in [
        ("encrypted", "application/jose+json", true),
        ("encryptedCalledJson", "application/json", true),
        ("plainJson", "application/json", false),
    ] {
        wise.behave(&customer, json!({"verifyAnswer": form})).await;
        let token = wise.refused_statement(&customer, Paths::Second).await;
        let answer = wise.enter_pin(&customer, token, "1234", Paths::Second).await;
        assert_eq!(answer.response.headers()["content-type"], content_type);
        let text = answer.response.text().await.unwrap();
        let body = if encrypted {
            answer.exchange.open(&text)
        } else {
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(body["oneTimeToken"], token.to_string());
    }
}

#[tokio::test]
async fn a_pin_is_set_up_once_and_removed_in_each_generation() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"pin": null})).await;
    let client_token = wise.client_token().await;
    for paths in Paths::ALL {
        let token = wise.refused_statement(&customer, Paths::First).await;
        let missing = wise.enter_pin(&customer, token, "1234", paths).await.response;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
        assert_eq!(error_code(missing).await, "pin.not.setup");

        for status in [
            if paths == Paths::First {
                StatusCode::NO_CONTENT
            } else {
                StatusCode::OK
            },
            StatusCode::CONFLICT,
        ] {
            let exchange = Exchange::new(&wise.public_key().await, &json!({"pin": "4321"}));
            let request = wise.user_call(&customer, Method::POST, &paths.pin_create(customer.profile));
            let created = with_jose_headers(request).body(exchange.jwe).send().await.unwrap();
            assert_eq!(created.status(), status, "{paths:?}");
            if status.is_success() {
                assert!(!created.headers().contains_key("content-type"));
                assert_eq!(created.text().await.unwrap(), "", "an empty answer is not encrypted");
            }
        }
        assert_eq!(
            wise.enter_pin(&customer, token, "4321", paths).await.response.status(),
            StatusCode::OK
        );

        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
            let request = match paths {
                Paths::First => wise
                    .call(Method::DELETE, &format!("/v1/users/{}/pin", customer.user))
                    .bearer_auth(&client_token),
                Paths::Second | Paths::Calendar => {
                    wise.user_call(&customer, Method::DELETE, &paths.pin_create(customer.profile))
                }
            };
            assert_eq!(request.send().await.unwrap().status(), status, "{paths:?}");
        }
    }
}

#[tokio::test]
async fn a_pin_is_four_digits() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    for pin in ["123", "12345", "12a4", "١٢٣٤", ""] {
        let answer = wise.enter_pin(&customer, token, pin, Paths::First).await.response;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(error_code(answer).await, "pin.invalid");
    }
    assert_eq!(
        wise.inspect(&customer).await["pinFailures"],
        0,
        "what is no PIN is no attempt"
    );
}

#[tokio::test]
async fn a_pin_needs_a_valid_token_that_requires_it() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"behaviour": {"challenges": ["phone"]}})).await;
    let token = wise.refused_statement(&customer, Paths::First).await;
    let not_asked = wise.enter_pin(&customer, token, "1234", Paths::First).await.response;
    assert_eq!(error_code(not_asked).await, "challenge.not.applicable");
    wise.advance(&customer, 3600).await;
    let expired = wise.enter_pin(&customer, token, "1234", Paths::First).await.response;
    assert_eq!(error_code(expired).await, "ott.not.found");

    let exchange = Exchange::new(&wise.public_key().await, &json!({"pin": "1234"}));
    let request = wise.user_call(&customer, Method::POST, &Paths::Second.pin_verify(customer.profile));
    let without = with_jose_headers(request).body(exchange.jwe).send().await.unwrap();
    assert_eq!(error_code(without).await, "ott.missing");
}

#[tokio::test]
async fn the_log_has_every_call_and_never_a_secret() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({"pin": "8642"})).await;
    let token = wise.refused_statement(&customer, Paths::Second).await;
    wise.enter_pin(&customer, token, "8642", Paths::Second)
        .await
        .open()
        .await;
    wise.clear_phone(&customer, token).await;
    one_time_token(&wise.statement_with(&customer, uuid::Uuid::new_v4()).await);

    let log = wise.log(&format!("userId={}", customer.user)).await;
    let endpoints: Vec<&str> = log.iter().map(|call| call["endpoint"].as_str().unwrap()).collect();
    assert_eq!(
        endpoints,
        ["statement", "pin-verify", "code-trigger", "code-verify", "statement"]
    );
    assert_eq!(log[1]["encryption"], "decrypted");
    assert_eq!(log[1]["generation"], "second");
    assert!(
        log[1]["headerNames"]
            .as_array()
            .unwrap()
            .contains(&json!("one-time-token"))
    );
    assert!(
        log[4]["headerNames"]
            .as_array()
            .unwrap()
            .contains(&json!("x-2fa-approval"))
    );

    // Without the time, whose digits could spell anything, the log is the same in every run.
    let timeless: Vec<Value> = log
        .into_iter()
        .map(|mut call| {
            call.as_object_mut().unwrap().remove("at");
            call
        })
        .collect();
    let everything = json!(timeless).to_string();
    for secret in [
        "8642",
        "111111",
        customer.token.as_str(),
        &token.to_string(),
        "intervalStart",
    ] {
        assert!(!everything.contains(secret), "{secret}");
    }
}
