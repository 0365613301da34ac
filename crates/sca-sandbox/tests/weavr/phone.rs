use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Customer, Weavr, reply};

/// The content of the page for a customer.
async fn shown(weavr: &Weavr, customer: &Customer, after: Option<&str>) -> Value {
    let mut url = format!("{}/phone/requests?user={}", weavr.phone, customer.user);
    if let Some(version) = after {
        url.push_str(&format!("&shown={version}"));
    }
    let response = weavr.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

#[tokio::test]
async fn the_page_has_a_strict_content_security_policy() {
    let weavr = Weavr::start().await;
    let page = weavr.http.get(&weavr.phone).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe"));
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick="));
    for file in ["phone.css", "phone.js"] {
        assert!(html.contains(&format!("/assets/{file}")));
        let asset = weavr
            .http
            .get(format!("{}/assets/{file}", weavr.phone))
            .send()
            .await
            .unwrap();
        assert_eq!(asset.status(), StatusCode::OK);
        assert!(!asset.text().await.unwrap().contains("innerHTML"));
    }
    let missing = weavr
        .http
        .get(format!("{}/assets/other.js", weavr.phone))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_shows_payees_and_amounts() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({"name": "Ann Bell"})).await;
    let empty = shown(&weavr, &ann, None).await;
    assert_eq!((&empty["name"], &empty["requests"]), (&json!("Ann Bell"), &json!([])));
    let euro = weavr.pending_wire(&ann).await;
    let pound = weavr.wire(&ann, "GBP", 1_234_500).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let request = weavr.issued(&ann, "push/AUTHY", &[&euro, &pound]).await;
    let waiting = &shown(&weavr, &ann, None).await["requests"][0];
    assert_eq!(waiting["id"], request.as_str());
    assert_eq!(
        waiting["items"],
        json!([
            {"payee": "Acme", "account": "DE89370400440532013000", "currency": "EUR", "minor": 250_000},
            {"payee": "Acme", "account": "12345678", "currency": "GBP", "minor": 1_234_500},
        ])
    );
    assert_eq!(
        waiting["totals"],
        json!([{"currency": "EUR", "minor": 250_000}, {"currency": "GBP", "minor": 1_234_500}])
    );
    assert!((200..=300).contains(&waiting["secondsLeft"].as_i64().unwrap()));
    assert!(waiting.get("code").is_none());
}

#[tokio::test]
async fn a_request_is_answered_once_and_codes_are_shown() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer_with(json!({"codes": "fresh"})).await;
    let wire = weavr.pending_wire(&ann).await;
    let code = weavr.issued(&ann, "otp/SMS", &[&wire]).await;
    let request = weavr.issued(&ann, "push/BIOMETRIC", &[&wire]).await;
    let sent = weavr.request(&code).await["code"].clone();
    let requests = shown(&weavr, &ann, None).await["requests"].take();
    assert_eq!((&requests[0]["id"], &requests[1]["code"]), (&json!(request), &sent));
    let answer = async |answer: &str| {
        let url = format!("{}/phone/requests/{request}/{answer}", weavr.phone);
        reply(weavr.http.request(Method::POST, url).send().await.unwrap())
            .await
            .status
    };
    assert_eq!(answer("something").await, StatusCode::NOT_FOUND);
    assert_eq!(answer("reject").await, StatusCode::NO_CONTENT);
    assert_eq!(answer("approve").await, StatusCode::CONFLICT);
    assert_eq!(weavr.state(&ann, &wire).await, "REJECTED");
    assert_eq!(shown(&weavr, &ann, None).await["requests"], json!([]));
}

#[tokio::test]
async fn the_long_poll_returns_as_soon_as_there_is_a_request() {
    let weavr = Weavr::start().await;
    let ann = weavr.customer(json!({})).await;
    let wire = weavr.pending_wire(&ann).await;
    let version = shown(&weavr, &ann, None).await["version"].as_str().unwrap().to_owned();
    let ids = [wire.as_str()];
    let update = async {
        // The page polls again after a timeout.
        for _ in 0..5 {
            let update = shown(&weavr, &ann, Some(&version)).await;
            if update["requests"] != json!([]) {
                return update;
            }
        }
        panic!("the page heard of nothing");
    };
    let (update, request) = tokio::join!(update, weavr.issued(&ann, "push/AUTHY", &ids));
    assert_eq!(update["requests"][0]["id"], request.as_str());
}
