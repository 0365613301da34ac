use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Paths, Wise, one_time_token};

async fn script(wise: &Wise, customer: &Customer, endpoint: &str, more: Value) {
    let mut fault = json!({"endpoint": endpoint, "userId": customer.user});
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    wise.control(Method::POST, "faults", fault).await;
}

async fn transfer(wise: &Wise, customer: &Customer) -> Response {
    wise.user_call(
        customer,
        Method::GET,
        &format!("/v1/transfers/{}", customer.transfers[0]),
    )
    .send()
    .await
    .unwrap()
}

#[tokio::test]
async fn responses_are_replaced_as_scripted_and_then_correct_again() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let cases = [
        (json!({"kind": "serverError"}), 500, "application/json"),
        (json!({"kind": "serverErrorHtml"}), 500, "text/html;charset=UTF-8"),
        (json!({"kind": "html"}), 200, "text/html;charset=UTF-8"),
        (json!({"kind": "expiredToken"}), 401, "application/json"),
        (json!({"kind": "notPermitted"}), 403, "application/json"),
        (json!({"kind": "notFound"}), 404, "application/json"),
        (
            json!({"kind": "tooManyRequests", "retryAfter": 17}),
            429,
            "application/json",
        ),
    ];
    for (fault, status, content_type) in cases {
        script(&wise, &customer, "transfer", json!({"fault": fault})).await;
        let response = transfer(&wise, &customer).await;
        assert_eq!(response.status().as_u16(), status, "{fault}");
        assert_eq!(response.headers()["content-type"], content_type, "{fault}");
        assert!(!response.headers().contains_key("x-2fa-approval"));
        if status == 429 {
            assert_eq!(response.headers()["retry-after"], "17");
            assert_eq!(response.headers()["x-rate-limited-by"], "wise-public-api");
        }
        assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);
    }
    script(
        &wise,
        &customer,
        "transfer",
        json!({"fault": {"kind": "redirect", "location": "https://x.invalid/"}}),
    )
    .await;
    let redirect = transfer(&wise, &customer).await;
    assert_eq!(redirect.status(), StatusCode::FOUND);
    assert_eq!(redirect.headers()["location"], "https://x.invalid/");
}

#[tokio::test]
async fn bodies_are_truncated_and_oversized() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    script(
        &wise,
        &customer,
        "transfer",
        json!({"fault": {"kind": "truncatedJson"}}),
    )
    .await;
    let cut = transfer(&wise, &customer).await;
    assert_eq!(cut.status(), StatusCode::OK);
    let text = cut.text().await.unwrap();
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err());

    script(
        &wise,
        &customer,
        "transfer",
        json!({"fault": {"kind": "hugeBody", "bytes": 3_000_001}}),
    )
    .await;
    assert_eq!(transfer(&wise, &customer).await.bytes().await.unwrap().len(), 3_000_001);
}

#[tokio::test]
async fn a_reset_connection_has_no_response() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    script(&wise, &customer, "transfer", json!({"fault": {"kind": "reset"}})).await;
    let path = format!("/v1/transfers/{}", customer.transfers[0]);
    let error = wise.user_call(&customer, Method::GET, &path).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    let log = wise.log(&format!("userId={}&endpoint=transfer", customer.user)).await;
    assert_eq!((&log[0]["fault"], &log[0]["status"]), (&json!("reset"), &Value::Null));
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_lost_response_does_not_undo_the_operation() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let pay = || {
        let path = Paths::First.funding(&customer, customer.transfers[0]);
        wise.user_call(&customer, Method::POST, &path)
            .json(&json!({"type": "BALANCE"}))
    };
    let token = wise.refused(pay()).await;
    wise.clear(&customer, token).await;
    script(
        &wise,
        &customer,
        "fund-transfer",
        json!({"when": "before", "fault": {"kind": "reset"}}),
    )
    .await;
    script(
        &wise,
        &customer,
        "fund-transfer",
        json!({"when": "after", "fault": {"kind": "reset"}}),
    )
    .await;
    let executed = async || {
        wise.inspect(&customer).await["transfers"][customer.transfers[0].to_string()]["executedPayments"].clone()
    };
    pay()
        .header("x-2fa-approval", token.to_string())
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        executed().await,
        0,
        "before: nothing happened and the token is still good"
    );
    pay()
        .header("x-2fa-approval", token.to_string())
        .send()
        .await
        .unwrap_err();
    assert_eq!(executed().await, 1, "after: paid, and the response was lost");
    let third = pay().header("x-2fa-approval", token.to_string()).send().await.unwrap();
    assert_ne!(one_time_token(&third), token);
    assert_eq!(executed().await, 1);
}

#[tokio::test]
async fn a_slow_response_is_late_and_correct() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    script(
        &wise,
        &customer,
        "transfer",
        json!({"fault": {"kind": "slow", "milliseconds": 120}}),
    )
    .await;
    let asked = Instant::now();
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);
    assert!(asked.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn a_fault_is_injected_for_its_customer_and_endpoint_its_number_of_times() {
    let wise = Wise::start().await;
    let (customer, other) = (wise.customer(json!({})).await, wise.customer(json!({})).await);
    script(
        &wise,
        &customer,
        "transfer",
        json!({"times": 2, "fault": {"kind": "notFound"}}),
    )
    .await;
    assert_eq!(transfer(&wise, &other).await.status(), StatusCode::OK);
    wise.refused_statement(&customer, Paths::First).await;
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);

    script(
        &wise,
        &customer,
        "transfer",
        json!({"times": 9, "fault": {"kind": "notFound"}}),
    )
    .await;
    let path = format!("faults?userId={}", customer.user);
    wise.control(Method::DELETE, &path, Value::Null).await;
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_control_api_refuses_invalid_input() {
    let wise = Wise::start().await;
    let customer = wise.customer(json!({})).await;
    let cases = [
        (
            Method::POST,
            "faults",
            json!({"endpoint": "transfer", "fault": {"kind": "wrongKey"}}),
        ),
        (
            Method::POST,
            "faults",
            json!({"endpoint": "transfer", "fault": {"kind": "gremlins"}}),
        ),
        (
            Method::POST,
            "faults",
            json!({"endpoint": "transfers", "fault": {"kind": "html"}}),
        ),
        (
            Method::POST,
            "faults",
            json!({"endpoint": "transfer", "userId": 1, "fault": {"kind": "html"}}),
        ),
        (Method::POST, "customers", json!({"pin": "12345"})),
        (Method::POST, "customers", json!({"phones": []})),
        (Method::POST, "clock/advance", json!({"seconds": -1})),
        (Method::PUT, "behaviour", json!({"delivery": "parallel"})),
        (Method::PUT, "customers/1/behaviour", json!({})),
    ];
    for (method, path, body) in cases {
        let response = wise
            .call(method, &format!("/control/{path}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(response.status().is_client_error(), "{path} {body}");
    }
    assert_eq!(transfer(&wise, &customer).await.status(), StatusCode::OK);
}
